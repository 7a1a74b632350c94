"""The day grid as a table: courts across, hours down. Turns a day sheet into rows and cells for the template."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import gcd
from typing import Any, Literal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.chips import LOOKS
from reservations.models import Reservation, ReservationStatus
from reservations.queries import CourtDay

# A slot that is free to a person who may not book is only "open".
Kind = Literal["free", "open", "booked", "closed", "past"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot or booking of a court: where it stands in minutes after the day's midnight, and what it shows."""

    kind: Kind
    starts: int
    ends: int
    rowspan: int = 1
    label: str = ""
    url: str = ""
    title: str = ""
    detail: str = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One step of time with the cells that begin in it."""

    label: str
    is_hour: bool
    is_now: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole day, as components/day_grid.html takes it."""

    columns: list[dict[str, Any]]
    rows: list[Row] = field(default_factory=list)


def build(day: date, sheet: Sequence[CourtDay], *, may_book: bool) -> Grid:
    """Lay the courts' day out; free slots lead to the booking form where the person may book."""
    columns = [{"name": row.court.name, "detail": row.court.detail or row.court.venue.name} for row in sheet]
    made = [_Column(day, row, may_book).cells() for row in sheet]
    edges = {edge for cells in made for cell in cells for edge in (cell.starts, cell.ends)}
    if not edges:
        return Grid(columns)
    first, last, step = min(edges), max(edges), _step(edges)
    filled = [_filled(cells, first, last, step) for cells in made]
    now = _minutes(day, clock.now())
    rows = [_row(minute, step, now, filled) for minute in range(first, last, step)]
    return Grid(columns, rows)


def _minutes(day: date, moment: datetime) -> int:
    midnight, _end = clock.day_range(day)
    return (moment - midnight) // timedelta(minutes=1)


def _step(edges: set[int]) -> int:
    """Return the longest step in which every slot and booking begins and ends, an hour at most."""
    return gcd(60, *(edge - min(edges) for edge in edges), min(edges))


def _row(minute: int, step: int, now: int, columns: Sequence[dict[int, Cell]]) -> Row:
    label = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
    cells = [column[minute] for column in columns if minute in column]
    return Row(label, minute % 60 == 0, minute <= now < minute + step, cells)


def _filled(cells: Sequence[Cell], first: int, last: int, step: int) -> dict[int, Cell]:
    """Fill what no cell covers with closed time, and say how many steps each cell spans."""
    found: dict[int, Cell] = {}
    reached = first
    for cell in [*cells, Cell("closed", last, last)]:
        if cell.starts > reached:
            found[reached] = _spanning(Cell("closed", reached, cell.starts, label=_("Cerrado")), step)
        if cell.ends > cell.starts:
            found[cell.starts] = _spanning(cell, step)
        reached = max(reached, cell.ends)
    return found


def _spanning(cell: Cell, step: int) -> Cell:
    return replace(cell, rowspan=(cell.ends - cell.starts) // step)


@dataclass(frozen=True, slots=True)
class _Column:
    day: date
    court_day: CourtDay
    may_book: bool

    def cells(self) -> list[Cell]:
        """Return bookings and slots in order of time; where they meet, the booking is shown."""
        bookings = [self._booking(row) for row in self._shown()]
        slots = [self._slot(slot) for slot in self.court_day.slots]
        free = [one for one in slots if not any(one.starts < two.ends and two.starts < one.ends for two in bookings)]
        return sorted([*bookings, *free], key=lambda cell: cell.starts)

    def _shown(self) -> list[Reservation]:
        """Leave out those who did not come, while their slot can be given to somebody else or was."""
        live = [row for row in self.court_day.bookings if row.is_live]
        return live + [
            row
            for row in self.court_day.bookings
            if row.status == ReservationStatus.NO_SHOW
            and row.ends_at <= clock.now()
            and not any(row.starts_at < other.ends_at and other.starts_at < row.ends_at for other in live)
        ]

    def _booking(self, row: Reservation) -> Cell:
        look, court = LOOKS[row.status], self.court_day.court
        hours = f"{clock.local(row.starts_at):%H:%M}–{clock.local(row.ends_at):%H:%M}"
        return Cell(
            "booked",
            max(0, _minutes(self.day, row.starts_at)),
            _minutes(self.day, row.ends_at),
            label=f"{court}, {row.get_status_display()}, {row.code}",
            url=row.get_absolute_url(),
            title=row.customer_name,
            detail=hours,
            tone=look.tone,
            icon=look.icon,
        )

    def _slot(self, slot: tuple[datetime, datetime]) -> Cell:
        start, end = slot
        court, hour = self.court_day.court, f"{start:%H:%M}"
        first, last = _minutes(self.day, start), _minutes(self.day, end)
        if end <= clock.now():
            return Cell("past", first, last, label=_("%(court)s, %(hour)s, ya pasó") % {"court": court, "hour": hour})
        if not (self.may_book and court.active and court.venue.active):
            return Cell("open", first, last, label=_("%(court)s, %(hour)s, libre") % {"court": court, "hour": hour})
        query = urlencode({"court": court.pk, "day": self.day.isoformat(), "starts_at": start.isoformat()})
        return Cell(
            "free",
            first,
            last,
            label=_("Reservar %(court)s a las %(hour)s") % {"court": court, "hour": hour},
            url=f"{reverse('reservations:new')}?{query}",
        )
