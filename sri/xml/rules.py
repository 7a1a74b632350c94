"""What SRI refuses although its schema does not: the key, the sums, who may receive what, what is reserved.

Sources: ficha técnica § 5.2 (access key, error 58), § 10 (error 52, differences), tables 6, 21 and 24, Anexo 22
(RIMPE), Anexo 26 (RUC Proveedor). Amounts must agree to the cent, but for the two places where decimals are lost on
the way, quantity × price and base × rate; there the limits are how far off documents were that SRI authorised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from core.money import format_money, format_number
from sri import access_key, identification
from sri.catalogs import CodeList, DocumentType, IdentificationType, TaxCode, payment_forms
from sri.documents import (
    RIMPE_POPULAR_LEGEND,
    ZERO,
    Buyer,
    CreditNote,
    Document,
    Invoice,
    Line,
    LineTax,
    Pair,
    TotalTax,
)
from sri.xml.problems import Problem
from sri.xml.structure import RUC

PROVIDER = "RUC Proveedor"  # the name SRI fixed, letter by letter
POPULAR = "Régimen"  # the name under which the legend goes that the schema has no place for
MOST_ADDITIONAL = 15

MAX_TOTAL = Decimal("200000000.00")  # the web service takes no more
MAX_BYTES = 320 * 1024  # for the signed document
SIGNATURE_ROOM = 12 * 1024  # a signature with its certificate takes 5 to 9 KB

_LINE_TOLERANCE = Decimal("0.015")  # half a cent of rounding, and a cent more
_TAX_TOLERANCE = Decimal("0.0165")
_TIP_SHARE = 10  # per cent of the subtotal

RateKey = tuple[str, str, Decimal]


def additional(document: Document, provider_ruc: str) -> tuple[Pair, ...]:
    """The additional information as it is written: the user's, then what the law adds."""
    return (*document.additional, *_added(document, provider_ruc))


def is_provider(name: str) -> bool:
    """Whether an additional field bears the provider's name, however it is written."""
    return " ".join(name.split()).casefold() == PROVIDER.casefold()


def on_the_form(document: Document, provider_ruc: str) -> Iterator[Problem]:
    """What is wrong with single values, whatever the rest says."""
    yield from _buyer(document)
    yield from _additional(document, provider_ruc)


def taken_together(document: Document) -> Iterator[Problem]:
    """What does not agree with something else; asked only of documents the schema takes."""
    yield from _key(document)
    for place, line in enumerate(document.lines):
        yield from _line(place, line)
    yield from _taxes(document)
    yield from _totals(document)
    if isinstance(document, Invoice):
        yield from _payments(document)
    else:
        yield from _modified(document)


def size(xml: bytes) -> Iterator[Problem]:
    """Whether the document, once signed, is small enough to be sent."""
    most = MAX_BYTES - SIGNATURE_ROOM
    if len(xml) > most:
        message = (
            f"El documento ocupa {len(xml) // 1024 + 1} KB y se admiten {most // 1024} KB sin la firma: "
            "repártalo en varios o acorte los textos."
        )
        yield Problem("", "too_big", message)


# Single values


def _buyer(document: Document) -> Iterator[Problem]:
    buyer = document.buyer
    if buyer.identification_type not in list(IdentificationType):
        return
    if buyer.identification_type == IdentificationType.FINAL_CONSUMER and isinstance(document, CreditNote):
        message = "Comprador, identificación: una nota de crédito no puede ser para consumidor final."
        yield Problem("buyer.identification_type", "final_consumer", message)
    yield from _identification(buyer)


def _identification(buyer: Buyer) -> Iterator[Problem]:
    path, label = "buyer.identification", "Comprador, identificación"
    if not buyer.identification:
        return  # the schema says so already
    found = identification.check(buyer.identification_type, buyer.identification)
    if found.error:
        yield Problem(path, found.error_code or "identification", f"{label}: {found.error}")
    elif found.normalized != buyer.identification:
        message = f"{label}: debe escribirse «{found.normalized}», sin espacios ni signos."
        yield Problem(path, "identification_not_normalized", message)


def _added(document: Document, provider_ruc: str) -> tuple[Pair, ...]:
    popular = ((POPULAR, RIMPE_POPULAR_LEGEND),) if document.issuer.rimpe == RIMPE_POPULAR_LEGEND else ()
    return (*popular, *(((PROVIDER, provider_ruc),) if provider_ruc else ()))


def _additional(document: Document, provider_ruc: str) -> Iterator[Problem]:
    room = MOST_ADDITIONAL - len(_added(document, provider_ruc))
    if len(document.additional) > room:
        message = f"Información adicional: hay {len(document.additional)} y se admiten {room}."
        yield Problem("additional", "too_many", message)
    for place, (name, _) in enumerate(document.additional):
        if is_provider(name):
            message = f"Información adicional {place + 1}, nombre: «{PROVIDER}» está reservado; el sistema lo escribe."
            yield Problem(f"additional[{place}][0]", "reserved_name", message)
    if provider_ruc and RUC.write(provider_ruc) is None:
        message = f"{PROVIDER}: «{provider_ruc}» no es un RUC de 13 dígitos terminado en 001."
        yield Problem("provider_ruc", "pattern", message)


# The key


