"""A day of the courts: what is free, what is booked, how full they are."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import clock
from reservations import queries, setup, workflow
from reservations.models import Blackout, Court, Holiday
from reservations.week import Span
from tests.factories import SYSTEM
from tests.reservations.factories import (
    FRIDAY,
    MONDAY,
    at,
    book,
    confirmed,
    make_court,
    make_priced_court,
    make_rate,
    make_venue,
    spans,
)

pytestmark = pytest.mark.usefixtures("company")

SATURDAY = FRIDAY + timedelta(days=1)


def free(court, day=MONDAY):
    zone = clock.zone()
    return [f"{row.starts_at.astimezone(zone):%H:%M}" for row in queries.availability(court, day) if row.free]


def of(sheet, court):
    return next(row for row in sheet if row.court == court)


def test_the_free_slots_are_those_not_booked_and_not_over():
    court = make_priced_court(opens="06:00", closes="12:00")
    book(court, "10:00", "11:00")
    assert free(court) == ["09:00", "11:00"]  # it is nine


def test_a_slot_that_runs_can_still_be_booked():
    court = make_priced_court(opens="06:00", closes="11:00")
    with clock.at(at("09:59")):
        assert free(court) == ["09:00", "10:00"]


def test_a_cancelled_booking_leaves_its_slot_free():
    court = make_priced_court(opens="10:00", closes="12:00")
    reservation = book(court, "10:00", "11:00")
    workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    assert free(court) == ["10:00", "11:00"]


def test_availability_names_the_rate_that_would_price_a_slot():
    court = make_court(opens="17:00", closes="20:00")
    make_rate(court.venue, "25.00", starts="18:00", ends="19:00", name="Noche")
    assert [row.rate and row.rate.name for row in queries.availability(court, MONDAY)] == [None, "Noche", None]


def test_a_court_out_of_use_offers_nothing():
    court = make_priced_court()
    setup.update_court(court.pk, {"active": False}, actor=SYSTEM)
    assert queries.availability(court, MONDAY) == []


def test_the_hours_after_midnight_belong_to_the_evening_before():
    court = make_priced_court(hours=spans("20:00", "02:00", [4]))
    late = book(court, "24:00", "25:00", day=FRIDAY)
    assert of(queries.day_sheet(FRIDAY), court).bookings == [late]
    assert of(queries.day_sheet(SATURDAY), court).bookings == []
    assert free(court, FRIDAY) == ["20:00", "21:00", "22:00", "23:00", "01:00"]
    assert free(court, SATURDAY) == []


def test_round_the_clock_a_booking_over_midnight_holds_slots_of_both_days():
    court = make_priced_court(opens="00:00", closes="00:00")
    over = book(court, "23:00", "25:00", day=FRIDAY)
    assert of(queries.day_sheet(FRIDAY), court).bookings == [over]
    assert of(queries.day_sheet(SATURDAY), court).bookings == [over]
    assert "23:00" not in free(court, FRIDAY)
    assert free(court, SATURDAY)[0] == "01:00"


def test_a_booking_outside_the_present_hours_is_still_shown_on_its_day():
    court = make_priced_court()
    reservation = book(court, "18:00", "19:00")
    setup.update_court(court.pk, {}, hours=spans("06:00", "12:00"), actor=SYSTEM)
    assert of(queries.day_sheet(MONDAY), court).bookings == [reservation]


def test_a_court_out_of_use_is_shown_on_the_days_it_is_booked():
    court = make_priced_court()
    book(court)
    setup.update_court(court.pk, {"active": False}, actor=SYSTEM)
    assert [row.court for row in queries.day_sheet(MONDAY)] == [court]
    assert queries.day_sheet(FRIDAY) == []


def test_the_day_of_one_venue_leaves_the_others_out():
    court = make_priced_court()
    make_priced_court()
    assert [row.court for row in queries.day_sheet(MONDAY, court.venue_id)] == [court]


def test_courts_stand_in_their_order():
    venue = make_venue()
    for name, position in (("B", 1), ("A", 2), ("C", 0)):
        make_court(venue, name=name, position=position)
    assert [row.court.name for row in queries.day_sheet(MONDAY)] == ["C", "B", "A"]


@pytest.mark.parametrize("courts", [1, 5])
def test_a_day_takes_five_queries_however_many_courts(courts, django_assert_num_queries):
    venue = make_venue()
    make_rate(venue)
    for _ in range(courts):
        book(make_court(venue))
    clock.zone()
    with django_assert_num_queries(5):
        for row in queries.day_sheet(MONDAY):
            assert row.slots
            assert row.bookings[0].customer_name


def test_occupancy_is_booked_time_of_open_time():
    court = make_priced_court(opens="06:00", closes="14:00")
    confirmed(court, "10:00", "11:00")
    gone = book(court, "11:00", "12:00")
    workflow.cancel(gone.pk, reason="Lluvia", actor=SYSTEM)
    assert queries.occupancy(queries.day_sheet(MONDAY)) == Decimal("12.5")


def test_what_was_booked_outside_the_hours_fills_no_open_time():
    court = make_priced_court(opens="06:00", closes="14:00")
    book(court, "12:00", "14:00")
    setup.update_court(court.pk, {}, hours=[Span(0, 360, 780)], actor=SYSTEM)
    assert queries.occupancy(queries.day_sheet(MONDAY)) == Decimal("14.3")


def test_there_is_no_occupancy_where_nothing_opens():
    make_court(hours=[])
    assert Court.objects.exists()
    assert queries.occupancy(queries.day_sheet(MONDAY)) is None


def test_what_is_blocked_is_neither_free_nor_open():
    court = make_priced_court(opens="10:00", closes="14:00")
    other = make_priced_court(opens="10:00", closes="14:00")
    confirmed(court, "10:00", "11:00")
    Blackout.objects.create(court=court, period=(at("12:30"), at("13:15")), reason="Mantenimiento")
    Blackout.objects.create(venue=court.venue, period=(at("13:00"), at("15:00")), reason="Lluvia")
    Blackout.objects.create(period=(at("10:00"), at("14:00")), reason="Quitado", cancelled_at=clock.now())
    assert free(court) == ["11:00"]
    assert free(other) == ["10:00", "11:00", "12:00", "13:00"]
    day = of(queries.day_sheet(MONDAY), court)
    assert day.open_time == timedelta(hours=2, minutes=30)
    assert queries.occupancy([day]) == Decimal("40.0")


def test_nothing_opens_on_a_closed_holiday_and_its_evening_goes_past_midnight():
    court = make_priced_court(opens="20:00", closes="02:00")
    Holiday.objects.create(day=FRIDAY, name="Independencia de Cuenca", closed=True)
    Holiday.objects.create(day=SATURDAY, name="Tarifa de feriado", closed=False)
    assert free(court, FRIDAY) == []
    assert free(court, SATURDAY)[0] == "20:00"
    (day,) = queries.day_sheet(FRIDAY)
    assert {row.reason for row in day.closures} == {"Independencia de Cuenca"}
    assert queries.occupancy([day]) is None


def test_some_days_are_read_at_once_each_with_its_own_bookings(django_assert_num_queries):
    court = make_priced_court(opens="20:00", closes="02:00")
    late = book(court, "24:00", "25:00", day=FRIDAY)
    early = book(court, "20:00", "21:00", day=SATURDAY)
    clock.zone()
    with django_assert_num_queries(5):
        days = queries.days_sheet(MONDAY, SATURDAY + timedelta(days=1), court_id=court.pk)
    assert [row.day for row in days] == [MONDAY + timedelta(days=number) for number in range(7)]
    assert {row.day: row.bookings for row in days if row.bookings} == {FRIDAY: [late], SATURDAY: [early]}
