"""What SRI checks of a received document before it authorizes it, apart from signature and issuer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Final

from lxml import etree

from sri.simulator.documents import Document
from sri.simulator.notices import Notice, Refused

ECUADOR: Final = timezone(timedelta(hours=-5))
OLDEST: Final = timedelta(days=90)
_CENT: Final = Decimal("0.01")
_TOLERANCE: Final = Decimal("0.02")
_EXTRAS: Final = (
    *("*/propina", "*/fleteInternacional", "*/seguroInternacional", "*/gastosAduaneros", "*/gastosTransporteOtros"),
    "otrosRubrosTerceros/rubro/total",
)


def check_age(document: Document, now: datetime) -> None:
    """Refuse a day of emission in the future, or too far back (65)."""
    today, issued = now.astimezone(ECUADOR).date(), document.issued_on
    if issued is None:
        return
    if issued > today:
        raise Refused("65", f"La fecha de emisión {issued:%d/%m/%Y} es mayor a la fecha del servidor {today:%d/%m/%Y}")
    if today - issued > OLDEST:
        raise Refused("65", "La fecha de emisión está fuera del rango de tolerancia [129600 minutos]")


def check_key(document: Document) -> None:
    """Refuse a key whose parts are not the document's (58)."""
    key, issuer = document.key, document.issuer
    issued = document.issued_on
    parts = (
        ("fecha de emisión", key[:8], f"{issued:%d%m%Y}" if issued else key[:8]),
        ("tipo de comprobante", key[8:10], issuer("codDoc")),
        ("RUC", key[10:23], issuer("ruc")),
        ("ambiente", key[23], issuer("ambiente")),
        ("serie", key[24:30], issuer("estab") + issuer("ptoEmi")),
        ("secuencial", key[30:39], issuer("secuencial")),
        ("tipo de emisión", key[47], issuer("tipoEmision")),
        ("dígito verificador", key[48], _digit(key[:48])),
    )
    for name, ours, theirs in parts:
        if ours != theirs:
            raise Refused("58", f"La clave de acceso difiere del comprobante en {name}: {ours} en vez de {theirs}")


def _digit(digits: str) -> str:
    total, weight = 0, 2
    for digit in digits[::-1]:
        total += int(digit) * weight
        weight = 2 if weight == 7 else weight + 1
    rest = total % 11
    return "0" if rest == 0 else "1" if rest == 1 else str(11 - rest)


def check_sums(document: Document) -> None:
    """Refuse amounts that do not add up (52)."""
    try:
        for name, difference, tolerance in _differences(document.root):
            if abs(difference) > tolerance:
                raise Refused("52", f"Diferencia de {difference} en {name}")
    except InvalidOperation as error:
        raise Refused("52", "Un valor no es numérico") from error


def _differences(root: etree._Element) -> Iterator[tuple[str, Decimal, Decimal]]:
    if root.tag == "notaDebito":
        lines = _total(root, "motivos/motivo/valor")
        total, taxes = "valorTotal", "infoNotaDebito/impuestos/impuesto"
    elif root.tag in ("factura", "notaCredito", "liquidacionCompra"):
        for line in root.iterfind("detalles/detalle"):
            product = _amount(line, "cantidad") * _amount(line, "precioUnitario") - _amount(line, "descuento")
            yield "precioTotalSinImpuesto", _amount(line, "precioTotalSinImpuesto") - product, _CENT
        lines = _total(root, "detalles/detalle/precioTotalSinImpuesto")
        total = "valorModificacion" if root.tag == "notaCredito" else "importeTotal"
        taxes = "*/totalConImpuestos/totalImpuesto"
    else:
        return
    base = _amount(root, "*/totalSinImpuestos")
    yield "totalSinImpuestos", base - lines, _TOLERANCE
    yield from _tax_differences(root, taxes)
    expected = base + _total(root, f"{taxes}/valor") - _total(root, f"{taxes}/valorDevolucionIva")
    expected += sum((_total(root, path) for path in _EXTRAS), Decimal())
    yield total, _amount(root, f"*/{total}") - expected, _TOLERANCE


def _tax_differences(root: etree._Element, taxes: str) -> Iterator[tuple[str, Decimal, Decimal]]:
    rates = {
        (tax.findtext("codigo"), tax.findtext("codigoPorcentaje")): _amount(tax, "tarifa")
        for tax in root.iter("impuesto")
    }
    for tax in root.iterfind(taxes):
        rate = rates.get((tax.findtext("codigo"), tax.findtext("codigoPorcentaje")))
        if tax.findtext("codigo") == "2" and rate is not None:
            expected = _amount(tax, "baseImponible") * rate / 100
            yield "IVA", _amount(tax, "valor") - expected, _TOLERANCE


def _amount(element: etree._Element, path: str) -> Decimal:
    return Decimal((element.findtext(path) or "0").strip())


def _total(root: etree._Element, path: str) -> Decimal:
    return sum((Decimal((found.text or "0").strip()) for found in root.iterfind(path)), Decimal())


# --- Who receives it -------------------------------------------------------------------------------

_KINDS: Final = ("tipoIdentificacionComprador", "tipoIdentificacionProveedor", "tipoIdentificacionSujetoRetenido")
_IDENTIFICATIONS: Final = ("identificacionComprador", "identificacionProveedor", "identificacionSujetoRetenido")


def receiver(document: Document) -> str:
    """The identification of who receives the document."""
    return next((value for name in _IDENTIFICATIONS if (value := document.value(name))), "")


def warn_of_receiver(document: Document) -> list[Notice]:
    """Warn of an identification whose check digit is wrong (62)."""
    kind = next((value for name in _KINDS if (value := document.value(name))), "")
    number = receiver(document)
    if kind not in ("04", "05") or _checks(number[:10] if kind == "04" else number):
        return []
    return [Notice("62", f"La identificación {number} es incorrecta")]


def _checks(number: str) -> bool:
    if len(number) != 10 or not number.isdecimal():
        return False
    digits = [int(digit) for digit in number]
    if digits[2] == 9:
        return _modulo_11(digits[:9], (4, 3, 2, 7, 6, 5, 4, 3, 2)) == digits[9]
    if digits[2] == 6 and _modulo_11(digits[:8], (3, 2, 7, 6, 5, 4, 3, 2)) == digits[8]:
        return True
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 == 0 else digit for place, digit in enumerate(digits[:9])]
    return (10 - sum(doubled) % 10) % 10 == digits[9]


def _modulo_11(digits: list[int], weights: tuple[int, ...]) -> int:
    rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return 11 - rest if rest else 0


def support_number(document: Document) -> str:
    """The number of the electronic invoice this document modifies, as the store writes numbers; "" for none."""
    support = document.value("numDocModificado")
    if not support:
        return ""
    issuer = document.issuer
    return "-".join((issuer("ambiente"), issuer("ruc"), document.value("codDocModificado"), *support.split("-")))
