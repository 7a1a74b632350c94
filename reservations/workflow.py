"""The life of a booking: book → confirm → check in → complete; or cancel, or nobody came; and its invoice.

Each step is one transaction: permission, lock, rules, change, audit entry. The lock order is court, booking, then
billing's own (billables, document, series). Booking a court twice is refused by the database itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.log import changes
from billing import customers
from billing.models import Customer, Document
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from reservations import invoicing
from reservations.invoicing import ChargeInput
from reservations.models import RESERVATION_STEPS, Court, Reservation, ReservationStatus
from reservations.pricing import ExtraInput, Kind, Quote, quote
from reservations.records import lock, lock_court, next_code, save_change, save_unless_taken, story, tell, write_lines

# How long before its beginning a booking may be checked in.
EARLIEST_CHECK_IN: Final = timedelta(hours=2)

_DOING: Final = {
    ReservationStatus.REQUESTED: gettext_lazy("cambiar"),
    ReservationStatus.CONFIRMED: gettext_lazy("confirmar"),
    ReservationStatus.CHECKED_IN: gettext_lazy("registrar la llegada"),
    ReservationStatus.COMPLETED: gettext_lazy("completar"),
    ReservationStatus.CANCELLED: gettext_lazy("cancelar"),
    ReservationStatus.NO_SHOW: gettext_lazy("marcar como no asistida"),
}


@dataclass(frozen=True, slots=True)
class BookInput:
    """What a person enters to book. The customer is one of the list, or a new one who is added with the booking.

    `new_customer` holds what `billing.customers.create()` takes. `customer_name`, `customer_email` and
    `customer_phone` say whom to call, where that is not the customer's own data. With `confirm` the booking is
    confirmed at once; with `charge` it is also invoiced and paid.
    """

    court_id: int
    starts_at: datetime
    ends_at: datetime
    customer_id: int | None = None
    new_customer: Mapping[str, Any] | None = None
    customer_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    notes: str = ""
    extras: tuple[ExtraInput, ...] = ()
    confirm: bool = False
    charge: ChargeInput | None = None


def preview(court_id: int, start: datetime, end: datetime, extras: Sequence[ExtraInput], *, actor: Actor) -> Quote:
    """Work out what a booking would cost, saving nothing.

    Raises:
        RuleRefused: as `pricing.quote()`.
    """
    actor.require("reservations.view")
    return quote(Court.objects.get(pk=court_id), start, end, extras)


@transaction.atomic
def book(entered: BookInput, *, actor: Actor) -> Reservation:
    """Take a court for a customer, at the price of today's rates.

    Raises:
        WorkflowError: `slot_taken`, naming the booking that is there; `court_inactive`.
        RuleRefused: `slot_past`, `customer_required`, or the period has no price (codes of `pricing.quote()`).
        Both: as `charge()`, where it is to be paid at once; then nothing is booked either.
    """
    actor.require("reservations.manage")
    court = _open_court(entered.court_id)
    _check_not_over(entered.ends_at)
    priced = quote(court, entered.starts_at, entered.ends_at, entered.extras)
    customer = _customer(entered, actor)
    reservation = Reservation(
        code=next_code(),
        court=court,
        period=(priced.starts_at, priced.ends_at),
        customer=customer,
        customer_name=entered.customer_name.strip() or customer.name,
        customer_email=entered.customer_email or customer.email,
        customer_phone=entered.customer_phone or customer.phone,
        total=priced.totals.total,
        notes=entered.notes.strip(),
        created_at=clock.now(),
    )
    save_unless_taken(reservation)
    write_lines(reservation, priced.lines)
    tell("reservation.requested", reservation, actor=actor, after=story(reservation))
    if entered.confirm or entered.charge:
        _confirm(reservation, actor=actor)  # nobody else can see it yet: it needs no lock
    if entered.charge:
        charge(reservation.pk, entered.charge, actor=actor)
    return reservation


@transaction.atomic
def update_lines(
    reservation_id: int,
    extras: Sequence[ExtraInput] | None = None,
    *,
    notes: str | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Reservation:
    """Replace the extras and the notes of a requested booking; its court time is priced with today's rates.

    What is None stays as it is, so a call without extras and notes only prices the booking anew.

    Raises:
        WorkflowError: `reservation_confirmed` and the like: it is no longer requested; StaleVersion: somebody
            saved first.
        RuleRefused: the lines have no price (codes of `pricing.quote()`).
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    if reservation.status != ReservationStatus.REQUESTED:
        raise _wrong_state(reservation, ReservationStatus.REQUESTED)
    check_version(reservation.version, expected_version)
    before = story(reservation)
    wanted = _extras_of(reservation) if extras is None else extras
    priced = quote(reservation.court, reservation.starts_at, reservation.ends_at, wanted)
    reservation.lines.all().delete()
    write_lines(reservation, priced.lines)
    reservation.total = priced.totals.total
    reservation.notes = reservation.notes if notes is None else notes.strip()
    save_change(reservation)
    old, new = changes(before, story(reservation))
    tell("reservation.updated", reservation, actor=actor, before=old, after=new)
    return reservation


@transaction.atomic
def confirm(reservation_id: int, *, actor: Actor) -> Reservation:
    """Promise the court to the customer; what it costs becomes a billable.

    Raises:
        WorkflowError: `reservation_confirmed`, `reservation_cancelled` and the like: it is not requested.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_step(reservation, ReservationStatus.CONFIRMED)
    return _confirm(reservation, actor=actor)


@transaction.atomic
def check_in(reservation_id: int, *, actor: Actor) -> Reservation:
    """Note that the customer came.

    Raises:
        WorkflowError: `reservation_requested` and the like: it is not confirmed; `too_early`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_step(reservation, ReservationStatus.CHECKED_IN)
    opens = reservation.starts_at - EARLIEST_CHECK_IN
    if clock.now() < opens:
        raise WorkflowError(
            _("La llegada de %(code)s se registra desde el %(opens)s.")
            % {"code": reservation, "opens": f"{clock.local(opens):%d/%m/%Y %H:%M}"},
            code="too_early",
        )
    return _step(reservation, ReservationStatus.CHECKED_IN, actor=actor)


