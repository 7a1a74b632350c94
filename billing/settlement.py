"""What settles a document: the only code that writes a balance.

`apply` settles part of a document, `reverse` undoes that, `release` turns a document's settled money into the
customer's credit; `credit` settles with a credit note and lets go of the money it takes the place of, `uncredit`
undoes that. Callers hold the locks: documents first, then the payment (see the lock order).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.log import record
from billing.models import Customer, CustomerCredit, Document, Settlement, Status
from billing.models.settlement import CustomerCreditQuerySet
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError
from core.money import ZERO, format_money


@dataclass(frozen=True, slots=True)
class Hold:
    """The source whose invoices a credit waits for, such as a booking's deposit."""

    source_type: str
    source_id: int
    label: str

    def as_columns(self, amount: Decimal) -> dict[str, Any]:
        """Return what the row of a credit of that amount (USD) says of it."""
        return {
            "held": amount,
            "held_source_type": self.source_type,
            "held_source_id": self.source_id,
            "held_label": self.label,
        }


class Money(Protocol):
    """What only payments can do, which billing asks for within its own transaction."""

    def void(self, payment_id: int, *, reason: str, actor: Actor) -> None:
        """Void the payment itself: it never happened."""


_money: list[Money] = []


def register_money(money: Money) -> None:
    """Tell settlement who can void payments; called once by the app above."""
    _money[:] = [money]


def lock_documents(ids: Iterable[int], *related: str) -> dict[int, Document]:
    """Lock documents in id order and return them by id; an id of another company is simply not there.

    Rows of `related` names are read along, unlocked.
    """
    rows = Document.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in (rows.select_related(*related) if related else rows)}


def lock_credits(credits: CustomerCreditQuerySet) -> dict[int, CustomerCredit]:
    """Lock credits in id order, after the documents and the payment, and return them by id."""
    ids = list(credits.values_list("pk", flat=True))
    rows = (
        CustomerCredit.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=ids, voided_at=None)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def apply(
    document: Document,
    amount: Decimal,
    *,
    on: date,
    actor: Actor,
    payment_id: int | None = None,
    credit: CustomerCredit | None = None,
) -> Settlement:
    """Settle `amount` (USD, cents) of a locked document with a payment or with a credit.

    Raises:
        WorkflowError: `not_payable`: the document is a draft or voided; `already_paid`.
        RuleRefused: `overpayment`: more than the balance, which the message names.
    """
    check_payable(document, amount)
    settlement = Settlement.objects.create(
        document=document,
        kind=Settlement.Kind.CREDIT if credit else Settlement.Kind.PAYMENT,
        payment_id=payment_id,
        credit=credit,
        amount=amount,
        settled_on=on,
        created_at=clock.now(),
    )
    if credit:
        _use_credit(credit, -amount, "customer_credit.applied", document, actor=actor)
    _set_balance(document, document.balance - amount, actor=actor, cause=settlement)
    return settlement


def check_payable(document: Document, amount: Decimal) -> None:
    """Refuse to settle more of a document than it owes, or one that owes nothing.

    Raises:
        WorkflowError: `already_paid`, `not_payable`.
        RuleRefused: `overpayment`: more than the balance, which the message names.
    """
    if document.is_credit_note:
        raise WorkflowError(_("Una nota de crédito no se cobra."), code="not_payable")
    if document.status == Status.PAID:
        raise WorkflowError(_("La factura %(number)s ya está pagada.") % {"number": document}, code="already_paid")
    if document.status != Status.ISSUED:
        raise WorkflowError(
            _("La factura %(number)s está en estado «%(status)s» y no admite cobros.")
            % {"number": document, "status": document.get_status_display()},
            code="not_payable",
        )
    if amount > document.balance:
        raise RuleRefused(
            _("El saldo de la factura %(number)s es %(balance)s; se intentó aplicar %(amount)s.")
            % {"number": document, "balance": format_money(document.balance), "amount": format_money(amount)},
            code="overpayment",
            extra={"balance": str(document.balance)},
        )


def _set_balance(
    document: Document, balance: Decimal, *, actor: Actor, cause: Settlement, reason: str = "", action: str = ""
) -> None:
    before = {"balance": document.balance, "status": document.status}
    document.balance = balance
    document.status = Status.PAID if balance == 0 else Status.ISSUED
    document.version += 1
    document.save(update_fields=["balance", "status", "version"])
    after = {"balance": document.balance, "status": document.status}
    if cause.note:
        after |= {"credit_note": cause.note.number}
    record(
        action or _action(before["status"], document.status, reversing=bool(reason)),
        document,
        actor=actor,
        before=before,
        after={**after, "settlement": cause.pk, "amount": cause.amount},
        reason=reason,
        document_id=document.pk,
        public={"invoice_id": document.pk, "invoice_number": document.number, "customer_name": document.buyer_name,
                "total_amount": document.total, "balance": balance, "status": document.status},
    )  # fmt: skip


