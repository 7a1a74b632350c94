"""Money comes in: receive it over one or several invoices, by one or several methods; void it if it never happened.

The lock order is documents (by id), receipt, payments (by id), customer credit, and the counter of receipts last.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record as record_entry
from billing import closing, letters, settlement
from billing.closing import Doing
from billing.models import Customer, CustomerCredit, Document, Settlement
from billing.models.settlement import SettlementQuerySet
from core import clock
from core.actor import Actor
from core.errors import Forbidden, RuleRefused, WorkflowError
from core.money import ZERO
from payments import entered as rules
from payments import numbering, paid_out, papers, references
from payments.allocation import Allocation, Dealt, deal
from payments.entered import PartInput, PaymentInput, ReceiptInput
from payments.models import Payment, PaymentMethod, PaymentStatus, Prefix, Receipt

__all__ = ["PartInput", "PaymentInput", "ReceiptInput"]


def record(entered: PaymentInput, *, actor: Actor) -> Payment:
    """Record money received by one method and settle invoices with it: a receipt of one part.

    Raises:
        WorkflowError, RuleRefused: as `receive`.
    """
    return _receive(entered.as_receipt(), actor)[0]


def receive(entered: ReceiptInput, *, actor: Actor) -> Receipt:
    """Record money received in one act, by one method or several, settle invoices with it and number its receipt.

    Raises:
        WorkflowError: `already_paid`, `not_payable`, `method_inactive`.
        RuleRefused: `parts_required`, `too_many_parts`, `amount_not_positive`, `amount_too_large`,
            `amount_too_precise`, `date_in_future`, `period_closed`, `reference_required`, `reference_not_wanted`,
            `reference_invalid`, `reference_repeated` (unless confirmed), `tendered_not_cash`, `tendered_too_little`,
            `other_customer`, `repeated_invoice`, `invoice_required` (who pays as consumidor final says what for),
            `overpayment` (with the exact balance: tick "leave the rest as customer credit"),
            `allocated_more_than_paid`, `allocated_less_than_paid`, `final_consumer_credit`.
    """
    return _receive(entered, actor)[0].receipt


@transaction.atomic
def _receive(entered: ReceiptInput, actor: Actor) -> list[Payment]:
    actor.require("payments.record")
    customer = Customer.objects.live().get(pk=entered.customer_id)
    methods = rules.check(entered)
    allocations = rules.allocations_of(entered, customer)
    documents = settlement.lock_documents(row.document_id for row in allocations)
    rules.check_allocations(allocations, documents, customer, entered)
    day = entered.received_on or clock.today()
    closing.check_open(day, doing=Doing.RECEIVE)
    receipt = Receipt.objects.create(
        customer=customer,
        received_on=day,
        total=entered.total,
        recorded_by_id=actor.user_id,
        created_at=clock.now(),
    )
    payments = [
        _payment(receipt, part, method, entered.notes) for part, method in zip(entered.parts, methods, strict=True)
    ]
    dealt = deal([part.amount for part in entered.parts], allocations)
    for payment, share in zip(payments, dealt, strict=True):
        _settle(payment, share, documents, entered, actor)
    receipt.sequential = numbering.take_next(Prefix.RECEIPT)
    if not entered.confirm_repeated:
        references.check_new(payments)
    receipt.facts = papers.receipt_facts(receipt, payments)
    receipt.save(update_fields=["sequential", "facts"])
    _tell_receipt("receipt.issued", receipt, actor=actor)
    for payment, share in zip(payments, dealt, strict=True):
        _tell("payment.confirmed", payment, actor=actor, allocations=share.allocations, credit=share.left)
    letters.request_receipt(customer, payments[0].pk, actor=actor)
    return payments


def _payment(receipt: Receipt, part: PartInput, method: PaymentMethod, notes: str) -> Payment:
    return Payment.objects.create(
        receipt=receipt,
        customer=receipt.customer,
        method=method,
        amount=part.amount,
        tendered=part.tendered,
        paid_on=receipt.received_on,
        reference=part.reference.strip(),
        notes=notes.strip(),
        recorded_by_id=receipt.recorded_by_id,
        created_at=receipt.created_at,
    )


def _settle(
    payment: Payment, share: Dealt, documents: dict[int, Document], entered: ReceiptInput, actor: Actor
) -> None:
    for row in share.allocations:
        settlement.apply(documents[row.document_id], row.amount, on=payment.paid_on, payment_id=payment.pk, actor=actor)
    if share.left > ZERO:
        settlement.grant_credit(
            customer=payment.customer,
            amount=share.left,
            payment_id=payment.pk,
            origin=_origin(entered, nothing_settled=not documents),
            hold=entered.hold,
            actor=actor,
        )


def _origin(entered: ReceiptInput, *, nothing_settled: bool) -> str:
    if entered.hold:
        return CustomerCredit.Origin.DEPOSIT
    return CustomerCredit.Origin.ADVANCE if nothing_settled else CustomerCredit.Origin.OVERPAYMENT


# It never happened


@transaction.atomic
def void(payment_id: int, *, reason: str, actor: Actor) -> Payment:
    """Void a payment: it never happened. What it settled is reversed and paid invoices reopen (D22).

    With the last payment of a receipt the receipt is voided; it keeps its number.

    Raises:
        WorkflowError: `already_voided`, `refunded`, `changed` (it settled another invoice at the same moment).
        RuleRefused: `reason_required`, `period_closed`.
        Forbidden: another day's or another person's payment, without `payments.void_any` (D24).
    """
    receipt_id = Payment.objects.values_list("receipt_id", flat=True).get(pk=payment_id)
    return _void(receipt_id, [payment_id], reason, actor)[0]


@transaction.atomic
def void_receipt(receipt_id: int, *, reason: str, actor: Actor) -> Receipt:
    """Void a receipt with every payment on it that still counts; it keeps its number (D22).

    Raises:
        WorkflowError, RuleRefused, Forbidden: as `void`.
    """
    receipt = Receipt.objects.get(pk=receipt_id)
    ids = [payment.pk for payment in check_receipt_voidable(receipt, actor)]
    _void(receipt_id, ids, reason, actor)
    receipt.refresh_from_db()
    return receipt


def _void(receipt_id: int, payment_ids: Sequence[int], reason: str, actor: Actor) -> list[Payment]:
    actor.require("payments.void", "payments.void_any")
    if not reason.strip():
        raise RuleRefused(_("Escriba el motivo de la anulación."), code="reason_required")
    documents = settlement.lock_documents(row.document_id for row in settled_by(*payment_ids))
    receipt = Receipt.objects.select_for_update(of=("self",), no_key=True).get(pk=receipt_id)
    payments = list(
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer", "method")
        .filter(pk__in=payment_ids)
        .order_by("pk")
    )
    for payment in payments:
        check_voidable(payment, actor)
        closing.check_open(payment.paid_on, doing=Doing.VOID)
    credits = settlement.lock_credits(CustomerCredit.objects.filter(payment_id__in=payment_ids))
    paid_out.check_nothing_given_back(credits, documents, payment_ids)
    _reverse(payment_ids, documents, credits, reason, actor)
    for payment in payments:
        payment.status, payment.void_reason, payment.voided_at = PaymentStatus.VOIDED, reason.strip(), clock.now()
        payment.save(update_fields=["status", "void_reason", "voided_at"])
        _tell("payment.voided", payment, actor=actor, reason=payment.void_reason)
    _void_with_last_payment(receipt, reason, actor)
    return payments


def _reverse(
    payment_ids: Iterable[int],
    documents: dict[int, Document],
    credits: dict[int, CustomerCredit],
    reason: str,
    actor: Actor,
) -> None:
    """Undo what the locked payments settled, and take back the credit they left."""
    for row in settled_by(*payment_ids):
        if row.document_id not in documents:
            raise WorkflowError(
                _("El cobro se aplicó a otra factura mientras tanto. Intente de nuevo."), code="changed"
            )
        row.credit = credits.get(row.credit_id)
        settlement.reverse(documents[row.document_id], row, reason=reason, actor=actor)
    for credit in credits.values():
        settlement.withdraw_credit(credit, reason=reason, actor=actor)


def _void_with_last_payment(receipt: Receipt, reason: str, actor: Actor) -> None:
    if receipt.payments.confirmed().exists():
        return
    receipt.voided_at, receipt.void_reason = clock.now(), reason.strip()
    receipt.save(update_fields=["voided_at", "void_reason"])
    _tell_receipt("receipt.voided", receipt, actor=actor, reason=receipt.void_reason)


def check_voidable(payment: Payment, actor: Actor) -> None:
    """Refuse to void a payment that is voided, or that is not this person's of today (D24).

    Raises:
        WorkflowError: `already_voided`.
        Forbidden: naming `payments.void_any`.
    """
    actor.require("payments.void", "payments.void_any")
    if payment.status == PaymentStatus.VOIDED:
        raise WorkflowError(_("El cobro ya está anulado."), code="already_voided")
    own = actor.user_id is not None and payment.recorded_by_id == actor.user_id
    own_today = own and clock.local(payment.created_at).date() == clock.today()
    if not own_today and not actor.may("payments.void_any"):
        raise Forbidden("payments.void_any")


def check_receipt_voidable(receipt: Receipt, actor: Actor) -> list[Payment]:
    """Return the payments of a receipt that still count; refuse where one may not be voided.

    Raises:
        WorkflowError: `already_voided`.
        Forbidden: as `check_voidable`.
    """
    payments = list(receipt.payments.confirmed().select_related("customer", "method").order_by("pk"))
    if not payments:
        raise WorkflowError(_("El recibo ya está anulado."), code="already_voided")
    for payment in payments:
        check_voidable(payment, actor)
    return payments


class MoneyBehindSettlements:
    """What billing asks of payments, within its own transaction: see `billing.settlement.Money`."""

    def void(self, payment_id: int, *, reason: str, actor: Actor) -> None:
        """Void the payment itself; billing holds the locks of the documents."""
        void(payment_id, reason=reason, actor=actor)


# Credit settles an invoice


@transaction.atomic
def apply_credit(document_id: int, amount: Decimal, *, actor: Actor) -> Document:
    """Settle an invoice with its customer's credit, the oldest credit first.

    Raises:
        WorkflowError: `already_paid`, `not_payable`.
        RuleRefused: `amount_not_positive`, `amount_too_large`, `amount_too_precise`, `overpayment`,
            `credit_insufficient` (names what there is), `period_closed`.
    """
    actor.require("payments.record")
    rules.check_amount("amount", amount)
    document = settlement.lock_documents([document_id]).get(document_id)
    if document is None:
        raise Document.DoesNotExist
    settlement.check_payable(document, amount)
    closing.check_open(clock.today(), doing=Doing.RECEIVE)
    credits = settlement.lock_credits(CustomerCredit.objects.available().filter(customer_id=document.customer_id))
    paid_out.check_available(credits.values(), amount)
    for credit in credits.values():
        taken = min(amount, credit.free)
        if taken > ZERO:
            settlement.apply(document, taken, on=clock.today(), credit=credit, actor=actor)
            amount -= taken
    return document


# Reads


def settled_by(*payment_ids: int) -> SettlementQuerySet:
    """Return what payments settle now: directly, and through the credit they left."""
    return Settlement.objects.live().of_payments(payment_ids).order_by("pk")


# What happened


def _tell_receipt(action: str, receipt: Receipt, *, actor: Actor, reason: str = "") -> None:
    values = {"receipt_id": receipt.pk, "receipt_number": receipt.number, "customer_name": receipt.customer.name,
              "total_amount": receipt.total}  # fmt: skip
    record_entry(action, receipt, actor=actor, after=values, reason=reason, public=values)


def _tell(
    action: str,
    payment: Payment,
    *,
    actor: Actor,
    reason: str = "",
    allocations: Sequence[Allocation] = (),
    credit: Decimal = ZERO,
) -> None:
    values = {"payment_id": payment.pk, "amount": payment.amount, "method": payment.method.name,
              "customer_name": payment.customer.name, "status": payment.status}  # fmt: skip
    applied = [{"invoice_id": row.document_id, "amount": row.amount} for row in allocations]
    record_entry(
        action,
        payment,
        actor=actor,
        after=values | {"applied": applied, "credit": credit} if applied or credit else values,
        reason=reason,
        document_id=allocations[0].document_id if len(allocations) == 1 else None,
        public=values,
    )
