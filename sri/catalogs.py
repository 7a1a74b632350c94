"""SRI's code tables, as far as the product uses them, with the days on which each entry holds.

Source: SRI "Ficha técnica de comprobantes electrónicos, esquema offline", tables 3 (documents), 4 (environments),
6 (identifications), 16 (taxes), 24 (forms of payment). Tax rates are rows of the database, for decrees change them.
Periods run from their first to their last day, both included; an open end means until further notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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


def payment_forms(on: date) -> list[PaymentForm]:
    """The forms of payment a document issued on that day may name."""
    return [form for form in PAYMENT_FORMS if form.in_force(on)]