def _key(document: Document) -> Iterator[Problem]:
    path, heading, issuer = "heading.access_key", document.heading, document.issuer
    try:
        key = access_key.parse(heading.access_key)
    except access_key.AccessKeyError as error:
        yield Problem(path, error.code, f"Clave de acceso: {error}")
        return
    for label, in_key, in_document in (
        ("la fecha", key.issue_date, heading.issue_date),
        ("el tipo de comprobante", key.document_type, document_type(document)),
        ("el RUC", key.ruc, issuer.ruc),
        ("el ambiente", key.environment, issuer.environment),
        ("el establecimiento", key.establishment, heading.establishment),
        ("el punto de emisión", key.emission_point, heading.emission_point),
        ("el secuencial", key.sequential, heading.sequential),
    ):
        if in_key != in_document:
            message = f"Clave de acceso: {label} que lleva es {in_key} y en el documento es {in_document}."
            yield Problem(path, "key_differs", message)


def document_type(document: Document) -> DocumentType:
    """The document's type in table 3."""
    return DocumentType.INVOICE if isinstance(document, Invoice) else DocumentType.CREDIT_NOTE


# The sums


def _line(place: int, line: Line) -> Iterator[Problem]:
    path, label = f"lines[{place}]", f"Línea {place + 1}"
    if not line.taxes:
        message = f"{label}, impuestos: falta; también lo que es 0 %, no objeto o exento lleva el suyo."
        yield Problem(f"{path}.taxes", "too_few", message)
    exact = line.quantity * line.unit_price - line.discount
    if abs(exact - line.total) > _LINE_TOLERANCE:
        message = (
            f"{label}, total sin impuestos: es {format_money(line.total)} y cantidad por precio menos descuento es "
            f"{format_number(exact)}."
        )
        yield Problem(f"{path}.total", "line_total", message)


def _taxes(document: Document) -> Iterator[Problem]:
    """Each rate once, with the base and the amount its lines add up to."""
    lines: dict[RateKey, list[LineTax]] = defaultdict(list)
    for line in document.lines:
        for tax in line.taxes:
            lines[_rate(tax)].append(tax)
    seen: set[RateKey] = set()
    for place, total in enumerate(document.taxes):
        path, label = f"taxes[{place}]", f"Totales, {_tax_name(total)}"
        if _rate(total) in seen:
            yield Problem(path, "repeated", f"{label}: está repetido.")
            continue
        seen.add(_rate(total))
        own = lines.pop(_rate(total), [])
        yield from _equal(f"{path}.base", f"{label}, base imponible", total.base, sum((t.base for t in own), ZERO))
        yield from _equal(f"{path}.amount", f"{label}, valor", total.amount, sum((t.amount for t in own), ZERO))
        if isinstance(document, Invoice):
            yield from _by_rate(path, label, total)
    for taxes in lines.values():
        yield Problem("taxes", "missing_rate", f"Totales, {_tax_name(taxes[0])}: falta, y hay líneas que lo llevan.")


def _by_rate(path: str, label: str, total: TotalTax) -> Iterator[Problem]:
    """IVA is base × rate. ICE may be so much a unit, and a note copies parts of amounts that were rounded before."""
    exact = total.base * total.rate / 100
    if total.code == TaxCode.IVA and abs(total.amount - exact) > _TAX_TOLERANCE:
        message = f"{label}, valor: es {format_money(total.amount)} y base por tarifa es {format_number(exact)}."
        yield Problem(f"{path}.amount", "tax_rate", message)


def _totals(document: Document) -> Iterator[Problem]:
    subtotal = sum((line.total for line in document.lines), ZERO)
    yield from _equal("subtotal", "Subtotal sin impuestos", document.subtotal, subtotal)
    tip = ZERO
    if isinstance(document, Invoice):
        tip = document.tip
        discount = sum((line.discount for line in document.lines), ZERO)
        yield from _equal("discount", "Total descuento", document.discount, discount)
        if tip * 100 > document.subtotal * _TIP_SHARE:
            message = f"Propina: es {format_money(tip)} y no puede pasar del {_TIP_SHARE} % del subtotal."
            yield Problem("tip", "tip_limit", message)
    total = document.subtotal + sum((tax.amount for tax in document.taxes), ZERO) + tip
    yield from _equal("total", "Valor total", document.total, total)
    if document.total > MAX_TOTAL:
        message = f"Valor total: es {format_money(document.total)} y el SRI admite hasta {format_money(MAX_TOTAL)}."
        yield Problem("total", "too_large", message)


def _payments(invoice: Invoice) -> Iterator[Problem]:
    if not invoice.payments:
        yield Problem("payments", "too_few", "Pagos: debe haber al menos 1.")
        return
    paid = sum((payment.amount for payment in invoice.payments), ZERO)
    if paid != invoice.total:
        message = f"Pagos: suman {format_money(paid)} y el valor total es {format_money(invoice.total)}."
        yield Problem("payments", "sum", message)
    in_force = {form.code for form in payment_forms(invoice.heading.issue_date)}
    for place, payment in enumerate(invoice.payments):
        if payment.method not in in_force:
            message = f"Pago {place + 1}, forma de pago: «{payment.method}» no está vigente en la fecha de emisión."
            yield Problem(f"payments[{place}].method", "not_in_force", message)


def _modified(note: CreditNote) -> Iterator[Problem]:
    if note.modified.issue_date > note.heading.issue_date:
        message = "Documento que modifica, fecha de emisión: es posterior a la de la nota."
        yield Problem("modified.issue_date", "modified_later", message)


def _equal(path: str, label: str, said: Decimal, summed: Decimal) -> Iterator[Problem]:
    if said != summed:
        yield Problem(path, "sum", f"{label}: es {format_money(said)} y las partes suman {format_money(summed)}.")


def _rate(tax: LineTax | TotalTax) -> RateKey:
    return tax.code, tax.rate_code, tax.rate


def _tax_name(tax: LineTax | TotalTax) -> str:
    name: CodeList = TaxCode(tax.code)
    return f"{name.label} {format_number(tax.rate)} % (código {tax.rate_code})"
