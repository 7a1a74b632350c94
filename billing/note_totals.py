"""What a credit note takes back of an invoice: stored amounts in, lines and totals out. Pure arithmetic, no database.

What remains is counted in two ways at once. Of each line: the quantity not yet given back, and the base that goes with
it. Of each rate: base and tax of the invoice less those of all notes on it. A note of lines or of everything copies the
invoice's lines; a note by amount takes from the rates and names no line, so that afterwards the lines of a rate hold
more than the rate. What is left of such a rate is shared by its lines in proportion to what they still have to give: an
item sold for 50, on which 10 were taken off later, comes back at 40.

1. A line taken back in part gives half-up(what is left of it × quantity ÷ quantity left); the last part gives all that
   is left, and so do the lines of a note of everything. So the parts of a line sum to the line, and notes that leave
   nothing sum to the invoice, to the cent.
2. The tax of a rate is that of the copied lines as long as SRI admits it (tax against base × rate, error 52) of this
   note and of what then remains. Otherwise it is the tax in between: the note and the rest bear half of the difference
   each, so that both are within 0.0165 whenever the invoice was: e/2 + 0.005 ≤ e for each e ≥ 0.01.
3. An amount is spread over the rates in proportion to what remains of each, by largest remainder, and each part is
   split into base and tax so that again the rest keeps half of the difference. It is one line "Ajuste" for each rate.

`quantity × unit_price − discount` is the base of each line to the cent, all without tax, as in SRI's XML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing.line_input import FIGURE_PLACES, TaxKey, TotalsError
from billing.totals import SRI_TAX_TOLERANCE, RateTotals, exact_price
from core.money import CENT, ZERO, cents, format_money, format_number, half_up, spread

ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A line of the invoice as it is stored; price and discount without tax."""

    id: int
    tax: TaxKey
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    base: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenLine:
    """A line of a note: of which line of the invoice it takes back how much; of none where it takes an amount."""

    line_id: int | None
    tax: TaxKey
    quantity: Decimal
    base: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine(TakenLine):
    """A line of the note that is being worked out, with the terms SRI's XML shows."""

    unit_price: Decimal
    discount: Decimal

    @property
    def total(self) -> Decimal:
        """Base and tax."""
        return self.base + self.tax_amount


@dataclass(frozen=True, slots=True)
class LineLeft:
    """What a line still has to give. `own_base` is the line's alone; `base` heeds what was taken from its rate."""

    line: SoldLine
    quantity: Decimal
    own_base: Decimal
    base: Decimal
    tax_amount: Decimal

    @property
    def total(self) -> Decimal:
        """Base and tax."""
        return self.base + self.tax_amount

    @property
    def is_free(self) -> bool:
        """Say whether the line never cost anything: it comes back for nothing."""
        return self.line.base == ZERO


@dataclass(frozen=True, slots=True)
class Remainder:
    """What of an invoice no note has taken back."""

    lines: tuple[LineLeft, ...]
    rates: tuple[RateTotals, ...]

    @property
    def total(self) -> Decimal:
        """What may still be credited, in USD."""
        return _sum(rate.base + rate.tax_amount for rate in self.rates)

    def rate(self, tax: TaxKey) -> RateTotals:
        """Return what remains at a rate."""
        return next((rate for rate in self.rates if rate.tax == tax), RateTotals(tax, ZERO, ZERO))


@dataclass(frozen=True, slots=True)
class NoteTotals:
    """What a note adds up to, in USD; refuses to exist where SRI would not admit it.

    Raises:
        TotalsError: `tax_too_far`, `total_not_positive`.
    """

    lines: tuple[NoteLine, ...]
    taxes: tuple[RateTotals, ...]

    def __post_init__(self) -> None:
        for rate in self.taxes:
            if abs(_drift(rate)) > SRI_TAX_TOLERANCE:
                raise TotalsError(
                    "El impuesto que queda se aleja de base por tarifa más de lo que el SRI admite: "
                    "acredite antes una parte por valor.",
                    code="tax_too_far",
                )
        if self.total <= ZERO:
            raise TotalsError("El total es cero: una nota debe devolver algo.", code="total_not_positive")

    @property
    def subtotal(self) -> Decimal:
        """All bases."""
        return _sum(rate.base for rate in self.taxes)

    @property
    def tax_total(self) -> Decimal:
        """All taxes."""
        return _sum(rate.tax_amount for rate in self.taxes)

    @property
    def total(self) -> Decimal:
        """What the note comes to, in USD."""
        return self.subtotal + self.tax_total

    @property
    def discount(self) -> Decimal:
        """The discounts in the lines, without tax."""
        return _sum(line.discount for line in self.lines)


