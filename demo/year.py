"""A year at the sports complex, played by two processes: the front desk books, the office does the rest.

Each has its own seeded plan and is alone in what it numbers (bookings there, documents and payments here), so
that the year is the same each time. The office never overtakes the desk: it plays up to the moment the desk
has reported, after reading what the desk has told until then; and the desk never runs more than a day ahead, so
that the log tells the year in about its order.
"""

import gc
import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from django.db import connection, connections

from audit.log import quietly
from core.tenancy import company_context
from demo import tax_office
from demo.back_office import BackOffice
from demo.company import Complex
from demo.desk import Booked, Desk
from demo.hard_days import HardDays
from demo.office import Office

AHEAD = 86_400.0  # seconds of the year
WAIT = 0.005  # seconds until one looks again how far the other is


def play(place: Complex, seed: int, anchor: date, days: int) -> None:
    """Play the year of the demo company: the days before the anchor.

    Raises:
        RuntimeError: the front desk's process failed.
    """
    fork = get_context("fork")
    here, there = fork.Pipe(duplex=False)
    desk_at, office_at = fork.Value("d", -math.inf), fork.Value("d", math.inf)
    with _hurry(), quietly():
        desk = fork.Process(target=_run_desk, args=(place, seed, anchor, days, there, desk_at, office_at), daemon=True)
        desk.start()
        with company_context(place.company.pk), tax_office.open_for_business() as sri:  # after the fork
            _do_not_wait_for_the_disk()
            office = Office(place, seed + 1, anchor, days, sri)
            BackOffice(office, anchor).plan()
            _run_office(office, here, desk_at, office_at)
        desk.join()
    if desk.exitcode:
        raise RuntimeError("The front desk's process failed; see above.")


@contextmanager
def _hurry() -> Iterator[None]:
    """Have the same few statements, sent a hundred thousand times, planned once; and look for garbage seldom."""
    options = connection.settings_dict["OPTIONS"]
    usual, often = dict(options), gc.get_threshold()
    connections.close_all()
    options.update(server_side_binding=True, prepare_threshold=3)
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()
        connections.close_all()
        options.clear()
        options.update(usual)


def _do_not_wait_for_the_disk() -> None:
    """Let commits return before they are on the disk: a load that is cut short begins again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")


def _run_desk(
    place: Complex, seed: int, anchor: date, days: int, there: Connection, desk_at: Any, office_at: Any
) -> None:
    def report(moment: datetime) -> None:
        desk_at.value = moment.timestamp()
        while desk_at.value > office_at.value + AHEAD:
            time.sleep(WAIT)

    try:
        with company_context(place.company.pk):
            _do_not_wait_for_the_disk()
            desk = Desk(place, seed, anchor, days, tell=there.send, report=report)
            HardDays(desk, anchor).plan()
            desk.run()
    finally:
        desk_at.value = math.inf
        there.close()


def _run_office(office: Office, here: Connection, desk_at: Any, office_at: Any) -> None:
    """Follow the desk; each thing told is heard at its own moment of the year, however late it is read."""
    told: deque[Booked] = deque()
    until = -math.inf
    while until < math.inf:
        until = desk_at.value  # read before the messages: what was told before it has arrived
        while here.poll(0):
            told.append(here.recv())
        while told and told[0].told_at.timestamp() <= until:
            booked = told.popleft()
            office.play(booked.told_at)
            office.expect(booked)
        if until > -math.inf:
            office.play(office.end if until == math.inf else datetime.fromtimestamp(until, UTC))
            office_at.value = until
        time.sleep(WAIT)
