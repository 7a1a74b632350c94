"""Which bookings have a moment in an hour of the day, a day of the week, or an hour of that day."""

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Extract, ExtractHour, ExtractIsoWeekDay, ExtractMinute, Mod

from core import clock
from reservations.week import DAY, WEEK


def played_in(rows: QuerySet, weekday: int | None, hour: int | None) -> QuerySet:
    """Keep those that are played then, by the company's clock; the night's hours belong to the date they are on.

    Day and week are rings: two stretches meet where one begins within the other, counted round the ring.
    """
    if weekday is None and hour is None:
        return rows
    zone = clock.zone()
    ring, begins = (DAY, 0) if weekday is None else (WEEK, weekday * DAY)
    length = DAY if hour is None else 60
    begins += (hour or 0) * 60
    starts = ExtractHour("starts_at", tzinfo=zone) * 60 + ExtractMinute("starts_at", tzinfo=zone)
    if weekday is not None:
        starts += (ExtractIsoWeekDay("starts_at", tzinfo=zone) - 1) * DAY
    lasts = Extract(F("ends_at") - F("starts_at"), "epoch") / 60
    rows = rows.alias(after=Mod(starts - begins + ring, ring), before=Mod(begins - starts + ring, ring), lasts=lasts)
    return rows.filter(Q(after__lt=length) | Q(before__lt=F("lasts")))