def _action(before: object, after: str, *, reversing: bool) -> str:
    if after == Status.PAID:
        return "invoice.paid"
    return "invoice.reopened" if reversing and before == Status.PAID else "invoice.balance_changed"


def grant_credit(
    *,
    customer: Customer,
    amount: Decimal,
    payment_id: int,
    origin: str,
    actor: Actor,
    document: Document | None = None,
    hold: Hold | None = None,
) -> CustomerCredit:
    """Keep money that settles nothing as the customer's credit (law 4); with `hold`, for one source's invoices only.

    Raises:
        RuleRefused: `final_consumer_credit`: nobody could ever ask for it.
    """
    if customer.is_final_consumer:
        instead = _("anule también los cobros") if document else _("cobre el valor exacto")
        raise RuleRefused(
            _("Consumidor final no puede tener saldo a favor: %(instead)s.") % {"instead": instead},
            code="final_consumer_credit",
        )
    credit = CustomerCredit.objects.create(
        customer=customer,
        origin=origin,
        payment_id=payment_id,
        document=document,
        amount=amount,
        remaining=amount,
        created_at=clock.now(),
        **(hold.as_columns(amount) if hold else {}),
    )
    held = {"held_for": hold.label} if hold else {}
    record(
        "customer_credit.granted",
        credit,
        actor=actor,
        after={"customer": customer.pk, "amount": amount, "origin": origin, "payment": payment_id, **held},
        document_id=document.pk if document else None,
    )
    return credit


def reverse(document: Document, settlement: Settlement, *, reason: str, actor: Actor) -> None:
    """Undo one settlement of a locked document: its balance grows again and a paid one reopens."""
    settlement.reversed_at = clock.now()
    settlement.reversal_reason = reason
    settlement.save(update_fields=["reversed_at", "reversal_reason"])
    if settlement.credit:
        _use_credit(
            settlement.credit, settlement.amount, "customer_credit.restored", document, actor=actor, reason=reason
        )
        _hold_again(settlement.credit, settlement.amount, document)
    _set_balance(document, document.balance + settlement.amount, actor=actor, cause=settlement, reason=reason)


def _use_credit(
    credit: CustomerCredit, change: Decimal, action: str, document: Document, *, actor: Actor, reason: str = ""
) -> None:
    before = {"remaining": credit.remaining}
    credit.remaining += change
    credit.save(update_fields=["remaining"])
    after = {"remaining": credit.remaining}
    record(action, credit, actor=actor, before=before, after=after, reason=reason, document_id=document.pk)


def _hold_again(credit: CustomerCredit, amount: Decimal, document: Document) -> None:
    """Let what came back to a deposit wait again, where the document billed what the deposit is for."""
    source_id = credit.held_source_id
    if source_id and document.billables.filter(source_type=credit.held_source_type, source_id=source_id).exists():
        credit.held += amount
        credit.save(update_fields=["held"])


def release(document: Document, *, void_payments: bool, reason: str, actor: Actor) -> None:
    """Free the money that settled a locked document about to be voided (D8).

    It becomes the customer's credit; with `void_payments` the payments behind it are voided instead.
    """
    live = Settlement.objects.live().filter(document=document).order_by("pk")
    voided = sorted({row.payment_id for row in live if row.payment_id}) if void_payments else []
    # All credits at once, in id order: the documents' locks already keep everybody else from these payments.
    used = [row.credit_id for row in live if row.credit_id]
    credits = lock_credits(CustomerCredit.objects.filter(Q(pk__in=used) | Q(payment_id__in=voided)))
    for payment_id in voided:
        _money[0].void(payment_id, reason=reason, actor=actor)
    document.refresh_from_db()
    for settlement in live.all():
        settlement.credit = credits.get(settlement.credit_id or 0)
        reverse(document, settlement, reason=reason, actor=actor)
        if settlement.payment_id:
            grant_credit(
                customer=document.customer,
                amount=settlement.amount,
                payment_id=settlement.payment_id,
                origin=CustomerCredit.Origin.RELEASED,
                actor=actor,
                document=document,
            )


# Credit notes


def credit(invoice: Document, note: Document, *, actor: Actor) -> Settlement:
    """Settle a locked invoice with an issued note on it, which was not more than what remained of the invoice.

    The note first lowers the balance. What exceeds the balance takes the place of money, the youngest first: that of
    payments becomes the customer's credit, that of credit returns to the credit it came from.
    """
    live = list(Settlement.objects.live().filter(document=invoice, note=None).order_by("-pk"))
    credits = hold_credits(invoice)
    effect = Settlement.objects.create(
        document=invoice,
        kind=Settlement.Kind.NOTE,
        note=note,
        amount=note.total,
        settled_on=note.issue_date,
        created_at=clock.now(),
    )
    excess = max(note.total - invoice.balance, ZERO)
    for row in live:
        freed = min(excess, row.amount)
        if freed > ZERO:
            row.credit = credits.get(row.credit_id or 0)
            _free(invoice, row, freed, effect, actor)
            excess -= freed
    _set_balance(
        invoice,
        max(invoice.balance - note.total, ZERO),
        actor=actor,
        cause=effect,
        action="invoice.credited",
    )
    return effect


