"""Credit held for a source: its invoices take it by themselves when they are issued; what is left over is released.

The caller holds the locks as for all settlement: source, billables, document, then these credits.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from django.db.models import Q

from audit.log import record
from billing import settlement, sources
from billing.models import Billable, CustomerCredit, Document
from billing.models.settlement import CustomerCreditQuerySet
from core import clock
from core.actor import Actor
from core.money import ZERO


def held_for(source_type: str, source_id: int) -> CustomerCreditQuerySet:
    """Return the credits that wait for one source's invoices, the oldest first."""
    return CustomerCredit.objects.held_for(source_type, [source_id]).order_by("pk")


def lock_for(billables: Iterable[Billable]) -> dict[int, CustomerCredit]:
    """Lock what is held for the sources of these billables, whoever left it: before the series, by the lock order."""
    offered: dict[str, set[int]] = defaultdict(set)
    for billable in billables:
        offered[billable.source_type].add(billable.source_id)
    if not offered:
        return {}
    wanted = Q()
    for source_type, ids in offered.items():
        wanted |= Q(held_source_type=source_type, held_source_id__in=ids)
    return settlement.lock_credits(CustomerCredit.objects.filter(wanted, held__gt=0))


def apply(document: Document, credits: dict[int, CustomerCredit], *, actor: Actor) -> None:
    """Settle an invoice that was just issued with its customer's locked credits that waited for it, the oldest first.

    Where something is still held then, the sources decide what becomes of it.
    """
    for credit in credits.values():
        taken = min(document.balance, credit.held) if credit.customer_id == document.customer_id else ZERO
        if taken > ZERO:
            credit.held -= taken
            credit.save(update_fields=["held"])
            settlement.apply(document, taken, on=clock.today(), credit=credit, actor=actor)
    left: dict[str, set[int]] = defaultdict(set)
    for credit in credits.values():
        if credit.held > ZERO:
            left[credit.held_source_type].add(cast(int, credit.held_source_id))
    for source_type, ids in left.items():
        sources.tell_invoiced(source_type, ids, actor=actor)


def release(source_type: str, source_id: int, *, keep: Decimal = ZERO, reason: str, actor: Actor) -> Decimal:
    """Let go of what waits for a source, but for `keep` (USD): it is then the customer's like any other credit.

    Returns how much was let go. The oldest credits keep waiting first.
    """
    released = ZERO
    for credit in settlement.lock_credits(held_for(source_type, source_id)).values():
        stays = min(keep, credit.held)
        keep -= stays
        if stays < credit.held:
            released += credit.held - stays
            _set_held(credit, stays, reason, actor)
    return released


def _set_held(credit: CustomerCredit, held: Decimal, reason: str, actor: Actor) -> None:
    before = {"held": credit.held, "held_for": credit.held_label}
    credit.held = held
    credit.save(update_fields=["held"])
    record("customer_credit.released", credit, actor=actor, before=before, after={"held": held}, reason=reason)
