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

from audit.log import changes
from billing.models import Customer, Document
from core import clock
from core.actor import Actor
from core.errors import WorkflowError, check_version
from reservations import closures, deposits, expiry, fees, invoicing, policies
from reservations.fees import Fee
from reservations.invoicing import ChargeInput
from reservations.models import Court, Reservation, ReservationStatus
from reservations.pricing import ExtraInput, Kind, Quote, quote
from reservations.records import lock, next_code, save_change, save_unless_taken, step, story, tell, write_lines
from reservations.rules import (
    CHANGE,
    check_not_over,
    check_started,
    check_step,
    open_court,
    refused,
    who_books,
    wrong_state,
)

# How long before its beginning a booking may be checked in.
EARLIEST_CHECK_IN: Final = timedelta(hours=2)


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
    repetition_id: int | None = None


def preview(
    court_id: int,
    start: datetime,
    end: datetime,
    extras: Sequence[ExtraInput],
    customer_id: int | None = None,
    *,
    actor: Actor,
) -> Quote:
    """Work out what a booking would cost, saving nothing; for a customer, at the prices of its kind.

    Raises:
        RuleRefused: `blacked_out`, `closed_for_holiday`; as `pricing.quote()`.
        Court.DoesNotExist, Customer.DoesNotExist: they are not this company's.
    """
    actor.require("reservations.view")
    court = Court.objects.get(pk=court_id)
    customer = Customer.objects.get(pk=customer_id) if customer_id else None
    closures.check_open(court, start, end)
    return quote(court, start, end, extras, customer=customer)


@transaction.atomic
def book(entered: BookInput, *, actor: Actor) -> Reservation:
    """Take a court for a customer, at the price of today's rates.

    Raises:
        WorkflowError: `slot_taken`, naming the booking that is there; `court_inactive`.
        RuleRefused: `slot_past`, `customer_required`, `blacked_out`, `closed_for_holiday`, or the period has no price
            (codes of `pricing.quote()`).
        Both: as `charge()`, where it is to be paid at once; then nothing is booked either.
    """
    actor.require("reservations.manage")
    court = open_court(entered.court_id)
    customer = who_books(entered.customer_id, entered.new_customer, actor)
    priced = ask_for_slot(court, entered.starts_at, entered.ends_at, entered.extras, customer=customer, actor=actor)
    reservation = Reservation(
        code=next_code(),
        court=court,
        period=(priced.starts_at, priced.ends_at),
        customer=customer,
        customer_name=entered.customer_name.strip() or customer.name,
        customer_email=entered.customer_email or customer.email,
        customer_phone=entered.customer_phone or customer.phone,
        total=priced.totals.total,
        policy=policies.in_force(),
        repetition_id=entered.repetition_id,
        notes=entered.notes.strip(),
        created_at=clock.now(),
    )
    save_unless_taken(reservation)
    write_lines(reservation, priced.lines)
    tell("reservation.requested", reservation, actor=actor, after=story(reservation))
    if entered.confirm or entered.charge:
        promise(reservation, actor=actor)  # nobody else can see it yet: it needs no lock
    if entered.charge:
        charge(reservation.pk, entered.charge, actor=actor)
    return reservation


def ask_for_slot(
    court: Court,
    start: datetime,
    end: datetime,
    extras: Sequence[ExtraInput] = (),
    *,
    customer: Customer | None,
    actor: Actor,
) -> Quote:
    """Price a period on a locked court that can be booked then, and let go of holds of it whose time is over.

    Raises:
        RuleRefused: `slot_past`, `blacked_out`, `closed_for_holiday`; codes of `pricing.quote()`.
    """
    check_not_over(end)
    closures.check_open(court, start, end)
    priced = quote(court, start, end, extras, customer=customer)
    expiry.let_go(court, priced.starts_at, priced.ends_at, actor=actor)
    return priced


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
        raise wrong_state(reservation, str(CHANGE))
    check_version(reservation.version, expected_version)
    before = story(reservation)
    wanted = extras_of(reservation) if extras is None else extras
    priced = quote(reservation.court, reservation.starts_at, reservation.ends_at, wanted, customer=reservation.customer)
    write_lines(reservation, priced.lines)
    reservation.total, reservation.price_reason = priced.totals.total, ""
    reservation.notes = reservation.notes if notes is None else notes.strip()
    save_change(reservation)
    old, new = changes(before, story(reservation))
    tell("reservation.updated", reservation, actor=actor, before=old, after=new)
    return reservation