@transaction.atomic
def complete(reservation_id: int, *, actor: Actor) -> Reservation:
    """Note that the customer has played.

    Raises:
        WorkflowError: `reservation_confirmed` and the like: nobody was checked in; `not_started`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_step(reservation, ReservationStatus.COMPLETED)
    _check_started(reservation)
    return _step(reservation, ReservationStatus.COMPLETED, actor=actor)


@transaction.atomic
def no_show(reservation_id: int, *, actor: Actor) -> Reservation:
    """Note that nobody came: the court is free again, what was agreed can still be invoiced.

    Raises:
        WorkflowError: `reservation_checked_in` and the like: it is not confirmed; `not_started`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_step(reservation, ReservationStatus.NO_SHOW)
    _check_started(reservation)
    return _step(reservation, ReservationStatus.NO_SHOW, actor=actor)


@transaction.atomic
def cancel(reservation_id: int, *, reason: str, actor: Actor) -> Reservation:
    """Give the court free again and take back what was to be invoiced.

    Raises:
        WorkflowError: `reservation_completed` and the like: too late; `billable_drafted` or `billable_invoiced`,
            naming the draft to discard or the invoice to void first.
        RuleRefused: `reason_required`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_step(reservation, ReservationStatus.CANCELLED)
    if not reason.strip():
        raise _refused("reason", "reason_required", _("Escriba el motivo de la cancelación."))
    invoicing.withdraw(reservation, reason=reason.strip(), actor=actor)
    reservation.cancel_reason = reason.strip()
    return _step(reservation, ReservationStatus.CANCELLED, actor=actor, reason=reservation.cancel_reason)


@transaction.atomic
def invoice(reservation_id: int, *, series_id: int | None = None, issue: bool = False, actor: Actor) -> Document:
    """Make the booking's invoice from what it offered, or return the one it has; with `issue`, give it its number.

    Raises:
        WorkflowError: `nothing_to_invoice`, `reservation_requested`, `reservation_cancelled`; or the invoice cannot be
            made or issued (codes of `billing.workflow`).
    """
    return invoicing.invoice(lock(reservation_id), series_id=series_id, issue=issue, actor=actor)


@transaction.atomic
def charge(reservation_id: int, payment: ChargeInput, *, actor: Actor) -> Document:
    """Invoice the booking, issue the invoice and record the money for it, all or nothing.

    Raises:
        WorkflowError, RuleRefused: as `invoice()`, and the codes of `payments.workflow.record()`.
    """
    return invoicing.charge(lock(reservation_id), payment, actor=actor)


def _confirm(reservation: Reservation, *, actor: Actor) -> Reservation:
    reservation.total = invoicing.offer(reservation, actor=actor).amount  # a tax rate may have changed since
    return _step(reservation, ReservationStatus.CONFIRMED, actor=actor)


# The rules


def _check_step(reservation: Reservation, to: ReservationStatus) -> None:
    if (reservation.status, to) not in RESERVATION_STEPS:
        raise _wrong_state(reservation, to)


def _wrong_state(reservation: Reservation, to: ReservationStatus) -> WorkflowError:
    return WorkflowError(
        _("La reserva %(code)s está en estado «%(state)s»: no se puede %(doing)s.")
        % {"code": reservation, "state": reservation.get_status_display(), "doing": _DOING[to]},
        code=f"reservation_{reservation.status}",
        extra={"status": reservation.status},
    )


def _check_started(reservation: Reservation) -> None:
    if clock.now() < reservation.starts_at:
        raise WorkflowError(
            _("La reserva %(code)s empieza el %(starts)s.")
            % {"code": reservation, "starts": f"{clock.local(reservation.starts_at):%d/%m/%Y a las %H:%M}"},
            code="not_started",
        )


def _check_not_over(end: datetime) -> None:
    if end <= clock.now():
        raise _refused("starts_at", "slot_past", _("Ese turno ya terminó. Elija uno que no haya pasado."))


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _open_court(court_id: int) -> Court:
    court = lock_court(court_id)
    if not (court.active and court.venue.active):
        raise WorkflowError(_("«%(court)s» ya no se reserva.") % {"court": court}, code="court_inactive")
    return court


def _customer(entered: BookInput, actor: Actor) -> Customer:
    if entered.customer_id:
        return Customer.objects.live().get(pk=entered.customer_id)
    if entered.new_customer:
        return customers.create(dict(entered.new_customer), actor=actor).customer
    raise _refused("customer", "customer_required", _("Elija el cliente, o escriba los datos de uno nuevo."))


def _step(reservation: Reservation, to: ReservationStatus, *, actor: Actor, reason: str = "") -> Reservation:
    before = reservation.status
    reservation.status = to
    save_change(reservation)
    tell(
        f"reservation.{to}",
        reservation,
        actor=actor,
        before={"status": before},
        after={"status": to, "total": reservation.total},
        reason=reason,
    )
    return reservation


def _extras_of(reservation: Reservation) -> list[ExtraInput]:
    return [
        ExtraInput(
            quantity=line.quantity,
            product_id=line.product_id,
            description=line.description,
            unit_price=line.unit_price,
            price_includes_tax=line.price_includes_tax,
            tax_category=line.tax_category,
        )
        for line in reservation.lines.filter(kind=Kind.EXTRA)
    ]
