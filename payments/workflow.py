"""Money comes in: record a payment over one or several invoices; void it if it never happened.

The lock order is documents (by id), payment, customer credit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record as record_entry
from billing import letters, settlement
from billing.line_input import MAX_AMOUNT
from billing.models import Customer, CustomerCredit, Document, Settlement
from billing.models.settlement import SettlementQuerySet
from core import clock
from core.actor import Actor
from core.errors import FieldError, Forbidden, RuleRefused, WorkflowError
from core.money import ZERO, cents, format_money
from payments.allocation import Allocation, propose
from payments.models import Payment, PaymentMethod, PaymentStatus


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """What a cashier enters. Without `allocations` the customer's oldest invoices are settled first."""

    customer_id: int
    method_id: int
    amount: Decimal
    paid_on: date | None = None
    reference: str = ""
    notes: str = ""
    allocations: tuple[Allocation, ...] | None = None
    leave_credit: bool = False


@transaction.atomic
def record(entered: PaymentInput, *, actor: Actor) -> Payment:
    """Record money received and settle invoices with it.

    Raises:
        WorkflowError: `already_paid`, `not_payable`, `method_inactive`.
        RuleRefused: `amount_not_positive`, `amount_too_large`, `amount_too_precise`, `date_in_future`,
            `reference_required`, `other_customer`, `repeated_invoice`, `invoice_required` (who pays as consumidor
            final says what for), `overpayment` (with the exact balance: tick "leave the rest as customer credit"),
            `allocated_more_than_paid`, `allocated_less_than_paid`, `final_consumer_credit`.
    """
    actor.require("payments.record")
    customer = Customer.objects.live().get(pk=entered.customer_id)
    method = PaymentMethod.objects.get(pk=entered.method_id)
    _check_entered(entered, method)
    allocations = _allocations(entered, customer)
    documents = settlement.lock_documents(row.document_id for row in allocations)
    left = entered.amount - sum((row.amount for row in allocations), ZERO)
    _check_allocations(allocations, documents, customer, left, leave_credit=entered.leave_credit)
    payment = Payment.objects.create(
        customer=customer,
        method=method,
        amount=entered.amount,
        paid_on=entered.paid_on or clock.today(),
        reference=entered.reference.strip(),
        notes=entered.notes.strip(),
        recorded_by_id=actor.user_id,
        created_at=clock.now(),
    )
    for row in allocations:
        settlement.apply(documents[row.document_id], row.amount, on=payment.paid_on, payment_id=payment.pk, actor=actor)
    if left > ZERO:
        settlement.grant_credit(
            customer=customer,
            amount=left,
            payment_id=payment.pk,
            origin=CustomerCredit.Origin.OVERPAYMENT,
            actor=actor,
        )
    _tell("payment.confirmed", payment, actor=actor, allocations=allocations, credit=left)
    letters.request_receipt(customer, payment.pk, actor=actor)
    return payment


@transaction.atomic
def void(payment_id: int, *, reason: str, actor: Actor) -> Payment:
    """Void a payment: it never happened. What it settled is reversed and paid invoices reopen (D22).

    Raises:
        WorkflowError: `already_voided`, `changed` (it settled another invoice at the same moment).
        RuleRefused: `reason_required`.
        Forbidden: another day's or another person's payment, without `payments.void_any` (D24).
    """
    actor.require("payments.void", "payments.void_any")
    if not reason.strip():
        raise RuleRefused(_("Escriba el motivo de la anulación."), code="reason_required")
    documents = settlement.lock_documents(row.document_id for row in settled_by(payment_id))
    payment = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer", "method")
        .get(pk=payment_id)
    )
    check_voidable(payment, actor)
    credits = settlement.lock_credits(CustomerCredit.objects.filter(payment_id=payment.pk))
    for row in settled_by(payment.pk):
        if row.document_id not in documents:
            raise WorkflowError(
                _("El cobro se aplicó a otra factura mientras tanto. Intente de nuevo."), code="changed"
            )
        row.credit = credits.get(row.credit_id)
        settlement.reverse(documents[row.document_id], row, reason=reason, actor=actor)
    for credit in credits.values():
        settlement.withdraw_credit(credit, reason=reason, actor=actor)
    payment.status, payment.void_reason, payment.voided_at = PaymentStatus.VOIDED, reason.strip(), clock.now()
    payment.save(update_fields=["status", "void_reason", "voided_at"])
    _tell("payment.voided", payment, actor=actor, reason=payment.void_reason)
    return payment


