"""From the hours of a week to the openings and slots of real days. Pure arithmetic.

Periods are half-open pairs of aware moments. The slots of an opening are counted from the moment it opens; what is
left at its end and is shorter than a slot is not offered.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TypeVar

from reservations.week import Span

Period = tuple[datetime, datetime]
M = TypeVar("M", datetime, int)


def openings(hours: Iterable[Span], first: date, last: date, zone: tzinfo) -> list[Period]:
    """Return the stretches that begin on the local days first..last, in order; the last may end past midnight."""
    spans = list(hours)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sorted(span.on(day, zone) for day in days for span in spans if span.weekday == day.weekday())


def slots(opened: Iterable[Period], minutes: int) -> list[Period]:
    """Cut openings into slots of so many minutes."""
    length = timedelta(minutes=minutes)
    return [
        (opens + number * length, opens + (number + 1) * length)
        for opens, closes in opened
        for number in range((closes - opens) // length)
    ]


def is_open(opened: Sequence[Period], start: datetime, end: datetime) -> bool:
    """Say whether openings, in order and maybe one right after the other, cover the whole period."""
    reached = start
    for opens, closes in opened:
        if opens <= reached < closes:
            reached = closes
    return reached >= end


def slots_between(offered: Sequence[Period], start: datetime, end: datetime) -> list[Period]:
    """Return the slots that make up exactly the period, one right after the other; none if no slots do."""
    inside = [slot for slot in offered if start <= slot[0] and slot[1] <= end]
    whole = (
        bool(inside)
        and (inside[0][0], inside[-1][1]) == (start, end)
        and all(slot[1] == following[0] for slot, following in pairwise(inside))
    )
    return inside if whole else []


def without(opened: Iterable[tuple[M, M]], closed: Iterable[tuple[M, M]]) -> list[tuple[M, M]]:
    """Return what is left of openings, in order, once closed stretches (in any order, maybe overlapping) are out."""
    left = list(opened)
    for shuts, reopens in sorted(closed):
        left = [
            part
            for opens, closes in left
            for part in ((opens, min(closes, shuts)), (max(opens, reopens), closes))
            if part[0] < part[1]
        ]
    return left
