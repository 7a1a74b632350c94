"""Which invoices a payment goes to: the oldest first, unless a person says otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from billing.models import Document
from core.money import ZERO


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much (USD) of a payment to one document."""

    document_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Dealt:
    """What one part of the money settles, and what of it is left over (USD)."""

    allocations: tuple[Allocation, ...]
    left: Decimal


def open_invoices(customer_id: int) -> QuerySet[Document]:
    """Return what a customer still owes, the oldest due first."""
    return Document.objects.invoices().with_balance().filter(customer_id=customer_id).order_by("due_date", "pk")


def propose(customer_id: int, amount: Decimal) -> tuple[list[Allocation], Decimal]:
    """Spread an amount over a customer's open invoices, the oldest due first; return what is left over."""
    return spread_over(open_invoices(customer_id), amount)


def spread_over(documents: Iterable[Document], amount: Decimal) -> tuple[list[Allocation], Decimal]:
    """Fill the documents' balances one after another; return the allocations and what is left over."""
    allocations, left = [], amount
    for document in documents:
        taken = min(left, document.balance)
        if taken > ZERO:
            allocations.append(Allocation(document.pk, taken))
            left -= taken
    return allocations, left


def deal(parts: Sequence[Decimal], allocations: Iterable[Allocation]) -> list[Dealt]:
    """Deal allocations over the parts that came in, both in order; they are no more than the parts together.

    The last parts keep what is left over.
    """
    owed = list(allocations)
    dealt = []
    for part in parts:
        taken = []
        while part > ZERO and owed:
            share = min(part, owed[0].amount)
            taken.append(Allocation(owed[0].document_id, share))
            part -= share
            rest = owed[0].amount - share
            owed[:1] = [Allocation(owed[0].document_id, rest)] if rest else []
        dealt.append(Dealt(tuple(taken), part))
    return dealt


def to_one(document_id: int, amount: Decimal, *, keep_rest: bool) -> tuple[Allocation]:
    """Put an amount on one invoice; with `keep_rest` no more than its balance, so that the rest is left over.

    Raises:
        Document.DoesNotExist: it is not this company's.
    """
    document = Document.objects.invoices().get(pk=document_id)
    most = document.balance if keep_rest and document.balance else amount
    return (Allocation(document_id, min(amount, most)),)
