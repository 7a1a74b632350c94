"""The waiting list: add → (offered, when something becomes free: `vacancies`) → book, or drop.

The lock order is court, booking, billing's own, then the entry; who books from an entry takes the court first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from billing.models import Customer
from core import clock
from core.actor import Actor
from core.errors import WorkflowError
from reservations import workflow
from reservations.models import Court, Reservation, Venue, WaitingEntry
from reservations.pricing import said
from reservations.rules import check_not_over, open_court, refused
from reservations.workflow import BookInput

LONGEST: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class WaitingInput:
    """Who would play, and when: on one court, or on any of a venue; a customer, or a name and a phone number."""

    starts_at: datetime
    ends_at: datetime
    court_id: int | None = None
    venue_id: int | None = None
    customer_id: int | None = None
    name: str = ""
    phone: str = ""
    note: str = ""


@transaction.atomic
def add(entered: WaitingInput, *, actor: Actor) -> WaitingEntry:
    """Put somebody on the list.

    Raises:
        RuleRefused: `place_required`, `name_required`, `phone_required` (for somebody who is no customer),
            `empty_period`, `too_long`, `slot_past`.
    """
    actor.require("reservations.manage")
    court = Court.objects.get(pk=entered.court_id) if entered.court_id else None
    venue = court.venue if court else _venue(entered.venue_id)
    customer = Customer.objects.live().get(pk=entered.customer_id) if entered.customer_id else None
    name = entered.name.strip() or (customer.name if customer else "")
    phone = entered.phone.strip() or (customer.phone if customer else "")
    _check(entered, name, phone, customer)
    entry = WaitingEntry.objects.create(
        venue=venue,
        court=court,
        customer=customer,
        name=name,
        phone=phone,
        period=(entered.starts_at, entered.ends_at),
        note=entered.note.strip(),
        created_at=clock.now(),
    )
    entry.refresh_from_db()
    _tell("waiting.added", entry, actor=actor, after=_story(entry))
    return entry


def _venue(venue_id: int | None) -> Venue:
    if venue_id is None:
        raise refused("venue", "place_required", _("Elija la sede o la cancha."))
    return Venue.objects.get(pk=venue_id)


def _check(entered: WaitingInput, name: str, phone: str, customer: Customer | None) -> None:
    if not name:
        raise refused("name", "name_required", _("Elija el cliente, o escriba el nombre de quien espera."))
    if customer is None and not phone:
        raise refused("phone", "phone_required", _("Escriba a qué teléfono avisarle."))
    if entered.ends_at <= entered.starts_at:
        raise refused("ends_at", "empty_period", _("La espera debe terminar después de empezar."))
    if entered.ends_at - entered.starts_at > LONGEST:
        raise refused("ends_at", "too_long", _("Se espera un turno dentro de un mes como máximo."))
    check_not_over(entered.ends_at)


@transaction.atomic
def book(entry_id: int, entered: BookInput, *, actor: Actor) -> Reservation:
    """Book a court for who waits; the entry is done.

    Raises:
        WorkflowError: `waiting_booked`, `waiting_dropped`; as `workflow.book()`.
        RuleRefused: as `workflow.book()`.
    """
    actor.require("reservations.manage")
    open_court(entered.court_id)
    entry = _lock_open(entry_id)
    reservation = workflow.book(entered, actor=actor)
    before = {"status": entry.status}
    entry.status, entry.reservation = WaitingEntry.Status.BOOKED, reservation
    _save(entry)
    _tell("waiting.booked", entry, actor=actor, before=before, after={"status": entry.status, "code": reservation.code})
    return reservation


@transaction.atomic
def drop(entry_id: int, *, reason: str = "", actor: Actor) -> WaitingEntry:
    """Take somebody off the list.

    Raises:
        WorkflowError: `waiting_booked`, `waiting_dropped`.
    """
    actor.require("reservations.manage")
    entry = _lock_open(entry_id)
    before = {"status": entry.status}
    entry.status = WaitingEntry.Status.DROPPED
    _save(entry)
    _tell("waiting.dropped", entry, actor=actor, before=before, after={"status": entry.status}, reason=reason.strip())
    return entry


def _lock_open(entry_id: int) -> WaitingEntry:
    rows = WaitingEntry.objects.select_for_update(of=("self",), no_key=True).select_related("venue", "court")
    entry = rows.get(pk=entry_id)
    if not entry.is_open:
        raise WorkflowError(
            _("%(name)s ya no espera: está en estado «%(state)s».")
            % {"name": entry.name, "state": entry.get_status_display()},
            code=f"waiting_{entry.status}",
            extra={"status": entry.status, "reservation_id": entry.reservation_id},
        )
    return entry


def _save(entry: WaitingEntry) -> None:
    entry.version += 1
    entry.save(update_fields=["status", "reservation", "version"])


def _story(entry: WaitingEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "phone": entry.phone,
        "place": str(entry.court or entry.venue),
        "period": said(clock.local(entry.period.lower), clock.local(entry.period.upper)),
        "note": entry.note,
    }


def _tell(action: str, entry: WaitingEntry, *, actor: Actor, **told: Any) -> None:
    public = {"waiting_entry_id": entry.pk, "name": entry.name, "status": entry.status}
    record(action, entry, actor=actor, public=public, **told)
