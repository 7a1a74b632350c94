"""What the clock does: sweeps many times a second, and daily work once a day.

`config/schedules.py` lists both. One clock works at a time, whatever number of machines start one.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as local_time
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from core import clock, health, jobs
from core.models import Heartbeat, ScheduleRun

TICK: Final = 0.2
BEAT: Final = timedelta(seconds=5)
LIFE: Final = timedelta(seconds=120)  # asked for again after this, should the question be lost
PAUSE_AFTER_FAILURE: Final = 10.0
LOCK: Final = 0x0C1A0DE  # the advisory lock of the one working clock

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Sweep:
    """A function that finds rows that have fallen due and queues their jobs (see `core.jobs.enqueue_due`)."""

    path: str
    every: float = TICK  # seconds
    next_at: float = field(default=0.0, compare=False)

    def turn(self) -> None:
        """Run the function if its time has come; a failure is logged and tried again after a pause."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + self.every
        try:
            import_string(self.path)()
        except Exception:
            if not connection.is_usable():
                raise
            logger.exception("A sweep failed", extra={"sweep": self.path})
            self.next_at = time.monotonic() + PAUSE_AFTER_FAILURE


@dataclass(frozen=True, slots=True)
class Daily:
    """A job queued once a day, at a local time of the installation, or as soon after as a clock runs."""

    name: str
    at: local_time
    path: str

    def turn(self) -> None:
        """Queue the job unless today's was; a schedule seen for the first time waits for its next time."""
        here = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE))
        if here.time() < self.at or ScheduleRun.objects.filter(name=self.name, day=here.date()).exists():
            return
        with transaction.atomic():
            is_first = not ScheduleRun.objects.filter(name=self.name).exists()
            self._note(here.date())
            if not is_first:
                jobs.enqueue(self.path)

    def _note(self, day: date) -> None:
        ScheduleRun.objects.create(name=self.name, day=day, started_at=clock.now())


class Clock:
    """Turns the sweeps and schedules, and shows that it lives."""

    def __init__(self, sweeps: Sequence[Sweep], dailies: Sequence[Daily]) -> None:
        self.sweeps = sweeps
        self.dailies = dailies
        self.beaten_at = clock.now() - LIFE
        self.asked_at = clock.now() - LIFE

    def tick(self) -> None:
        """Do everything whose time has come."""
        for sweep in self.sweeps:
            sweep.turn()
        if clock.now() - self.beaten_at >= BEAT:
            self.beaten_at = clock.now()
            health.beat("clock")
            self._ask_workers()
            for daily in self.dailies:
                daily.turn()

    def _ask_workers(self) -> None:
        """Queue a sign of life for the workers, unless the last one still waits in the queue."""
        answered = Heartbeat.objects.filter(name="workers", at__gte=self.asked_at).exists()
        if answered or clock.now() - self.asked_at >= LIFE:
            self.asked_at = clock.now()
            jobs.enqueue("core.jobs.show_life")


@contextmanager
def only_clock() -> Iterator[bool]:
    """Say whether this process holds the lock of the one working clock; its end, or its connection's, frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
