"""The structure of each document, said once: which elements, in which order, how often, holding what, called what.

These descriptions are SRI's schemas factura 1.1.0 and 2.1.0 and nota de crédito 1.1.0 element by element (a test
compares them facet by facet), also where the product has nothing to say. `building` writes and checks by them,
`reading` reads by them, and every message takes the field's name from them.

An element with a `source` gets its value from there: a dotted path from the document, or from the item of the list it
stands in. One without a source and without a constant is never written, only recognised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sri.catalogs import DocumentType
from sri.documents import RIMPE_LEGEND
from sri.xml.kinds import LINE, Day, Days, Kind, Number, Sequential, Text, YesNo

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
ROOT_ID = "comprobante"  # what the signature refers to

Source = str | int  # a dotted path of attributes, or the place in a pair


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute, always required."""

    name: str
    kind: Kind
    source: Source
    label: str


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its name, what it holds, how often, and where that comes from.

    `content` is a kind of value, the elements inside, or None for a signature, which is not ours to describe.
    `source` of an element that may repeat is a list, and all inside it is told of the list's items; `value` is then
    where in the item its own text is. `constant` is written as it stands, if `only_with` has something to say.
    """

    name: str
    content: Kind | tuple[Element, ...] | None
    source: Source = ""
    label: str = ""
    minimum: int = 1
    maximum: int | None = 1  # None: no limit
    attributes: tuple[Attribute, ...] = ()
    value: Source = ""
    constant: str = ""
    only_with: str = ""
    plural: str = ""

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return self.minimum == 0

    @property
    def repeats(self) -> bool:
        """Whether it is written once for each item of a list."""
        return self.maximum != 1

    @property
    def children(self) -> tuple[Element, ...]:
        """The elements inside."""
        return self.content if isinstance(self.content, tuple) else ()

    @property
    def screen_name(self) -> str:
        """What the screen calls it; SRI's name where no screen shows it."""
        return self.label or self.name


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A document's root: its version, its code in table 3, its elements, and whether a file may do without an id."""

    version: str
    document_type: DocumentType
    root: Element
    needs_id: bool


# The kinds of value, as the schemas have them

_CODE_OF_TABLE = "debe ser un código de la tabla del SRI"

TEXT_300 = Text(1, 300, LINE)
FREE_300 = Text(1, 300)
TEXT_100 = Text(1, 100, LINE)
TEXT_64 = Text(1, 64, LINE)
TEXT_50 = Text(1, 50, LINE)
TEXT_30 = Text(1, 30, LINE)
TEXT_25 = Text(1, 25, LINE)
TEXT_20 = Text(1, 20, LINE)
TEXT_15 = Text(1, 15, LINE)
TEXT_10 = Text(1, 10, LINE)
FREE_40 = Text(1, 40)
THREE_DIGITS = Text(pattern="[0-9]{3}", says="deben ser tres dígitos")
NINE_DIGITS = Text(pattern="[0-9]{9}", says="deben ser nueve dígitos")
TWO_DIGITS = Text(pattern="[0-9]{2}", says="deben ser dos dígitos")
TWO_OR_THREE_DIGITS = Text(pattern="[0-9]{2,3}", says="deben ser dos o tres dígitos")
SEQUENTIAL = Sequential(pattern="[0-9]{9}", says="debe estar entre 1 y 999999999")
DOCUMENT_NUMBER = Text(pattern="[0-9]{3}-[0-9]{3}-[0-9]{9}", says="se escribe como 001-001-000000001")
ENVIRONMENT = Text(pattern="[1-2]{1}", says="debe ser 1 (pruebas) o 2 (producción)")
EMISSION = Text(pattern="[12]{1}", says="debe ser 1 (normal)")
RUC = Text(pattern="[0-9]{10}001", says="el RUC tiene 13 dígitos y termina en 001")
ACCESS_KEY = Text(pattern="[0-9]{49}", says="la clave tiene 49 dígitos")
WITHHOLDING_AGENT = Text(0, 8, "[0-9]+", "el número de la resolución tiene solo dígitos")
SPECIAL_TAXPAYER = Text(3, 13, "([A-Za-z0-9])*", "el número de la resolución tiene solo letras y dígitos")
RIMPE = Text(pattern=RIMPE_LEGEND, says=f"el SRI admite solo «{RIMPE_LEGEND}»")
IDENTIFICATION_TYPE = Text(pattern="[0][4-8]", says="debe ser un tipo de identificación del SRI, de 04 a 08")
NOTE_IDENTIFICATION_TYPE = replace(IDENTIFICATION_TYPE, minimum=1, maximum=13)
PAYMENT_METHOD = Text(pattern="[0][1-9]|[1][0-9]|[2][0-1]", says="debe ser una forma de pago del SRI, de 01 a 21")
TAX_CODE = Text(1, 1, "[235]", "debe ser 2 (IVA), 3 (ICE) o 5 (IRBPNR)")
TAX_CODE_UNMEASURED = Text(pattern="[235]", says="debe ser 2 (IVA), 3 (ICE) o 5 (IRBPNR)")
RATE_CODE = Text(1, 4, "[0-9]+", "el código de la tarifa tiene de uno a cuatro dígitos")
RATE_CODE_UNMEASURED = Text(pattern="[0-9]{1,4}", says="el código de la tarifa tiene de uno a cuatro dígitos")
AUTHORIZATION = Text(10, 49, "[0-9]{10,49}", "el número de autorización tiene de 10 a 49 dígitos")
CAPITALS_10 = Text(1, 10, "([A-Z])*", "debe tener solo mayúsculas")
EXPORTER = Text(pattern="EXPORTADOR", says="debe ser EXPORTADOR")
COMPENSATION_CODE = Text(pattern="1", says=_CODE_OF_TABLE)
SUPPLIER_TYPE = Text(pattern="[0][12]", says=_CODE_OF_TABLE)
FUEL_WITHHOLDING_CODE = Text(pattern="[4]{1}", says=_CODE_OF_TABLE)
FUEL_WITHHOLDING_RATE_CODE = Text(pattern="[0-9]{1,3}", says=_CODE_OF_TABLE)
AMOUNT = Number(14, 2)
SIGNED_AMOUNT = Number(14, 2, minimum=None)
FIGURE = Number(18, 6)  # quantities and unit prices
RATE = Number(4, 2)
FUEL_RATE = Number(5, 2)
TERM = Days(14, 2)
DAY = Day()
YES_NO = YesNo()


