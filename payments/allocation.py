"""Which invoices a payment goes to: the oldest first, unless a person says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.models import Document
from core.money import ZERO


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much (USD) of a payment to one document."""

    document_id: int
    amount: Decimal


def propose(customer_id: int, amount: Decimal) -> tuple[list[Allocation], Decimal]:
    """Spread an amount over a customer's open invoices, the oldest due first; return what is left over."""
    open_ones = Document.objects.invoices().with_balance().filter(customer_id=customer_id)
    return spread_over(list(open_ones.order_by("due_date", "pk")), amount)


def spread_over(documents: Sequence[Document], amount: Decimal) -> tuple[list[Allocation], Decimal]:
    """Fill the documents' balances one after another; return the allocations and what is left over."""
    allocations, left = [], amount
    for document in documents:
        taken = min(left, document.balance)
        if taken > ZERO:
            allocations.append(Allocation(document.pk, taken))
            left -= taken
    return allocations, left
