"""Reads over days: what is free, what is booked, what is closed, and how full the courts are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from django.db.models import Count, F, Q, QuerySet

from billing.models import Billable, Customer, Status
from core import clock
from core.money import percent
from reservations import timetable
from reservations.models import (
    LIVE,
    SOURCE_TYPE,
    Blackout,
    Court,
    Holiday,
    OpeningHours,
    Rate,
    Reservation,
    ReservationStatus,
    WaitingEntry,
)
from reservations.pricing import holidays_for, rate_at
from reservations.timetable import Period

MOST_ALIKE: Final = 8  # bookings of one customer at one time


def to_confirm() -> QuerySet[Reservation]:
    """Return the bookings still to come that nobody has confirmed."""
    return Reservation.objects.filter(status=ReservationStatus.REQUESTED, starts_at__gte=clock.now())


def also_booked(customer: Customer, start: datetime, end: datetime) -> Reservation | None:
    """Return a booking that a customer has at the same time, on whichever court; consumidor final is many people."""
    if customer.is_final_consumer:
        return None
    same = Reservation.objects.live().meeting(start, end).filter(customer=customer).select_related("court")
    return next((row for row in same.order_by("pk")[:MOST_ALIKE] if not row.is_stale), None)


Row = TypeVar("Row", OpeningHours, Reservation)

# What a sheet says of a booking; a full day of forty courts has seven hundred.
SHOWN: Final = ("code", "court", "starts_at", "ends_at", "status", "held_until", "customer_name", "version")


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch in which nobody may book though the court is open, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str

    @property
    def period(self) -> Period:
        """Return it as a half-open period."""
        return self.starts_at, self.ends_at


@dataclass(frozen=True, slots=True)
class CourtDay:
    """A court's day: when it is open, its slots, the bookings that belong to that day, and what closes it.

    A day lasts until the court closes, so what is played after midnight belongs to the evening before.
    """

    court: Court
    day: date
    openings: list[Period]
    bookings: list[Reservation]
    closures: list[Closure] = field(default_factory=list)

    @property
    def slots(self) -> list[Period]:
        """Return every slot of the day, free or not."""
        return timetable.slots(self.openings, self.court.slot_minutes)

    def is_free(self, slot: Period) -> bool:
        """Say whether no booking holds the court in the slot and nothing closes it."""
        taken = any(row.is_live and row.starts_at < slot[1] and slot[0] < row.ends_at for row in self.bookings)
        return not taken and self.closed_by(slot) is None

    def closed_by(self, slot: Period) -> Closure | None:
        """Return what closes some of a slot."""
        return next((row for row in self.closures if row.starts_at < slot[1] and slot[0] < row.ends_at), None)

    @property
    def bookable(self) -> list[Period]:
        """Return the openings without what is closed."""
        return timetable.without(self.openings, [row.period for row in self.closures])

    @property
    def open_time(self) -> timedelta:
        """Return how long the court can be booked."""
        return sum((closes - opens for opens, closes in self.bookable), timedelta())

    @property
    def booked_time(self) -> timedelta:
        """Return how much of that time is booked."""
        return sum(
            (
                max(timedelta(), min(row.ends_at, closes) - max(row.starts_at, opens))
                for row in self.bookings
                if row.is_live
                for opens, closes in self.bookable
            ),
            timedelta(),
        )


@dataclass(frozen=True, slots=True)
class Availability:
    """One slot of a court: whether it is free and not over, and the rate that would price it."""

    starts_at: datetime
    ends_at: datetime
    free: bool
    rate: Rate | None

    @property
    def bookable(self) -> bool:
        """Say whether it is free and has a price."""
        return self.free and self.rate is not None


def day_sheet(day: date, venue_id: int | None = None) -> list[CourtDay]:
    """Return the day of every court in use (or booked that day), with five queries."""
    return days_sheet(day, day, venue_id=venue_id)


def days_sheet(first: date, last: date, *, venue_id: int | None = None, court_id: int | None = None) -> list[CourtDay]:
    """Return the local days first..last of every court in use (or booked then), day after day, with five queries."""
    mine = {"venue_id": venue_id} if venue_id else {}
    mine |= {"pk": court_id} if court_id else {}
    bookings = list(_bookings(first, last, **{f"court__{name}": value for name, value in mine.items()}))
    booked = {row.court_id for row in bookings}
    courts = Court.objects.filter(Q(active=True, venue__active=True) | Q(pk__in=booked), **mine)
    return _Reading(
        hours=list(OpeningHours.objects.filter(**{f"court__{name}": value for name, value in mine.items()})),
        bookings=bookings,
        blackouts=list(Blackout.objects.standing().meeting(*_reach(first, last))),
        holidays={row.day: row for row in Holiday.objects.filter(closed=True).between(first, last)},
    ).of(list(courts.select_related("venue")), first, last)


def _reach(first: date, last: date) -> Period:
    """Return the moments that may belong to some days: the last may end past midnight."""
    start, end = clock.day_range(first, last)
    return start, end + timedelta(days=1)


def _bookings(first: date, last: date, **mine: int) -> QuerySet[Reservation]:
    shown = Q(status__in=LIVE) | Q(status=ReservationStatus.NO_SHOW)
    rows = Reservation.objects.filter(shown, **mine).meeting(*_reach(first, last))
    return rows.only(*SHOWN).order_by("starts_at")


@dataclass(frozen=True, slots=True)
class _Reading:
    hours: list[OpeningHours]
    bookings: list[Reservation]
    blackouts: list[Blackout]
    holidays: dict[date, Holiday]

    def of(self, courts: Sequence[Court], first: date, last: date) -> list[CourtDay]:
        """Lay the rows out by day and court."""
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        hours, bookings = _by_court(self.hours), _by_court(self.bookings)
        rows = [
            one
            for court in courts
            for one in self._days(court, days, hours.get(court.pk, []), bookings.get(court.pk, []))
        ]
        return sorted(rows, key=lambda row: row.day)  # within a day the courts keep their order

    def _days(
        self, court: Court, days: Sequence[date], hours: Sequence[OpeningHours], mine: Sequence[Reservation]
    ) -> list[CourtDay]:
        zone = clock.zone()
        spans = [row.span for row in hours]
        blackouts = [Closure(row.starts_at, row.ends_at, row.reason) for row in self.blackouts if row.closes(court)]
        before = timetable.openings(spans, days[0] - timedelta(days=1), days[0] - timedelta(days=1), zone)
        found = []
        for day in days:
            openings = timetable.openings(spans, day, day, zone)
            holiday = self.holidays.get(day)
            shut = [Closure(opens, closes, holiday.name) for opens, closes in openings] if holiday else []
            found.append(CourtDay(court, day, openings, _of_the_day(mine, day, openings, before), shut + blackouts))
            before = openings
        return found


def _by_court(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Sort rows of courts into one list for each court."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.court_id, []).append(row)
    return found


def _of_the_day(
    bookings: Iterable[Reservation], day: date, openings: Sequence[Period], evening_before: Sequence[Period]
) -> list[Reservation]:
    """Keep what meets the day's openings and, whatever the hours are by now, what else begins on its date."""

    def meets(row: Reservation, opened: Sequence[Period]) -> bool:
        return any(opens < row.ends_at and row.starts_at < closes for opens, closes in opened)

    return [
        row
        for row in bookings
        if meets(row, openings) or (clock.local(row.starts_at).date() == day and not meets(row, evening_before))
    ]