def _needs(name: str, kind: Kind, source: Source = "", label: str = "") -> Element:
    return Element(name, kind, source, label)


def _may(name: str, kind: Kind, source: Source = "", label: str = "") -> Element:
    return Element(name, kind, source, label, minimum=0)


def _fixed(name: str, kind: Kind, constant: str, *, minimum: int = 1, only_with: str = "") -> Element:
    return Element(name, kind, minimum=minimum, constant=constant, only_with=only_with)


def _group(name: str, *children: Element) -> Element:
    return Element(name, children)


def _group_or_none(name: str, *children: Element) -> Element:
    return Element(name, children, minimum=0)


def _some(name: str, *children: Element) -> Element:
    return Element(name, children, maximum=None)


def _each(source: str, label: str, plural: str, name: str, *children: Element, minimum: int = 1) -> Element:
    return Element(name, children, source, label, minimum=minimum, maximum=None, plural=plural)


# What all documents share


def _tax_information(document_type: DocumentType) -> Element:
    return _group(
        "infoTributaria",
        _needs("ambiente", ENVIRONMENT, "issuer.environment", "Emisor, ambiente SRI"),
        _fixed("tipoEmision", EMISSION, "1"),
        _needs("razonSocial", TEXT_300, "issuer.legal_name", "Emisor, razón social"),
        _may("nombreComercial", TEXT_300, "issuer.trade_name", "Emisor, nombre comercial"),
        _needs("ruc", RUC, "issuer.ruc", "Emisor, RUC"),
        _needs("claveAcceso", ACCESS_KEY, "heading.access_key", "Clave de acceso"),
        _fixed("codDoc", TWO_DIGITS, document_type.value),
        _needs("estab", THREE_DIGITS, "heading.establishment", "Establecimiento"),
        _needs("ptoEmi", THREE_DIGITS, "heading.emission_point", "Punto de emisión"),
        _needs("secuencial", SEQUENTIAL, "heading.sequential", "Secuencial"),
        _needs("dirMatriz", TEXT_300, "issuer.head_office", "Emisor, dirección matriz"),
        _may(
            "agenteRetencion",
            WITHHOLDING_AGENT,
            "issuer.withholding_agent",
            "Emisor, agente de retención, resolución Nro.",
        ),
        _may("contribuyenteRimpe", RIMPE, "issuer.rimpe", "Emisor, régimen"),
    )


