"""The only source of now and today.

Rules never call `datetime.now()`; they ask here, so that tests and the demo loader can travel. "Today"
is the company's own local date (D5), because an invoice issued on 31 January at 20:00 in Guayaquil is
not of February.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("America/Guayaquil")

# The days that may be entered: nothing is meant by others, and at the calendar's ends there is no day before or after.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)


def _default_zone() -> ZoneInfo:
    return DEFAULT_ZONE


# `companies` registers how to find the active company's zone: core knows no companies.
_zone_source: list[Callable[[], ZoneInfo]] = [_default_zone]


def set_zone_source(source: Callable[[], ZoneInfo]) -> None:
    """Register the function that knows the active company's time zone."""
    _zone_source[:] = [source]


def zone() -> ZoneInfo:
    """Return the active company's time zone (America/Guayaquil unless it chose another)."""
    return _zone_source[0]()


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _travelled.get() or datetime.now(UTC)


def today() -> date:
    """Return the company's local date."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """Express a moment in the company's time zone."""
    return moment.astimezone(zone())


def day_range(first: date, last: date | None = None) -> tuple[datetime, datetime]:
    """Return the half-open range of moments of the local days first..last (D5)."""
    start = datetime.combine(first, time.min, tzinfo=zone())
    day = min(last or first, date.max - timedelta(days=1))  # after the last day of the calendar there is none
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone())
    return start, end


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Travel to an aware moment; for tests and the demo loader only."""
    token = _travelled.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _travelled.reset(token)
