"""The agenda as a table: courts or days across, hours down. Turns a sheet into rows and cells for the template."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from math import gcd
from typing import Literal, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.chips import LOOKS
from reservations.models import CHANGEABLE, Reservation, ReservationStatus
from reservations.queries import CourtDay
from reservations.words import minutes_left

# A slot that is free to a person who may not book is only "open"; what a blackout or a holiday closes is "blocked".
Kind = Literal["free", "open", "booked", "blocked", "closed", "past"]
NOBODY: Mapping[int, int] = {}
PARTS_OF_A_ROW = 6  # how finely the line of the present moment is placed in its row


@dataclass(slots=True)
class Cell:
    """One slot or booking of a court: where it stands in minutes after the day's midnight, and what it shows.

    `at` is the moment a booking that is dropped here would begin, `court` its court; `move` is where a booking that
    can be moved sends them, with its `version`.
    """

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
    paid: bool = False
    at: str = ""
    court: int = 0
    move: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One step of time with the cells that begin in it; `now` is the part of it that has gone by, None elsewhere."""

    minute: int
    label: str
    is_hour: bool
    now: int | None
    cells: list[Cell]

    @property
    def is_now(self) -> bool:
        """Say whether the present moment lies in it."""
        return self.now is not None


@dataclass(frozen=True, slots=True)
class Column:
    """A court on a day: its heading, where that leads, and whether it is today's."""

    name: str
    detail: str = ""
    url: str = ""
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A day over the columns of its courts."""

    name: str
    url: str
    span: int
    is_today: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole table, as components/day_grid.html takes it; with groups it is compact: colours without words."""

    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def of_day(
    sheet: Sequence[CourtDay],
    *,
    may_book: bool,
    paid: Collection[int] = (),
    waited: Mapping[int, int] = NOBODY,
    week_url: Callable[[CourtDay], str],
) -> Grid:
    """Lay one day of the courts out; a court leads to its week. `waited` says how many wait for a booking's slot."""
    columns = [Column(row.court.name, row.court.detail or row.court.venue.name, week_url(row)) for row in sheet]
    return _build(columns, sheet, may_book, paid, waited, back="")


def of_week(
    sheet: Sequence[CourtDay],
    *,
    may_book: bool,
    paid: Collection[int] = (),
    day_said: Callable[[date], str],
    day_url: Callable[[date], str],
) -> Grid:
    """Lay some days out: of one court a column for each day, of several a narrow one for each court under its day."""
    today = clock.today()
    days = [(day, list(rows)) for day, rows in groupby(sheet, lambda row: row.day)]
    if all(len(rows) == 1 for _day, rows in days):
        columns = [Column(day_said(day), "", day_url(day), day == today) for day, _rows in days]
        return _build(columns, sheet, may_book, paid, NOBODY, back="court")
    columns = [Column(row.court.name, is_today=row.day == today) for row in sheet]
    groups = [Group(day_said(day), day_url(day), len(rows), day == today) for day, rows in days]
    return replace(_build(columns, sheet, may_book, paid, NOBODY, back="week"), groups=groups)


def _build(
    columns: list[Column],
    sheet: Sequence[CourtDay],
    may_book: bool,
    paid: Collection[int],
    waited: Mapping[int, int],
    back: str,
) -> Grid:
    # There are a thousand cells: what they share is looked up and translated once.
    states = {status.value: str(status.label) for status in ReservationStatus}
    shared = _Shared(reverse("reservations:grid"), reverse("reservations:new"), f"&back={back}" if back else "", states)
    made = [_Laid(row, may_book, paid, waited, shared).cells() for row in sheet]
    edges = {edge for cells in made for cell in cells for edge in (cell.starts, cell.ends)}
    if not edges:
        return Grid(columns)
    first, last, step = min(edges), max(edges), _step(edges)
    filled = [_filled(cells, first, last, step) for cells in made]
    now = _now(sheet)
    return Grid(columns, [_row(minute, step, now, filled) for minute in range(first, last, step)])


def _now(sheet: Sequence[CourtDay]) -> int:
    """Return how many minutes of today have gone by; nothing to see of it where today is not shown."""
    today = clock.today()
    shown = [row.day for row in sheet if row.day in (today, today - timedelta(days=1))]
    return _minutes(max(shown), clock.now()) if shown else -1


def _minutes(day: date, moment: datetime) -> int:
    midnight, _end = clock.day_range(day)
    return (moment - midnight) // timedelta(minutes=1)


def _step(edges: set[int]) -> int:
    """Return the longest step in which every slot and booking begins and ends, an hour at most."""
    return gcd(60, *(edge - min(edges) for edge in edges), min(edges))