@transaction.atomic
def confirm(reservation_id: int, *, actor: Actor) -> Reservation:
    """Promise the court to the customer; what it costs becomes a billable.

    Raises:
        WorkflowError: `reservation_confirmed`, `reservation_cancelled` and the like: it is not requested;
            `hold_expired`.
        RuleRefused: `customer_required`: it is held for somebody who is only a name.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_step(reservation, ReservationStatus.CONFIRMED)
    if reservation.customer is None:
        raise refused("customer", "customer_required", _("Elija el cliente para confirmar lo apartado."))
    return promise(reservation, actor=actor)


@transaction.atomic
def check_in(reservation_id: int, *, actor: Actor) -> Reservation:
    """Note that the customer came.

    Raises:
        WorkflowError: `reservation_requested` and the like: it is not confirmed; `too_early`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_step(reservation, ReservationStatus.CHECKED_IN)
    opens = reservation.starts_at - EARLIEST_CHECK_IN
    if clock.now() < opens:
        raise WorkflowError(
            _("La llegada de %(code)s se registra desde el %(opens)s.")
            % {"code": reservation, "opens": f"{clock.local(opens):%d/%m/%Y %H:%M}"},
            code="too_early",
        )
    return step(reservation, ReservationStatus.CHECKED_IN, actor=actor)


@transaction.atomic
def complete(reservation_id: int, *, actor: Actor) -> Reservation:
    """Note that the customer has played.

    Raises:
        WorkflowError: `reservation_confirmed` and the like: nobody was checked in; `not_started`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_step(reservation, ReservationStatus.COMPLETED)
    check_started(reservation)
    step(reservation, ReservationStatus.COMPLETED, actor=actor)
    deposits.let_go_at_end(reservation, actor=actor)
    return reservation


@transaction.atomic
def no_show(reservation_id: int, *, waive: str = "", actor: Actor) -> Reservation:
    """Note that nobody came: the court is free again, and the fee of the booking's rules is asked for.

    At the whole price, and where something is on a document already, what was offered stays. With `waive` (a reason;
    needs `reservations.setup`) it costs nothing.

    Raises:
        WorkflowError: `reservation_checked_in` and the like: it is not confirmed; `not_started`; with `waive`,
            `billable_drafted` or `billable_invoiced`, naming the document in the way.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_step(reservation, ReservationStatus.NO_SHOW)
    check_started(reservation)
    fee = _fee(fees.of_not_coming(reservation), waive, actor)
    if not waive.strip() and (fee.is_whole_price or fees.is_on_a_document(reservation)):
        reservation.fee = reservation.total
    else:
        label = _("Cargo por no asistir a la reserva %(code)s") % {"code": reservation}
        fees.ask_for(reservation, fee, label, reason=waive.strip() or _("No asistió"), actor=actor)
    return _end(reservation, ReservationStatus.NO_SHOW, waive=waive, actor=actor)


@transaction.atomic
def cancel(reservation_id: int, *, reason: str, waive: str = "", actor: Actor) -> Reservation:
    """Give the court free again, take back what was to be invoiced, and ask for the fee of the booking's rules.

    With `waive` (a reason; needs `reservations.setup`) it costs nothing.

    Raises:
        WorkflowError: `reservation_completed` and the like: too late; `billable_drafted` or `billable_invoiced`,
            naming the draft to discard or the invoice to void first.
        RuleRefused: `reason_required`, but for a hold.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_step(reservation, ReservationStatus.CANCELLED)
    held = reservation.status == ReservationStatus.HELD
    reason = reason.strip() or (_("Se soltó lo apartado.") if held else "")
    if not reason:
        raise refused("reason", "reason_required", _("Escriba el motivo de la cancelación."))
    fee = _fee(fees.of_cancelling(reservation), waive, actor)
    label = _("Cargo por cancelación tardía de la reserva %(code)s") % {"code": reservation}
    fees.ask_for(reservation, fee, label, reason=reason, actor=actor)
    reservation.cancel_reason = reason
    return _end(reservation, ReservationStatus.CANCELLED, reason=reason, waive=waive, actor=actor)


def _fee(fee: Fee, waive: str, actor: Actor) -> Fee:
    if not waive.strip():
        return fee
    actor.require("reservations.setup")
    return fees.NONE


def _end(reservation: Reservation, to: ReservationStatus, *, reason: str = "", waive: str, actor: Actor) -> Reservation:
    """Bring a booking to an end that it may cost something; what its deposit is more than that is the customer's."""
    told = {"fee": reservation.fee} | ({"fee_waived": waive.strip()} if waive.strip() else {})
    step(reservation, to, actor=actor, reason=reason, after=told)
    deposits.let_go_at_end(reservation, keep=reservation.fee, actor=actor)
    return reservation


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


def promise(reservation: Reservation, *, actor: Actor) -> Reservation:
    """Confirm a locked booking that may be confirmed, and offer what it costs."""
    reservation.total = invoicing.offer(reservation, actor=actor).amount  # a tax rate may have changed since
    return step(reservation, ReservationStatus.CONFIRMED, actor=actor)


def extras_of(reservation: Reservation) -> list[ExtraInput]:
    """Return a booking's extras as they would be entered."""
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
