"""When a slot becomes free, those who wait for one are offered it, in the very transaction that freed it."""

from datetime import datetime
from typing import Final

from django.db.models import Q

from audit.log import record
from core import clock
from core.actor import Actor
from reservations.models import Court, WaitingEntry
from reservations.pricing import said

# So many are offered a slot at once: who answers first has it.
MOST_OFFERED: Final = 3


def offer(court: Court, start: datetime, end: datetime, *, actor: Actor) -> list[WaitingEntry]:
    """Offer a court's free time to the first who wait for it; the caller holds what locks the court's time."""
    if end <= clock.now():
        return []
    waiting = WaitingEntry.objects.select_for_update(of=("self",), no_key=True).open()
    suits = waiting.filter(period__overlap=(start, end)).filter(Q(court=court) | Q(court=None, venue=court.venue_id))
    entries = list(suits.order_by("pk")[:MOST_OFFERED])
    for entry in entries:
        _offer(entry, court, start, end, actor)
    return entries


def _offer(entry: WaitingEntry, court: Court, start: datetime, end: datetime, actor: Actor) -> None:
    before = {"status": entry.status}
    entry.status = WaitingEntry.Status.OFFERED
    entry.version += 1
    entry.save(update_fields=["status", "version"])
    slot = f"{court.name}, {said(clock.local(start), clock.local(end))}"
    record(
        "waiting.offered",
        entry,
        actor=actor,
        before=before,
        after={"status": entry.status, "slot": slot},
        public={
            "waiting_entry_id": entry.pk,
            "name": entry.name,
            "phone": entry.phone,
            "resource_id": court.pk,
            "resource": court.name,
            "starts_at": clock.local(start).isoformat(),
            "ends_at": clock.local(end).isoformat(),
            "status": entry.status,
        },
    )
