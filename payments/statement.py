"""A customer's account: what was invoiced adds to what is owed, what was credited or came in takes from it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Value

from billing.models import Document, Status
from core.money import ZERO
from payments.models import Payment


@dataclass(frozen=True, slots=True)
class Movement:
    """An invoice, a credit note or a payment, and what is owed after it (USD; negative is credit)."""

    kind: str
    id: int
    on: date
    label: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What was owed before, and the movements since."""

    opening: Decimal
    movements: tuple[Movement, ...]

    @property
    def balance(self) -> Decimal:
        """Return what is owed in the end."""
        return self.movements[-1].balance if self.movements else self.opening


def statement(customer_id: int, *, since: date | None = None, until: date | None = None) -> Statement:
    """Tell a customer's account by local date, both days included; what was voided never happened."""
    opening = balance = ZERO
    movements: list[Movement] = []
    for on, kind, pk, label, amount in _amounts(customer_id, until):
        balance += amount
        if since and on < since:
            opening = balance
        else:
            movements.append(Movement(kind, pk, on, label, amount, balance))
    return Statement(opening, tuple(movements))


def _amounts(customer_id: int, until: date | None) -> list[tuple[Any, ...]]:
    issued = Q(customer_id=customer_id, status__in=[Status.ISSUED, Status.PAID])
    documents, notes = Document.objects.invoices().filter(issued), Document.objects.credit_notes().filter(issued)
    payments = Payment.objects.confirmed().filter(customer_id=customer_id)
    if until is not None:
        documents, payments = documents.filter(issue_date__lte=until), payments.filter(paid_on__lte=until)
        notes = notes.filter(issue_date__lte=until)
    owed = documents.values_list("issue_date", Value("invoice"), "pk", "number", "total")
    credited = notes.values_list("issue_date", Value("credit_note"), "pk", "number", "total")
    paid = payments.values_list("paid_on", Value("payment"), "pk", "method__name", "amount")
    taken = ((on, kind, pk, label, -amount) for on, kind, pk, label, amount in [*credited, *paid])
    order = {"invoice": 0, "credit_note": 1, "payment": 2}  # of one day
    return sorted([*owed, *taken], key=lambda row: (row[0], order[row[1]], row[2]))
