"""Money held for a booking: taking it, and letting go of what is no longer waited for.

What is held settles the booking's invoices by itself when they are issued (see `billing.held`). Once the booking is
over and all of it is invoiced, whichever comes last, what is left is the customer's.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing import billables, held
from billing.models import Billable, BillableStatus, CustomerCredit
from billing.settlement import Hold
from core.actor import Actor
from core.errors import WorkflowError
from core.money import ZERO, format_money
from payments import workflow as payments
from payments.models import Payment
from reservations.models import CHANGEABLE, SOURCE_TYPE, Reservation, ReservationStatus
from reservations.records import lock, tell
from reservations.rules import check_still_held, refused, wrong_state

TAKES_DEPOSITS = (*CHANGEABLE, ReservationStatus.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class DepositInput:
    """What the customer leaves, in USD, and how."""

    method_id: int
    amount: Decimal
    reference: str = ""


@transaction.atomic
def deposit(reservation_id: int, entered: DepositInput, *, actor: Actor) -> Payment:
    """Record money that is held for a booking until its invoice is issued.

    Raises:
        WorkflowError: `reservation_cancelled` and the like: it is over; `hold_expired`; `already_invoiced`: charge its
            invoice instead.
        RuleRefused: `customer_required`: it is held for somebody who is only a name; `deposit_exceeds_price`, naming
            what is still missing; codes of `payments.workflow.record()`.
    """
    actor.require("payments.record")
    reservation = lock(reservation_id)
    if reservation.status not in TAKES_DEPOSITS:
        raise wrong_state(reservation, _("dejar un depósito"))
    check_still_held(reservation)
    if reservation.customer is None:
        raise refused("customer", "customer_required", _("Elija el cliente antes de recibir su depósito."))
    _check_amount(reservation, entered.amount)
    payment = payments.record(
        payments.PaymentInput(
            customer_id=reservation.customer.pk,
            method_id=entered.method_id,
            amount=entered.amount,
            reference=entered.reference,
            allocations=(),
            hold=Hold(SOURCE_TYPE, reservation.pk, reservation.code),
        ),
        actor=actor,
    )
    tell(
        "reservation.deposit_taken",
        reservation,
        actor=actor,
        after={"amount": entered.amount, "deposit": held_amount(reservation.pk), "payment": payment.pk},
    )
    return payment


def _check_amount(reservation: Reservation, amount: Decimal) -> None:
    if has_invoice(reservation.pk):
        raise WorkflowError(
            _("La reserva %(code)s ya está facturada: cobre su factura.") % {"code": reservation},
            code="already_invoiced",
        )
    missing = max(reservation.total - held_amount(reservation.pk), ZERO)
    if amount > missing:
        message = _("La reserva vale %(total)s y con los depósitos faltan %(missing)s: no deje más que eso.") % {
            "total": format_money(reservation.total),
            "missing": format_money(missing),
        }
        raise refused("amount", "deposit_exceeds_price", message)


@transaction.atomic
def release(reservation_id: int, *, reason: str, actor: Actor) -> Reservation:
    """Let go of a booking's deposit by hand: it is the customer's credit, to be used or given back.

    Raises:
        WorkflowError: `no_deposit`.
        RuleRefused: `reason_required`.
    """
    actor.require("payments.record")
    reservation = lock(reservation_id)
    if not reason.strip():
        raise refused("reason", "reason_required", _("Escriba por qué se libera el depósito."))
    if not let_go(reservation, reason=reason.strip(), actor=actor):
        raise WorkflowError(_("La reserva %(code)s no tiene depósito.") % {"code": reservation}, code="no_deposit")
    return reservation


def let_go(reservation: Reservation, *, keep: Decimal | None = None, reason: str = "", actor: Actor) -> Decimal:
    """Let go of what is held for a locked booking but for `keep` (USD), and return how much that was."""
    said = reason or _("Reserva %(code)s: %(state)s") % {
        "code": reservation,
        "state": reservation.get_status_display(),
    }
    released = held.release(SOURCE_TYPE, reservation.pk, keep=keep or ZERO, reason=said, actor=actor)
    if released:
        left = {"deposit": held_amount(reservation.pk)}
        tell("reservation.deposit_released", reservation, actor=actor, after={"amount": released, **left}, reason=said)
    return released


def let_go_at_end(reservation: Reservation, *, keep: Decimal | None = None, actor: Actor) -> None:
    """Let go of all that is held for a locked booking that is over, if nothing of it waits to be invoiced.

    Where something waits, `keep` (USD) says how much stays for it; None is all.
    """
    # An invoice that is being issued meanwhile sees the booking's end, or is seen here.
    billables.lock(Billable.objects.live().of_source(SOURCE_TYPE, reservation.pk).values_list("pk", flat=True))
    if keep is None:
        let_go_when_invoiced(reservation, actor=actor)
    else:
        let_go(reservation, keep=keep if _waits_to_be_invoiced(reservation) else ZERO, actor=actor)


def let_go_when_invoiced(reservation: Reservation, *, actor: Actor) -> None:
    """Let go of what is left once nothing of a booking waits to be invoiced."""
    if not _waits_to_be_invoiced(reservation):
        let_go(reservation, actor=actor)


def _waits_to_be_invoiced(reservation: Reservation) -> bool:
    live = Billable.objects.live().of_source(SOURCE_TYPE, reservation.pk)
    return bool(live.exclude(status=BillableStatus.INVOICED).exists())


def held_amount(reservation_id: int) -> Decimal:
    """Return how much is held for a booking, in USD."""
    return held.held_for(SOURCE_TYPE, reservation_id).aggregate(sum=Sum("held"))["sum"] or ZERO


def credits_of(reservation_id: int) -> list[CustomerCredit]:
    """Return what is held for a booking, the oldest first."""
    return list(held.held_for(SOURCE_TYPE, reservation_id))


def has_invoice(reservation_id: int) -> bool:
    """Say whether something of a booking is invoiced."""
    offered = Billable.objects.live().of_source(SOURCE_TYPE, reservation_id)
    return offered.filter(status=BillableStatus.INVOICED).exists()
