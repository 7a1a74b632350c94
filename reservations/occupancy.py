"""How full the courts were over a period: by court, weekday and hour of the day, and what their bookings are worth.

Time is counted in whole minutes of the wall clock, exactly: an hour of the night belongs to the date on which it is.
What a blackout or a closed holiday takes away was not open; what was booked outside the hours fills no open time.
Opening hours are those of today: nobody writes down what they once were.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from django.db.models import BigIntegerField, F, Func, Q, Value

from core import clock
from core.money import ZERO, cents, percent
from reservations.models import LIVE, Blackout, Court, Holiday, Reservation, ReservationStatus
from reservations.timetable import without
from reservations.week import DAY

Stretch = tuple[int, int]  # minutes since the first day of the calendar

HOURS: Final = range(24)
WORTH: Final = (*LIVE, ReservationStatus.NO_SHOW, ReservationStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Figure:
    """So many minutes booked of so many that were open."""

    booked: int = 0
    opened: int = 0

    @property
    def booked_hours(self) -> Decimal:
        """Return how many hours were booked, to the hundredth."""
        return cents(Decimal(self.booked) / 60)

    @property
    def open_hours(self) -> Decimal:
        """Return how many hours were open, to the hundredth."""
        return cents(Decimal(self.opened) / 60)

    @property
    def percent(self) -> Decimal | None:
        """Return the share that was booked, one decimal; None where nothing was open."""
        return percent(Decimal(self.booked), Decimal(self.opened))


@dataclass(slots=True)
class CourtFigures:
    """A court's minutes by hour of the week (Monday's first is 0), its bookings and what they are worth (USD)."""

    court: Court
    booked: list[int] = field(default_factory=lambda: [0] * 7 * 24)
    opened: list[int] = field(default_factory=lambda: [0] * 7 * 24)
    bookings: int = 0
    income: Decimal = ZERO


@dataclass(frozen=True)
class Report:
    """The days first..last of some courts."""

    first: date
    last: date
    courts: list[CourtFigures]

    @cached_property
    def hours(self) -> list[int]:
        """Return the hours in which any court was open or booked, the night's after the evening's."""
        used = [hour for hour in HOURS if self.figure(hour=hour) != Figure()]
        return sorted(used, key=lambda hour: (hour - _first_of_the_day(used)) % 24)

    def figure(self, court: CourtFigures | None = None, weekday: int | None = None, hour: int | None = None) -> Figure:
        """Return the figure of a court, a weekday and an hour; of all of them where one is not named."""
        days = range(7) if weekday is None else [weekday]
        hours = HOURS if hour is None else [hour]
        places = [day * 24 + one for day in days for one in hours]
        rows = self.courts if court is None else [court]
        return Figure(
            sum(row.booked[place] for row in rows for place in places),
            sum(row.opened[place] for row in rows for place in places),
        )

    @property
    def income(self) -> Decimal:
        """Return what all the bookings are worth."""
        return sum((row.income for row in self.courts), ZERO)

    @property
    def bookings(self) -> int:
        """Return how many bookings there were."""
        return sum(row.bookings for row in self.courts)


def _first_of_the_day(used: Sequence[int]) -> int:
    """Return the hour after the longest pause, round the clock."""
    pauses = [((hour - used[place - 1] - 1) % 24, hour) for place, hour in enumerate(used)]
    return max(pauses, key=lambda pause: (pause[0], -pause[1]), default=(0, 0))[1]


def report(first: date, last: date, *, venue_id: int | None = None) -> Report:
    """Count the local days first..last, with five queries however much was booked."""
    start, end = clock.day_range(first, last)
    rows = _bookings(start, end, venue_id)
    booked: dict[int, list[Row]] = {}
    for row in rows:
        booked.setdefault(row[0], []).append(row)
    courts = Court.objects.filter(Q(active=True, venue__active=True) | Q(pk__in=booked))
    courts = courts.filter(venue_id=venue_id) if venue_id else courts
    blackouts = list(Blackout.objects.standing().meeting(start, end))
    day_before = first - timedelta(days=1)
    shut = set(Holiday.objects.filter(closed=True).between(day_before, last).values_list("day", flat=True))
    made = []
    for court in courts.select_related("venue").prefetch_related("hours"):
        closed = [(_wall(row.starts_at), _wall(row.ends_at)) for row in blackouts if row.closes(court)]
        made.append(_counted(court, _open_stretches(court, first, last, shut, closed), booked.get(court.pk, [])))
    return Report(first, last, made)


Row = tuple[int, int, int, str, Decimal, Decimal | None]


def _bookings(start: datetime, end: datetime, venue_id: int | None) -> list[Row]:
    """Return what begins in the period."""
    rows = Reservation.objects.filter(status__in=WORTH, starts_at__gte=start, starts_at__lt=end)
    rows = rows.filter(court__venue_id=venue_id) if venue_id else rows
    start_of, end_of = _WallMinutes("starts_at"), _WallMinutes("ends_at")
    return list(rows.values_list("court_id", start_of, end_of, "status", "total", "fee"))


class _WallMinutes(Func):
    """What `_wall()` makes of a moment, made by the database: so many moments are not read one by one."""

    output_field = BigIntegerField()
    template = f"(extract(epoch from %(expressions)s) / 60)::bigint + {date(1970, 1, 1).toordinal() * DAY}"
    arg_joiner = " AT TIME ZONE "

    def __init__(self, field: str) -> None:
        super().__init__(F(field), Value(clock.zone().key))


def _open_stretches(court: Court, first: date, last: date, shut: set[date], closed: list[Stretch]) -> list[Stretch]:
    """Return when a court was open within the period; the evening before may reach into its first day."""
    spans = [row.span for row in court.hours.all()]
    days = (first + timedelta(days=number) for number in range(-1, (last - first).days + 1))
    opened = [
        _clipped(day.toordinal() * DAY + span.starts, day.toordinal() * DAY + span.ends, first, last)
        for day in days
        if day not in shut
        for span in spans
        if span.weekday == day.weekday()
    ]
    return sorted(without((stretch for stretch in opened if stretch[0] < stretch[1]), closed))


def _counted(court: Court, opened: Sequence[Stretch], rows: Iterable[Row]) -> CourtFigures:
    found = CourtFigures(court)
    for stretch in opened:
        _spread(found.opened, *stretch)
    begins = [stretch[0] for stretch in opened]
    for _court, start, end, status, total, fee in rows:
        found.income += _worth(status, total, fee)
        if status not in LIVE:
            continue
        found.bookings += 1
        place = max(bisect_right(begins, start) - 1, 0)
        while place < len(opened) and opened[place][0] < end:
            _spread(found.booked, max(start, opened[place][0]), min(end, opened[place][1]))
            place += 1
    return found


def _worth(status: str, total: Decimal, fee: Decimal | None) -> Decimal:
    """Return what a booking brings: its price, or what is charged of it when it was not played."""
    if status == ReservationStatus.CANCELLED:
        return fee or ZERO
    return total if fee is None else fee


def _spread(tally: list[int], start: int, end: int) -> None:
    """Add a stretch to the hours of the week it lies in."""
    while start < end:
        until = min(end, (start // 60 + 1) * 60)
        tally[(start // DAY - 1) % 7 * 24 + start // 60 % 24] += until - start
        start = until


def _wall(moment: datetime) -> int:
    local = clock.local(moment)
    return local.toordinal() * DAY + local.hour * 60 + local.minute


def _clipped(start: int, end: int, first: date, last: date) -> Stretch:
    return max(start, first.toordinal() * DAY), min(end, (last.toordinal() + 1) * DAY)
