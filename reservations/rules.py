"""What the steps of a booking ask before they change anything, and how they say no."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import customers
from billing.models import Customer
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError
from reservations.models import CHANGEABLE, RESERVATION_STEPS, Court, Reservation, ReservationStatus
from reservations.records import lock_court

DOING: Final = {
    ReservationStatus.REQUESTED: gettext_lazy("reservar"),
    ReservationStatus.CONFIRMED: gettext_lazy("confirmar"),
    ReservationStatus.CHECKED_IN: gettext_lazy("registrar la llegada"),
    ReservationStatus.COMPLETED: gettext_lazy("completar"),
    ReservationStatus.CANCELLED: gettext_lazy("cancelar"),
    ReservationStatus.NO_SHOW: gettext_lazy("marcar como no asistida"),
}
CHANGE: Final = gettext_lazy("cambiar")


def check_step(reservation: Reservation, to: ReservationStatus) -> None:
    """Refuse a step that does not follow from the booking's state.

    Raises:
        WorkflowError: `reservation_confirmed` and the like; `hold_expired`.
    """
    if (reservation.status, to) not in RESERVATION_STEPS:
        raise wrong_state(reservation, str(DOING[to]))
    if to != ReservationStatus.CANCELLED:
        check_still_held(reservation)


def check_changeable(reservation: Reservation) -> None:
    """Refuse to give another court, time or price to what has begun or is over.

    Raises:
        WorkflowError: `reservation_completed` and the like; `hold_expired`.
    """
    if reservation.status not in CHANGEABLE:
        raise wrong_state(reservation, str(CHANGE))
    check_still_held(reservation)


def check_still_held(reservation: Reservation) -> None:
    """Refuse to go on with a hold whose time is over, even in the moment before it is let go.

    Raises:
        WorkflowError: `hold_expired`.
    """
    if reservation.held_until and reservation.is_stale:
        raise WorkflowError(
            _("El apartado %(code)s venció a las %(until)s. Reserve el turno de nuevo, si sigue libre.")
            % {"code": reservation, "until": f"{clock.local(reservation.held_until):%H:%M}"},
            code="hold_expired",
        )


def wrong_state(reservation: Reservation, doing: str) -> WorkflowError:
    """Make the refusal of a step that does not follow from the booking's state."""
    return WorkflowError(
        _("La reserva %(code)s está en estado «%(state)s»: no se puede %(doing)s.")
        % {"code": reservation, "state": reservation.get_status_display(), "doing": doing},
        code=f"reservation_{reservation.status}",
        extra={"status": reservation.status},
    )


def check_started(reservation: Reservation) -> None:
    """Refuse to say of a booking that is still to come what became of it.

    Raises:
        WorkflowError: `not_started`.
    """
    if clock.now() < reservation.starts_at:
        raise WorkflowError(
            _("La reserva %(code)s empieza el %(starts)s.")
            % {"code": reservation, "starts": f"{clock.local(reservation.starts_at):%d/%m/%Y a las %H:%M}"},
            code="not_started",
        )


def check_not_over(end: datetime) -> None:
    """Refuse a time that has passed.

    Raises:
        RuleRefused: `slot_past`.
    """
    if end <= clock.now():
        raise refused("starts_at", "slot_past", _("Ese turno ya terminó. Elija uno que no haya pasado."))


def refused(field: str, code: str, message: str) -> RuleRefused:
    """Make the refusal of what was entered in a field."""
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def open_court(court_id: int) -> Court:
    """Lock a court that can be booked.

    Raises:
        WorkflowError: `court_inactive`.
        Court.DoesNotExist: it is not this company's.
    """
    court = lock_court(court_id)
    if not (court.active and court.venue.active):
        raise WorkflowError(_("«%(court)s» ya no se reserva.") % {"court": court}, code="court_inactive")
    return court


def who_books(customer_id: int | None, new_customer: Mapping[str, Any] | None, actor: Actor) -> Customer:
    """Return the customer of the list, or add the new one.

    Raises:
        RuleRefused: `customer_required`; codes of `billing.customers.create()`.
    """
    if customer_id:
        return Customer.objects.live().get(pk=customer_id)
    if new_customer:
        return customers.create(dict(new_customer), actor=actor).customer
    raise refused("customer", "customer_required", _("Elija el cliente, o escriba los datos de uno nuevo."))
