"""Which dates a weekly booking would have, and what stands in the way of each: looked at before anything is booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Customer
from core import clock
from core.errors import RuleRefused
from core.money import ZERO
from reservations import closures
from reservations.models import Court, Reservation
from reservations.pricing import ExtraInput, quote
from reservations.rules import refused
from reservations.week import DAY, GRAIN, moment

MOST_DATES: Final = 104
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RepeatInput:
    """A customer wants a court every week from `first_on`, which says the weekday; until a day, or so many times.

    `starts` is in minutes after midnight. Extras are booked each time.
    """

    court_id: int
    customer_id: int
    first_on: date
    starts: int
    minutes: int
    until: date | None = None
    count: int | None = None
    extras: tuple[ExtraInput, ...] = ()
    notes: str = ""


class State(StrEnum):
    """Whether a date can be booked."""

    FREE = "free"
    TAKEN = "taken"
    CLOSED = "closed"
    PAST = "past"
    NO_PRICE = "no_price"


STATE_LABELS: Final = {
    State.FREE: gettext_lazy("Libre"),
    State.TAKEN: gettext_lazy("Ocupada"),
    State.CLOSED: gettext_lazy("Cerrada"),
    State.PAST: gettext_lazy("Ya pasó"),
    State.NO_PRICE: gettext_lazy("Sin precio"),
}
_STATES: Final = {
    "blacked_out": State.CLOSED,
    "closed_for_holiday": State.CLOSED,
    "outside_hours": State.CLOSED,
    "not_a_slot": State.CLOSED,
}


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """One date: free at a price (USD with taxes), or why not and who is there."""

    starts_at: datetime
    ends_at: datetime
    state: State
    why: str = ""
    total: Decimal = ZERO
    taken_by_id: int | None = None

    @property
    def day(self) -> date:
        """Return its local date."""
        return clock.local(self.starts_at).date()

    @property
    def state_label(self) -> str:
        """Return the state in words."""
        return str(STATE_LABELS[self.state])


@dataclass(frozen=True, slots=True)
class Plan:
    """All dates of a weekly booking, in order."""

    court: Court
    customer: Customer
    dates: tuple[PlannedDate, ...]

    @property
    def free(self) -> list[PlannedDate]:
        """Return those that can be booked."""
        return [planned for planned in self.dates if planned.state == State.FREE]

    @property
    def others(self) -> list[PlannedDate]:
        """Return those that cannot."""
        return [planned for planned in self.dates if planned.state != State.FREE]

    @property
    def total(self) -> Decimal:
        """Return what the free ones cost together (USD with taxes)."""
        return sum((planned.total for planned in self.free), ZERO)


def make(entered: RepeatInput, court: Court, customer: Customer) -> Plan:
    """Look at every date.

    Raises:
        RuleRefused: `until_required`, `until_before_first`, `too_many_dates`, `empty_period`, `too_long`,
            `not_a_quarter`; an extra that cannot be billed (codes of `pricing.quote()`).
    """
    periods = [_period(entered, day) for day in days(entered)]
    prefetch_related_objects([court], "hours")
    present = _meeting(court, periods)
    return Plan(
        court, customer, tuple(_planned(court, customer, entered.extras, period, present) for period in periods)
    )


def days(entered: RepeatInput) -> list[date]:
    """Return the dates, a week from one to the next.

    Raises:
        RuleRefused: as `make()`.
    """
    if entered.minutes < GRAIN:
        raise refused("ends", "empty_period", _("La reserva debe terminar después de empezar."))
    if entered.minutes > DAY:
        raise refused("ends", "too_long", _("Una reserva dura 24 horas como máximo."))
    if entered.starts % GRAIN or entered.minutes % GRAIN:
        raise refused("starts", "not_a_quarter", _("Las horas van de cuarto en cuarto de hora."))
    if (entered.until is None) == (entered.count is None):
        raise refused("until", "until_required", _("Indique hasta qué día se repite, o cuántas veces."))
    count = entered.count
    if count is None and entered.until is not None:
        if entered.until < entered.first_on:
            raise refused("until", "until_before_first", _("La última fecha no puede ser anterior a la primera."))
        count = (entered.until - entered.first_on) // WEEK + 1
    if not count or not 1 <= count <= MOST_DATES:
        raise refused("until", "too_many_dates", _("Se repite entre 1 y %(most)d veces.") % {"most": MOST_DATES})
    return [entered.first_on + WEEK * number for number in range(count)]


def _period(entered: RepeatInput, day: date) -> tuple[datetime, datetime]:
    zone = clock.zone()
    return moment(day, entered.starts, zone), moment(day, entered.starts + entered.minutes, zone)


def _meeting(court: Court, periods: Sequence[tuple[datetime, datetime]]) -> list[Reservation]:
    """Return what holds the court between the first and the last date; holds whose time is over do not."""
    rows = Reservation.objects.live().filter(court=court).meeting(periods[0][0], periods[-1][1])
    return list(rows.exclude(pk__in=Reservation.objects.stale().values("pk")).order_by("starts_at"))


def _planned(
    court: Court,
    customer: Customer,
    extras: Sequence[ExtraInput],
    period: tuple[datetime, datetime],
    present: Sequence[Reservation],
) -> PlannedDate:
    start, end = period
    if end <= clock.now():
        return PlannedDate(start, end, State.PAST, _("Esa hora ya pasó."))
    there = next((row for row in present if row.starts_at < end and start < row.ends_at), None)
    if there:
        return PlannedDate(start, end, State.TAKEN, f"{there.code} · {there.customer_name}", taken_by_id=there.pk)
    try:
        closures.check_open(court, start, end)
        total = quote(court, start, end, extras, customer=customer).totals.total
    except RuleRefused as refusal:
        if any(error["field"].startswith("extras") for error in refusal.fields):
            raise
        return PlannedDate(start, end, _STATES.get(refusal.code, State.NO_PRICE), refusal.message)
    return PlannedDate(start, end, State.FREE, total=total)