_ISSUE_DATE = _needs("fechaEmision", DAY, "heading.issue_date", "Fecha de emisión")
_BRANCH = _may("dirEstablecimiento", TEXT_300, "issuer.branch", "Emisor, dirección del establecimiento")
_SPECIAL_TAXPAYER = _may(
    "contribuyenteEspecial", SPECIAL_TAXPAYER, "issuer.special_taxpayer", "Emisor, contribuyente especial Nro."
)
_KEEPS_ACCOUNTS = _may(
    "obligadoContabilidad", YES_NO, "issuer.keeps_accounts", "Emisor, obligado a llevar contabilidad"
)
_BUYER_NAME = _needs("razonSocialComprador", TEXT_300, "buyer.name", "Comprador, nombre o razón social")
_BUYER_NUMBER = _needs("identificacionComprador", TEXT_20, "buyer.identification", "Comprador, identificación")
_SUBTOTAL = _needs("totalSinImpuestos", AMOUNT, "subtotal", "Subtotal sin impuestos")
_CURRENCY = _fixed("moneda", TEXT_15, "DOLAR", minimum=0)
_COMPENSATION = (_needs("codigo", COMPENSATION_CODE), _needs("tarifa", RATE), _needs("valor", AMOUNT))
_COMPENSATIONS = _group_or_none("compensaciones", _some("compensacion", *_COMPENSATION))

_DETAILS = _group_or_none(
    "detallesAdicionales",
    Element(
        "detAdicional",
        (),
        "details",
        "detalle adicional",
        maximum=3,
        plural="detalles adicionales",
        attributes=(Attribute("nombre", FREE_300, 0, "nombre"), Attribute("valor", FREE_300, 1, "texto")),
    ),
)


def _line_taxes(*, note: bool) -> Element:
    rate = _needs("tarifa", RATE, "rate", "tarifa")
    return _group(
        "impuestos",
        _each(
            "taxes",
            "impuesto",
            "impuestos",
            "impuesto",
            _needs("codigo", TAX_CODE, "code", "código"),
            _needs("codigoPorcentaje", RATE_CODE, "rate_code", "código de la tarifa"),
            replace(rate, minimum=0) if note else rate,
            _needs("baseImponible", AMOUNT, "base", "base imponible"),
            _needs("valor", AMOUNT, "amount", "valor"),
            minimum=0 if note else 1,
        ),
    )


_DESCRIPTION = _needs("descripcion", TEXT_300, "description", "descripción")
_QUANTITY = _needs("cantidad", FIGURE, "quantity", "cantidad")
_UNIT_PRICE = _needs("precioUnitario", FIGURE, "unit_price", "precio")
_DISCOUNT = _needs("descuento", AMOUNT, "discount", "descuento")
_LINE_TOTAL = _needs("precioTotalSinImpuesto", AMOUNT, "total", "total sin impuestos")

_FISCAL_MACHINE = _group_or_none(
    "maquinaFiscal", _needs("marca", TEXT_30), _needs("modelo", TEXT_30), _needs("serie", TEXT_30)
)
_ADDITIONAL = _group_or_none(
    "infoAdicional",
    Element(
        "campoAdicional",
        FREE_300,
        "additional",
        "Información adicional",
        maximum=15,
        value=1,
        plural="Información adicional",
        attributes=(Attribute("nombre", FREE_300, 0, "nombre"),),
    ),
)
_SIGNATURE = Element(SIGNATURE, None, minimum=0)

# Factura

_EXPORT = (
    _may("comercioExterior", EXPORTER),
    _may("incoTermFactura", CAPITALS_10),
    _may("lugarIncoTerm", TEXT_300),
    _may("paisOrigen", THREE_DIGITS),
    _may("puertoEmbarque", TEXT_300),
    _may("puertoDestino", TEXT_300),
    _may("paisDestino", THREE_DIGITS),
    _may("paisAdquisicion", THREE_DIGITS),
)

_INVOICE_TAXES = _group(
    "totalConImpuestos",
    _each(
        "taxes",
        "Totales, impuesto",
        "Totales, impuestos",
        "totalImpuesto",
        _needs("codigo", TAX_CODE, "code", "código"),
        _needs("codigoPorcentaje", RATE_CODE, "rate_code", "código de la tarifa"),
        _may("descuentoAdicional", SIGNED_AMOUNT),
        _needs("baseImponible", AMOUNT, "base", "base imponible"),
        _may("tarifa", RATE, "rate", "tarifa"),
        _needs("valor", AMOUNT, "amount", "valor"),
        _may("valorDevolucionIva", AMOUNT),
    ),
)

_PAYMENTS = _group_or_none(
    "pagos",
    _each(
        "payments",
        "Pago",
        "Pagos",
        "pago",
        _needs("formaPago", PAYMENT_METHOD, "method", "forma de pago"),
        _needs("total", AMOUNT, "amount", "valor"),
        _may("plazo", TERM, "term_days", "plazo (días)"),
        _fixed("unidadTiempo", TEXT_10, "dias", minimum=0, only_with="term_days"),
    ),
)

