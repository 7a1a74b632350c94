"""SRI's code tables, as far as the product uses them, with the days on which each entry holds.

Source: SRI "Ficha técnica de comprobantes electrónicos, esquema offline", tables 3 (documents), 4 (environments),
6 (identifications), 16 (taxes), 17 (IVA rates), 24 (forms of payment). Periods run from their first to their last day,
both included, as decrees are written; an open end means until further notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self


class CodeList(StrEnum):
    """A fixed table: each member is its code as SRI writes it, with a Spanish `label`."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        """A member is written ``NAME = code, label``; looking one up takes its code alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Code and label of every member, in the table's order."""
        return [(member.value, member.label) for member in cls]


class DocumentType(CodeList):
    """What a document is (table 3). The sales note of a RIMPE "negocio popular" is never sent to SRI."""

    INVOICE = "01", "Factura"
    SALES_NOTE = "02", "Nota de venta"
    PURCHASE_SETTLEMENT = "03", "Liquidación de compra de bienes y prestación de servicios"
    CREDIT_NOTE = "04", "Nota de crédito"
    DEBIT_NOTE = "05", "Nota de débito"
    DELIVERY_GUIDE = "06", "Guía de remisión"
    WITHHOLDING = "07", "Comprobante de retención"

    @property
    def electronic(self) -> bool:
        """Whether documents of this type have an access key and go to SRI."""
        return self is not DocumentType.SALES_NOTE


class Environment(CodeList):
    """Where documents are sent (table 4)."""

    TEST = "1", "Pruebas"
    PRODUCTION = "2", "Producción"


class IdentificationType(CodeList):
    """What identifies a buyer (table 6)."""

    RUC = "04", "RUC"
    CEDULA = "05", "Cédula"
    PASSPORT = "06", "Pasaporte"
    FINAL_CONSUMER = "07", "Consumidor final"
    FOREIGN = "08", "Identificación del exterior"


class TaxCode(CodeList):
    """The taxes a line may carry (table 16)."""

    IVA = "2", "IVA"
    ICE = "3", "ICE"
    IRBPNR = "5", "IRBPNR"


class TimeUnit(CodeList):
    """The unit of a payment term. SRI takes any text of one to ten characters; these are the ones offered."""

    DAYS = "dias", "Días"
    MONTHS = "meses", "Meses"
    YEARS = "anios", "Años"


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days, both ends included; None is an open end. Ask ``day in period``."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, on: date) -> bool:
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """How a document is paid, in SRI's code (table 24)."""

    code: str
    label: str
    period: Period

    def in_force(self, on: date) -> bool:
        """Whether a document issued on that day may name it."""
        return on in self.period


@dataclass(frozen=True, slots=True)
class IvaRate:
    """An IVA percentage code (table 17). Without periods it holds only on days a decree names."""

    code: str
    rate: Decimal
    label: str
    periods: tuple[Period, ...]

    def in_force(self, on: date) -> bool:
        """Whether the rate was general law on that day."""
        return any(on in period for period in self.periods)


class TaxCategory(CodeList):
    """What a product is to the tax law; category and issue date decide its rate. The codes are the product's own."""

    GENERAL = "general", "Tarifa general"
    CONSTRUCTION = "construction", "Materiales de construcción"
    ZERO = "zero", "Tarifa 0 %"
    EXEMPT = "exempt", "Exento de IVA"
    NOT_SUBJECT = "not_subject", "No objeto de IVA"
    TOURISM = "tourism", "Turismo (tarifa reducida en feriados decretados)"


@dataclass(frozen=True, slots=True)
class TaxRule:
    """One row of the dated table that turns a category and a day into SRI's codes and a rate in percent.

    `source` names the law. These rows are where an installation starts; its administrator adds the next decree.
    """

    category: TaxCategory
    tax_code: TaxCode
    rate_code: str
    rate: Decimal
    period: Period
    source: str


ALWAYS = Period()
_GENERAL_12 = (
    Period(date(2001, 9, 1), date(2016, 5, 31)),
    Period(date(2017, 6, 1), date(2024, 3, 31)),
)
_GENERAL_14 = Period(date(2016, 6, 1), date(2017, 5, 31))
_SINCE_APRIL_2024 = Period(date(2024, 4, 1))

