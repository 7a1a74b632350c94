"""Money: half-up, shares that add up, and amounts read and written as Ecuador does."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import (
    AmbiguousAmount,
    InvalidAmount,
    cents,
    format_cents,
    format_input,
    format_money,
    format_number,
    half_up,
    parse_amount,
    percent,
    spread,
)

D = Decimal
amounts = st.decimals(min_value=0, max_value=10**12 - 1, places=2)
numbers = st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=6)


# Rounding


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("1.305", "1.31"),
        ("1.304999999999", "1.30"),
        ("0.005", "0.01"),
        ("2.675", "2.68"),
        ("8.6956521739", "8.70"),
        ("-1.305", "-1.31"),
        ("1E+2", "100.00"),
    ],
)
def test_cents_are_rounded_half_up(value: str, rounded: str) -> None:
    assert str(cents(D(value))) == rounded


def test_half_up_keeps_as_many_places_as_asked() -> None:
    assert str(half_up(D("8.6956525"), 6)) == "8.695653"
    assert str(half_up(D("12.5"), 0)) == "13"


def test_a_rounded_zero_is_never_negative() -> None:
    assert str(cents(D("-0.004"))) == "0.00"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="not float"):
        cents(1.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        cents(D(value))


@given(numbers, st.integers(0, 6))
def test_rounding_moves_a_value_by_at_most_half_a_unit(value: Decimal, places: int) -> None:
    error = Fraction(half_up(value, places)) - Fraction(value)
    assert abs(error) <= Fraction(1, 2 * 10**places)
    if abs(error) == Fraction(1, 2 * 10**places):
        assert (error > 0) == (value > 0)


# Spreading


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),
        ("0.02", ["1", "1", "1"], ["0.01", "0.01", "0.00"]),
        ("26.09", ["10", "10", "10"], ["8.70", "8.70", "8.69"]),
        ("1.00", ["0", "3", "0", "1"], ["0.00", "0.75", "0.00", "0.25"]),
        ("0.01", ["1", "2"], ["0.00", "0.01"]),
        ("-10.00", ["1", "1", "1"], ["-3.34", "-3.33", "-3.33"]),
        ("0.00", ["0", "0"], ["0.00", "0.00"]),
        ("0.03", ["0", "0"], ["0.02", "0.01"]),
        ("5.00", ["0.000001"], ["5.00"]),
        ("0.00", [], []),
    ],
)
def test_the_cents_left_over_go_to_the_largest_remainders(total: str, weights: list[str], shares: list[str]) -> None:
    assert [str(share) for share in spread(D(total), [D(weight) for weight in weights])] == shares


@pytest.mark.parametrize(
    ("total", "weights", "reason"),
    [("1.005", ["1"], "fractions of a cent"), ("1.00", ["2", "-1"], "is negative"), ("1.00", [], "nobody to share")],
)
def test_a_spread_that_cannot_be_exact_is_refused(total: str, weights: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        spread(D(total), [D(weight) for weight in weights])


@given(amounts, st.lists(st.decimals(min_value=0, max_value=10**12, places=6), min_size=1, max_size=30))
def test_shares_add_up_and_stay_within_a_cent_of_their_exact_value(total: Decimal, weights: list[Decimal]) -> None:
    shares = spread(total, weights)
    assert sum(shares) == total
    whole = sum(map(Fraction, weights))
    for share, weight in zip(shares, weights, strict=True):
        assert share >= 0
        assert share == cents(share)
        if whole:
            assert abs(Fraction(share) - Fraction(total) * Fraction(weight) / whole) < Fraction(1, 100)
            assert weight > 0 or share == 0


@given(st.lists(amounts.filter(bool), min_size=1, max_size=30), st.data())
def test_no_share_is_more_than_its_weight_when_the_total_is_not(weights: list[Decimal], data: st.DataObject) -> None:
    total = data.draw(st.decimals(min_value=0, max_value=sum(weights), places=2))
    assert all(share <= weight for share, weight in zip(spread(total, weights), weights, strict=True))


# Reading what people type


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.50", "12.50"),
        ("12,50", "12.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("$ 1.234,56", "1234.56"),
        ("$1234", "1234"),
        ("  1234,5 ", "1234.5"),
        ("\N{NO-BREAK SPACE}$\N{NO-BREAK SPACE}7,10", "7.10"),
        ("1.234.567", "1234567"),
        ("1,234,567.891", "1234567.891"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        (",5", "0.5"),
        ("1234.567", "1234.567"),
        ("1,2340", "1.2340"),
        ("-$ 5,00", "-5.00"),
        ("$ -5,00", "-5.00"),
        ("-0,00", "0.00"),
        ("999999999999,99", "999999999999.99"),
    ],
)
def test_amounts_are_read_with_point_or_comma(text: str, value: str) -> None:
    assert str(parse_amount(text)) == value


@pytest.mark.parametrize(
    ("text", "thousands", "decimals"),
    [("1.234", "1234", "1.234"), ("1,234", "1234", "1.234"), ("12.345", "12345", "12.345"), ("-1,000", "-1000", "-1")],
)
def test_an_amount_with_two_readings_is_refused_naming_both(text: str, thousands: str, decimals: str) -> None:
    with pytest.raises(AmbiguousAmount) as refusal:
        parse_amount(text)
    assert refusal.value.code == "ambiguous_amount"
    assert refusal.value.readings == (D(thousands), D(decimals))


def test_the_ambiguity_is_explained_with_two_texts_that_are_clear() -> None:
    with pytest.raises(AmbiguousAmount) as refusal:
        parse_amount("$ 1.234")
    assert str(refusal.value) == (
        "«$ 1.234» se puede leer como 1234 (con separador de miles) o como 1,234 (con decimales). "
        "Escriba 1234 o 1,2340."
    )
    assert (parse_amount("1234"), parse_amount("1,2340")) == refusal.value.readings


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "$", "-", ".", ",", "abc", "12a", "1e3", "NaN", "Infinity", "5.", "1..2", "1,2,3", "1.23,45"),
        *("1.234.56", "1234.567,89", "1.234,567,8", "12 50", "--5", "-$-5", "+5", "٣", "1.2345.678"),
    ],
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount) as refusal:
        parse_amount(text)
    assert refusal.value.code == "invalid_amount"
    assert "Escriba por ejemplo 1234,56." in str(refusal.value)


def test_an_amount_no_document_can_hold_is_refused() -> None:
    with pytest.raises(InvalidAmount, match="hasta 12 cifras enteras"):
        parse_amount("1000000000000")


@given(st.text(alphabet="0123456789.,$- ", max_size=20))
def test_any_text_is_an_amount_or_refused_as_none_or_as_two(text: str) -> None:
    try:
        amount = parse_amount(text)
    except InvalidAmount:
        return
    except AmbiguousAmount as refusal:
        amount, other = refusal.readings
        assert other * 1000 == amount
    assert parse_amount(format_input(amount)) == amount


# Writing


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234.56", "$ 1.234,56"),
        ("-5", "-$ 5,00"),
        ("-0.001", "$ 0,00"),
        ("1234567.895", "$ 1.234.567,90"),
    ],
)
def test_money_is_written_as_in_ecuador(value: str, text: str) -> None:
    assert format_money(D(value)) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("1234.500000", None, "1.234,5"),
        ("2.000000", None, "2"),
        ("100", None, "100"),
        ("1E+2", None, "100"),
        ("-0.00", None, "0"),
        ("15.00", 2, "15,00"),
        ("12.345", 2, "12,35"),
        ("1234.5", 0, "1.235"),
    ],
)
def test_numbers_are_written_as_in_ecuador(value: str, places: int | None, text: str) -> None:
    assert format_number(D(value), places) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12.50", "12,50"),
        ("2.000000", "2"),
        ("1.234000", "1,2340"),
        ("0.5", "0,50"),
        ("1234567.891234", "1234567,891234"),
    ],
)
def test_form_fields_hold_exact_figures(value: str, text: str) -> None:
    assert format_input(D(value)) == text


@given(numbers)
def test_what_a_form_field_shows_is_read_back_as_the_same(value: Decimal) -> None:
    assert parse_amount(format_input(value)) == value


@given(st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=2))
def test_money_written_is_read_back_as_the_same(value: Decimal) -> None:
    assert parse_amount(format_money(value)) == value


@given(st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=2))
def test_cents_in_a_form_field_are_two_and_read_back_as_the_same(value: Decimal) -> None:
    assert parse_amount(format_cents(value)) == value
    assert format_cents(value)[-3] == ","


# Percentages


@pytest.mark.parametrize(
    ("part", "whole", "result"),
    [("1", "3", "33.3"), ("2", "3", "66.7"), ("1", "8", "12.5"), ("1", "16", "6.3"), ("-1", "16", "-6.3")],
)
def test_percentages_have_one_decimal_half_up(part: str, whole: str, result: str) -> None:
    assert str(percent(D(part), D(whole))) == result


def test_a_percentage_of_nothing_is_no_figure() -> None:
    assert percent(D("5"), D("0")) is None