def paid(sheet: Iterable[CourtDay]) -> set[int]:
    """Return the ids of the bookings that have been paid, every part of them, with one query."""
    ids = {row.pk for day in sheet for row in day.bookings}
    billed = Billable.objects.live().filter(source_type=SOURCE_TYPE, source_id__in=ids).values("source_id").order_by()
    settled = Count("pk", filter=Q(document__status=Status.PAID))
    return set(
        billed.annotate(parts=Count("pk"), paid=settled).filter(paid=F("parts")).values_list("source_id", flat=True)
    )


def waited_for(sheet: Sequence[CourtDay]) -> dict[int, int]:
    """Return how many wait for the slot of each live booking that somebody waits for, with one query."""
    bookings = {row.pk: (day.court, row) for day in sheet for row in day.bookings if row.is_live}
    if not bookings:
        return {}
    start = min(row.starts_at for _court, row in bookings.values())
    end = max(row.ends_at for _court, row in bookings.values())
    entries = list(WaitingEntry.objects.open().filter(period__overlap=(start, end)))
    counted = {
        pk: sum(entry.suits(court, row.starts_at, row.ends_at) for entry in entries)
        for pk, (court, row) in (bookings.items() if entries else ())
    }
    return {pk: count for pk, count in counted.items() if count}


def availability(court: Court, day: date, customer: Customer | None = None) -> list[Availability]:
    """Return the slots of a court's day, each with its rate for a customer, and whether it can still be booked."""
    found = next((row for row in day_sheet(day, court.venue_id) if row.court.pk == court.pk), None)
    if found is None:
        return []
    rates = list(Rate.objects.active().of_court(court))
    days = holidays_for(rates, day, day)
    kind_id = customer.kind_id if customer else None
    now, zone = clock.now(), clock.zone()
    return [
        Availability(
            slot[0],
            slot[1],
            found.is_free(slot) and slot[1] > now,
            rate_at(rates, slot[0].astimezone(zone), days, kind_id),
        )
        for slot in found.slots
    ]


def occupancy(days: Iterable[CourtDay]) -> Decimal | None:
    """Return what percentage of the open hours is booked, one decimal; None when nothing is open."""
    days = list(days)
    booked = sum((day.booked_time for day in days), timedelta())
    opened = sum((day.open_time for day in days), timedelta())
    return percent(Decimal(int(booked.total_seconds())), Decimal(int(opened.total_seconds())))
