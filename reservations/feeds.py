"""A court's calendar for other programs (RFC 5545): an address nobody can guess, until it is replaced or taken back.

The secret is sealed in the court's row, so that the address can be shown again; a visitor's is found by its hash. A
calendar says when the court is taken, by whom and under which code; nothing else of anybody leaves.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from audit.log import record
from audit.models import AuditEntry
from core import clock
from core.actor import Actor
from core.crypto import decrypt, digest, encrypt, new_secret
from core.errors import WorkflowError
from core.tenancy import all_companies
from reservations.models import LIVE, Court, Reservation, ReservationStatus
from reservations.records import lock_court
from reservations.setup import PERMISSION

BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=365)
# So long a program that asks now and then can learn that a booking is off.
CANCELLED_FOR: Final = timedelta(days=30)
ASKED_EVERY: Final = timedelta(minutes=15)
TENTATIVE: Final = (ReservationStatus.HELD, ReservationStatus.REQUESTED)


@transaction.atomic
def open_feed(court_id: int, *, actor: Actor) -> Court:
    """Make the secret address of a court's calendar; whoever had an earlier one finds nothing any more."""
    actor.require(PERMISSION)
    court = lock_court(court_id)
    replaced, secret = bool(court.feed_token), new_secret()
    _keep(court, encrypt(secret), digest(secret))
    record("court.feed_opened", court, actor=actor, before={"feed": replaced}, after={"feed": True})
    return court


@transaction.atomic
def close_feed(court_id: int, *, actor: Actor) -> Court:
    """Take the address of a court's calendar back.

    Raises:
        WorkflowError: `no_feed`.
    """
    actor.require(PERMISSION)
    court = lock_court(court_id)
    if not court.feed_token:
        raise WorkflowError(_("La cancha no tiene un enlace de calendario."), code="no_feed")
    _keep(court, "", None)
    record("court.feed_closed", court, actor=actor, before={"feed": True}, after={"feed": False})
    return court


def _keep(court: Court, sealed: str, hashed: str | None) -> None:
    court.feed_token, court.feed_token_hash = sealed, hashed
    court.save(update_fields=["feed_token", "feed_token_hash"])


def address(court: Court) -> str:
    """Return the full URL of a court's calendar, "" if it has none."""
    if not court.feed_token:
        return ""
    return settings.BASE_URL + reverse("agenda:feed", args=[decrypt(court.feed_token)])


def by_token(token: str) -> Court:
    """Return the court of a visitor's address, whichever company's it is.

    Raises:
        Court.DoesNotExist: no live address is like that.
    """
    with all_companies():
        return Court.objects.select_related("venue", "company").get(feed_token_hash=digest(token))


def bookings(court: Court) -> list[Reservation]:
    """Return what a court's calendar shows, in order of time, each with `changed_at`, with one query."""
    now = clock.now()
    changed = (
        AuditEntry.objects.filter(object_type=Reservation._meta.label_lower, object_id=OuterRef("pk"))
        .values("object_id")
        .annotate(last=Max("at"))
        .values("last")
    )
    rows = Reservation.objects.filter(court=court).meeting(now - BACK, now + AHEAD)
    shown = Q(status__in=LIVE) | Q(changed_at__gte=now - CANCELLED_FOR)
    fields = ("code", "status", "period", "starts_at", "ends_at", "customer_name", "held_until", "version")
    return list(
        rows.annotate(changed_at=Coalesce(Subquery(changed), "created_at"))
        .filter(shown)
        .order_by("starts_at", "pk")
        .only(*fields)
    )


def validator(court: Court, rows: Sequence[Reservation]) -> str:
    """Return what changes with every change of a calendar (an ETag), without making it."""
    told = [court.pk, court.version, court.venue.version, *((row.pk, row.version, row.is_live) for row in rows)]
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"'


def changed_at(rows: Sequence[Reservation]) -> datetime | None:
    """Return when the latest of some bookings changed."""
    return max((_changed(row) for row in rows), default=None)


def calendar(court: Court, rows: Sequence[Reservation]) -> bytes:
    """Write a court's calendar."""
    made = Calendar()
    made.add("prodid", "-//Cuadre//Agenda//ES")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{court} · {court.venue}")
    made.add("refresh-interval", ASKED_EVERY, parameters={"value": "DURATION"})
    for row in rows:
        made.add_component(_event(court, row))
    return made.to_ical()


def _event(court: Court, row: Reservation) -> Event:
    event = Event()
    event.add("uid", f"reservation-{row.pk}@cuadre")
    event.add("dtstamp", _changed(row))
    event.add("last-modified", _changed(row))
    event.add("sequence", row.version)
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    event.add("summary", f"{row.customer_name} · {row.code}" if row.customer_name else row.code)
    event.add("location", f"{court}, {court.venue}")
    event.add("status", _status(row))
    return event


def _status(row: Reservation) -> str:
    if not row.is_live:
        return "CANCELLED"
    return "TENTATIVE" if row.status in TENTATIVE else "CONFIRMED"


def _changed(row: Reservation) -> datetime:
    """Return when a booking last changed, in whole seconds as calendars count."""
    return row.changed_at.replace(microsecond=0)  # type: ignore[attr-defined]
