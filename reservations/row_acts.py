"""What can be done with a row of the lists of bookings, of weekly ones, and of who waits, as its state allows."""

from typing import Final

from core import clock
from core.actor import Actor
from core.row_acts import RowAct
from core.words import gettext_lazy as _
from reservations.models import (
    CHANGEABLE,
    RESERVATION_STEPS,
    BillingState,
    Repetition,
    Reservation,
    ReservationStatus,
    WaitingEntry,
)
from reservations.workflow import EARLIEST_CHECK_IN

MANAGING = ("reservations.manage",)
CANCELLABLE: Final = {present for present, to in RESERVATION_STEPS if to == ReservationStatus.CANCELLED}


def _is_held(booking: Reservation, actor: Actor) -> bool:
    return booking.status == ReservationStatus.HELD and not booking.is_stale


def _is_requested(booking: Reservation, actor: Actor) -> bool:
    return booking.status == ReservationStatus.REQUESTED


def _may_arrive(booking: Reservation, actor: Actor) -> bool:
    is_near = booking.starts_at - EARLIEST_CHECK_IN <= clock.now()
    return booking.status == ReservationStatus.CONFIRMED and is_near


def _may_move(booking: Reservation, actor: Actor) -> bool:
    return booking.status in CHANGEABLE and not booking.is_stale


def _may_cancel(booking: Reservation, actor: Actor) -> bool:
    return booking.status in CANCELLABLE and not booking.is_stale


def _is_owed(booking: Reservation, actor: Actor) -> bool:
    """Say whether it can be charged at once: a request is confirmed first, a split account is charged by its parts."""
    if _is_requested(booking, actor) or booking.is_split:
        return False
    if booking.billing_state in (BillingState.UNBILLED, BillingState.DRAFTED):
        return actor.may("billing.issue") or actor.may("billing.issue_reservations")
    return booking.billing_state == BillingState.INVOICED


def _goes_on(repetition: Repetition, actor: Actor) -> bool:
    return repetition.status == Repetition.Status.ACTIVE


def _still_waits(entry: WaitingEntry, actor: Actor) -> bool:
    return entry.is_open


OF_BOOKINGS: Final = (
    RowAct(_("Ver"), "arrow-right", "reservations:detail"),
    RowAct(_("Vista previa"), "eye", "reservations:detail", drawer=True),
    RowAct(_("Reservar"), "calendar-check", "reservations:take", MANAGING, _is_held),
    RowAct(_("Confirmar"), "calendar-check", "reservations:confirm", MANAGING, _is_requested, post=True),
    RowAct(_("Llegó"), "door-enter", "reservations:check_in", MANAGING, _may_arrive, post=True),
    RowAct(_("Cobrar"), "cash", "reservations:charge", ("payments.record",), _is_owed),
    RowAct(_("Mover"), "transfer", "reservations:move", MANAGING, _may_move),
    RowAct(_("Cancelar…"), "calendar-x", "reservations:cancel", MANAGING, _may_cancel, danger=True),
)
OF_REPETITIONS: Final = (
    RowAct(_("Ver"), "arrow-right", "reservations:repetition"),
    RowAct(_("Cambiar las que faltan"), "pencil", "reservations:repetition_change", MANAGING, _goes_on),
    RowAct(_("Terminar…"), "calendar-x", "reservations:repetition_end", MANAGING, _goes_on, danger=True),
)
OF_WAITING: Final = (
    RowAct(_("Ver"), "arrow-right", "reservations:waiting_entry"),
    RowAct(_("Reservar"), "calendar-check", "reservations:waiting_book", MANAGING, _still_waits),
    RowAct(_("Ya no espera"), "x", "reservations:waiting_drop", MANAGING, _still_waits, post=True),
)