def _row(minute: int, step: int, now: int, columns: Sequence[dict[int, Cell]]) -> Row:
    label = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
    cells = [column[minute] for column in columns if minute in column]
    part = (now - minute) * PARTS_OF_A_ROW // step if minute <= now < minute + step else None
    return Row(minute, label, minute % 60 == 0, part, cells)


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
    cell.rowspan = (cell.ends - cell.starts) // step
    return cell


class _Shared(NamedTuple):
    bookings: str
    new: str
    back: str
    states: dict[str, str]

    def booking(self, row: Reservation) -> str:
        return f"{self.bookings}{row.pk}/"

    def book(self, row: CourtDay, at: str) -> str:
        return (
            f"{self.new}?court={row.court.pk}&day={row.day.isoformat()}&starts_at={at.replace('+', '%2B')}{self.back}"
        )


@dataclass(frozen=True, slots=True)
class _Laid:
    """A court's day being laid out."""

    court_day: CourtDay
    may_book: bool
    paid: Collection[int]
    waited: Mapping[int, int]
    shared: _Shared

    def cells(self) -> list[Cell]:
        """Return bookings and slots in order of time; where they meet, the booking is shown."""
        midnight, _end = clock.day_range(self.court_day.day)
        shown = self._shown()
        taken = [(row.starts_at, row.ends_at) for row in shown]
        left = [
            slot for slot in self.court_day.slots if not any(slot[0] < end and start < slot[1] for start, end in taken)
        ]
        cells = [self._booking(row, midnight) for row in shown] + [self._slot(slot, midnight) for slot in left]
        return _joined(sorted(cells, key=lambda cell: cell.starts))

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

    def _booking(self, row: Reservation, midnight: datetime) -> Cell:
        look, court = LOOKS[row.status], self.court_day.court
        start = clock.local(row.starts_at)
        detail = f"{start:%H:%M}–{clock.local(row.ends_at):%H:%M}"
        if row.held_until and row.status == ReservationStatus.HELD:
            detail = f"{detail} · {minutes_left(row.held_until)}"
        if waiting := self.waited.get(row.pk):
            detail = ngettext("%(hours)s · %(n)d espera", "%(hours)s · %(n)d esperan", waiting) % {
                "hours": detail,
                "n": waiting,
            }
        state = [str(court), self.shared.states[row.status], row.code] + ([_("pagada")] if row.pk in self.paid else [])
        return Cell(
            "booked",
            max(0, (row.starts_at - midnight) // timedelta(minutes=1)),
            (row.ends_at - midnight) // timedelta(minutes=1),
            label=", ".join(state),
            url=self.shared.booking(row),
            title=row.customer_name,
            detail=detail,
            tone=look.tone,
            icon=look.icon,
            paid=row.pk in self.paid,
            at=start.isoformat(),
            court=court.pk,
            move=self._move_url(row),
            version=row.version,
        )

    def _move_url(self, row: Reservation) -> str:
        return f"{self.shared.booking(row)}mover/" if self.may_book and row.status in CHANGEABLE else ""

    def _slot(self, slot: tuple[datetime, datetime], midnight: datetime) -> Cell:
        start, end = slot
        court, hour = self.court_day.court, f"{start:%H:%M}"
        first, last = ((moment - midnight) // timedelta(minutes=1) for moment in slot)
        closure = self.court_day.closed_by(slot)
        at = start.isoformat()
        if closure:
            return Cell("blocked", first, last, label=closure.reason, title=closure.reason, at=at, court=court.pk)
        if end <= clock.now():
            return Cell("past", first, last, label=_("%(court)s, %(hour)s, ya pasó") % {"court": court, "hour": hour})
        if not (self.may_book and court.active and court.venue.active):
            return Cell("open", first, last, label=_("%(court)s, %(hour)s, libre") % {"court": court, "hour": hour})
        return Cell(
            "free",
            first,
            last,
            label=_("Reservar %(court)s a las %(hour)s") % {"court": court, "hour": hour},
            url=self.shared.book(self.court_day, at),
            at=at,
            court=court.pk,
        )


def _joined(cells: Sequence[Cell]) -> list[Cell]:
    """Make one cell of slots that are closed one after the other for the same reason."""
    found: list[Cell] = []
    for cell in cells:
        last = found[-1] if found else cell
        follows = cell.kind == last.kind == "blocked" and last.ends == cell.starts
        if follows and last.title == cell.title:
            last.ends = cell.ends
        else:
            found.append(cell)
    return found