def hold_credits(invoice: Document) -> dict[int, CustomerCredit]:
    """Lock the credits that settle a locked invoice: who issues a note does so before the series (the lock order)."""
    live = Settlement.objects.live().filter(document=invoice, credit__isnull=False)
    return lock_credits(CustomerCredit.objects.filter(pk__in=live.values("credit_id")))


def _free(invoice: Document, row: Settlement, freed: Decimal, effect: Settlement, actor: Actor) -> None:
    """Take so much money out of a settlement: it is reversed, and what stays settles anew, of the same day."""
    reason = _freed_by(effect)
    row.reversed_at, row.reversal_reason = effect.created_at, reason
    row.save(update_fields=["reversed_at", "reversal_reason"])
    if row.amount > freed:
        Settlement.objects.create(
            document=invoice,
            kind=row.kind,
            payment_id=row.payment_id,
            credit=row.credit,
            amount=row.amount - freed,
            settled_on=row.settled_on,
            created_at=effect.created_at,
        )
    if row.credit:
        _use_credit(row.credit, freed, "customer_credit.restored", invoice, actor=actor, reason=reason)
    elif row.payment_id:
        grant_credit(
            customer=invoice.customer,
            amount=freed,
            payment_id=row.payment_id,
            origin=CustomerCredit.Origin.CREDITED,
            actor=actor,
            document=effect.note,
        )


def uncredit(invoice: Document, note: Document, *, reason: str, actor: Actor) -> None:
    """Undo what a note that is being voided did to its locked invoice.

    The money it let go of settles the invoice again as far as it is still there; the rest is owed again.
    """
    effect = Settlement.objects.live().get(document=invoice, note=note)
    effect.note = note
    freed = _freed_by_note(invoice, effect)
    credits = lock_credits(CustomerCredit.objects.filter(pk__in=freed))
    effect.reversed_at, effect.reversal_reason = clock.now(), reason
    effect.save(update_fields=["reversed_at", "reversal_reason"])
    owed = invoice.balance + effect.amount
    for pk, granted in freed.items():
        back = min(owed, granted, credits[pk].free) if pk in credits else ZERO
        if back > ZERO:
            _settle_with_credit(invoice, credits[pk], back, actor)
            owed -= back
    _set_balance(invoice, owed, actor=actor, cause=effect, reason=reason, action="invoice.uncredited")


def _settle_with_credit(invoice: Document, credit: CustomerCredit, amount: Decimal, actor: Actor) -> None:
    Settlement.objects.create(
        document=invoice,
        kind=Settlement.Kind.CREDIT,
        credit=credit,
        amount=amount,
        settled_on=clock.today(),
        created_at=clock.now(),
    )
    _use_credit(credit, -amount, "customer_credit.applied", invoice, actor=actor)


def _freed_by(effect: Settlement) -> str:
    return _("Nota de crédito %(note)s") % {"note": effect.note}


def _freed_by_note(invoice: Document, effect: Settlement) -> dict[int, Decimal]:
    """Return how much each credit got of the money that a note let go of: new credits, and those it returned to."""
    granted = dict(CustomerCredit.objects.filter(document=effect.note).order_by("pk").values_list("pk", "amount"))
    rows = Settlement.objects.filter(document=invoice).order_by("pk")
    returned: dict[int, Decimal] = {}
    for row in rows.filter(reversed_at=effect.created_at, reversal_reason=_freed_by(effect)):
        if row.credit_id:
            returned[row.credit_id] = returned.get(row.credit_id, ZERO) + row.amount
    # What stayed of the settlement that was split: written right after the note's own row, at its very moment.
    kept = rows.filter(pk__gt=effect.pk).first()
    if kept is not None and kept.created_at == effect.created_at and kept.credit_id in returned:
        returned[kept.credit_id] -= kept.amount
    return granted | returned


def withdraw_credit(credit: CustomerCredit, *, reason: str, actor: Actor) -> None:
    """Take back a locked credit whose payment is being voided; what it settled was reversed before."""
    before = {"remaining": credit.remaining}
    credit.remaining, credit.held, credit.voided_at = ZERO, ZERO, clock.now()
    credit.save(update_fields=["remaining", "held", "voided_at"])
    record("customer_credit.withdrawn", credit, actor=actor, before=before, after={"remaining": ZERO}, reason=reason)
