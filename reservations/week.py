"""The week in minutes: opening hours and price bands, which may pass midnight. Pure arithmetic.

A `Span` belongs to the weekday on which it begins. Friday 18:00 to 02:00 is `Span(4, 1080, 1560)`: its last two hours
are Saturday's on the calendar and Friday's to everybody who works that night. The week is a ring, so Sunday night
runs into Monday morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY

# Everything that is booked, opened or priced begins and ends on a quarter of an hour.
GRAIN: Final = 15


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of the week: weekday (0 is Monday), first minute and end in minutes after that day's midnight."""

    weekday: int
    starts: int
    ends: int

    @property
    def first(self) -> int:
        """Return the first minute of the week."""
        return self.weekday * DAY + self.starts

    @property
    def length(self) -> int:
        """Return how many minutes it lasts."""
        return self.ends - self.starts

    def holds(self, minute: int) -> bool:
        """Say whether a minute of the week lies in it (its end does not)."""
        return (minute - self.first) % WEEK < self.length

    def meets(self, other: Span) -> bool:
        """Say whether two spans have a minute in common."""
        return self.holds(other.first) or other.holds(self.first)

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return its two moments in the week of `day`, which is a local date of its weekday."""
        return moment(day, self.starts, zone), moment(day, self.ends, zone)


def moment(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return the moment so many minutes after a local midnight; beyond 1440 it is on the next day."""
    return datetime.combine(day + timedelta(days=minutes // DAY), time(minutes % DAY // 60, minutes % 60), tzinfo=zone)


def minute_of_week(local: datetime) -> int:
    """Return the minute of the week of a local moment."""
    return local.weekday() * DAY + local.hour * 60 + local.minute


def minutes_of(clock_time: time) -> int:
    """Return how many minutes after midnight a time of day is."""
    return clock_time.hour * 60 + clock_time.minute


def time_of(minutes: int) -> time:
    """Return the time of day so many minutes after midnight, on whichever day it falls."""
    return time(minutes % DAY // 60, minutes % 60)


def end_after(starts: int, closes: time) -> int:
    """Return the end, in minutes, of a stretch that begins at `starts` and ends when the clock next says `closes`."""
    ends = minutes_of(closes)
    return ends if ends > starts else ends + DAY
