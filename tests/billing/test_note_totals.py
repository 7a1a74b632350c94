"""Whatever is credited in whatever parts: the notes sum to the invoice to the cent, at each rate and of each line."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from billing.line_input import Discount, LineInput, TaxKey, TotalsError
from billing.note_totals import (
    NoteTotals,
    Remainder,
    SoldLine,
    TakenLine,
    by_amount,
    by_line,
    check_fits,
    remainder,
    whole,
)
from billing.totals import SRI_TAX_TOLERANCE, compute
from core.money import ZERO, cents, half_up

T = TypeVar("T")

VAT = TaxKey("2", "4", Decimal("15.00"))
BUILDING = TaxKey("2", "5", Decimal("5.00"))
NONE = TaxKey("2", "0", Decimal("0.00"))
RATES = st.sampled_from([VAT, VAT, BUILDING, NONE])


def sold(lines: Sequence[LineInput], discount: Discount) -> list[SoldLine]:
    """Work an invoice out as the product does, and return its lines as they would be stored."""
    return [
        SoldLine(
            id=position,
            tax=row.entered.tax,
            quantity=row.entered.quantity,
            unit_price=row.net_unit_price,
            discount=row.net_discount,
            base=row.base,
            tax_amount=row.tax,
        )
        for position, row in enumerate(compute(lines, discount).lines, start=1)
    ]


def one(base: str, tax: str, quantity: str = "1", rate: TaxKey = VAT, pk: int = 1) -> SoldLine:
    price = half_up(Decimal(base) / Decimal(quantity), 6)
    return SoldLine(id=pk, tax=rate, quantity=Decimal(quantity), unit_price=price, discount=ZERO, base=Decimal(base),
                    tax_amount=Decimal(tax))  # fmt: skip


def credit(lines: Sequence[SoldLine], *notes) -> list[NoteTotals]:
    """Issue notes one after the other; each sees what the earlier ones left."""
    taken: list[TakenLine] = []
    made = []
    for note in notes:
        made.append(note(remainder(lines, taken)))
        taken += made[-1].lines
    return made


@st.composite
def invoices(draw) -> list[SoldLine]:
    lines = draw(st.lists(line_inputs(), min_size=1, max_size=6))
    percent = draw(st.sampled_from([0, 0, 7, 33]))
    found = unless("total_not_positive", work=lambda: sold(lines, Discount.percent(Decimal(percent))))
    assume(found)
    return found or []


@st.composite
def line_inputs(draw) -> LineInput:
    places = draw(st.sampled_from([0, 0, 0, 3, 6]))
    quantity = draw(st.decimals("0.001", "40", places=places).filter(lambda value: value > 0))
    price = draw(st.decimals("0.01", "300", places=draw(st.sampled_from([2, 2, 4]))).filter(lambda value: value > 0))
    percent = draw(st.sampled_from([0, 0, 0, 10, 100]))
    return LineInput(quantity, price, draw(RATES), draw(st.booleans()), Discount.percent(Decimal(percent)))


SHARES = st.sampled_from([Decimal("0.1"), Decimal("0.25"), Decimal(1) / 3, Decimal("0.5"), Decimal("0.9"), Decimal(1)])
WAYS = st.lists(st.tuples(st.sampled_from(["lines", "amount"]), SHARES, st.integers(0, 63)), max_size=6)


def unless(*codes: str, work: Callable[[], T]) -> T | None:
    """Do it; None where it is refused for one of these reasons."""
    try:
        return work()
    except TotalsError as refusal:
        if refusal.code not in codes:
            raise
        return None


def part(rest: Remainder, way: str, share: Decimal, chosen: int) -> NoteTotals | None:
    """Credit a share of what remains in one of the two ways, where that comes to something."""
    if way == "amount":
        return unless("amount_not_valid", work=lambda: by_amount(rest, cents(rest.total * share)))
    wanted = [
        (left.line.id, half_up(left.quantity * share, 6))
        for position, left in enumerate(rest.lines)
        if chosen >> position & 1 and half_up(left.quantity * share, 6)
    ]
    return unless("no_lines", "total_not_positive", work=lambda: by_line(rest, wanted))


def check(note: NoteTotals, rest: Remainder) -> None:
    """A note is within what remains, adds up, and is what SRI admits."""
    check_fits(rest, note.lines)
    assert note.total > ZERO
    assert note.subtotal == sum((line.base for line in note.lines), ZERO)
    assert note.tax_total == sum((line.tax_amount for line in note.lines), ZERO)
    for rate in note.taxes:
        left = rest.rate(rate.tax)
        assert ZERO <= rate.base <= left.base
        assert ZERO <= rate.tax_amount <= left.tax_amount
        assert abs(rate.tax_amount - rate.base * rate.tax.factor) <= SRI_TAX_TOLERANCE
    for line in note.lines:
        assert line.quantity > 0
        assert line.unit_price > 0
        assert line.base >= ZERO
        assert line.tax_amount >= ZERO
        assert line.discount >= ZERO
        assert cents(line.quantity * line.unit_price) - line.discount == line.base


def nothing_remains(rest: Remainder) -> bool:
    return all(rate.base == rate.tax_amount == ZERO for rate in rest.rates)


@settings(max_examples=150, deadline=None)
@given(invoices(), WAYS)
def test_any_split_sums_to_the_invoice_at_each_rate_and_never_takes_more(lines, ways):
    taken: list[TakenLine] = []
    for way in ways:
        rest = remainder(lines, taken)
        note = part(rest, *way)
        if note:
            check(note, rest)
            taken += note.lines
    rest = remainder(lines, taken)
    if rest.total:
        last = whole(rest)
        check(last, rest)
        taken += last.lines
    after = remainder(lines, taken)
    assert nothing_remains(after)
    assert sum((row.base + row.tax_amount for row in taken), ZERO) == sum(
        (row.base + row.tax_amount for row in lines), ZERO
    )


@settings(max_examples=80, deadline=None)
@given(invoices(), WAYS)
def test_no_line_gives_more_than_it_has(lines, ways):
    taken: list[TakenLine] = []
    for way in ways:
        note = part(remainder(lines, taken), *way)
        taken += note.lines if note else ()
    if remainder(lines, taken).total:
        taken += whole(remainder(lines, taken)).lines
    for line in lines:
        gone = [row for row in taken if row.line_id == line.id]
        assert sum((row.quantity for row in gone), ZERO) <= line.quantity
        assert sum((row.base for row in gone), ZERO) <= line.base


@settings(max_examples=80, deadline=None)
@given(invoices(), WAYS, st.sets(st.integers(0, 5)))
def test_what_voided_notes_give_back_can_be_credited_again(lines, ways, voided):
    notes: list[NoteTotals] = []
    for way in ways:
        note = part(remainder(lines, [row for note in notes for row in note.lines]), *way)
        notes += [note] if note else []
    kept = [row for position, note in enumerate(notes) if position not in voided for row in note.lines]
    rest = remainder(lines, kept)
    assume(rest.total)
    last = unless("tax_too_far", work=lambda: whole(rest))
    assert last is None or nothing_remains(remainder(lines, [*kept, *last.lines]))


@settings(max_examples=80, deadline=None)
@given(invoices(), st.integers(2, 7))
def test_equal_parts_by_line_close_the_invoice(lines, parts):
    rest = remainder(lines, [])
    assume(all(half_up(left.quantity / parts, 6) * parts == left.quantity for left in rest.lines))

    def slice_(rest: Remainder) -> NoteTotals:
        first = {line.id: line.quantity / parts for line in lines}
        return by_line(rest, [(left.line.id, half_up(first[left.line.id], 6)) for left in rest.lines])

    # a part of a few cents may come to nothing
    notes = unless("total_not_positive", work=lambda: credit(lines, *[slice_] * parts))
    assert notes is None or nothing_remains(remainder(lines, [row for note in notes for row in note.lines]))


@given(st.decimals("0.03", "99999.99", places=2), RATES, st.integers(2, 9))
def test_thirds_and_other_equal_amounts_close_an_invoice_of_any_total(amount, rate, parts):
    tax = cents(amount * rate.factor)
    lines = [one(str(amount), str(tax), rate=rate)]
    total = amount + tax
    share = cents(total / parts)
    assume(share and share * (parts - 1) < total)
    notes = credit(lines, *[lambda rest: by_amount(rest, share)] * (parts - 1), whole)
    assert sum((note.total for note in notes), ZERO) == total
    assert all(note.total == share for note in notes[:-1])


def test_three_thirds_of_a_hundred():
    lines = [one("100.00", "15.00", "3")]
    notes = credit(lines, *[lambda rest: by_line(rest, [(1, Decimal(1))])] * 3)
    assert [(note.subtotal, note.tax_total) for note in notes] == [
        (Decimal("33.33"), Decimal("5.00")),
        (Decimal("33.34"), Decimal("5.00")),
        (Decimal("33.33"), Decimal("5.00")),
    ]


def test_a_line_with_nothing_taken_off_is_copied_as_it_is():
    lines = sold([LineInput(Decimal(4), Decimal("10.00"), VAT, True, Discount.percent(Decimal(10)))], Discount(ZERO))
    (line,) = whole(remainder(lines, [])).lines
    assert (line.quantity, line.unit_price, line.discount, line.base, line.tax_amount) == (
        lines[0].quantity,
        lines[0].unit_price,
        lines[0].discount,
        lines[0].base,
        lines[0].tax_amount,
    )


def test_an_amount_is_one_line_for_each_rate_in_proportion():
    lines = [one("100.00", "15.00"), one("115.00", "0.00", rate=NONE, pk=2)]
    (note,) = credit(lines, lambda rest: by_amount(rest, Decimal("23.01")))
    assert [(line.line_id, line.base, line.tax_amount) for line in note.lines] == [
        (None, Decimal("10.01"), Decimal("1.50")),
        (None, Decimal("11.50"), Decimal("0.00")),
    ]


def test_what_was_taken_off_a_rate_lowers_what_its_lines_give_back():
    lines = [one("100.00", "15.00", "2"), one("100.00", "15.00", "2", pk=2)]
    discounted, back, rest = credit(
        lines,
        lambda rest: by_amount(rest, Decimal("46.00")),
        lambda rest: by_line(rest, [(1, Decimal(1))]),
        whole,
    )
    assert discounted.total == Decimal("46.00")
    assert back.total == Decimal("46.00")  # of 57.50
    assert [line.base for line in rest.lines] == [Decimal("40.00"), Decimal("80.00")]
    assert back.lines[0].discount == Decimal("10.00")


def test_what_belongs_to_no_line_any_more_is_an_adjustment():
    lines = [one("100.00", "15.00"), one("100.00", "15.00", pk=2)]
    taken = by_amount(remainder(lines, []), Decimal("46.00"))
    back = by_line(remainder(lines, taken.lines), [(1, Decimal(1))])
    rest = whole(remainder(lines, back.lines))  # the first note was voided
    assert [(line.line_id, line.base) for line in rest.lines] == [(2, Decimal("100.00")), (None, Decimal("20.00"))]


def test_tax_of_tiny_lines_stays_within_what_sri_admits():
    """The lines' own cents of tax would add up to ten where SRI counts seven and a half."""
    lines = sold([LineInput(Decimal(1), Decimal("0.10"), VAT)] * 10, Discount(ZERO))
    dear = [(line.id, Decimal(1)) for line in lines if line.tax_amount == Decimal("0.02")]
    note = by_line(remainder(lines, []), dear)
    assert (len(dear), note.subtotal, note.tax_total) == (5, Decimal("0.50"), Decimal("0.08"))


