"""`manage.py clock`: rings for everything that has fallen due."""

import logging
from importlib import import_module
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.db import DatabaseError, connection

from core.processes import refuse_powerful_role, stop_signal
from core.schedule import TICK, Clock, only_clock

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Enqueue the jobs of rows that have fallen due and of the daily schedules, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_powerful_role()
        schedules = import_module(settings.SCHEDULES)
        clock, stopping = Clock(schedules.SWEEPS, schedules.DAILIES), stop_signal()
        while not stopping.is_set():
            try:
                _work(clock, stopping)
            except DatabaseError:
                logger.exception("The clock lost the database")
                connection.close()
            stopping.wait(1)


def _work(clock: Clock, stopping: Event) -> None:
    """Tick until stopped, if no other clock does."""
    with only_clock() as is_mine:
        while is_mine and not stopping.wait(TICK):
            clock.tick()
