"""Totals: discounts before tax, told prices kept to the cent, and parts that add up whatever is entered."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.totals import NO_DISCOUNT, Discount, LineInput, TaxKey, Totals, TotalsError, compute

D = Decimal
IVA_15 = TaxKey("2", "4", D("15"))
IVA_5 = TaxKey("2", "5", D("5"))
IVA_0 = TaxKey("2", "0", D("0"))
NOT_SUBJECT = TaxKey("2", "6", D("0"))
EXEMPT = TaxKey("2", "7", D("0"))
TOURISM = TaxKey("2", "8", D("8"))
IRBPNR = TaxKey("5", "5001", D("2"))
RATES = [IVA_15, IVA_5, IVA_0, NOT_SUBJECT, EXEMPT, TOURISM, IRBPNR]


def line(
    price: str, quantity: str = "1", tax: TaxKey = IVA_15, *, inside: bool = False, discount: Discount = NO_DISCOUNT
) -> LineInput:
    return LineInput(D(quantity), D(price), tax, inside, discount)


def amount_off(value: str) -> Discount:
    return Discount.amount(D(value))


def percent_off(value: str) -> Discount:
    return Discount.percent(D(value))


# The decisions, with their figures


def test_a_discount_lowers_the_base_before_tax() -> None:
    totals = compute([line("100", discount=amount_off("10"))])
    assert (totals.subtotal_without_tax, totals.tax_total, totals.total) == (D("90.00"), D("13.50"), D("103.50"))


@pytest.mark.parametrize("discount", [amount_off("10"), percent_off("10")])
def test_a_document_discount_lowers_the_base_before_tax(discount: Discount) -> None:
    totals = compute([line("100")], discount)
    assert (totals.total_discount, totals.total) == (D("10.00"), D("103.50"))


def test_a_document_discount_is_spread_by_what_the_lines_amount_to_after_their_own() -> None:
    totals = compute([line("30", discount=amount_off("20")), line("10"), line("10")], amount_off("10"))
    assert [item.document_discount_share for item in totals.lines] == [D("3.34"), D("3.33"), D("3.33")]
    assert [item.base for item in totals.lines] == [D("6.66"), D("6.67"), D("6.67")]


def test_ten_dollars_with_tax_inside_stay_ten_dollars() -> None:
    totals = compute([line("10.00", inside=True)])
    assert (totals.subtotal_without_tax, totals.tax_total, totals.total) == (D("8.70"), D("1.30"), D("10.00"))


def test_the_base_of_told_prices_is_worked_out_per_rate_not_per_line() -> None:
    totals = compute([line("10.00", inside=True)] * 3)
    assert [(item.base, item.tax) for item in totals.lines] == [
        (D("8.70"), D("1.30")),
        (D("8.70"), D("1.30")),
        (D("8.69"), D("1.31")),
    ]
    assert (totals.taxes[0].base, totals.taxes[0].tax_amount, totals.total) == (D("26.09"), D("3.91"), D("30.00"))


def test_the_tax_of_prices_without_tax_is_worked_out_per_rate_not_per_line() -> None:
    totals = compute([line("0.03")] * 5)
    assert totals.tax_total == D("0.02")
    assert [item.tax for item in totals.lines] == [D("0.01"), D("0.01"), D("0.00"), D("0.00"), D("0.00")]


def test_the_base_is_rounded_half_up() -> None:
    totals = compute([line("0.05", "0.1", IVA_0), line("0.333333", "3", IVA_0)])
    assert [item.base for item in totals.lines] == [D("0.01"), D("1.00")]


def test_the_tax_is_rounded_half_up() -> None:
    assert compute([line("8.70")]).tax_total == D("1.31")


def test_both_sorts_of_price_in_one_rate_are_worked_out_each_for_itself() -> None:
    totals = compute([line("10.00", inside=True), line("8.70")])
    assert [(item.base, item.tax, item.total) for item in totals.lines] == [
        (D("8.70"), D("1.30"), D("10.00")),
        (D("8.70"), D("1.31"), D("10.01")),
    ]
    assert [(rate.base, rate.tax_amount) for rate in totals.taxes] == [(D("17.40"), D("2.61"))]


def test_a_document_discount_comes_off_told_prices_as_they_were_told() -> None:
    totals = compute([line("115.00", inside=True)], amount_off("11.50"))
    assert (totals.subtotal_without_tax, totals.tax_total, totals.total) == (D("90.00"), D("13.50"), D("103.50"))
    assert (totals.total_discount, totals.net_discount) == (D("11.50"), D("10.00"))
    assert totals.lines[0].net_unit_price == D("100")


def test_rates_are_listed_highest_first_and_never_mixed() -> None:
    lines = [line("1", tax=tax) for tax in (EXEMPT, IRBPNR, IVA_0, IVA_5, NOT_SUBJECT, IVA_15)]
    assert [rate.tax for rate in compute(lines).taxes] == [IVA_15, IVA_5, IVA_0, NOT_SUBJECT, EXEMPT, IRBPNR]


def test_a_courtesy_is_a_line_with_all_of_it_discounted() -> None:
    totals = compute([line("20", discount=percent_off("100")), line("10")])
    assert (totals.lines[0].base, totals.lines[0].tax, totals.total) == (D("0.00"), D("0.00"), D("11.50"))


def test_a_line_that_rounds_to_nothing_may_stand_beside_others() -> None:
    assert compute([line("0.004", tax=IVA_0), line("1", tax=IVA_0)]).total == D("1.00")


def test_a_told_price_shows_in_the_xml_as_the_price_without_its_tax() -> None:
    item = compute([line("10.00", inside=True)]).lines[0]
    assert (item.net_unit_price, item.net_discount) == (D("8.695652"), D("0.00"))


def test_a_quantity_too_large_for_six_decimals_shows_the_difference_as_a_discount() -> None:
    item = compute([line("0.01", "1000000", inside=True)]).lines[0]
    assert (item.base, item.net_unit_price, item.net_discount) == (D("8695.65"), D("0.008696"), D("0.35"))


# What may not be entered


@pytest.mark.parametrize(
    ("lines", "discount", "code", "message"),
    [
        ([], NO_DISCOUNT, "no_lines", "El documento no tiene líneas: agregue al menos una."),
        ([line("1")] * 501, NO_DISCOUNT, "too_many_lines", "El documento tiene 501 líneas y se admiten 500"),
        ([line("1", "0")], NO_DISCOUNT, "quantity_not_positive", "Línea 1: la cantidad debe ser mayor que cero."),
        ([line("1", "-1")], NO_DISCOUNT, "quantity_not_positive", "Línea 1: la cantidad"),
        ([line("1", "NaN")], NO_DISCOUNT, "quantity_not_positive", "Línea 1: la cantidad"),
        ([line("1", "Infinity")], NO_DISCOUNT, "quantity_not_positive", "Línea 1: la cantidad"),
        ([line("1", "0.0000001")], NO_DISCOUNT, "quantity_not_valid", "Línea 1: la cantidad admite hasta 12 cifras"),
        ([line("0.000001", "1000000000000")], NO_DISCOUNT, "quantity_not_valid", "Línea 1: la cantidad admite"),
        ([line("1"), line("0")], NO_DISCOUNT, "unit_price_not_positive", "Línea 2: el precio unitario debe ser mayor"),
        ([line("-1")], NO_DISCOUNT, "unit_price_not_positive", "Línea 1: el precio unitario debe ser mayor"),
        ([line("1.0000001")], NO_DISCOUNT, "unit_price_not_valid", "Línea 1: el precio unitario admite hasta 12"),
        ([line("1E+40")], NO_DISCOUNT, "unit_price_not_valid", "Línea 1: el precio unitario admite hasta 12"),
        (
            [line("10", discount=amount_off("10.01"))],
            NO_DISCOUNT,
            "discount_above_line",
            "Línea 1: el descuento de $ 10,01",
        ),
        ([line("10", discount=amount_off("-1"))], NO_DISCOUNT, "discount_not_valid", "Línea 1: el descuento no puede"),
        (
            [line("10", discount=amount_off("0.001"))],
            NO_DISCOUNT,
            "discount_not_valid",
            "Línea 1: el descuento no puede",
        ),
        ([line("10", discount=amount_off("NaN"))], NO_DISCOUNT, "discount_not_valid", "Línea 1: el descuento no puede"),
        ([line("10", discount=percent_off("1.005"))], NO_DISCOUNT, "discount_not_valid", "Línea 1: el descuento no"),
        (
            [line("10", discount=percent_off("100.01"))],
            NO_DISCOUNT,
            "discount_percent_above_100",
            "Línea 1: el porcentaje de descuento debe estar entre 0 y 100.",
        ),
        (
            [line("10")],
            amount_off("10.01"),
            "document_discount_above_lines",
            "es de $ 10,01 y sus líneas suman $ 10,00.",
        ),
        ([line("10")], amount_off("-0.01"), "document_discount_not_valid", "Descuento del documento: el descuento no"),
        ([line("10")], percent_off("101"), "document_discount_percent_above_100", "Descuento del documento: el porc"),
        ([line("1", tax=TaxKey("2", "4", D("100")))], NO_DISCOUNT, "rate_not_valid", "Línea 1: la tarifa"),
        ([line("1", tax=TaxKey("2", "4", D("-1")))], NO_DISCOUNT, "rate_not_valid", "Línea 1: la tarifa"),
        (
            [line("1", tax=TOURISM), line("1", tax=TaxKey("2", "8", D("10")))],
            NO_DISCOUNT,
            "rates_differ",
            "Línea 2: el código de tarifa 8 figura con dos porcentajes distintos.",
        ),
        ([line("10", discount=percent_off("100"))], NO_DISCOUNT, "total_not_positive", "El total es cero"),
        ([line("10")], amount_off("10"), "total_not_positive", "El total es cero"),
        ([line("0.004")], NO_DISCOUNT, "total_not_positive", "El total es cero"),
        ([line("1000000", "1000000")], NO_DISCOUNT, "amount_too_large", "Línea 1: cantidad por precio supera"),
        ([line("999999999999")], NO_DISCOUNT, "amount_too_large", "El total supera el máximo de $ 999.999.999.999,99."),
    ],
)
def test_what_no_document_can_hold_is_refused(
    lines: list[LineInput], discount: Discount, code: str, message: str
) -> None:
    with pytest.raises(TotalsError) as refusal:
        compute(lines, discount)
    assert refusal.value.code == code
    assert message in str(refusal.value)


def test_a_refusal_names_the_line_and_the_field() -> None:
    with pytest.raises(TotalsError) as refusal:
        compute([line("1"), line("10", discount=amount_off("11"))])
    assert (refusal.value.line, refusal.value.field) == (1, "discount")


def test_five_hundred_lines_are_accepted() -> None:
    assert compute([line("0.01", tax=IVA_0)] * 500).total == D("5.00")


def test_a_discount_of_the_whole_rounded_line_is_accepted() -> None:
    totals = compute([line("0.995", discount=amount_off("1.00")), line("1")])
    assert totals.lines[0].base == D("0.00")


# Totals that do not add up cannot exist


def _sample() -> Totals:
    return compute([line("10.00", "3", inside=True, discount=amount_off("1")), line("5", tax=IVA_0)], amount_off("2"))


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("gross", "0.01", "cantidad por precio"),
        ("discount", "0.01", "Los descuentos no suman"),
        ("document_discount_share", "-0.01", "Los descuentos no suman"),
        ("total_discount", "0.01", "Los descuentos no suman"),
        ("base", "0.01", "no suman su total"),
        ("tax", "-0.01", "no suman su total"),
        ("total", "0.01", "no suman su total"),
        ("net_unit_price", "0.01", "no da la base de la línea"),
        ("net_unit_price", "0.0000001", "El precio neto no es válido"),
        ("net_discount", "0.01", "no da la base de la línea"),
        ("net_discount", "0.001", "más de dos decimales"),
        ("base", "-1000", "negativo"),
    ],
)
def test_a_line_that_does_not_add_up_cannot_exist(field: str, change: str, message: str) -> None:
    item = _sample().lines[0]
    with pytest.raises(TotalsError, match=message) as refusal:
        replace(item, **{field: getattr(item, field) + D(change)})
    assert refusal.value.code == "totals_do_not_add_up"


def test_a_line_whose_told_amount_is_not_kept_cannot_exist() -> None:
    item = _sample().lines[0]
    with pytest.raises(TotalsError, match="no respeta el valor pactado"):
        replace(item, tax=item.tax + D("0.01"), total=item.total + D("0.01"))


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("subtotal_without_tax", "El subtotal no es la suma de las bases"),
        ("tax_total", "El impuesto no es la suma de las tarifas"),
        ("total", "Subtotal e impuesto no suman el total"),
        ("total_discount", "El descuento no es el de las líneas"),
        ("net_discount", "El descuento neto no es el de las líneas"),
    ],
)
def test_a_total_that_is_a_cent_off_cannot_exist(field: str, message: str) -> None:
    totals = _sample()
    with pytest.raises(TotalsError, match=message):
        replace(totals, **{field: getattr(totals, field) + D("0.01")})


def test_rates_that_are_not_the_sum_of_their_lines_cannot_exist() -> None:
    totals = _sample()
    with pytest.raises(TotalsError, match="Los totales por tarifa no son la suma"):
        replace(totals, taxes=totals.taxes[:1])
    with pytest.raises(TotalsError, match="Los totales por tarifa no son la suma"):
        replace(totals, lines=totals.lines[:1])


def test_totals_without_lines_cannot_exist() -> None:
    with pytest.raises(TotalsError, match="entre 1 y 500 líneas"):
        replace(_sample(), lines=())


def test_a_tax_farther_from_its_rate_than_sri_admits_cannot_exist() -> None:
    totals = compute([line("100")])
    item = replace(totals.lines[0], tax=D("15.02"), total=D("115.02"))
    rate = replace(totals.taxes[0], tax_amount=D("15.02"))
    with pytest.raises(TotalsError, match="se aleja de base por tarifa"):
        replace(totals, lines=(item,), taxes=(rate,), tax_total=D("15.02"), total=D("115.02"))


# Whatever is entered


def figures(largest: str) -> st.SearchStrategy[Decimal]:
    return st.one_of(
        st.decimals(min_value=D("0.000001"), max_value=D(largest), places=6),
        st.decimals(min_value=D("0.01"), max_value=D(largest), places=2),
        st.integers(1, int(D(largest))).map(D),
    )


two_decimals = st.decimals(min_value=0, max_value=100, places=2)
discounts = st.one_of(
    st.just(NO_DISCOUNT),
    two_decimals.map(Discount.percent),
    st.just(percent_off("100")),
    two_decimals.map(Discount.amount),
)


@st.composite
def entered_lines(draw: st.DrawFn) -> list[LineInput]:
    most, dearest = draw(
        st.sampled_from([("1", "1"), ("5", "20"), ("1000", "1000"), ("1000000", "10000"), ("1", "1000000")])
    )
    rates = draw(st.lists(st.sampled_from(RATES), min_size=1, max_size=3))
    lines = [
        LineInput(draw(figures(most)), draw(figures(dearest)), draw(st.sampled_from(rates)), draw(st.booleans()))
        for _ in range(draw(st.integers(1, 12)))
    ]
    return [replace(item, discount=_at_most(draw(discounts), item.gross)) for item in lines]


def _at_most(discount: Discount, amount: Decimal) -> Discount:
    return discount if discount.is_percent or discount.value <= amount else Discount.amount(amount)


@st.composite
def documents(draw: st.DrawFn) -> tuple[list[LineInput], Discount]:
    lines = draw(entered_lines())
    amount = sum(item.gross - item.discount.off(item.gross) for item in lines)
    return lines, _at_most(draw(discounts), D(amount))


def computed(document: tuple[list[LineInput], Discount]) -> Totals | None:
    """The totals of what is entered; None where nothing is left to charge, the one refusal these lines can meet."""
    try:
        return compute(*document)
    except TotalsError as refusal:
        if refusal.code != "total_not_positive":
            raise
        return None


def half_up_cents(value: Fraction) -> Fraction:
    """Half-up without decimals, so as not to check the code with itself."""
    return Fraction((200 * value + 1) // 2, 100)


@given(documents())
def test_parts_add_up_to_their_totals(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    for item in totals.lines:
        assert item.base + item.tax == item.total
        assert item.discount + item.document_discount_share == item.total_discount
    for rate in totals.taxes:
        of_rate = [item for item in totals.lines if item.entered.tax == rate.tax]
        assert sum(item.base for item in of_rate) == rate.base
        assert sum(item.tax for item in of_rate) == rate.tax_amount
    assert sum(rate.base for rate in totals.taxes) == totals.subtotal_without_tax
    assert sum(rate.tax_amount for rate in totals.taxes) == totals.tax_total
    assert totals.subtotal_without_tax + totals.tax_total == totals.total == sum(item.total for item in totals.lines)
    assert totals.total_discount == sum(item.total_discount for item in totals.lines)


@given(documents())
def test_nothing_is_negative_and_amounts_have_two_decimals(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    money = [totals.subtotal_without_tax, totals.total_discount, totals.net_discount, totals.tax_total, totals.total]
    for item in totals.lines:
        money += [item.gross, item.total_discount, item.base, item.tax, item.total, item.net_discount]
        assert item.net_unit_price >= 0
        assert item.net_unit_price == item.net_unit_price.quantize(D("0.000001"), ROUND_HALF_UP)
    assert all(value >= 0 and value.as_tuple().exponent == -2 for value in money)


@given(documents())
def test_told_prices_are_kept_and_plain_prices_become_the_base(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    lines, document_discount = document
    left = Fraction(0)
    for entered, item in zip(lines, totals.lines, strict=True):
        gross = half_up_cents(Fraction(entered.quantity) * Fraction(entered.unit_price))
        off = Fraction(entered.discount.value)
        off = half_up_cents(gross * off / 100) if entered.discount.is_percent else off
        left += gross - off
        told = item.total if entered.price_includes_tax else item.base
        assert gross - off - Fraction(item.document_discount_share) == told
    taken = Fraction(document_discount.value)
    taken = half_up_cents(left * taken / 100) if document_discount.is_percent else taken
    assert sum(Fraction(item.document_discount_share) for item in totals.lines) == taken


@given(documents())
def test_each_rate_is_rounded_once_for_each_sort_of_price(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    for rate in totals.taxes:
        factor = Fraction(rate.tax.rate) / 100
        items = [item for item in totals.lines if item.entered.tax == rate.tax]
        told = sum(Fraction(item.total) for item in items if item.entered.price_includes_tax)
        plain = sum(Fraction(item.base) for item in items if not item.entered.price_includes_tax)
        base_inside = half_up_cents(told / (1 + factor))
        assert rate.base == base_inside + plain
        assert rate.tax_amount == told - base_inside + half_up_cents(plain * factor)


@given(documents())
def test_sri_finds_each_tax_near_base_by_rate(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    for rate in totals.taxes:
        factor = Fraction(rate.tax.rate) / 100
        difference = abs(Fraction(rate.tax_amount) - Fraction(rate.base) * factor)
        assert difference <= Fraction(1, 200) * (2 + factor) <= Fraction("0.0165")


@given(documents())
def test_quantity_by_net_price_less_net_discount_is_the_base(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    for item in totals.lines:
        net = Fraction(item.entered.quantity) * Fraction(item.net_unit_price) - Fraction(item.net_discount)
        assert abs(net - Fraction(item.base)) <= Fraction(1, 200)
        assert half_up_cents(net) == item.base


@given(documents())
def test_a_line_without_discount_shows_none_in_any_ordinary_quantity(
    document: tuple[list[LineInput], Discount],
) -> None:
    if not (totals := computed(document)):
        return
    for item in totals.lines:
        if not item.total_discount and (item.entered.quantity < 10_000 or not item.entered.price_includes_tax):
            assert item.net_discount == 0


@given(documents())
def test_prices_without_tax_are_shown_as_they_were_entered(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    for item in totals.lines:
        if not item.entered.price_includes_tax:
            assert item.net_unit_price == item.entered.unit_price
            assert item.net_discount == item.total_discount


@given(documents())
def test_a_line_that_is_free_carries_no_tax(document: tuple[list[LineInput], Discount]) -> None:
    if not (totals := computed(document)):
        return
    assert all(item.tax == 0 for item in totals.lines if item.gross == item.total_discount)


@given(
    st.lists(st.tuples(figures("999999999999"), figures("999999999999")), min_size=1, max_size=4),
    st.booleans(),
    discounts,
)
def test_figures_of_any_size_are_computed_or_refused(
    entered: list[tuple[Decimal, Decimal]], inside: bool, discount: Discount
) -> None:
    try:
        totals = compute([LineInput(quantity, price, IVA_15, inside, discount) for quantity, price in entered])
    except TotalsError as refusal:
        if refusal.code not in {"amount_too_large", "discount_above_line", "total_not_positive"}:
            raise
    else:
        assert all(item.net_unit_price < 10**12 for item in totals.lines)