_INVOICE_INFORMATION = _group(
    "infoFactura",
    _ISSUE_DATE,
    _BRANCH,
    _SPECIAL_TAXPAYER,
    _KEEPS_ACCOUNTS,
    *_EXPORT,
    _needs(
        "tipoIdentificacionComprador",
        IDENTIFICATION_TYPE,
        "buyer.identification_type",
        "Comprador, tipo de identificación",
    ),
    _may("guiaRemision", DOCUMENT_NUMBER, "guide", "Guía de remisión"),
    _BUYER_NAME,
    _BUYER_NUMBER,
    _may("direccionComprador", TEXT_300, "buyer.address", "Comprador, dirección"),
    _SUBTOTAL,
    _may("totalSubsidio", AMOUNT),
    _may("incoTermTotalSinImpuestos", CAPITALS_10),
    _needs("totalDescuento", SIGNED_AMOUNT, "discount", "Total descuento"),
    _may("codDocReembolso", TWO_OR_THREE_DIGITS),
    _may("totalComprobantesReembolso", AMOUNT),
    _may("totalBaseImponibleReembolso", AMOUNT),
    _may("totalImpuestoReembolso", AMOUNT),
    _INVOICE_TAXES,
    _COMPENSATIONS,
    _may("propina", AMOUNT, "tip", "Propina"),
    _may("fleteInternacional", AMOUNT),
    _may("seguroInternacional", AMOUNT),
    _may("gastosAduaneros", AMOUNT),
    _may("gastosTransporteOtros", AMOUNT),
    _needs("importeTotal", AMOUNT, "total", "Valor total"),
    _CURRENCY,
    _may("placa", TEXT_20),
    _PAYMENTS,
    _may("valorRetIva", AMOUNT),
    _may("valorRetRenta", AMOUNT),
)

_INVOICE_LINES = _group(
    "detalles",
    _each(
        "lines",
        "Línea",
        "Líneas",
        "detalle",
        _may("codigoPrincipal", TEXT_25, "code", "código"),
        _may("codigoAuxiliar", TEXT_25, "auxiliary_code", "código auxiliar"),
        _DESCRIPTION,
        _may("unidadMedida", TEXT_50, "unit", "unidad de medida"),
        _QUANTITY,
        _UNIT_PRICE,
        _may("precioSinSubsidio", FIGURE),
        _DISCOUNT,
        _LINE_TOTAL,
        _DETAILS,
        _line_taxes(note=False),
    ),
)

_REIMBURSEMENTS = _group_or_none(
    "reembolsos",
    _some(
        "reembolsoDetalle",
        _needs("tipoIdentificacionProveedorReembolso", IDENTIFICATION_TYPE),
        _needs("identificacionProveedorReembolso", TEXT_20),
        _may("codPaisPagoProveedorReembolso", THREE_DIGITS),
        _needs("tipoProveedorReembolso", SUPPLIER_TYPE),
        _needs("codDocReembolso", TWO_OR_THREE_DIGITS),
        _needs("estabDocReembolso", THREE_DIGITS),
        _needs("ptoEmiDocReembolso", THREE_DIGITS),
        _needs("secuencialDocReembolso", NINE_DIGITS),
        _needs("fechaEmisionDocReembolso", DAY),
        _needs("numeroautorizacionDocReemb", AUTHORIZATION),
        _group(
            "detalleImpuestos",
            _some(
                "detalleImpuesto",
                _needs("codigo", TAX_CODE_UNMEASURED),
                _needs("codigoPorcentaje", RATE_CODE_UNMEASURED),
                _needs("tarifa", RATE),
                _needs("baseImponibleReembolso", AMOUNT),
                _needs("impuestoReembolso", AMOUNT),
            ),
        ),
        _group_or_none("compensacionesReembolso", _some("compensacionReembolso", *_COMPENSATION)),
    ),
)

_FUEL_WITHHOLDINGS = _group_or_none(
    "retenciones",
    _some(
        "retencion",
        _needs("codigo", FUEL_WITHHOLDING_CODE),
        _needs("codigoPorcentaje", FUEL_WITHHOLDING_RATE_CODE),
        _needs("tarifa", FUEL_RATE),
        _needs("valor", AMOUNT),
    ),
)