def remainder(sold: Sequence[SoldLine], taken: Sequence[TakenLine]) -> Remainder:
    """Work out what remains of an invoice's lines after the lines of its notes."""
    rates = _by_rate(sold)
    left = tuple(_minus(rate, [row for row in taken if row.tax == rate.tax]) for rate in rates)
    lines = {row.line.id: row for rate in left for row in _lines_left(rate, sold, taken)}
    return Remainder(tuple(lines[line.id] for line in sold if line.id in lines), left)


def whole(rest: Remainder) -> NoteTotals:
    """Take back everything that remains.

    Raises:
        TotalsError: `nothing_left`, and as `NoteTotals`.
    """
    if rest.total == ZERO:
        raise TotalsError("De la factura ya no queda nada por acreditar.", code="nothing_left")
    found: list[NoteLine] = []
    for rate in rest.rates:
        lines = [left for left in rest.lines if left.line.tax == rate.tax and (left.total or left.is_free)]
        loose = rate.base - _sum(left.base for left in lines)
        if loose or (rate.tax_amount and not lines):
            copied = [left.tax_amount for left in lines] + [cents(loose * rate.tax.factor)]
            taxes = spread(rate.tax_amount, copied)
            found += [*_copies(lines, taxes[:-1]), _adjustment(RateTotals(rate.tax, loose, taxes[-1]))]
        elif lines:
            found += _copies(lines, spread(rate.tax_amount, [left.tax_amount for left in lines]))
    return _note(rest, _in_order(found, [left.line.id for left in rest.lines]))


def by_line(rest: Remainder, wanted: Sequence[tuple[int, Decimal]]) -> NoteTotals:
    """Take back so much of these lines (id, quantity).

    Raises:
        TotalsError: `no_lines`, `repeated_line`, `above_remainder`, `quantity_not_valid`, with the position in `wanted`
            where one is at fault; and as `NoteTotals`.
    """
    if not wanted:
        raise TotalsError("Elija al menos una línea y su cantidad.", code="no_lines")
    lefts = {left.line.id: left for left in rest.lines}
    seen: set[int] = set()
    for position, (line_id, quantity) in enumerate(wanted):
        _check_quantity(lefts.get(line_id), quantity, position, repeated=line_id in seen)
        seen.add(line_id)
    parts = [_part(lefts[line_id], quantity) for line_id, quantity in wanted]
    found: list[NoteLine] = []
    for rate in rest.rates:
        of_rate = [left for left in parts if left.line.tax == rate.tax]
        if of_rate:
            copied = [left.tax_amount for left in of_rate]
            tax = _tax(rate, _sum(left.base for left in of_rate), _sum(copied))
            found += _copies(of_rate, spread(tax, copied))
    return _note(rest, _in_order(found, [line_id for line_id, _quantity in wanted]))


def by_amount(rest: Remainder, amount: Decimal) -> NoteTotals:
    """Take back an amount (USD, cents), tax included, from all rates in proportion to what remains of each.

    Raises:
        TotalsError: `above_remainder`, `amount_not_valid`, and as `NoteTotals`.
    """
    if amount.is_finite() and amount > rest.total:
        raise TotalsError(
            f"De la factura quedan {format_money(rest.total)} por acreditar, y ese valor es mayor.",
            code="above_remainder",
            field="amount",
        )
    if not amount.is_finite() or amount <= ZERO or amount != cents(amount):
        raise TotalsError(
            "El valor debe ser mayor que cero y tener hasta dos decimales.", code="amount_not_valid", field="amount"
        )
    shares = spread(amount, [rate.base + rate.tax_amount for rate in rest.rates])
    pairs = zip(rest.rates, shares, strict=True)
    return _note(rest, [_adjustment(_split(rate, share)) for rate, share in pairs if share])


