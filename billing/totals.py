"""What a document adds up to: lines and discounts in, bases, taxes and totals out. Pure arithmetic, no database.

How the money is worked out, line by line and then rate by rate:

1. gross = half-up(quantity × unit price).
2. The line's discount comes off, then its share of the document discount, which is spread over the lines by largest
   remainder in proportion to what they amount to by then. Discounts come off *before* tax.
3. Prices without tax: that amount is the line's base. Per rate, tax = half-up(sum of bases × rate), spread over the
   lines by largest remainder.
4. Prices with tax inside: the customer was told an amount, and pays that amount. Per rate, G = sum of those amounts,
   base = half-up(G / (1 + rate)), tax = G − base; the base is spread over the lines by largest remainder and each
   line's tax is what is left of its amount. So 10.00 with 15 % inside is 8.70 + 1.30, although 15 % of 8.70 is 1.31.

A document may mix both sorts in one rate. Each sort is worked out for itself, as if the other were not there, and the
rate's base and tax are the two sums: whoever was told an amount pays it to the cent, whoever was told a price without
tax pays the tax of a document without tax included. How far is the rate's tax then from base × rate, which is what SRI
compares (error 52)? Step 3 rounds once, so it is off by at most 0.005; step 4 rounds the base, so its tax is off by at
most 0.005 × (1 + rate); together 0.005 × (2 + rate), which is 0.01075 at 15 % and below 0.015 at any rate under 100 %.
Invoices that SRI authorised in 2026 are off by up to 0.0165, and `Totals` refuses to exist beyond that.

In SRI's XML a line is quantity × price − discount, all without tax. `net_unit_price` and `net_discount` are those two
figures; half-up(quantity × net_unit_price) − net_discount is the base exactly, for every line.

Sources: the product's decisions on discounts, tax-inclusive prices and lines; SRI "Ficha técnica de comprobantes
electrónicos, esquema offline" (factura: totalConImpuestos, detalles) and its schemas, dec(14,2) and dec(18,6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.line_input import (
    FIGURE_PLACES,
    MAX_AMOUNT,
    MAX_LINES,
    NO_DISCOUNT,
    Discount,
    LineInput,
    TaxKey,
    TotalsError,
    check,
)
from core.money import CENT, ZERO, cents, format_money, half_up, spread

__all__ = [
    "NO_DISCOUNT",
    "Discount",
    "LineInput",
    "LineTotals",
    "RateTotals",
    "TaxKey",
    "Totals",
    "TotalsError",
    "compute",
    "exact_price",
]

# The farthest a rate's tax was from base × rate in 39 production invoices SRI authorised in May and June of 2026.
SRI_TAX_TOLERANCE = Decimal("0.0165")

SMALLEST = Decimal((0, (1,), -FIGURE_PLACES))

Law = tuple[bool, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotals:
    """What one line adds up to; refuses to exist unless it does.

    `gross` and the discounts are in the terms of the line's price (tax inside or not). `base`, `net_unit_price` (six
    decimals) and `net_discount` are always without tax: they are what the XML shows.
    """

    entered: LineInput
    gross: Decimal
    discount: Decimal
    document_discount_share: Decimal
    total_discount: Decimal
    base: Decimal
    tax: Decimal
    total: Decimal
    net_unit_price: Decimal
    net_discount: Decimal

    def __post_init__(self) -> None:
        _hold(self._laws())

    def _laws(self) -> Iterator[Law]:
        money = (self.discount, self.document_discount_share, self.base, self.tax, self.net_discount)
        told = self.gross - self.total_discount
        net = cents(self.entered.quantity * self.net_unit_price) - self.net_discount
        yield all(_is_money(value) for value in money), "Un valor de la línea es negativo o tiene más de dos decimales."
        yield self.gross == self.entered.gross, "El valor de la línea no es cantidad por precio."
        yield self.total_discount == self.discount + self.document_discount_share, "Los descuentos no suman."
        yield self.total == self.base + self.tax, "La base y el impuesto de la línea no suman su total."
        yield (
            told == (self.total if self.entered.price_includes_tax else self.base),
            "La línea no respeta el valor pactado.",
        )
        yield half_up(self.net_unit_price, FIGURE_PLACES) == self.net_unit_price >= 0, "El precio neto no es válido."
        yield net == self.base, "Cantidad por precio neto menos descuento neto no da la base de la línea."


@dataclass(frozen=True, slots=True)
class RateTotals:
    """What the lines of one tax rate add up to."""

    tax: TaxKey
    base: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a document adds up to; refuses to exist unless lines, rates and totals agree to the cent.

    `taxes` stands as a RIDE lists it: by tax, the highest rate first. `total_discount` is as the lines were priced;
    `net_discount` is without tax, SRI's totalDescuento.
    """

    lines: tuple[LineTotals, ...]
    taxes: tuple[RateTotals, ...]
    subtotal_without_tax: Decimal
    total_discount: Decimal
    net_discount: Decimal
    tax_total: Decimal
    total: Decimal

    def __post_init__(self) -> None:
        _hold(self._laws())

    def _laws(self) -> Iterator[Law]:
        lines, taxes = self.lines, self.taxes
        yield 1 <= len(lines) <= MAX_LINES, f"El documento no tiene entre 1 y {MAX_LINES} líneas."
        yield taxes == _by_rate(lines), "Los totales por tarifa no son la suma de las líneas."
        yield (
            all(_sri_agrees(rate) for rate in taxes),
            "El impuesto se aleja de base por tarifa más de lo que el SRI admite.",
        )
        yield self.subtotal_without_tax == _sum(rate.base for rate in taxes), "El subtotal no es la suma de las bases."
        yield self.tax_total == _sum(rate.tax_amount for rate in taxes), "El impuesto no es la suma de las tarifas."
        yield self.total == self.subtotal_without_tax + self.tax_total, "Subtotal e impuesto no suman el total."
        yield self.total_discount == _sum(line.total_discount for line in lines), "El descuento no es el de las líneas."
        yield (
            self.net_discount == _sum(line.net_discount for line in lines),
            "El descuento neto no es el de las líneas.",
        )
        yield CENT <= self.total <= MAX_AMOUNT, "El total no es un valor que un documento pueda llevar."


