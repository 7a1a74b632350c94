"""What a booking costs."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import RuleRefused
from reservations.models import PricePer, Rate
from reservations.pricing import ExtraInput, quote, rate_at
from reservations.week import DAY
from tests.factories import make_product
from tests.reservations.factories import FRIDAY, MONDAY, SUNDAY, at, make_court, make_priced_court, make_rate, spans

pytestmark = pytest.mark.usefixtures("company")


def priced(court, start, end, day=MONDAY, extras=()):
    return quote(court, at(start, day), at(end, day), extras)


def shown(found):
    return [(line.offered.description, line.offered.quantity, line.offered.unit_price) for line in found.lines]


def refused(court, start, end, day=MONDAY, extras=()):
    with pytest.raises(RuleRefused) as refusal:
        priced(court, start, end, day, extras)
    return refusal.value


def test_two_hours_at_one_rate_are_one_line_named_by_the_rate():
    court = make_court(name="Cancha 1")
    make_rate(court.venue, "20.00", name="Tarifa de la noche")
    found = priced(court, "18:00", "20:00")
    assert shown(found) == [("Tarifa de la noche: Cancha 1, 16/11/2026 18:00–20:00", Decimal(2), Decimal("20.00"))]
    assert found.totals.total == Decimal("40.00")
    assert found.totals.tax_total == Decimal("5.22")


def test_a_booking_over_two_bands_has_a_line_for_each():
    court = make_court(name="Cancha 1")
    make_rate(court.venue, "15.00", starts="06:00", ends="18:00", name="Día")
    make_rate(court.venue, "25.00", starts="18:00", ends="23:00", name="Noche")
    found = priced(court, "16:00", "19:00")
    assert [(line[0].split(":")[0], line[1]) for line in shown(found)] == [("Día", Decimal(2)), ("Noche", Decimal(1))]
    assert found.totals.total == Decimal("55.00")


def test_a_price_per_slot_is_counted_in_slots():
    court = make_court(slot_minutes=90)
    make_rate(court.venue, "30.00", per=PricePer.SLOT)
    (line,) = priced(court, "06:00", "09:00").lines
    assert (line.offered.quantity, line.offered.unit_price) == (Decimal(2), Decimal("30.00"))


def test_a_price_per_hour_is_counted_in_hours_whatever_the_slot():
    court = make_court(slot_minutes=90)
    make_rate(court.venue, "30.00")
    (line,) = priced(court, "06:00", "07:30").lines
    assert line.offered.quantity == Decimal("1.5")


def test_a_price_without_tax_has_the_tax_added():
    court = make_court()
    make_rate(court.venue, "20.00", price_includes_tax=False)
    totals = priced(court, "06:00", "07:00").totals
    assert (totals.subtotal_without_tax, totals.tax_total, totals.total) == (
        Decimal("20.00"),
        Decimal("3.00"),
        Decimal("23.00"),
    )


def test_the_rate_of_the_court_wins_over_that_of_the_venue():
    court = make_court()
    make_rate(court.venue, "20.00", weekdays=[0])
    make_rate(court.venue, "35.00", court_id=court.pk)
    assert priced(court, "10:00", "11:00").totals.total == Decimal("35.00")


def test_fewer_days_win_over_more_and_then_fewer_hours():
    court = make_court()
    make_rate(court.venue, "20.00")
    make_rate(court.venue, "22.00", weekdays=[0, 1])
    make_rate(court.venue, "18.00", weekdays=[0, 1], starts="10:00", ends="12:00")
    assert priced(court, "10:00", "11:00").totals.total == Decimal("18.00")
    assert priced(court, "13:00", "14:00").totals.total == Decimal("22.00")
    assert priced(court, "10:00", "11:00", MONDAY + timedelta(days=2)).totals.total == Decimal("20.00")


def test_after_midnight_the_band_of_the_evening_before_holds():
    court = make_court(opens="18:00", closes="02:00")
    make_rate(court.venue, "20.00", starts="06:00", ends="23:00")
    make_rate(court.venue, "40.00", weekdays=[4], starts="23:00", ends="02:00", name="Trasnoche")
    found = priced(court, "23:00", "25:00", FRIDAY)
    assert found.totals.total == Decimal("80.00")
    assert found.lines[0].offered.description.startswith("Trasnoche")


def test_the_night_from_sunday_to_monday_has_a_price():
    court = make_court(hours=spans("20:00", "03:00", [6]))
    make_rate(court.venue, "12.00", weekdays=[6], starts="20:00", ends="03:00")
    assert priced(court, "24:00", "26:00", SUNDAY).totals.total == Decimal("24.00")


def test_an_inactive_rate_prices_nothing():
    court = make_court()
    rate = make_rate(court.venue)
    Rate.objects.filter(pk=rate.pk).update(active=False)
    assert refused(court, "10:00", "11:00").code == "no_rate"


def test_an_hour_without_a_rate_is_refused_naming_it():
    court = make_court(name="Cancha 1")
    make_rate(court.venue, starts="06:00", ends="18:00")
    refusal = refused(court, "17:00", "19:00")
    assert refusal.code == "no_rate"
    assert "Cancha 1 no tiene tarifa para el 16/11/2026 18:00" in refusal.message


def test_the_rate_of_another_venue_prices_nothing():
    court, other = make_court(), make_court()
    make_rate(other.venue)
    assert refused(court, "10:00", "11:00").code == "no_rate"


@pytest.mark.parametrize(("start", "end"), [("05:00", "07:00"), ("22:00", "24:00"), ("23:00", "24:00")])
def test_outside_opening_hours_is_refused(start, end):
    assert refused(make_priced_court(), start, end).code == "outside_hours"


def test_the_morning_after_belongs_to_the_day_that_opened():
    court = make_priced_court(hours=spans("18:00", "02:00", [4]))
    assert priced(court, "24:00", "26:00", FRIDAY).totals.total == Decimal("40.00")
    assert refused(court, "24:00", "26:00", MONDAY).code == "outside_hours"


@pytest.mark.parametrize(("start", "end"), [("18:30", "19:30"), ("18:00", "19:30"), ("18:15", "19:00")])
def test_what_is_not_made_of_whole_slots_is_refused(start, end):
    refusal = refused(make_priced_court(), start, end)
    assert refusal.code == "not_a_slot"
    assert "turnos de 60 minutos" in refusal.message


def test_a_court_open_round_the_clock_is_booked_across_midnight():
    court = make_priced_court(opens="00:00", closes="00:00")
    assert priced(court, "23:00", "25:00").totals.total == Decimal("40.00")


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [("18:00", "18:00", "empty_period"), ("18:00", "17:00", "empty_period"), ("06:00", "31:00", "too_long")],
)
def test_a_period_without_a_sensible_length_is_refused(start, end, code):
    assert refused(make_priced_court(), start, end).code == code


def test_an_extra_takes_what_it_does_not_say_from_its_product():
    court = make_priced_court()
    product = make_product(name="Pelotas", unit_price=Decimal("4.50"), price_includes_tax=True)
    found = priced(court, "18:00", "19:00", extras=[ExtraInput(quantity=Decimal(2), product_id=product.pk)])
    assert shown(found)[1] == ("Pelotas", Decimal(2), Decimal("4.50"))
    assert found.totals.total == Decimal("29.00")


def test_an_extra_may_be_typed():
    extra = ExtraInput(quantity=Decimal(1), description="Alquiler de chalecos", unit_price=Decimal("3.00"))
    assert priced(make_priced_court(), "18:00", "19:00", extras=[extra]).totals.total == Decimal("23.00")


def test_an_extra_without_text_or_price_is_refused_naming_its_place():
    refusal = refused(
        make_priced_court(), "18:00", "19:00", extras=[ExtraInput(quantity=Decimal(1), description="Algo")]
    )
    assert (refusal.code, refusal.fields[0]["field"]) == ("extra_incomplete", "extras.0.description")


def test_an_extra_of_an_unknown_product_is_refused():
    extra = ExtraInput(quantity=Decimal(1), product_id=999_999)
    assert refused(make_priced_court(), "18:00", "19:00", extras=[extra]).code == "product_not_found"


def test_the_quantity_of_an_extra_must_be_positive():
    extra = ExtraInput(quantity=Decimal(0), description="Nada", unit_price=Decimal("3.00"))
    assert refused(make_priced_court(), "18:00", "19:00", extras=[extra]).code == "quantity_not_positive"


def test_no_rate_holds_where_none_was_given():
    rate = Rate(weekdays=[0], starts=0, ends=DAY)
    assert rate_at([rate], at("10:00")) is rate
    assert rate_at([rate], at("10:00", FRIDAY)) is None
