"""What a person enters to bill: lines, discounts and the tax of each line, and the rules on what may be entered.

Sources: the product's decision on lines (quantity and price above zero, at most 500 lines, discounts with two
decimals); SRI's schemas, dec(14,2) for amounts, dec(18,6) for quantities and unit prices, dec(4,2) for rates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from core.money import WHOLE_DIGITS, ZERO, cents, half_up

MAX_LINES = 500
MAX_AMOUNT = 10**WHOLE_DIGITS - Decimal("0.01")
MAX_FIGURE = 10**WHOLE_DIGITS - Decimal("0.000001")
FIGURE_PLACES = 6


class TotalsError(ValueError):
    """The lines cannot be billed as they stand; `code` is stable, the message is a Spanish sentence for a person.

    `line` is the position (from 0) of the line at fault and `field` its field, where the fault lies in one.
    """

    def __init__(self, message: str, *, code: str, line: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.field = field


@dataclass(frozen=True, slots=True)
class TaxKey:
    """A tax at one rate, in SRI's codes: `code` (table 16: 2 = IVA), `rate_code` (table 17), `rate` in percent."""

    code: str
    rate_code: str
    rate: Decimal

    @property
    def factor(self) -> Decimal:
        """The rate as a part of one: 15 % is 0.15."""
        return self.rate / 100


@dataclass(frozen=True, slots=True)
class Discount:
    """Money off, as an amount in dollars or as a percentage from 0 to 100; two decimals either way."""

    value: Decimal
    is_percent: bool = False

    @classmethod
    def amount(cls, value: Decimal) -> Discount:
        """So many dollars off."""
        return cls(value)

    @classmethod
    def percent(cls, value: Decimal) -> Discount:
        """So many percent off."""
        return cls(value, is_percent=True)

    def off(self, amount: Decimal) -> Decimal:
        """The dollars this takes off `amount`."""
        return cents(amount * self.value / 100) if self.is_percent else cents(self.value)


NO_DISCOUNT = Discount(ZERO)


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line as a person enters it; `unit_price` and `discount` hold the tax when `price_includes_tax`."""

    quantity: Decimal
    unit_price: Decimal
    tax: TaxKey
    price_includes_tax: bool = False
    discount: Discount = NO_DISCOUNT

    @property
    def gross(self) -> Decimal:
        """Quantity × unit price to the cent, before any discount."""
        return cents(self.quantity * self.unit_price)

    @property
    def tax_inside(self) -> Decimal:
        """The part of one that the tax adds to what is in `unit_price`; zero where prices are without tax."""
        return self.tax.factor if self.price_includes_tax else ZERO


class _Rule(NamedTuple):
    holds: bool
    code: str
    field: str
    message: str


def check(lines: Sequence[LineInput], document_discount: Discount) -> None:
    """Raise TotalsError for the first thing entered that no document can hold, naming its line and field."""
    if not lines:
        raise TotalsError("El documento no tiene líneas: agregue al menos una.", code="no_lines")
    if len(lines) > MAX_LINES:
        raise TotalsError(
            f"El documento tiene {len(lines)} líneas y se admiten {MAX_LINES}: repártalas en varios documentos.",
            code="too_many_lines",
        )
    for position, line in enumerate(lines):
        for rule in _line_rules(line):
            if not rule.holds:
                message = f"Línea {position + 1}: {rule.message}."
                raise TotalsError(message, code=rule.code, line=position, field=rule.field)
    for rule in _discount_rules(document_discount, "document_discount"):
        if not rule.holds:
            raise TotalsError(f"Descuento del documento: {rule.message}.", code=rule.code, field=rule.field)
    _check_one_rate_per_code(lines)


def _line_rules(line: LineInput) -> Iterator[_Rule]:
    yield from _figure_rules(line.quantity, "quantity", "la cantidad")
    yield from _figure_rules(line.unit_price, "unit_price", "el precio unitario")
    yield from _discount_rules(line.discount, "discount")
    yield _Rule(
        _has_places(line.tax.rate, 2) and 0 <= line.tax.rate < 100,
        "rate_not_valid",
        "tax",
        "la tarifa del impuesto debe estar entre 0 y 99,99 %, con dos decimales como máximo",
    )
    yield _Rule(
        line.gross <= MAX_AMOUNT,
        "amount_too_large",
        "quantity",
        f"cantidad por precio supera las {WHOLE_DIGITS} cifras enteras que admite un documento",
    )


def _figure_rules(value: Decimal, field: str, name: str) -> Iterator[_Rule]:
    yield _Rule(
        value.is_finite() and value > 0,
        f"{field}_not_positive",
        field,
        f"{name} debe ser mayor que cero",
    )
    yield _Rule(
        value <= MAX_FIGURE and _has_places(value, FIGURE_PLACES),
        f"{field}_not_valid",
        field,
        f"{name} admite hasta {WHOLE_DIGITS} cifras enteras y {FIGURE_PLACES} decimales",
    )


def _discount_rules(discount: Discount, field: str) -> Iterator[_Rule]:
    yield _Rule(
        _has_places(discount.value, 2) and discount.value >= 0,
        f"{field}_not_valid",
        field,
        "el descuento no puede ser negativo ni tener más de dos decimales",
    )
    yield _Rule(
        not discount.is_percent or discount.value <= 100,
        f"{field}_percent_above_100",
        field,
        "el porcentaje de descuento debe estar entre 0 y 100",
    )


def _has_places(value: Decimal, places: int) -> bool:
    return value.is_finite() and abs(value) <= MAX_FIGURE and value == half_up(value, places)


def _check_one_rate_per_code(lines: Sequence[LineInput]) -> None:
    """SRI adds a document up by tax and rate code, so one code cannot stand for two rates in it."""
    rates: dict[tuple[str, str], Decimal] = {}
    for position, line in enumerate(lines):
        rate = rates.setdefault((line.tax.code, line.tax.rate_code), line.tax.rate)
        if rate != line.tax.rate:
            raise TotalsError(
                f"Línea {position + 1}: el código de tarifa {line.tax.rate_code} figura con dos porcentajes distintos.",
                code="rates_differ",
                line=position,
                field="tax",
            )
