"""Which beginnings and lengths the booking form offers on a court's day."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from core import clock
from reservations.models import Court
from reservations.queries import availability
from reservations.timetable import Period
from reservations.week import minutes_of

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Picker:
    """The free slots of a court's day, and the beginning and length (in slots) that are chosen."""

    day: date
    free: list[Period]
    start: datetime | None
    count: int

    @classmethod
    def of(cls, court: Court | None, day: date, start: datetime | None, count: int, *, keep: bool) -> "Picker":
        """Read what is free. A beginning that is not free gives way to the nearest that is, unless it is to be kept."""
        free = [(row.starts_at, row.ends_at) for row in availability(court, day) if row.free] if court else []
        if free and not (start and keep):
            start = min((slot[0] for slot in free), key=lambda moment: _apart(moment, start))
        return cls(day, free, start, count)

    @property
    def starts(self) -> Options:
        """Return the beginnings to choose from.

        The chosen one stays even if somebody has taken it meanwhile, so that the refusal can say who.
        """
        moments = {slot[0] for slot in self.free} | ({self.start} if self.start else set())
        return [(clock.local(moment).isoformat(), self._said(moment)) for moment in sorted(moments)]

    @property
    def lengths(self) -> Options:
        """Return how many slots a booking can have that begins when chosen, and when it then ends."""
        return [
            (str(number), _("%(length)s, hasta las %(end)s") % {"length": _length(run), "end": self._said(run[1])})
            for number, run in enumerate(self._runs(), start=1)
        ] or [(str(self.count), "—")]

    @property
    def fitting_count(self) -> int:
        """Return the chosen length, or the longest there is where that no longer fits."""
        return max(1, min(self.count, len(self._runs())))

    def _runs(self) -> list[Period]:
        """Return the periods of 1, 2, 3… free slots from the chosen beginning."""
        slots = [slot for slot in self.free if self.start is not None and slot[0] >= self.start]
        if not slots or slots[0][0] != self.start:
            return []
        runs = [slots[0]]
        for slot, following in pairwise(slots):
            if slot[1] != following[0]:
                break
            runs.append((slots[0][0], following[1]))
        return runs

    def _said(self, moment: datetime) -> str:
        local = clock.local(moment)
        return f"{local:%H:%M}" if local.date() <= self.day else f"{local:%H:%M} (+1)"


def _apart(moment: datetime, wanted: datetime | None) -> int:
    """Return how far two times of day are from each other, in minutes; the wanted one may be of another day."""
    return abs(minutes_of(clock.local(moment).time()) - minutes_of(clock.local(wanted).time())) if wanted else 0


def _length(run: Period) -> str:
    minutes = (run[1] - run[0]).seconds // 60 or 24 * 60
    hours, rest = divmod(minutes, 60)
    said = [_("%(hours)d h") % {"hours": hours}] if hours else []
    return " ".join(said + ([_("%(minutes)d min") % {"minutes": rest}] if rest else []))