_INSTEAD_OF_A_GUIDE = _group_or_none(
    "infoSustitutivaGuiaRemision",
    _needs("dirPartida", TEXT_300),
    _needs("dirDestinatario", TEXT_300),
    _needs("fechaIniTransporte", DAY),
    _needs("fechaFinTransporte", DAY),
    _needs("razonSocialTransportista", TEXT_300),
    _needs("tipoIdentificacionTransportista", IDENTIFICATION_TYPE),
    _needs("rucTransportista", TEXT_20),
    _needs("placa", TEXT_20),
    _group(
        "destinos",
        _some(
            "destino",
            _needs("motivoTraslado", TEXT_300),
            _may("docAduaneroUnico", TEXT_64),
            _may("codEstabDestino", THREE_DIGITS),
            _may("ruta", TEXT_300),
        ),
    ),
)
_FOR_THIRD_PARTIES = _group_or_none(
    "otrosRubrosTerceros", _some("rubro", _needs("concepto", TEXT_300), _needs("total", AMOUNT))
)


def _invoice(version: str, *blocks: Element) -> Structure:
    """A factura; the versions differ in the blocks after the withholdings."""
    root = _group(
        "factura",
        _tax_information(DocumentType.INVOICE),
        _INVOICE_INFORMATION,
        _INVOICE_LINES,
        _REIMBURSEMENTS,
        _FUEL_WITHHOLDINGS,
        *blocks,
        _group_or_none("tipoNegociable", _needs("correo", TEXT_100)),
        _FISCAL_MACHINE,
        _ADDITIONAL,
        _SIGNATURE,
    )
    return Structure(version, DocumentType.INVOICE, root, needs_id=False)


INVOICE_1_1_0 = _invoice("1.1.0")
INVOICE_2_1_0 = _invoice("2.1.0", _INSTEAD_OF_A_GUIDE, _FOR_THIRD_PARTIES)

# Nota de crédito

_NOTE_TAXES = _group(
    "totalConImpuestos",
    _each(
        "taxes",
        "Totales, impuesto",
        "Totales, impuestos",
        "totalImpuesto",
        _needs("codigo", TAX_CODE, "code", "código"),
        _needs("codigoPorcentaje", RATE_CODE, "rate_code", "código de la tarifa"),
        _needs("baseImponible", AMOUNT, "base", "base imponible"),
        _needs("valor", AMOUNT, "amount", "valor"),
        _may("valorDevolucionIva", AMOUNT),
    ),
)

_NOTE_INFORMATION = _group(
    "infoNotaCredito",
    _ISSUE_DATE,
    _BRANCH,
    _needs(
        "tipoIdentificacionComprador",
        NOTE_IDENTIFICATION_TYPE,
        "buyer.identification_type",
        "Comprador, tipo de identificación",
    ),
    _BUYER_NAME,
    _BUYER_NUMBER,
    _SPECIAL_TAXPAYER,
    _KEEPS_ACCOUNTS,
    _may("rise", FREE_40),
    _needs("codDocModificado", TWO_DIGITS, "modified.document_type", "Documento que modifica, tipo"),
    _needs("numDocModificado", DOCUMENT_NUMBER, "modified.number", "Documento que modifica, número"),
    _needs("fechaEmisionDocSustento", DAY, "modified.issue_date", "Documento que modifica, fecha de emisión"),
    _SUBTOTAL,
    _COMPENSATIONS,
    _needs("valorModificacion", AMOUNT, "total", "Valor total"),
    _CURRENCY,
    _NOTE_TAXES,
    _needs("motivo", TEXT_300, "reason", "Motivo"),
)

_NOTE_LINES = _group(
    "detalles",
    _each(
        "lines",
        "Línea",
        "Líneas",
        "detalle",
        _may("codigoInterno", TEXT_25, "code", "código"),
        _may("codigoAdicional", TEXT_25, "auxiliary_code", "código auxiliar"),
        _DESCRIPTION,
        _QUANTITY,
        _UNIT_PRICE,
        replace(_DISCOUNT, minimum=0),
        _LINE_TOTAL,
        _DETAILS,
        _line_taxes(note=True),
    ),
)

CREDIT_NOTE_1_1_0 = Structure(
    "1.1.0",
    DocumentType.CREDIT_NOTE,
    _group(
        "notaCredito",
        _tax_information(DocumentType.CREDIT_NOTE),
        _NOTE_INFORMATION,
        _NOTE_LINES,
        _FISCAL_MACHINE,
        _ADDITIONAL,
        _SIGNATURE,
    ),
    needs_id=True,
)

STRUCTURES = (INVOICE_1_1_0, INVOICE_2_1_0, CREDIT_NOTE_1_1_0)
