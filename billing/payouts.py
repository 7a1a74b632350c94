"""Credit given back as money (D22): never more than is free; reversed when the refund is voided.

The caller holds the credits' locks and made the refund that the money went out with.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from audit.log import record
from billing.models import CreditPayout, CustomerCredit
from core import clock
from core.actor import Actor
from core.money import ZERO


def pay_out(
    credits: Iterable[CustomerCredit], amount: Decimal, *, refund_id: int, on: date, actor: Actor
) -> list[CreditPayout]:
    """Take `amount` (USD) out of locked credits, which have as much free, in the order given."""
    made = []
    for credit in credits:
        taken = min(amount, credit.free)
        if taken > ZERO:
            made.append(
                CreditPayout.objects.create(
                    credit=credit, refund_id=refund_id, amount=taken, paid_on=on, created_at=clock.now()
                )
            )
            _change(credit, -taken, "customer_credit.paid_out", actor=actor)
            amount -= taken
    if amount:
        raise AssertionError(f"{amount} more than the credits had free")
    return made


def take_back(refund_id: int, credits: dict[int, CustomerCredit], *, reason: str, actor: Actor) -> None:
    """Undo what a refund took out of locked credits, because it never happened."""
    for payout in CreditPayout.objects.filter(refund_id=refund_id, reversed_at=None).order_by("pk"):
        payout.reversed_at, payout.reversal_reason = clock.now(), reason
        payout.save(update_fields=["reversed_at", "reversal_reason"])
        _change(credits[payout.credit_id], payout.amount, "customer_credit.restored", actor=actor, reason=reason)


def _change(credit: CustomerCredit, change: Decimal, action: str, *, actor: Actor, reason: str = "") -> None:
    before = {"remaining": credit.remaining}
    credit.remaining += change
    credit.save(update_fields=["remaining"])
    record(action, credit, actor=actor, before=before, after={"remaining": credit.remaining}, reason=reason)
