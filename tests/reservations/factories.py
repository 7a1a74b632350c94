"""Venues, courts, rates and bookings to test with, made through the front door."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from core import clock
from core.actor import Actor
from reservations import holding, setup, workflow
from reservations.models import Court, Rate, Reservation, Venue
from reservations.week import Span, end_after, minutes_of
from tests.factories import SYSTEM, make_customer

_numbers = count(1)

MONDAY = date(2026, 11, 16)
FRIDAY = date(2026, 11, 20)
SUNDAY = date(2026, 11, 22)
EVERY_DAY = range(7)

# A Monday, 09:00 in Guayaquil.
NOW = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)


def at(hour: str, day: date = MONDAY) -> datetime:
    """Return the local moment: `at("18:30")`; `at("25:00")` is one in the morning of the next day."""
    hours, minutes = map(int, hour.split(":"))
    start, _end = clock.day_range(day)
    return start + timedelta(hours=hours, minutes=minutes)


def spans(opens: str, closes: str, days: Iterable[int] = EVERY_DAY) -> list[Span]:
    """Return the same hours on several weekdays; `closes` before `opens` is past midnight."""
    starts = minutes_of(datetime.strptime(opens, "%H:%M").time())  # noqa: DTZ007
    ends = end_after(starts, datetime.strptime(closes, "%H:%M").time())  # noqa: DTZ007
    return [Span(day, starts, ends) for day in days]


def make_venue(**values: Any) -> Venue:
    """Open a venue in the active company."""
    return setup.add_venue(**({"name": f"Complejo {next(_numbers)}", "actor": SYSTEM} | values))


def make_court(venue: Venue | None = None, *, opens: str = "06:00", closes: str = "23:00", **values: Any) -> Court:
    """Add a court, open the same hours every day unless `hours` are given."""
    defaults = {"name": f"Cancha {next(_numbers)}", "hours": spans(opens, closes), "actor": SYSTEM}
    return setup.add_court(venue_id=(venue or make_venue()).pk, **(defaults | values))


def make_rate(venue: Venue, price: str = "20.00", *, starts: str = "00:00", ends: str = "00:00", **values: Any) -> Rate:
    """Add a rate per hour, tax inside, for the whole venue, all day and every day unless said otherwise."""
    days = values.pop("weekdays", EVERY_DAY)
    band = spans(starts, ends, [0])[0]
    defaults = {"name": f"Tarifa {next(_numbers)}", "actor": SYSTEM}
    return setup.add_rate(
        venue_id=venue.pk,
        weekdays=days,
        starts=band.starts,
        ends=band.ends,
        unit_price=Decimal(price),
        **(defaults | values),
    )


def make_priced_court(price: str = "20.00", **values: Any) -> Court:
    """Add a court in a venue of its own with one price for every hour."""
    court = make_court(**values)
    make_rate(court.venue, price, name="Tarifa única")
    return court


def book(
    court: Court, start: str = "18:00", end: str = "19:00", *, day: date = MONDAY, actor: Actor = SYSTEM, **values: Any
) -> Reservation:
    """Book a court for a new customer, unless one is given."""
    if not values.keys() & {"customer_id", "new_customer"}:
        values["customer_id"] = make_customer().pk
    return workflow.book(
        workflow.BookInput(court_id=court.pk, starts_at=at(start, day), ends_at=at(end, day), **values), actor=actor
    )


def hold(
    court: Court, start: str = "18:00", end: str = "19:00", *, day: date = MONDAY, actor: Actor = SYSTEM, **values: Any
) -> Reservation:
    """Hold a court for a while."""
    entered = holding.HoldInput(court_id=court.pk, starts_at=at(start, day), ends_at=at(end, day), **values)
    return holding.hold(entered, actor=actor)


def confirmed(court: Court | None = None, *args: str, actor: Actor = SYSTEM, **values: Any) -> Reservation:
    """Book and confirm."""
    return book(court or make_priced_court(), *args, confirm=True, actor=actor, **values)