def check_fits(rest: Remainder, lines: Sequence[TakenLine]) -> None:
    """Refuse lines worked out earlier that what remains now does not hold, or would not be closed by.

    Raises:
        TotalsError: `above_remainder`; `remainder_changed`: they fit, and would leave cents that belong to no line.
    """
    lefts = {left.line.id: left for left in rest.lines}
    after = [_minus(rate, [line for line in lines if line.tax == rate.tax]) for rate in rest.rates]
    known = {rate.tax for rate in rest.rates}
    if any(rate.base < ZERO or rate.tax_amount < ZERO for rate in after) or any(row.tax not in known for row in lines):
        raise _above(_sum(line.base + line.tax_amount for line in lines), rest)
    for line in lines:
        if line.line_id is None:
            continue
        left = lefts.get(line.line_id)
        if left is None or line.quantity > left.quantity or line.base > left.own_base:
            raise _above(_sum(line.base + line.tax_amount for line in lines), rest)
        if line.quantity == left.quantity and line.base != left.base:
            raise _changed()
    if any(abs(_drift(rate)) > SRI_TAX_TOLERANCE for rate in after):
        raise _changed()


# What remains


def _lines_left(rate: RateTotals, sold: Sequence[SoldLine], taken: Sequence[TakenLine]) -> list[LineLeft]:
    """Share what remains of a rate among those of its lines that have something to give back."""
    found: list[tuple[SoldLine, Decimal, Decimal, Decimal]] = []
    for line in sold:
        gone = [row for row in taken if row.line_id == line.id]
        quantity = line.quantity - _sum(row.quantity for row in gone)
        if line.tax == rate.tax and quantity > 0:
            base = line.base - _sum(row.base for row in gone)
            tax = max(line.tax_amount - _sum(row.tax_amount for row in gone), ZERO)
            found.append((line, quantity, base, tax))
    parts = [Fraction(quantity) / Fraction(line.quantity) for line, quantity, _base, _tax in found]
    weights = [part * Fraction(line.base) for part, (line, *_rest) in zip(parts, found, strict=True)]
    bases = _fit(rate.base, weights, [base for _line, _quantity, base, _tax in found])
    taxes = _fit(rate.tax_amount, weights, [tax for _line, _quantity, _base, tax in found])
    return [
        LineLeft(line, quantity, own, base, tax)
        for (line, quantity, own, _tax), base, tax in zip(found, bases, taxes, strict=True)
    ]


def _fit(total: Decimal, weights: Sequence[Fraction], limits: Sequence[Decimal]) -> list[Decimal]:
    """Share a total in proportion, no share above its limit; where the limits do not reach it, the limits."""
    if _sum(limits) <= total:
        return list(limits)
    shares = spread(total, weights)  # type: ignore[arg-type]  # fractions are proportions as good as decimals
    kept = [min(share, limit) for share, limit in zip(shares, limits, strict=True)]
    slack = [limit - share for limit, share in zip(limits, kept, strict=True)]
    more = spread(total - _sum(kept), slack)
    return [share + extra for share, extra in zip(kept, more, strict=True)]


def _minus(rate: RateTotals, taken: Iterable[TakenLine]) -> RateTotals:
    rows = list(taken)
    return RateTotals(
        rate.tax, rate.base - _sum(row.base for row in rows), rate.tax_amount - _sum(row.tax_amount for row in rows)
    )


# What is taken


def _check_quantity(left: LineLeft | None, quantity: Decimal, position: int, *, repeated: bool) -> None:
    problem = ""
    if repeated:
        code, problem = "repeated_line", "está dos veces en la nota"
    elif left is None:
        code, problem = "above_remainder", "ya no tiene cantidad por acreditar"
    elif quantity.is_finite() and quantity > left.quantity:
        code, problem = "above_remainder", f"tiene {format_number(left.quantity)} por acreditar"
    elif not quantity.is_finite() or quantity <= 0 or quantity != half_up(quantity, FIGURE_PLACES):
        code, problem = "quantity_not_valid", "necesita una cantidad mayor que cero, con hasta seis decimales"
    if problem:
        raise TotalsError(f"La línea {position + 1} {problem}.", code=code, line=position, field="quantity")


def _part(left: LineLeft, quantity: Decimal) -> LineLeft:
    """Return a line's part: all that is left with the last of its quantity."""
    if quantity == left.quantity:
        return left
    share = Fraction(quantity) / Fraction(left.quantity)
    base, tax = _rounded(Fraction(left.base) * share), _rounded(Fraction(left.tax_amount) * share)
    own = left.own_base if left.base != left.own_base else base  # keeps telling whether its rate gave less
    return LineLeft(left.line, quantity, own, base, tax)


