"""Documents for the simulator, written out by hand and signed by whom it trusts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sri.signing import Signer, sign
from sri.simulator import ca

RUC = "1790011674001"
NOON = datetime(2026, 3, 31, 17, 0, tzinfo=UTC)

FACTURA = """<?xml version="1.0" encoding="UTF-8"?>
<factura id="comprobante" version="{version}"><infoTributaria><ambiente>{environment}</ambiente>\
<tipoEmision>1</tipoEmision><razonSocial>CANCHAS &amp; Ñ</razonSocial><ruc>{ruc}</ruc><claveAcceso>{key}</claveAcceso>\
<codDoc>{kind}</codDoc><estab>{establishment}</estab><ptoEmi>001</ptoEmi><secuencial>{sequential:09}</secuencial>\
<dirMatriz>Quito</dirMatriz></infoTributaria><infoFactura><fechaEmision>{day}</fechaEmision>\
<obligadoContabilidad>SI</obligadoContabilidad><tipoIdentificacionComprador>{receiver_kind}</tipoIdentificacionComprador>\
<razonSocialComprador>ANA</razonSocialComprador><identificacionComprador>{receiver}</identificacionComprador>\
<totalSinImpuestos>{base}</totalSinImpuestos><totalDescuento>0.00</totalDescuento><totalConImpuestos><totalImpuesto>\
<codigo>2</codigo><codigoPorcentaje>4</codigoPorcentaje><baseImponible>{base}</baseImponible><valor>{tax}</valor>\
</totalImpuesto></totalConImpuestos><propina>0.00</propina><importeTotal>{total}</importeTotal><moneda>DOLAR</moneda>\
<pagos><pago><formaPago>01</formaPago><total>{total}</total></pago></pagos></infoFactura><detalles><detalle>\
<codigoPrincipal>A</codigoPrincipal><descripcion>Cancha</descripcion><cantidad>2.000000</cantidad>\
<precioUnitario>5.000000</precioUnitario><descuento>0.00</descuento>\
<precioTotalSinImpuesto>{line}</precioTotalSinImpuesto><impuestos><impuesto><codigo>2</codigo>\
<codigoPorcentaje>4</codigoPorcentaje><tarifa>15.00</tarifa><baseImponible>10.00</baseImponible><valor>1.50</valor>\
</impuesto></impuestos></detalle></detalles>{more}</factura>"""

NOTA_CREDITO = """<?xml version="1.0" encoding="UTF-8"?>
<notaCredito id="comprobante" version="1.1.0"><infoTributaria><ambiente>1</ambiente>\
<tipoEmision>1</tipoEmision><razonSocial>CANCHAS</razonSocial><ruc>{ruc}</ruc><claveAcceso>{key}</claveAcceso>\
<codDoc>04</codDoc><estab>001</estab><ptoEmi>001</ptoEmi><secuencial>{sequential:09}</secuencial>\
<dirMatriz>Quito</dirMatriz></infoTributaria><infoNotaCredito><fechaEmision>31/03/2026</fechaEmision>\
<tipoIdentificacionComprador>05</tipoIdentificacionComprador><razonSocialComprador>ANA</razonSocialComprador>\
<identificacionComprador>1710034065</identificacionComprador><codDocModificado>01</codDocModificado>\
<numDocModificado>{support}</numDocModificado><fechaEmisionDocSustento>31/03/2026</fechaEmisionDocSustento>\
<totalSinImpuestos>10.00</totalSinImpuestos><valorModificacion>11.50</valorModificacion><totalConImpuestos>\
<totalImpuesto><codigo>2</codigo><codigoPorcentaje>4</codigoPorcentaje><baseImponible>10.00</baseImponible>\
<valor>1.50</valor></totalImpuesto></totalConImpuestos><motivo>Devolución</motivo></infoNotaCredito><detalles><detalle>\
<codigoInterno>A</codigoInterno><descripcion>Cancha</descripcion><cantidad>1.000000</cantidad>\
<precioUnitario>10.000000</precioUnitario><descuento>0.00</descuento>\
<precioTotalSinImpuesto>10.00</precioTotalSinImpuesto><impuestos><impuesto><codigo>2</codigo>\
<codigoPorcentaje>4</codigoPorcentaje><tarifa>15.00</tarifa><baseImponible>10.00</baseImponible><valor>1.50</valor>\
</impuesto></impuestos></detalle></detalles></notaCredito>"""

USUAL: dict[str, Any] = {
    "version": "1.1.0",
    "environment": "1",
    "ruc": RUC,
    "kind": "01",
    "establishment": "001",
    "day": "31/03/2026",
    "receiver_kind": "05",
    "receiver": "1710034065",
    "base": "10.00",
    "tax": "1.50",
    "total": "11.50",
    "line": "10.00",
    "more": "",
}


@cache
def trusted() -> Path:
    """A folder with an authority of this process, to copy from: keys take long to make."""
    folder = Path(mkdtemp(prefix="ca-"))
    ca.load(folder)
    return folder


@cache
def signer(ruc: str = RUC, since: datetime = datetime(2026, 1, 1, tzinfo=UTC), days: int = 730) -> Signer:
    """Who signs for a RUC."""
    return Signer(*ca.load(trusted()).issue(ruc, "ANA", since=since, days=days))


def key_of(sequential: int, code: str = "12345678", **values: Any) -> str:
    """The access key of a document."""
    use = USUAL | values
    digits = (
        f"{use['day'].replace('/', '')}{use['kind']}{use['ruc']}{use['environment']}{use['establishment']}001"
        f"{sequential:09}{code}1"
    )
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(digits[::-1]))
    return digits + {11: "0", 10: "1"}.get(rest := 11 - total % 11, str(rest))


def factura(sequential: int = 1, *, key: str = "", code: str = "12345678", **values: Any) -> str:
    """An invoice, unsigned."""
    key = key or key_of(sequential, code, **values)
    return FACTURA.format(**USUAL | values | {"key": key, "sequential": sequential})


def signed(xml: str, by: Signer | None = None, at: datetime = NOON) -> bytes:
    """The document with its signature."""
    return sign(xml.encode(), by or signer(), at=at)


def invoice(sequential: int = 1, **values: Any) -> bytes:
    """A signed invoice."""
    return signed(factura(sequential, **values))
