"""Electronic documents as plain frozen values: what SRI is told, copied from an issued document, never looked up again.

The words are ours; `sri.xml` knows SRI's for them. Amounts are US dollars with two decimals, quantities and unit prices
have up to six, rates are percentages (15 is 15 %). Codes are SRI's own (`sri.catalogs`). Texts are written as they
stand: clean them first with `sri.xml.clean`. Nothing here is checked: `sri.xml.check` does that, all at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal("0.00")

# What a taxpayer of the RIMPE regime says of itself (ficha técnica, Anexo 22).
RIMPE_LEGEND = "CONTRIBUYENTE RÉGIMEN RIMPE"
RIMPE_POPULAR_LEGEND = "CONTRIBUYENTE NEGOCIO POPULAR - RÉGIMEN RIMPE"

Pair = tuple[str, str]  # a name and its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues: the company as it was on the day of issue."""

    environment: str  # table 4: "1" pruebas, "2" producción
    ruc: str  # 13 digits
    legal_name: str
    head_office: str  # dirección matriz
    keeps_accounts: bool  # obligado a llevar contabilidad
    trade_name: str = ""
    branch: str = ""  # address of the issuing establishment
    special_taxpayer: str = ""  # number of the resolution, 3 to 13 letters and digits
    withholding_agent: str = ""  # number of the resolution, up to 8 digits, without leading zeros
    rimpe: str = ""  # RIMPE_LEGEND, RIMPE_POPULAR_LEGEND, or nothing


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who receives it."""

    identification_type: str  # table 6
    identification: str
    name: str
    address: str = ""  # a credit note has no place for it


@dataclass(frozen=True, slots=True)
class LineTax:
    """One tax of one line."""

    code: str  # table 16: "2" IVA, "3" ICE, "5" IRBPNR
    rate_code: str  # table 17 for IVA
    rate: Decimal  # percent
    base: Decimal  # dollars; of IVA, with the ICE in it
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One line; every line carries a tax, also where its rate is zero, not subject or exempt."""

    code: str  # código principal; may be empty
    description: str
    quantity: Decimal
    unit_price: Decimal  # without tax
    discount: Decimal  # dollars off the line, without tax
    total: Decimal  # quantity × unit price − discount, without tax
    taxes: tuple[LineTax, ...]
    auxiliary_code: str = ""
    unit: str = ""  # unidad de medida; a credit note has no place for it
    details: tuple[Pair, ...] = ()  # up to three


@dataclass(frozen=True, slots=True)
class TotalTax:
    """What the lines add up to in one rate of one tax."""

    code: str
    rate_code: str
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """How a part of an invoice is or will be paid."""

    method: str  # table 24
    amount: Decimal
    term_days: int = 0  # days of credit; 0 is at once


@dataclass(frozen=True, slots=True)
class Heading:
    """Which document this is."""

    access_key: str  # 49 digits
    establishment: str  # three digits
    emission_point: str  # three digits
    sequential: int
    issue_date: date

    @property
    def number(self) -> str:
        """The number as people write it: 001-001-000000123."""
        return f"{self.establishment}-{self.emission_point}-{self.sequential:09}"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A factura."""

    heading: Heading
    issuer: Issuer
    buyer: Buyer
    lines: tuple[Line, ...]
    taxes: tuple[TotalTax, ...]
    subtotal: Decimal  # without tax
    discount: Decimal  # of all lines, already off the subtotal
    total: Decimal  # subtotal + taxes + tip
    payments: tuple[Payment, ...]
    tip: Decimal = ZERO
    guide: str = ""  # guía de remisión, 001-001-000000001
    additional: tuple[Pair, ...] = ()  # información adicional, up to 15


@dataclass(frozen=True, slots=True)
class Modified:
    """The document a note corrects."""

    document_type: str  # table 3
    number: str  # 001-001-000000001
    issue_date: date


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A nota de crédito: how much of which document is taken back, and why."""

    heading: Heading
    issuer: Issuer
    buyer: Buyer
    modified: Modified
    reason: str  # motivo
    lines: tuple[Line, ...]
    taxes: tuple[TotalTax, ...]
    subtotal: Decimal  # without tax
    total: Decimal  # subtotal + taxes
    additional: tuple[Pair, ...] = ()


Document = Invoice | CreditNote
