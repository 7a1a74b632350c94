"""What a printed document (RIDE) says: plain frozen values, copied from an issued document and never looked up again.

Block by block as the ficha técnica, Anexo 2, orders them. A credit note prints the same issuer, heading, buyer and
taxes as an invoice, says which document it modifies and why, and has neither payments nor a due date.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.money import format_number
from sri.catalogs import Environment, TaxCode

_NOT_A_RATE = {"6": "no objeto de IVA", "7": "exento de IVA"}  # SRI table 17


class Watermark(StrEnum):
    """What is written across every page of a document that must not pass for a valid one."""

    DRAFT = "BORRADOR"
    TEST = "PRUEBAS – SIN VALIDEZ TRIBUTARIA"
    VOIDED = "ANULADA"
    UNAUTHORIZED = "PENDIENTE DE AUTORIZACIÓN"


@dataclass(frozen=True)
class Issuer:
    """Who issues: the company as it was on the day of issue."""

    ruc: str
    legal_name: str
    head_office: str  # dirección matriz
    trade_name: str = ""
    branch: str = ""  # dirección of the issuing establishment
    keeps_accounting: bool = False  # obligado a llevar contabilidad
    special_taxpayer: str = ""  # number of the resolution, as the next
    withholding_agent: str = ""
    legends: tuple[str, ...] = ()  # printed as given: "CONTRIBUYENTE RÉGIMEN RIMPE", the text of a Gran Contribuyente
    contact: tuple[str, ...] = ()  # telephone, e-mail, web site
    logo: bytes | None = None  # PNG, JPEG, WebP: a raster image

    def standing(self) -> tuple[str, ...]:
        """What the law makes the company say of itself as a taxpayer, one sentence each."""
        return (
            f"Obligado a llevar contabilidad: {'SÍ' if self.keeps_accounting else 'NO'}",
            *((f"Contribuyente especial Nro. {self.special_taxpayer}",) if self.special_taxpayer else ()),
            *((f"Agente de retención Resolución No. {self.withholding_agent}",) if self.withholding_agent else ()),
            *self.legends,
        )


@dataclass(frozen=True)
class Heading:
    """Which document this is."""

    name: str  # "Factura"
    number: str  # 001-001-000000123; empty while it is a draft
    issued_on: date
    due_on: date | None = None


@dataclass(frozen=True)
class Authorization:
    """The electronic side; a document of a company without e-invoicing has none."""

    access_key: str  # the 49 digits
    environment: str  # SRI table 4: "1" or "2"
    number: str = ""  # número de autorización; empty until SRI gives it
    authorized_at: datetime | None = None  # in the company's own time zone

    @property
    def environment_name(self) -> str:
        """PRUEBAS or PRODUCCIÓN."""
        return Environment(self.environment).label.upper()


@dataclass(frozen=True)
class Buyer:
    """Who receives the document."""

    name: str
    identification_type: str  # as printed: "RUC", "Cédula", "Pasaporte"
    identification: str
    address: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Note:
    """A named text: a line's detalle adicional, or a row of the información adicional."""

    name: str
    value: str


@dataclass(frozen=True)
class Line:
    """One line; amounts in USD, `total` after the discount and before taxes."""

    code: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    total: Decimal
    auxiliary_code: str = ""
    details: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Tax:
    """The base and the amount of one tax at one rate, over the whole document."""

    code: str  # SRI table 16: "2" IVA, "3" ICE, "5" IRBPNR
    rate_code: str  # SRI table 17 for IVA
    rate: Decimal  # percent
    base: Decimal
    amount: Decimal

    @property
    def rate_name(self) -> str:
        """'15 %', 'no objeto de IVA', 'exento de IVA': of an IVA, whatever its rate was on the day of issue."""
        return _NOT_A_RATE.get(self.rate_code, f"{format_number(self.rate)}\N{NO-BREAK SPACE}%")


@dataclass(frozen=True)
class Payment:
    """One row of the formas de pago."""

    method: str  # the words of SRI table 24
    amount: Decimal
    term: int = 0  # plazo; 0 is a payment at once
    unit: str = "días"


@dataclass(frozen=True)
class Modified:
    """Of a note: the comprobante it modifies, and why (Anexo 2)."""

    name: str  # "Factura"
    number: str
    issued_on: date
    reason: str  # razón de modificación


@dataclass(frozen=True)
class Amount:
    """One row of the totals as it is printed."""

    label: str
    value: Decimal


@dataclass(frozen=True)
class Ride:
    """A whole printed document."""

    issuer: Issuer
    heading: Heading
    buyer: Buyer
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]  # none where the document does not break its taxes out (nota de venta)
    subtotal: Decimal  # total sin impuestos
    discount: Decimal  # total descuento
    total: Decimal  # importe total
    tip: Decimal = Decimal("0.00")  # propina
    payments: tuple[Payment, ...] = ()
    additional: tuple[Note, ...] = ()  # información adicional
    observations: str = ""  # the notes meant for the buyer
    authorization: Authorization | None = None
    watermarks: tuple[Watermark, ...] = ()
    modifies: Modified | None = None
    link: str = ""  # the address where the buyer sees the document, printed as a QR code

    def amounts(self) -> tuple[Amount, ...]:
        """The rows between the lines and the valor total, in the order of Anexo 2.

        A rate or a tax that the document does not have is no row, rather than a row of zero.
        """
        if not self.taxes:
            return (Amount("Descuento", self.discount),) if self.discount else ()
        by_rate = sorted(self.taxes, key=lambda tax: (-tax.rate, tax.rate_code))
        rates = [tax for tax in by_rate if tax.code == TaxCode.IVA]
        return (
            *(Amount(f"Subtotal {tax.rate_name}", tax.base) for tax in rates),
            Amount("Subtotal sin impuestos", self.subtotal),
            Amount("Descuento", self.discount),
            *self._sum_of(TaxCode.ICE),
            *(Amount(f"IVA {tax.rate_name}", tax.amount) for tax in rates if tax.rate),
            *self._sum_of(TaxCode.IRBPNR),
            *((Amount("Propina", self.tip),) if self.tip else ()),
        )

    def _sum_of(self, kind: TaxCode) -> tuple[Amount, ...]:
        amounts = [tax.amount for tax in self.taxes if tax.code == kind]
        return (Amount(kind.label, sum(amounts, Decimal("0.00"))),) if amounts else ()
