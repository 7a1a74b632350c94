"""What of the money that came in may go out again: the free credit, and never what somebody was already given."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import CreditPayout, CustomerCredit, Document, Settlement
from core.errors import WorkflowError
from core.money import ZERO, format_money
from payments.models import Refund
from payments.refusals import refused


def check_available(credits: Iterable[CustomerCredit], amount: Decimal) -> None:
    """Refuse to use more than locked credits have free.

    Raises:
        RuleRefused: `credit_insufficient`, with what there is.
    """
    available = sum((row.free for row in credits), ZERO)
    if amount > available:
        message = _("El saldo a favor disponible es %(available)s.") % {"available": format_money(available)}
        raise refused("amount", "credit_insufficient", message, available=available)


def check_nothing_given_back(
    credits: Collection[int], documents: dict[int, Document], payment_ids: Collection[int]
) -> None:
    """Refuse to void payments whose money, or some of it, was given back.

    Raises:
        WorkflowError: `refunded`, naming the refund to void first.
    """
    payouts = CreditPayout.objects.filter(credit_id__in=credits, reversed_at=None).values("refund_id")
    refund = Refund.objects.filter(pk__in=payouts).order_by("pk").first() or _internal(documents, payment_ids)
    if refund:
        raise WorkflowError(
            _("De este dinero se devolvieron %(amount)s con %(number)s. Anule primero esa devolución.")
            % {"amount": format_money(refund.amount), "number": refund.number},
            code="refunded",
        )


def _internal(documents: dict[int, Document], payment_ids: Collection[int]) -> Refund | None:
    """Return an internal refund of an invoice that, without these payments, would have been refunded too much."""
    refunds = Refund.objects.confirmed().filter(document_id__in=documents).select_related("document").order_by("pk")
    for refund in refunds:
        if _refunded(refund.document) > _collected(refund.document, but=payment_ids):
            return refund
    return None


def refundable(document: Document) -> Decimal:
    """Return what may be given back of a locked invoice to consumidor final: collected less given back, in USD."""
    return _collected(document) - _refunded(document)


def _collected(document: Document | None, *, but: Collection[int] = ()) -> Decimal:
    """Return the money that settles an invoice now; notes are no money."""
    live = Settlement.objects.live().filter(document=document, note=None)
    return live.exclude(payment_id__in=but).aggregate(total=Sum("amount"))["total"] or ZERO


def _refunded(document: Document | None) -> Decimal:
    return Refund.objects.confirmed().filter(document=document).aggregate(total=Sum("amount"))["total"] or ZERO