def _rounded(exact: Fraction) -> Decimal:
    """Round an exact amount to cents, half-up."""
    return Decimal((exact * 100 + Fraction(1, 2)).__floor__()) * CENT


def _copies(lefts: Sequence[LineLeft], taxes: Sequence[Decimal]) -> Iterator[NoteLine]:
    for left, tax in zip(lefts, taxes, strict=True):
        price, discount = _net_terms(left)
        yield NoteLine(
            line_id=left.line.id,
            tax=left.line.tax,
            quantity=left.quantity,
            base=left.base,
            tax_amount=tax,
            unit_price=price,
            discount=discount,
        )


def _net_terms(left: LineLeft) -> tuple[Decimal, Decimal]:
    """Keep the invoice's price where a discount explains the base; without any, the price follows the base."""
    price = left.line.unit_price
    discount = cents(left.quantity * price) - left.base
    explained = left.line.discount > ZERO or left.base < left.own_base
    if discount == ZERO or left.base == ZERO or (discount > ZERO and explained):
        return price, discount
    return exact_price(left.quantity, left.base)


def _adjustment(part: RateTotals) -> NoteLine:
    price = part.base or CENT  # tax alone: a price of nothing is no price
    return NoteLine(
        line_id=None,
        tax=part.tax,
        quantity=ONE,
        base=part.base,
        tax_amount=part.tax_amount,
        unit_price=price,
        discount=price - part.base,
    )


def _in_order(lines: Sequence[NoteLine], ids: Sequence[int]) -> list[NoteLine]:
    """Put lines as their ids stand; those of no line come last."""
    places = {line_id: place for place, line_id in enumerate(ids)}
    return sorted(lines, key=lambda line: len(ids) if line.line_id is None else places[line.line_id])


def _tax(rate: RateTotals, base: Decimal, copied: Decimal) -> Decimal:
    """Return the tax that goes with so much of a rate's base: the lines' own, where note and rest may keep it."""
    if base == rate.base:
        return rate.tax_amount
    rest = RateTotals(rate.tax, rate.base - base, rate.tax_amount - copied)
    differences = (_drift(RateTotals(rate.tax, base, copied)), _drift(rest))
    if ZERO <= copied <= rate.tax_amount and all(abs(value) <= SRI_TAX_TOLERANCE for value in differences):
        return copied
    between = cents(base * rate.tax.factor + _drift(rate) / 2)
    return max(ZERO, min(between, rate.tax_amount))


def _split(rate: RateTotals, amount: Decimal) -> RateTotals:
    """Split an amount at a rate into base and tax; all of it takes exactly what remains."""
    base = cents((amount - _drift(rate) / 2) / (1 + rate.tax.factor))
    base = max(ZERO, amount - rate.tax_amount, min(base, rate.base, amount))
    return RateTotals(rate.tax, base, amount - base)


def _drift(rate: RateTotals) -> Decimal:
    """Return how far a rate's tax is from base × rate."""
    return rate.tax_amount - rate.base * rate.tax.factor


# Sums


def _note(rest: Remainder, lines: Sequence[NoteLine]) -> NoteTotals:
    order = [rate.tax for rate in rest.rates]
    rates = {line.tax: [other for other in lines if other.tax == line.tax] for line in lines}
    return NoteTotals(
        tuple(lines),
        tuple(
            RateTotals(tax, _sum(line.base for line in rates[tax]), _sum(line.tax_amount for line in rates[tax]))
            for tax in order
            if tax in rates
        ),
    )


def _by_rate(sold: Sequence[SoldLine]) -> tuple[RateTotals, ...]:
    rates: dict[TaxKey, list[SoldLine]] = {}
    for line in sold:
        rates.setdefault(line.tax, []).append(line)
    return tuple(
        RateTotals(tax, _sum(line.base for line in rates[tax]), _sum(line.tax_amount for line in rates[tax]))
        for tax in sorted(rates, key=lambda tax: (tax.code, -tax.rate, tax.rate_code))
    )


def _above(wanted: Decimal, rest: Remainder) -> TotalsError:
    return TotalsError(
        f"La nota toma {format_money(wanted)} y de la factura quedan {format_money(rest.total)} por acreditar, "
        "o menos de alguna de sus líneas.",
        code="above_remainder",
    )


def _changed() -> TotalsError:
    return TotalsError(
        "Lo que queda de la factura cambió desde que se preparó la nota. Descarte el borrador y prepárela de nuevo.",
        code="remainder_changed",
    )


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)
