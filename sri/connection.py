"""The line to SRI, shared by all workers: how fast documents go out, and when it is no use trying.

One row for each environment says when the next document may be sent (pace), which transport failures there were
lately, and whether the line counts as down (breaker). Five failures within half a minute open the breaker; then nothing
is sent but one probe every quarter of a minute, until one succeeds.

Each function is a short transaction of its own, never part of a longer one: all workers meet at this row. While all is
well and no pace is set, they only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.conf import settings
from django.db import transaction

from core import clock
from sri.models import Host

BREAKER_WINDOW: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = 300  # seconds between two tries of one document


@dataclass(frozen=True, slots=True)
class LineState:
    """Whether the line counts as down, since when, when it is next tried, and what was the matter."""

    is_open: bool
    since: datetime | None = None
    next_probe_at: datetime | None = None
    problem: str = ""


def take_slot(environment: str) -> datetime | None:
    """Ask to send one document now: None means go, a moment means come back then.

    While the line is well that moment is reserved for who is told it, so that a thousand waiting documents are each
    called once: go then, without asking again. While the breaker is open it is that of the next probe, and nothing is
    reserved: ask again then; who comes first is the probe.
    """
    now = clock.now()
    host = Host.objects.filter(pk=environment).first()
    if not _interval() and (host is None or host.opened_at is None):
        return None
    with transaction.atomic(durable=True):
        host = _lock(environment)
        return _await_probe(host, now) if host.opened_at else _queue(host, now)


def note_success(environment: str) -> bool:
    """SRI answered: the failures are forgotten, and an open breaker closes; says whether it was open."""
    host = Host.objects.filter(pk=environment).first()
    if host is None or not (host.failed_at or host.opened_at):
        return False
    with transaction.atomic(durable=True):
        host = _lock(environment)
        was_open = host.opened_at is not None
        host.failed_at, host.opened_at, host.next_probe_at, host.problem = [], None, None, ""
        host.save(update_fields=["failed_at", "opened_at", "next_probe_at", "problem"])
    return was_open


def note_failure(environment: str, problem: str) -> None:
    """The line failed once: too often within the window opens the breaker, and a failed probe keeps it open."""
    now = clock.now()
    with transaction.atomic(durable=True):
        host = _lock(environment)
        lately = [moment for moment in host.failed_at if moment > now - BREAKER_WINDOW]
        host.failed_at = [*lately, now][-settings.SRI_BREAKER_FAILURES :]
        if host.opened_at or len(host.failed_at) >= settings.SRI_BREAKER_FAILURES:
            host.opened_at = host.opened_at or now
            host.next_probe_at = now + _probe_every()
        host.problem = problem[: Host._meta.get_field("problem").max_length]
        host.save(update_fields=["failed_at", "opened_at", "next_probe_at", "problem"])


def state(environment: str) -> LineState:
    """How the line is, in one query by key: every page asks."""
    host = Host.objects.filter(pk=environment).first()
    if host is None or host.opened_at is None:
        return LineState(is_open=False)
    return LineState(True, host.opened_at, host.next_probe_at, host.problem)


def backoff(failures: int, *, random: Random) -> timedelta:
    """How long one document waits after so many failures of its own: 2, 4, 8 … 300 seconds, a fifth more or less."""
    seconds = min(2 ** min(max(failures, 1), 20), LONGEST_WAIT)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


def _lock(environment: str) -> Host:
    host = Host.objects.select_for_update(no_key=True).filter(pk=environment).first()
    if host is None:
        Host.objects.bulk_create([Host(environment=environment)], ignore_conflicts=True)
        host = Host.objects.select_for_update(no_key=True).get(pk=environment)
    return host


def _await_probe(host: Host, now: datetime) -> datetime | None:
    """While the line is down: let one through when a probe is due, and send the others away until the next."""
    if host.next_probe_at and now < host.next_probe_at:
        return host.next_probe_at
    host.next_probe_at = now + _probe_every()
    host.save(update_fields=["next_probe_at"])
    return None


def _queue(host: Host, now: datetime) -> datetime | None:
    """Give the next free moment: now if it is, otherwise later."""
    interval = _interval()
    if interval is None:
        return None
    slot = max(host.next_slot_at or now, now)
    host.next_slot_at = slot + interval
    host.save(update_fields=["next_slot_at"])
    return slot if slot > now else None


def _interval() -> timedelta | None:
    """The time between two documents, unless there is no limit."""
    rate = settings.SRI_DOCUMENTS_PER_SECOND
    return timedelta(seconds=1 / rate) if rate > 0 else None


def _probe_every() -> timedelta:
    return timedelta(seconds=settings.SRI_PROBE_EVERY)