def compute(lines: Sequence[LineInput], document_discount: Discount = NO_DISCOUNT) -> Totals:
    """Work out a document from its lines and its own discount; the module's docstring says how.

    Raises TotalsError where a line, a discount or the whole cannot be billed.
    """
    check(lines, document_discount)
    discounts = [_line_discount(line, position) for position, line in enumerate(lines)]
    amounts = [line.gross - discount for line, discount in zip(lines, discounts, strict=True)]
    shares = spread(_document_discount(document_discount, _sum(amounts)), amounts)
    told = [amount - share for amount, share in zip(amounts, shares, strict=True)]
    bases_and_taxes = _bases_and_taxes(lines, told)
    return _totals(
        tuple(
            _line_totals(line, discount, share, base, tax)
            for line, discount, share, (base, tax) in zip(lines, discounts, shares, bases_and_taxes, strict=True)
        )
    )


# The arithmetic


def _line_discount(line: LineInput, position: int) -> Decimal:
    discount = line.discount.off(line.gross)
    if discount > line.gross:
        taken, worth = format_money(discount), format_money(line.gross)
        raise TotalsError(
            f"Línea {position + 1}: el descuento de {taken} es mayor que su valor de {worth}.",
            code="discount_above_line",
            line=position,
            field="discount",
        )
    return discount


def _document_discount(discount: Discount, amount: Decimal) -> Decimal:
    taken = discount.off(amount)
    if taken > amount:
        raise TotalsError(
            f"El descuento del documento es de {format_money(taken)} y sus líneas suman {format_money(amount)}.",
            code="document_discount_above_lines",
            field="document_discount",
        )
    return taken


def _bases_and_taxes(lines: Sequence[LineInput], told: Sequence[Decimal]) -> list[tuple[Decimal, Decimal]]:
    """Base and tax of each line, worked out together for the lines of one rate and one sort of price."""
    groups: dict[tuple[TaxKey, bool], list[int]] = {}
    for position, line in enumerate(lines):
        groups.setdefault((line.tax, line.price_includes_tax), []).append(position)
    worked_out: dict[int, tuple[Decimal, Decimal]] = {}
    for (tax, inside), positions in groups.items():
        split = _split_tax_inside if inside else _add_tax
        worked_out.update(zip(positions, split([told[position] for position in positions], tax), strict=True))
    return [worked_out[position] for position in range(len(lines))]


