"""Money goes out: of the customer's credit, or of an invoice that can be neither annulled nor credited (D7, D22).

The lock order is document, refund, customer credit (by id), and the counter of refunds last.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from billing import closing, payouts, settlement
from billing.closing import Doing
from billing.models import Authorization, CreditPayout, Customer, CustomerCredit, Document, Status
from core import clock
from core.actor import Actor
from core.errors import WorkflowError
from core.money import format_money
from payments import entered as rules
from payments import numbering, paid_out, papers, references
from payments.models import PaymentMethod, PaymentStatus, Prefix, Refund
from payments.refusals import refused


@dataclass(frozen=True, slots=True)
class RefundInput:
    """What a person enters. With `document_id` it is internal: of an invoice to consumidor final, which stays."""

    customer_id: int
    method_id: int
    amount: Decimal
    reason: str
    reference: str = ""
    refunded_on: date | None = None
    document_id: int | None = None


@transaction.atomic
def refund(entered: RefundInput, *, actor: Actor) -> Refund:
    """Give money back: of a customer's free credit, the oldest first, or of what a consumidor final paid.

    Raises:
        WorkflowError: `method_inactive`; `not_refundable`: the invoice has another way (void, annulment, note).
        RuleRefused: `reason_required`, `date_in_future`, `period_closed`, `amount_not_positive`, `amount_too_large`,
            `amount_too_precise`, `reference_required`, `reference_not_wanted`, `reference_invalid`, `other_customer`,
            `credit_insufficient` and `collected_insufficient` (each with what there is).
    """
    actor.require("payments.refund")
    customer = Customer.objects.get(pk=entered.customer_id)
    method = _check(entered)
    if entered.document_id is not None:
        made = _internal(entered, customer, method, actor)
    else:
        made = _of_credit(entered, customer, method, actor)
    made.sequential = numbering.take_next(Prefix.REFUND)
    made.facts = papers.refund_facts(made)
    made.save(update_fields=["sequential", "facts", "search_text", "search_grams"])
    _tell("refund.confirmed", made, actor=actor, reason=made.reason)
    return made


def _of_credit(entered: RefundInput, customer: Customer, method: PaymentMethod, actor: Actor) -> Refund:
    credits = settlement.lock_credits(CustomerCredit.objects.available().filter(customer=customer))
    paid_out.check_available(credits.values(), entered.amount)
    made = _create(entered, customer, method, Refund.Kind.CREDIT, actor)
    payouts.pay_out(credits.values(), made.amount, refund_id=made.pk, on=made.refunded_on, actor=actor)
    return made


def _internal(entered: RefundInput, customer: Customer, method: PaymentMethod, actor: Actor) -> Refund:
    document = settlement.lock_documents([entered.document_id or 0]).get(entered.document_id or 0)
    if document is None:
        raise Document.DoesNotExist
    if document.customer_id != customer.pk:
        message = _("La factura %(number)s es de otro cliente.") % {"number": document}
        raise refused("document", "other_customer", message)
    check_refundable(document)
    available = paid_out.refundable(document)
    if entered.amount > available:
        message = _("De la factura %(number)s se pueden devolver %(available)s: lo cobrado menos lo ya devuelto.")
        figures = {"number": document.number, "available": format_money(available)}
        raise refused("amount", "collected_insufficient", message % figures, available=available)
    return _create(entered, customer, method, Refund.Kind.INTERNAL, actor)


def _create(entered: RefundInput, customer: Customer, method: PaymentMethod, kind: Refund.Kind, actor: Actor) -> Refund:
    return Refund.objects.create(
        customer=customer,
        method=method,
        amount=entered.amount,
        refunded_on=entered.refunded_on or clock.today(),
        reference=entered.reference.strip(),
        reason=entered.reason.strip(),
        kind=kind,
        document_id=entered.document_id,
        recorded_by_id=actor.user_id,
        created_at=clock.now(),
    )


@transaction.atomic
def void(refund_id: int, *, reason: str, actor: Actor) -> Refund:
    """Void a refund: the money never went out. Its credit is there again; it keeps its number.

    Raises:
        WorkflowError: `already_voided`.
        RuleRefused: `reason_required`, `period_closed`.
    """
    actor.require("payments.refund")
    reason = _reason(reason, _("Escriba el motivo de la anulación."))
    made = (
        Refund.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer", "method", "document")
        .get(pk=refund_id)
    )
    check_voidable(made)
    closing.check_open(made.refunded_on, doing=Doing.VOID)
    out = CreditPayout.objects.filter(refund_id=made.pk, reversed_at=None).values("credit_id")
    credits = settlement.lock_credits(CustomerCredit.objects.filter(pk__in=out))
    payouts.take_back(made.pk, credits, reason=reason, actor=actor)
    made.status, made.void_reason, made.voided_at = PaymentStatus.VOIDED, reason, clock.now()
    made.save(update_fields=["status", "void_reason", "voided_at"])
    _tell("refund.voided", made, actor=actor, reason=reason)
    return made


# The rules


def _check(entered: RefundInput) -> PaymentMethod:
    _reason(entered.reason, _("Escriba por qué se devuelve el dinero."))
    method = PaymentMethod.objects.get(pk=entered.method_id)
    rules.check_amount("amount", entered.amount)
    day = entered.refunded_on or clock.today()
    if day > clock.today():
        raise refused("refunded_on", "date_in_future", _("La fecha de la devolución no puede ser futura."))
    closing.check_open(day, doing=Doing.GIVE_BACK)
    if not method.active:
        raise WorkflowError(_("El método «%(method)s» no está activo.") % {"method": method}, code="method_inactive")
    references.check(method, entered.reference, "reference")
    return method


def _reason(text: str, missing: str) -> str:
    if not text.strip():
        raise refused("reason", "reason_required", missing)
    return text.strip()


def check_refundable(document: Document) -> None:
    """Refuse to give money back of an invoice that has another way: to void or annul it, or a credit note (D7).

    Raises:
        WorkflowError: `not_refundable`.
    """
    final = document.customer.is_final_consumer and not document.is_credit_note
    standing = document.status in (Status.ISSUED, Status.PAID) and document.authorization == Authorization.AUTHORIZED
    if not (final and standing):
        raise WorkflowError(
            _(
                "La devolución interna es para facturas autorizadas a consumidor final. La %(number)s se anula o se "
                "acredita con una nota, y su dinero queda como saldo a favor."
            )
            % {"number": document},
            code="not_refundable",
        )


def check_voidable(made: Refund) -> None:
    """Refuse to void a refund twice.

    Raises:
        WorkflowError: `already_voided`.
    """
    if made.status == PaymentStatus.VOIDED:
        raise WorkflowError(_("La devolución ya está anulada."), code="already_voided")


def _tell(action: str, made: Refund, *, actor: Actor, reason: str) -> None:
    values = {"refund_id": made.pk, "refund_number": made.number, "amount": made.amount, "method": made.method.name,
              "customer_name": made.customer.name, "status": made.status}  # fmt: skip
    record(action, made, actor=actor, after=values, reason=reason, document_id=made.document_id, public=values)
