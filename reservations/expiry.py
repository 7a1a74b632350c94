"""Letting go of holds whose time is over: by themselves, and in the moment somebody else wants the slot."""

from datetime import datetime

from django.db import transaction

from core import clock
from core.actor import Actor
from core.tenancy import all_companies, company_context
from reservations.models import Court, Reservation, ReservationStatus
from reservations.models.bookings import ReservationQuerySet
from reservations.records import step

BATCH = 200  # holds of a company in one transaction


def let_go(court: Court, start: datetime, end: datetime, *, actor: Actor) -> None:
    """Expire what held a locked court in a period and no longer may, so that it can be booked in that very second."""
    stale = Reservation.objects.stale().filter(court=court).meeting(start, end)
    _expire(stale, correlation_id=actor.correlation_id, wanted_now=True)


def sweep() -> int:
    """Expire every hold whose time is over, company by company, and return how many; for the clock."""
    with all_companies():
        due = Reservation.unscoped.filter(status=ReservationStatus.HELD, held_until__lte=clock.now())
        companies = sorted(set(due.values_list("company_id", flat=True)))
    return sum(of_company(company_id) for company_id in companies)


def of_company(company_id: int) -> int:
    """Expire a company's holds whose time is over, and return how many."""
    with company_context(company_id), transaction.atomic():
        # Who is being moved, taken or expired at this moment is left for the next round.
        return _expire(Reservation.objects.stale(), skip_locked=True)


def _expire(
    rows: ReservationQuerySet, *, correlation_id: str = "", skip_locked: bool = False, wanted_now: bool = False
) -> int:
    locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
    found = list(locked.select_related("court").order_by("pk")[:BATCH])
    for reservation in found:
        actor = Actor.job("Apartados", correlation_id=correlation_id)
        step(reservation, ReservationStatus.EXPIRED, actor=actor, wanted_now=wanted_now)
    return len(found)