def _split_tax_inside(amounts: Sequence[Decimal], tax: TaxKey) -> list[tuple[Decimal, Decimal]]:
    bases = spread(cents(_sum(amounts) / (1 + tax.factor)), amounts)
    return [(base, amount - base) for base, amount in zip(bases, amounts, strict=True)]


def _add_tax(bases: Sequence[Decimal], tax: TaxKey) -> list[tuple[Decimal, Decimal]]:
    return list(zip(bases, spread(cents(_sum(bases) * tax.factor), bases), strict=True))


def _line_totals(line: LineInput, discount: Decimal, share: Decimal, base: Decimal, tax: Decimal) -> LineTotals:
    net_unit_price, net_discount = _net_terms(line, base, discounted=discount + share > 0)
    return LineTotals(
        entered=line,
        gross=line.gross,
        discount=discount,
        document_discount_share=share,
        total_discount=discount + share,
        base=base,
        tax=tax,
        total=base + tax,
        net_unit_price=net_unit_price,
        net_discount=net_discount,
    )


def _net_terms(line: LineInput, base: Decimal, *, discounted: bool) -> tuple[Decimal, Decimal]:
    """Unit price and discount without tax such that half-up(quantity × price) − discount is `base`.

    First choice is the price without its tax, the discount taking up the cents. A line without discount must show
    none, so there the price follows the base instead. Above some 10,000 units six decimals can be too coarse for
    that; only then does a line without discount show the difference as one.
    """
    price = half_up(line.unit_price / (1 + line.tax_inside), FIGURE_PLACES)
    discount = cents(line.quantity * price) - base
    if discount == 0 or (discounted and discount > 0):
        return price, discount
    return exact_price(line.quantity, base)


def exact_price(quantity: Decimal, base: Decimal) -> tuple[Decimal, Decimal]:
    """Return unit price and discount, without tax, of which `quantity` comes to `base`.

    The discount is zero, or as little as six decimals of price leave over.
    """
    price = half_up(base / quantity, FIGURE_PLACES)
    if cents(quantity * price) < base:
        price += SMALLEST
    return price, cents(quantity * price) - base


def _totals(lines: tuple[LineTotals, ...]) -> Totals:
    taxes = _by_rate(lines)
    subtotal = _sum(rate.base for rate in taxes)
    tax_total = _sum(rate.tax_amount for rate in taxes)
    total = subtotal + tax_total
    if not total:
        raise TotalsError("El total es cero: un documento debe cobrar algo.", code="total_not_positive")
    if total > MAX_AMOUNT:
        raise TotalsError(f"El total supera el máximo de {format_money(MAX_AMOUNT)}.", code="amount_too_large")
    return Totals(
        lines=lines,
        taxes=taxes,
        subtotal_without_tax=subtotal,
        total_discount=_sum(line.total_discount for line in lines),
        net_discount=_sum(line.net_discount for line in lines),
        tax_total=tax_total,
        total=total,
    )


def _by_rate(lines: Iterable[LineTotals]) -> tuple[RateTotals, ...]:
    rates: dict[TaxKey, list[LineTotals]] = {}
    for line in lines:
        rates.setdefault(line.entered.tax, []).append(line)
    return tuple(
        RateTotals(tax, _sum(line.base for line in rates[tax]), _sum(line.tax for line in rates[tax]))
        for tax in sorted(rates, key=lambda tax: (tax.code, -tax.rate, tax.rate_code))
    )


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


# What must hold


def _hold(laws: Iterable[Law]) -> None:
    for holds, broken in laws:
        if not holds:
            raise TotalsError(broken, code="totals_do_not_add_up")


def _is_money(value: Decimal) -> bool:
    return value >= 0 and value == cents(value)


def _sri_agrees(rate: RateTotals) -> bool:
    return abs(rate.tax_amount - rate.base * rate.tax.factor) <= SRI_TAX_TOLERANCE
