"""From a booking to its money: what it offers to billing, the invoice made of it, and the payment.

The caller holds the booking's lock. Where its money stands is read from billing each time, never copied.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext as _

from billing import billables, settlement, workflow
from billing.billables import OfferedLine
from billing.drafts import DraftInput, PaymentTerm
from billing.models import Billable, Document, Status
from core import clock
from core.actor import Actor
from core.errors import WorkflowError
from core.money import ZERO
from payments import workflow as payments
from payments.allocation import Allocation
from payments.models import PaymentMethod
from reservations.models import SOURCE_TYPE, Reservation
from reservations.pricing import said


@dataclass(frozen=True, slots=True)
class ChargeInput:
    """How the customer pays at the desk; without an amount, all that is still owed."""

    method_id: int
    amount: Decimal | None = None
    reference: str = ""
    series_id: int | None = None


def offer(reservation: Reservation, *, actor: Actor) -> Billable:
    """Offer a booking's lines to be invoiced; again, while they wait, gives the same billable."""
    return billables.offer(
        source_type=SOURCE_TYPE,
        source_id=reservation.pk,
        source_label=reservation.code,
        key=f"{SOURCE_TYPE}:{reservation.pk}",
        customer_id=cast(int, reservation.customer_id),  # who is promised a court is known: a law of the database
        description=said_of(reservation),
        service_date=clock.local(reservation.starts_at).date(),
        lines=lines_of(reservation),
        actor=actor,
    )


def said_of(reservation: Reservation) -> str:
    """Say what is invoiced: `Cancha 1, 21/11/2026 20:00–22:00`."""
    return f"{reservation.court.name}, {said(clock.local(reservation.starts_at), clock.local(reservation.ends_at))}"


def lines_of(reservation: Reservation) -> list[OfferedLine]:
    """Return a booking's lines as billing takes them."""
    return [
        OfferedLine(
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            price_includes_tax=line.price_includes_tax,
            tax_category=line.tax_category,
            product_id=line.product_id,
            code=line.code,
        )
        for line in reservation.lines.all()
    ]


def withdraw(reservation: Reservation, *, reason: str, actor: Actor) -> None:
    """Take back what a booking offered.

    Raises:
        WorkflowError: `billable_drafted` or `billable_invoiced`, naming the document in the way.
    """
    billables.withdraw(SOURCE_TYPE, reservation.pk, reason=reason, actor=actor)


def billable_of(reservation_id: int) -> Billable | None:
    """Return what a booking offered and did not take back, with its document."""
    return Billable.objects.live().of_source(SOURCE_TYPE, reservation_id).select_related("document").first()


def invoice(
    reservation: Reservation,
    *,
    series_id: int | None = None,
    issue: bool = False,
    actor: Actor,
) -> Document:
    """Draft the booking's invoice, or return the one it has; with `issue`, give a draft its number.

    Raises:
        WorkflowError: `nothing_to_invoice`, `reservation_requested`, `reservation_cancelled`, `reservation_split`;
            codes of `billing.workflow`.
    """
    billable = _the_one_of(reservation)
    return invoice_billable(billable, series_id=series_id, issue=issue, actor=actor)


def _the_one_of(reservation: Reservation) -> Billable:
    offered = list(Billable.objects.live().of_source(SOURCE_TYPE, reservation.pk).select_related("document")[:2])
    if not offered:
        raise _nothing_to_invoice(reservation)
    if len(offered) > 1:
        raise WorkflowError(
            _("La cuenta de %(code)s está dividida: facture y cobre cada parte.") % {"code": reservation},
            code="reservation_split",
        )
    return offered[0]


def invoice_billable(
    billable: Billable,
    *,
    series_id: int | None = None,
    payment_terms: tuple[PaymentTerm, ...] = (),
    issue: bool = False,
    actor: Actor,
) -> Document:
    """Draft the invoice of what a booking offered, or return the one it has; with `issue`, give it its number.

    Raises:
        WorkflowError: codes of `billing.workflow`.
    """
    actor.require("billing.draft", "billing.draft_reservations")
    document = billable.document or workflow.draft(
        DraftInput(
            customer_id=billable.customer_id,
            series_id=series_id,
            billable_ids=(billable.pk,),
            payment_days=0 if payment_terms else None,
            payment_terms=payment_terms,
        ),
        actor=actor,
    )
    if issue and document.status == Status.DRAFT:
        document = workflow.issue(document.pk, actor=actor)
    return document


def _nothing_to_invoice(reservation: Reservation) -> WorkflowError:
    if reservation.status in ("requested", "cancelled"):
        return WorkflowError(
            _("La reserva %(code)s está en estado «%(state)s»: se factura una vez confirmada.")
            % {"code": reservation, "state": reservation.get_status_display()},
            code=f"reservation_{reservation.status}",
        )
    return WorkflowError(
        _("Lo que la reserva %(code)s tenía por facturar se canceló.") % {"code": reservation},
        code="nothing_to_invoice",
    )


def charge(reservation: Reservation, entered: ChargeInput, *, actor: Actor) -> Document:
    """Issue the booking's invoice and settle it with the money received.

    Raises:
        WorkflowError, RuleRefused: as `invoice()` and `charge_billable()`.
    """
    return charge_billable(_the_one_of(reservation), entered, actor=actor)


def charge_billable(billable: Billable, entered: ChargeInput, *, actor: Actor) -> Document:
    """Issue the invoice of what a booking offered and settle it with the money received.

    Where a deposit settles all of it and no amount was entered, there is nothing left to record.

    Raises:
        WorkflowError: `already_paid`; codes of `billing.workflow` and `payments.workflow.record()`.
        RuleRefused: codes of `payments.workflow.record()`.
    """
    if billable.document and billable.document.status == Status.PAID:
        settlement.check_payable(billable.document, ZERO)
    method = PaymentMethod.objects.get(pk=entered.method_id)
    whole = entered.amount in (None, billable.amount)
    terms = (PaymentTerm(method.sri_code, term_days=0),) if whole else ()
    document = invoice_billable(billable, series_id=entered.series_id, payment_terms=terms, issue=True, actor=actor)
    if entered.amount is None and document.balance == ZERO:
        return document
    amount = document.balance if entered.amount is None else entered.amount
    payments.record(
        payments.PaymentInput(
            customer_id=document.customer_id,
            method_id=method.pk,
            amount=amount,
            reference=entered.reference,
            allocations=(Allocation(document.pk, amount),),
        ),
        actor=actor,
    )
    return Document.objects.get(pk=document.pk)
