"""The rows of a booking: locking them, writing them, and saying in the log what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, prefetch_related_objects
from django.utils.translation import gettext as _
from psycopg.errors import ExclusionViolation

from audit.log import record
from core import clock
from core.actor import Actor
from core.errors import WorkflowError
from reservations import vacancies
from reservations.models import Court, NumberCounter, Reservation, ReservationLine, ReservationStatus
from reservations.pricing import PricedLine, said

# What a booking is found by follows its price, its court and its customer.
SEARCHED: Final = ("search_text", "search_grams")


def lock(reservation_id: int) -> Reservation:
    """Lock a booking and read it as it is now.

    Raises:
        Reservation.DoesNotExist: it is not this company's.
    """
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).select_related("court", "customer")
    return rows.get(pk=reservation_id)


def lock_court(court_id: int) -> Court:
    """Lock a court, so that two bookings of it wait for each other instead of deadlocking in the constraint.

    Raises:
        Court.DoesNotExist: it is not this company's.
    """
    rows = Court.objects.select_for_update(of=("self",), no_key=True).select_related("venue")
    return rows.get(pk=court_id)


def next_code() -> str:
    """Take the company's next booking code."""
    counter, _made = NumberCounter.objects.select_for_update(no_key=True).get_or_create()
    NumberCounter.objects.filter(pk=counter.pk).update(last_number=F("last_number") + 1)
    return f"R-{counter.last_number + 1:06d}"


def save_unless_taken(reservation: Reservation) -> None:
    """Save a booking, if the database finds its court free.

    Raises:
        WorkflowError: `slot_taken`, naming the booking that is there.
    """
    try:
        with transaction.atomic():
            reservation.save()
    except IntegrityError as error:
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise _slot_taken(reservation.court, *reservation.period) from error


def _slot_taken(court: Court, start: datetime, end: datetime) -> WorkflowError:
    present = Reservation.objects.live().filter(court=court).meeting(start, end).order_by("starts_at").first()
    if present is None:  # cancelled between the constraint's refusal and this look
        return WorkflowError(_("Ese turno acaba de cambiar. Intente de nuevo."), code="slot_taken")
    return WorkflowError(
        _("%(court)s ya está reservada de %(period)s: %(code)s, %(name)s. Elija otra hora u otra cancha.")
        % {
            "court": court,
            "period": said(clock.local(present.starts_at), clock.local(present.ends_at)),
            "code": present,
            "name": present.customer_name,
        },
        code="slot_taken",
        extra={"reservation_id": present.pk, "reservation": present.code},
    )


def write_lines(reservation: Reservation, lines: Sequence[PricedLine]) -> None:
    """Give a booking its lines in the place of those it has, and read them once for all that follows."""
    reservation.lines.all().delete()
    ReservationLine.objects.bulk_create(
        ReservationLine(
            reservation=reservation,
            position=position,
            kind=line.kind,
            rate_id=line.rate_id,
            product_id=line.offered.product_id,
            code=line.offered.code,
            description=line.offered.description,
            quantity=line.offered.quantity,
            unit_price=line.offered.unit_price,
            price_includes_tax=line.offered.price_includes_tax,
            tax_category=line.offered.tax_category,
        )
        for position, line in enumerate(lines, start=1)
    )
    getattr(reservation, "_prefetched_objects_cache", {}).pop("lines", None)
    prefetch_related_objects([reservation], "lines")


def save_change(reservation: Reservation) -> None:
    """Save what may change of a booking that stays where it is, under the next version."""
    reservation.version += 1
    reservation.save(
        update_fields=["status", "total", "price_reason", "fee", "notes", "cancel_reason", "version", *SEARCHED]
    )


def step(
    reservation: Reservation,
    to: ReservationStatus,
    *,
    actor: Actor,
    reason: str = "",
    after: Mapping[str, Any] | None = None,
    wanted_now: bool = False,
) -> Reservation:
    """Bring a locked booking to its next state, and tell it.

    A court that becomes free is offered to who waits for it, unless it is `wanted_now` by who is booking it.
    """
    before = reservation.status
    reservation.status = to
    save_change(reservation)
    tell(
        f"reservation.{to}",
        reservation,
        actor=actor,
        before={"status": before},
        after={"status": to, "total": reservation.total, **(after or {})},
        reason=reason,
    )
    if not reservation.is_live and not wanted_now:
        vacancies.offer(reservation.court, reservation.starts_at, reservation.ends_at, actor=actor)
    return reservation


def story(reservation: Reservation) -> dict[str, Any]:
    """Return what the log says of a booking."""
    return {
        "code": reservation.code,
        "status": reservation.status,
        "court": reservation.court.name,
        "starts_at": clock.local(reservation.starts_at).isoformat(),
        "ends_at": clock.local(reservation.ends_at).isoformat(),
        "customer": reservation.customer_name,
        "total": reservation.total,
        "price_reason": reservation.price_reason,
        "notes": reservation.notes,
        "lines": [f"{line.quantity.normalize():f} × {line.description}" for line in reservation.lines.all()],
    }


def tell(action: str, reservation: Reservation, *, actor: Actor, **entry: Any) -> None:
    """Write the entry of a step, with what goes out in events."""
    public = {
        "reservation_id": reservation.pk,
        "code": reservation.code,
        "status": reservation.status,
        "resource_id": reservation.court_id,
        "resource": reservation.court.name,
        "starts_at": clock.local(reservation.starts_at).isoformat(),
        "ends_at": clock.local(reservation.ends_at).isoformat(),
        "customer_name": reservation.customer_name,
        "total": reservation.total,
    }
    record(action, reservation, actor=actor, public=public, **entry)