def refused(note, lines: Sequence[SoldLine], taken: Sequence[TakenLine] = ()) -> tuple[str, int | None]:
    with pytest.raises(TotalsError) as caught:
        note(remainder(lines, taken))
    return caught.value.code, caught.value.line


def test_refusals_say_which_line():
    lines = [one("100.00", "15.00", "3"), one("10.00", "1.50", pk=2)]
    two = Decimal(2)
    assert refused(lambda rest: by_line(rest, []), lines) == ("no_lines", None)
    assert refused(lambda rest: by_line(rest, [(1, Decimal(1)), (2, two)]), lines) == ("above_remainder", 1)
    assert refused(lambda rest: by_line(rest, [(1, Decimal(1)), (1, Decimal(1))]), lines) == ("repeated_line", 1)
    assert refused(lambda rest: by_line(rest, [(1, ZERO)]), lines) == ("quantity_not_valid", 0)
    assert refused(lambda rest: by_amount(rest, Decimal("126.51")), lines) == ("above_remainder", None)
    assert refused(lambda rest: by_amount(rest, ZERO), lines) == ("amount_not_valid", None)
    gone = whole(remainder(lines, [])).lines
    assert refused(whole, lines, gone) == ("nothing_left", None)
    assert refused(lambda rest: by_line(rest, [(1, Decimal(1))]), lines, gone) == ("above_remainder", 0)


def test_a_note_worked_out_before_another_is_checked_again():
    lines = [one("100.00", "15.00", "3")]
    third = by_line(remainder(lines, []), [(1, Decimal(1))])
    after_one = remainder(lines, third.lines)
    check_fits(after_one, third.lines)
    two = by_line(after_one, [(1, Decimal(1))])
    with pytest.raises(TotalsError, match="cambió") as caught:  # 33.33 would leave a cent without quantity
        check_fits(remainder(lines, [*third.lines, *third.lines]), third.lines)
    assert caught.value.code == "remainder_changed"
    with pytest.raises(TotalsError) as caught:
        check_fits(remainder(lines, [*third.lines, *two.lines, *third.lines]), third.lines)
    assert caught.value.code == "above_remainder"