# Codes 1 and 9 do not exist. 13 % has a code but never had a period; 8 is any rate from 8 to under 12 a decree sets.
IVA_RATES: tuple[IvaRate, ...] = (
    IvaRate("0", Decimal(0), "0 %", (ALWAYS,)),
    IvaRate("2", Decimal(12), "12 %", _GENERAL_12),
    IvaRate("3", Decimal(14), "14 %", (_GENERAL_14,)),
    IvaRate("4", Decimal(15), "15 %", (_SINCE_APRIL_2024,)),
    IvaRate("5", Decimal(5), "5 %", (_SINCE_APRIL_2024,)),
    IvaRate("6", Decimal(0), "No objeto de impuesto", (ALWAYS,)),
    IvaRate("7", Decimal(0), "Exento de IVA", (ALWAYS,)),
    IvaRate("8", Decimal(8), "IVA diferenciado", ()),
    IvaRate("10", Decimal(13), "13 %", ()),
)

# Codes 02 to 14 ended on 31 August 2016.
PAYMENT_FORMS: tuple[PaymentForm, ...] = (
    PaymentForm("01", "Sin utilización del sistema financiero", Period(date(2013, 1, 1))),
    PaymentForm("15", "Compensación de deudas", Period(date(2013, 1, 1))),
    PaymentForm("16", "Tarjeta de débito", Period(date(2016, 6, 1))),
    PaymentForm("17", "Dinero electrónico", Period(date(2016, 6, 1))),
    PaymentForm("18", "Tarjeta prepago", Period(date(2016, 6, 1))),
    PaymentForm("19", "Tarjeta de crédito", Period(date(2016, 6, 1))),
    PaymentForm("20", "Otros con utilización del sistema financiero", Period(date(2016, 6, 1))),
    PaymentForm("21", "Endoso de títulos", Period(date(2016, 6, 1))),
)

# Tourism has no row: its reduced rate (code 8) holds only on the days each decree names, at most twelve in a year. The
# administrator adds a row for those days when the decree appears; on all others the general rate holds.
TAX_RULES: tuple[TaxRule, ...] = (
    TaxRule(TaxCategory.GENERAL, TaxCode.IVA, "2", Decimal(12), _GENERAL_12[0], "Ficha técnica, tabla 17"),
    TaxRule(TaxCategory.GENERAL, TaxCode.IVA, "3", Decimal(14), _GENERAL_14, "Ficha técnica, tabla 17"),
    TaxRule(TaxCategory.GENERAL, TaxCode.IVA, "2", Decimal(12), _GENERAL_12[1], "Ficha técnica, tabla 17"),
    TaxRule(TaxCategory.GENERAL, TaxCode.IVA, "4", Decimal(15), _SINCE_APRIL_2024, "Decreto Ejecutivo 198"),
    TaxRule(
        TaxCategory.CONSTRUCTION, TaxCode.IVA, "5", Decimal(5), _SINCE_APRIL_2024, "Resolución NAC-DGERCGC24-00000013"
    ),
    TaxRule(TaxCategory.ZERO, TaxCode.IVA, "0", Decimal(0), ALWAYS, "Ficha técnica, tabla 17"),
    TaxRule(TaxCategory.EXEMPT, TaxCode.IVA, "7", Decimal(0), ALWAYS, "Ficha técnica, tabla 17"),
    TaxRule(TaxCategory.NOT_SUBJECT, TaxCode.IVA, "6", Decimal(0), ALWAYS, "Ficha técnica, tabla 17"),
)

_GENERAL_OTHERWISE = frozenset({TaxCategory.CONSTRUCTION, TaxCategory.TOURISM})

# A sale to "consumidor final" above this total needs an identified buyer: 200 dollars until ficha 2.23, 50 since.
FINAL_CONSUMER_LIMITS: tuple[tuple[Period, Decimal], ...] = (
    (Period(None, date(2023, 1, 31)), Decimal("200.00")),
    (Period(date(2023, 2, 1)), Decimal("50.00")),
)


def tax_rule(category: TaxCategory, on: date, rules: Iterable[TaxRule] = TAX_RULES) -> TaxRule:
    """The row that holds for a category on a day. Of two that hold, the later decree, the one that began last.

    Construction and tourism are general on days without a row of their own. Raises LookupError where no row holds.
    """
    rules = tuple(rules)
    holding = [rule for rule in rules if rule.category is category and on in rule.period]
    if holding:
        return max(holding, key=lambda rule: rule.period.first or date.min)
    if category in _GENERAL_OTHERWISE:
        return tax_rule(TaxCategory.GENERAL, on, rules)
    raise LookupError(f"No hay tarifa de IVA para «{category.label}» el {on:%d/%m/%Y}.")


def payment_forms(on: date) -> list[PaymentForm]:
    """The forms of payment a document issued on that day may name."""
    return [form for form in PAYMENT_FORMS if form.in_force(on)]


def final_consumer_limit(on: date) -> Decimal:
    """The highest total, in dollars, of a document to "consumidor final" issued on that day."""
    return next(limit for period, limit in FINAL_CONSUMER_LIMITS if on in period)
