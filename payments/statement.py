"""A customer's account: what was invoiced adds to what is owed, what was credited or came in takes from it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Value

from billing.models import SALES, Document, DocumentType, Status
from core.money import ZERO
from payments.models import Payment

KINDS: Final[dict[str, str]] = {**dict.fromkeys(SALES, "invoice"), DocumentType.CREDIT_NOTE: "credit_note"}
ORDER: Final = ("invoice", "credit_note", "payment")  # of one day


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
    documents = Document.objects.live().filter(customer_id=customer_id, status__in=[Status.ISSUED, Status.PAID])
    payments = Payment.objects.confirmed().filter(customer_id=customer_id)
    if until is not None:
        documents, payments = documents.filter(issue_date__lte=until), payments.filter(paid_on__lte=until)
    owed = documents.values_list("issue_date", "document_type", "pk", "number", "total")
    paid = payments.values_list("paid_on", Value("payment"), "pk", "method__name", "amount")
    found = [_signed(*row) for row in [*owed, *paid]]
    return sorted(found, key=lambda row: (row[0], ORDER.index(row[1]), row[2]))


def _signed(on: date, kind: str, pk: int, label: str, amount: Decimal) -> tuple[date, str, int, str, Decimal]:
    """Name the kind of a movement, and let all but invoices take from what is owed."""
    kind = KINDS.get(kind, kind)
    return on, kind, pk, label, amount if kind == "invoice" else -amount
