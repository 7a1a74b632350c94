"""The agenda: a day of forty full courts as a page, a week of eight, and a year's occupancy; beside their SQL alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from companies.models import Company
from core import clock
from core.tenancy import company_context
from reservations import queries, workflow
from reservations.models import Reservation
from reservations.workflow import BookInput
from tests.bench.measuring import Row, typical
from tests.bench.web import Person
from tests.factories import SYSTEM, make_customer, make_user
from tests.reservations.factories import at, make_court, make_rate, make_venue

TIMES = 20
COURTS, HOURS = 40, range(6, 23)
DAY_BUDGET, WEEK_BUDGET, YEAR_BUDGET = 60.0, 90.0, 500.0
MOST_QUERIES = 18  # with those of the session and the shell

# The bookings of the first eight courts, again on each of the following days of a year.
_YEAR = """
    INSERT INTO reservations_reservation (company_id, code, court_id, period, status, customer_id, customer_name,
        customer_email, customer_phone, total, price_reason, notes, cancel_reason, version, created_at, search_text,
        search_grams)
    SELECT company_id, code || '-' || k, court_id,
        tstzrange(starts_at + k * interval '1 day', ends_at + k * interval '1 day'), 'requested', customer_id,
        customer_name, '', '', total, '', '', '', 1, created_at, search_text, search_grams
    FROM reservations_reservation, generate_series(1, 364) AS k WHERE court_id = ANY(%s)
"""


def run(company: Company) -> Iterator[Row]:
    """Milliseconds of the server, the median; the limit is the rows as SQL gives them."""
    person, day = Person(make_user(company)), clock.today() + timedelta(days=1)
    with company_context(company.pk):
        courts = _fill(day)
        venue = courts[0].venue_id
        rows = partial(_select, company, day)
        grid, sheet, limit = typical(
            TIMES, partial(person.get, f"/reservas/?day={day}&venue={venue}"), partial(queries.day_sheet, day), rows
        )
        yield Row(f"day of {COURTS} full courts, page", grid, limit, "ms", DAY_BUDGET)
        yield Row(f"day of {COURTS} full courts, reading", sheet, limit, "ms")
        with CaptureQueriesContext(connection) as taken:
            person.get(f"/reservas/?day={day}&venue={venue}")
        assert len(taken) <= MOST_QUERIES, f"{len(taken)} queries"
        _copy([court.pk for court in courts[:8]])
        week = partial(person.get, f"/reservas/semana/?day={day}&court={courts[0].pk}")
        year = partial(person.get, f"/reservas/ocupacion/?from={day}&to={day + timedelta(days=364)}")
        one_week, one_year, limit = typical(5, week, year, partial(_select, company, day, 365))
        yield Row("week of a full court, page", one_week, limit, "ms", WEEK_BUDGET)
        yield Row("occupancy of a year, eight courts, page", one_year, limit, "ms", YEAR_BUDGET)


def _fill(day: date) -> list[Any]:
    venue, customer = make_venue(), make_customer(name="Equipo del bench")
    make_rate(venue)
    courts = [make_court(venue, name=f"Cancha {number:02d}", position=number) for number in range(COURTS)]
    for court in courts:
        for hour in HOURS:
            start = at(f"{hour}:00", day)
            entered = BookInput(court.pk, start, start + timedelta(hours=1), customer_id=customer.pk)
            workflow.book(entered, actor=SYSTEM)
    assert Reservation.objects.count() >= COURTS * len(HOURS)
    return courts


def _copy(court_ids: list[int]) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(_YEAR, [court_ids])
        owner.execute("ANALYZE reservations_reservation")


def _select(company: Company, day: date, days: int = 1) -> list[Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT court_id, starts_at, ends_at, status, customer_name FROM reservations_reservation"
            " WHERE company_id = %s AND starts_at >= %s AND starts_at < %s",
            [company.pk, *clock.day_range(day, day + timedelta(days=days - 1))],
        )
        return cursor.fetchall()