@transaction.atomic
def apply_credit(document_id: int, amount: Decimal, *, actor: Actor) -> Document:
    """Settle an invoice with its customer's credit, the oldest credit first.

    Raises:
        WorkflowError: `already_paid`, `not_payable`.
        RuleRefused: `amount_not_positive`, `amount_too_large`, `amount_too_precise`, `overpayment`,
            `credit_insufficient` (names what there is).
    """
    actor.require("payments.record")
    _check_amount("amount", amount)
    document = settlement.lock_documents([document_id]).get(document_id)
    if document is None:
        raise Document.DoesNotExist
    settlement.check_payable(document, amount)
    credits = settlement.lock_credits(CustomerCredit.objects.available().filter(customer_id=document.customer_id))
    available = sum((row.free for row in credits.values()), ZERO)
    if amount > available:
        raise RuleRefused(
            _("El saldo a favor disponible es %(available)s.") % {"available": format_money(available)},
            code="credit_insufficient",
            extra={"available": str(available)},
        )
    for credit in credits.values():
        taken = min(amount, credit.free)
        if taken > ZERO:
            settlement.apply(document, taken, on=clock.today(), credit=credit, actor=actor)
            amount -= taken
    return document


class MoneyBehindSettlements:
    """What billing asks of payments, within its own transaction: see `billing.settlement.Money`."""

    def void(self, payment_id: int, *, reason: str, actor: Actor) -> None:
        """Void the payment itself; billing holds the locks of the documents."""
        void(payment_id, reason=reason, actor=actor)


# The rules


def _check_entered(entered: PaymentInput, method: PaymentMethod) -> None:
    _check_amount("amount", entered.amount)
    if entered.paid_on and entered.paid_on > clock.today():
        raise _refused("paid_on", "date_in_future", _("La fecha del cobro no puede ser futura."))
    if not method.active:
        raise WorkflowError(_("El método «%(method)s» no está activo.") % {"method": method}, code="method_inactive")
    if method.needs_reference and not entered.reference.strip():
        raise _refused(
            "reference",
            "reference_required",
            _("«%(method)s» pide una referencia (comprobante, cheque o transacción).") % {"method": method},
        )


def _check_amount(field: str, amount: Decimal) -> None:
    if amount <= ZERO:
        raise _refused(field, "amount_not_positive", _("El valor debe ser mayor que cero."))
    if amount > MAX_AMOUNT:
        largest = _("El valor supera el máximo de %(largest)s.") % {"largest": format_money(MAX_AMOUNT)}
        raise _refused(field, "amount_too_large", largest)
    if amount != cents(amount):
        raise _refused(field, "amount_too_precise", _("El valor admite hasta dos decimales."))


def _allocations(entered: PaymentInput, customer: Customer) -> Sequence[Allocation]:
    if entered.allocations is not None:
        return entered.allocations
    if customer.is_final_consumer:  # everybody's oldest invoice is somebody else's
        raise _refused("allocations", "invoice_required", _("Indique qué factura paga el consumidor final."))
    return propose(entered.customer_id, entered.amount)[0]


def _check_allocations(
    allocations: Sequence[Allocation],
    documents: dict[int, Document],
    customer: Customer,
    left: Decimal,
    *,
    leave_credit: bool,
) -> None:
    if len({row.document_id for row in allocations}) != len(allocations):
        raise _refused("allocations", "repeated_invoice", _("Una factura está dos veces en el cobro."))
    for row in allocations:
        if row.document_id not in documents:
            raise Document.DoesNotExist
        if documents[row.document_id].customer_id != customer.pk:
            raise _refused(
                "allocations",
                "other_customer",
                _("La factura %(number)s es de otro cliente.") % {"number": documents[row.document_id]},
            )
        _check_amount("allocations", row.amount)
    if left < ZERO:
        raise _refused(
            "allocations",
            "allocated_more_than_paid",
            _("Lo aplicado supera el cobro en %(excess)s.") % {"excess": format_money(-left)},
        )
    if left > ZERO and not leave_credit:
        allocated = sum((row.amount for row in allocations), ZERO)
        balance = sum((row.balance for row in documents.values()), ZERO)
        raise _overpaid(balance, left) if allocated >= balance else _not_all_applied(left)


def _overpaid(balance: Decimal, left: Decimal) -> RuleRefused:
    message = _(
        "El cobro supera el saldo pendiente de %(balance)s en %(left)s. "
        "Corrija el valor o marque «Dejar el resto como saldo a favor»."
    ) % {"balance": format_money(balance), "left": format_money(left)}
    return _refused("amount", "overpayment", message, balance=balance, excess=left)


def _not_all_applied(left: Decimal) -> RuleRefused:
    return _refused(
        "allocations",
        "allocated_less_than_paid",
        _("Quedan %(left)s del cobro sin aplicar. Aplíquelos a una factura o déjelos como saldo a favor.")
        % {"left": format_money(left)},
    )


def _refused(field: str, code: str, message: str, **figures: Decimal) -> RuleRefused:
    fields = [FieldError(field=field, code=code, message=message)]
    return RuleRefused(message, code=code, fields=fields, extra={name: str(value) for name, value in figures.items()})


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


# Reads


def settled_by(payment_id: int) -> SettlementQuerySet:
    """Return what the payment settles now: directly, and through the credit it left."""
    return Settlement.objects.live().of_payments([payment_id]).order_by("pk")


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
