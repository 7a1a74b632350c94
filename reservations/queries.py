"""Reads over a day: what is free, what is booked, and how full the courts are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from core import clock
from core.money import percent
from reservations import timetable
from reservations.models import LIVE, Court, OpeningHours, Rate, Reservation, ReservationStatus
from reservations.pricing import rate_at
from reservations.timetable import Period


def to_confirm() -> QuerySet[Reservation]:
    """Return the bookings still to come that nobody has confirmed."""
    return Reservation.objects.filter(status=ReservationStatus.REQUESTED, starts_at__gte=clock.now())


@dataclass(frozen=True, slots=True)
class CourtDay:
    """A court's day: when it is open, its slots, and the bookings that belong to that day.

    A day lasts until the court closes, so what is played after midnight belongs to the evening before.
    """

    court: Court
    openings: list[Period]
    bookings: list[Reservation]

    @property
    def slots(self) -> list[Period]:
        """Return every slot of the day, free or not."""
        return timetable.slots(self.openings, self.court.slot_minutes)

    def is_free(self, slot: Period) -> bool:
        """Say whether no booking holds the court in the slot."""
        return not any(row.is_live and row.starts_at < slot[1] and slot[0] < row.ends_at for row in self.bookings)

    @property
    def open_time(self) -> timedelta:
        """Return how long the court is open."""
        return sum((closes - opens for opens, closes in self.openings), timedelta())

    @property
    def booked_time(self) -> timedelta:
        """Return how much of the open time is booked."""
        return sum(
            (
                max(timedelta(), min(row.ends_at, closes) - max(row.starts_at, opens))
                for row in self.bookings
                if row.is_live
                for opens, closes in self.openings
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
    """Return the day of every court in use (or booked that day), with three queries."""
    zone = clock.zone()
    hours = _hours(venue_id)
    bookings = _bookings(day, venue_id)
    booked = {row.court_id for row in bookings}
    courts = Court.objects.filter(Q(active=True, venue__active=True) | Q(pk__in=booked)).select_related("venue")
    if venue_id:
        courts = courts.filter(venue_id=venue_id)
    days = []
    for court in courts:
        spans = [row.span for row in hours if row.court_id == court.pk]
        mine = [row for row in bookings if row.court_id == court.pk]
        evening_before = timetable.openings(spans, day - timedelta(days=1), day - timedelta(days=1), zone)
        openings = timetable.openings(spans, day, day, zone)
        days.append(CourtDay(court, openings, _of_the_day(mine, day, openings, evening_before)))
    return days


def _hours(venue_id: int | None) -> list[OpeningHours]:
    rows = OpeningHours.objects.all()
    return list(rows.filter(court__venue_id=venue_id) if venue_id else rows)


def _bookings(day: date, venue_id: int | None) -> list[Reservation]:
    start, _end = clock.day_range(day)
    shown = Q(status__in=LIVE) | Q(status=ReservationStatus.NO_SHOW)
    rows = Reservation.objects.filter(shown).meeting(start, start + timedelta(days=2)).select_related("customer")
    return list((rows.filter(court__venue_id=venue_id) if venue_id else rows).order_by("starts_at"))


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


def availability(court: Court, day: date) -> list[Availability]:
    """Return the slots of a court's day, each with its rate, and whether it can still be booked."""
    found = next((row for row in day_sheet(day, court.venue_id) if row.court.pk == court.pk), None)
    if found is None:
        return []
    rates = list(Rate.objects.active().of_court(court))
    now, zone = clock.now(), clock.zone()
    return [
        Availability(slot[0], slot[1], found.is_free(slot) and slot[1] > now, rate_at(rates, slot[0].astimezone(zone)))
        for slot in found.slots
    ]


def occupancy(days: Iterable[CourtDay]) -> Decimal | None:
    """Return what percentage of the open hours is booked, one decimal; None when nothing is open."""
    days = list(days)
    booked = sum((day.booked_time for day in days), timedelta())
    opened = sum((day.open_time for day in days), timedelta())
    return percent(Decimal(int(booked.total_seconds())), Decimal(int(opened.total_seconds())))
