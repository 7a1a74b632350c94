"""Occupancy over a period: exact to the minute, and each figure's list holds exactly what it counts."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from companies.roles import Role
from core import clock
from reservations import occupancy, workflow
from reservations.filters import ReservationFilterSet
from reservations.models import Blackout, Holiday, Reservation
from tests.api_client import Api
from tests.factories import SYSTEM, make_user
from tests.reservations.factories import FRIDAY, MONDAY, at, book, confirmed, make_priced_court, spans
from tests.world import BACKEND

pytestmark = pytest.mark.usefixtures("company")

SUNDAY = MONDAY + timedelta(days=6)
TUESDAY = MONDAY + timedelta(days=1)


def of(first=MONDAY, last=SUNDAY):
    return occupancy.report(first, last)


def hours(figure):
    return (figure.booked / 60, figure.opened / 60)


def test_booked_hours_of_open_hours_by_court_hour_and_weekday():
    court = make_priced_court("20.00", opens="16:00", closes="20:00")
    make_priced_court(opens="16:00", closes="20:00")
    confirmed(court, "17:00", "19:00")
    confirmed(court, "17:00", "18:00", day=FRIDAY)
    made = of()
    row = next(row for row in made.courts if row.court == court)
    assert made.hours == [16, 17, 18, 19]
    assert (hours(made.figure()), made.figure().percent) == ((3, 56), Decimal("5.4"))
    assert (hours(made.figure(row)), made.figure(row).percent) == ((3, 28), Decimal("10.7"))
    assert hours(made.figure(row, hour=17)) == (2, 7)
    assert hours(made.figure(weekday=4)) == (1, 8)
    assert hours(made.figure(weekday=4, hour=17)) == (1, 2)
    assert (row.bookings, row.income, made.income) == (2, Decimal("60.00"), Decimal("60.00"))


def test_half_hours_are_counted_where_they_are():
    court = make_priced_court(opens="16:30", closes="19:30", slot_minutes=90)
    confirmed(court, "16:30", "18:00")
    made = of(MONDAY, MONDAY)
    assert [(hour, *hours(made.figure(hour=hour))) for hour in made.hours] == [
        (16, 0.5, 0.5), (17, 1, 1), (18, 0, 1), (19, 0, 0.5),
    ]  # fmt: skip


def test_the_night_s_hours_belong_to_their_date_and_stand_after_the_evening_s():
    court = make_priced_court(hours=spans("22:00", "02:00", [4]))
    confirmed(court, "23:00", "25:00", day=FRIDAY)
    made = of()
    assert made.hours == [22, 23, 0, 1]
    assert (hours(made.figure(weekday=4)), hours(made.figure(weekday=5))) == ((1, 2), (1, 2))
    friday = of(FRIDAY, FRIDAY)
    assert hours(friday.figure()) == (1, 2)


def test_what_is_blocked_or_a_closed_holiday_was_not_open():
    court = make_priced_court(opens="16:00", closes="20:00")
    confirmed(court, "17:00", "18:00")
    Blackout.objects.create(court=court, period=(at("18:00"), at("19:30")), reason="Lluvia")
    Blackout.objects.create(period=(at("19:00"), at("23:00")), reason="Apagón")
    Holiday.objects.create(day=TUESDAY, name="Feriado", closed=True)
    made = of(MONDAY, TUESDAY)
    assert (hours(made.figure()), made.figure().percent) == ((1, 2), Decimal("50.0"))


def test_who_did_not_come_took_no_time_and_a_cancelled_booking_brings_its_fee_alone():
    court = make_priced_court("20.00", opens="08:00", closes="20:00")
    book(court, "10:00", "11:00")
    missed, gone = confirmed(court, "11:00", "12:00"), confirmed(court, "12:00", "13:00")
    workflow.cancel(gone.pk, reason="Lluvia", actor=SYSTEM)
    with clock.at(at("11:30")):
        missed = workflow.no_show(missed.pk, actor=SYSTEM)
    (row,) = of(MONDAY, MONDAY).courts
    gone.refresh_from_db()
    assert (row.bookings, sum(row.booked)) == (1, 60)
    assert row.income == Decimal("20.00") + (missed.total if missed.fee is None else missed.fee) + (gone.fee or 0)


def test_nothing_open_has_no_percentage():
    make_priced_court(hours=[])
    made = of()
    assert (made.hours, made.figure().percent) == ([], None)


def test_a_year_takes_as_many_queries_as_a_day(django_assert_num_queries):
    court = make_priced_court()
    for number in range(5):
        book(court, day=MONDAY + timedelta(days=number))
    clock.zone()
    for last in (MONDAY, MONDAY + timedelta(days=364)):
        with django_assert_num_queries(5):
            occupancy.report(MONDAY, last)


def signed_in(company, role=Role.OWNER):
    client = Client()
    client.force_login(make_user(company, role), backend=BACKEND)
    return client


def test_each_figure_leads_to_exactly_the_bookings_it_counts(company):
    court = make_priced_court(hours=spans("16:00", "02:00"))
    other = make_priced_court(opens="16:00", closes="20:00")
    for taken in ((court, "17:00", "19:00"), (court, "23:00", "25:00"), (other, "18:00", "19:00")):
        confirmed(*taken, day=FRIDAY)
    confirmed(court, "16:00", "17:00", day=TUESDAY)
    answer = signed_in(company).get(reverse("reservations:occupancy"), {"from": MONDAY, "to": SUNDAY})
    made = answer.context["report"]
    tables = [row["cells"] for row in (*answer.context["courts"], *answer.context["weekdays"])]
    shown = [cell for cells in tables for cell in cells if cell["url"]]
    assert len(shown) == 5 + 6
    for cell in shown:
        query = dict(parse_qsl(urlsplit(cell["url"]).query))
        rows = ReservationFilterSet(query, queryset=Reservation.objects.all()).qs
        begun, weekday = int(query["hour"]), query.get("weekday")
        assert sum(_minutes_in(row, begun, weekday) for row in rows) == cell["figure"].booked
    assert made.figure().booked == 6 * 60


def _minutes_in(row, hour, weekday):
    """Count the minutes of a booking in an hour of the day, by walking through them."""
    moments = [clock.local(row.starts_at + timedelta(minutes=n)) for n in range(0, 240, 15)]
    inside = [one for one in moments if one < row.ends_at and one.hour == hour]
    return 15 * len([one for one in inside if weekday is None or one.weekday() == int(weekday)])


def test_the_report_has_an_address_that_says_its_days_and_files_to_take_along(company):
    court = make_priced_court("20.00", opens="16:00", closes="20:00", name="Azul")
    confirmed(court, "17:00", "19:00")
    client, url = signed_in(company), reverse("reservations:occupancy")
    assert client.get(url)["Location"] == f"{url}?from=2026-11-01&to=2026-11-16"
    days = {"from": MONDAY, "to": MONDAY}
    written = client.get(url, days | {"format": "csv"}).content.decode("utf-8-sig").splitlines()
    assert written[1] == f"{court.venue};Azul;todas;2,00;4,00;50,00;1;40,00"
    assert written[2:4] == [
        f"{court.venue};Azul;16:00;0,00;1,00;0,00;;",
        f"{court.venue};Azul;17:00;1,00;1,00;100,00;;",
    ]
    sheet = load_workbook(BytesIO(client.get(url, days | {"format": "xlsx"}).content)).active
    assert [cell.value for cell in sheet[2]][3:] == [2, 4, 50, 1, 40]


def test_the_api_tells_the_same(company):
    court = make_priced_court("20.00", opens="16:00", closes="20:00")
    confirmed(court, "17:00", "19:00")
    api = Api(make_user(company))
    told = api.get(f"reports/occupancy/?from={MONDAY}&to={MONDAY}")
    assert (told["booked_minutes"], told["open_minutes"], told["percent"], told["income"]) == (
        120,
        240,
        "50.0",
        "40.00",
    )
    (one,) = told["resources"]
    assert (one["resource"], one["hours"][1]) == (
        court.pk,
        {"hour": 17, "booked_minutes": 60, "open_minutes": 60, "percent": "100.0"},
    )
    api.get(f"reports/occupancy/?from={SUNDAY}&to={MONDAY}")
    assert api.status == 400
