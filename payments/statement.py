"""A customer's account: what was invoiced adds to what is owed, what was credited or came in takes from it.

Money given back of credit adds again, so that the end is what is owed less the credit there is, held or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from billing.models import SALES, Document, DocumentType, Status
from core.money import ZERO
from payments.models import Payment, Prefix, Refund
from payments.models.numbers import format_number

INVOICE, CREDIT_NOTE, PAYMENT, REFUND = "invoice", "credit_note", "payment", "refund"
KINDS: Final[dict[str, str]] = {**dict.fromkeys(SALES, INVOICE), DocumentType.CREDIT_NOTE: CREDIT_NOTE}
ORDER: Final = (INVOICE, CREDIT_NOTE, PAYMENT, REFUND)  # of one day
ADDS: Final = (INVOICE, REFUND)  # to what is owed
NAMES: Final = {INVOICE: "Factura", CREDIT_NOTE: "Nota de crédito", PAYMENT: "Cobro", REFUND: "Devolución"}
PAGES: Final = {
    INVOICE: "billing:invoice",
    CREDIT_NOTE: "billing:credit_note",
    PAYMENT: "payments:payment",
    REFUND: "payments:refund",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """An invoice, a credit note, a payment or a refund, and what is owed after it (USD; negative is credit)."""

    kind: str
    id: int
    on: date
    number: str
    label: str
    amount: Decimal
    balance: Decimal

    @property
    def title(self) -> str:
        """Return what it is, with its number, as a statement says it: in Spanish, whoever asks."""
        said = f"{NAMES[self.kind]} {self.number}"
        return said if self.kind in (INVOICE, CREDIT_NOTE) else f"{said} · {self.label}"

    @property
    def url(self) -> str:
        """Return its page."""
        return reverse(PAGES[self.kind], args=[self.id])

    @property
    def debit(self) -> Decimal | None:
        """Return what it adds to what is owed, if it does."""
        return self.amount if self.amount > ZERO else None

    @property
    def credit(self) -> Decimal | None:
        """Return what it takes from what is owed, if it does."""
        return -self.amount if self.amount < ZERO else None


@dataclass(frozen=True, slots=True)
class Statement:
    """What was owed before, and the movements since."""

    opening: Decimal
    movements: tuple[Movement, ...]

    @property
    def balance(self) -> Decimal:
        """Return what is owed in the end."""
        return self.movements[-1].balance if self.movements else self.opening

    @property
    def owed_or_credit(self) -> Decimal:
        """Return what is owed, or the credit, without a sign."""
        return abs(self.balance)

    @property
    def debits(self) -> Decimal:
        """Return all that was added."""
        return sum((row.amount for row in self.movements if row.amount > ZERO), ZERO)

    @property
    def credits(self) -> Decimal:
        """Return all that was taken."""
        return -sum((row.amount for row in self.movements if row.amount < ZERO), ZERO)


def statement(customer_id: int, *, since: date | None = None, until: date | None = None) -> Statement:
    """Tell a customer's account by local date, both days included; what was voided never happened."""
    opening = balance = ZERO
    movements: list[Movement] = []
    for on, kind, pk, number, label, amount in sorted(_amounts(customer_id, until), key=_place):
        signed = amount if kind in ADDS else -amount
        balance += signed
        if since and on < since:
            opening = balance
        else:
            movements.append(Movement(kind, pk, on, number, label, signed, balance))
    return Statement(opening, tuple(movements))


def _place(row: tuple[Any, ...]) -> tuple[date, int, int]:
    return row[0], ORDER.index(row[1]), row[2]


def _amounts(customer_id: int, until: date | None) -> Iterator[tuple[date, str, int, str, str, Decimal]]:
    documents = Document.objects.live().filter(customer_id=customer_id, status__in=[Status.ISSUED, Status.PAID])
    payments = Payment.objects.confirmed().filter(customer_id=customer_id)
    refunds = Refund.objects.confirmed().filter(customer_id=customer_id, kind=Refund.Kind.CREDIT)
    if until is not None:
        documents, payments = documents.filter(issue_date__lte=until), payments.filter(paid_on__lte=until)
        refunds = refunds.filter(refunded_on__lte=until)
    for on, kind, pk, number, total in documents.values_list("issue_date", "document_type", "pk", "number", "total"):
        yield on, KINDS[kind], pk, number, number, total
    paid = payments.values_list("paid_on", "pk", "receipt__sequential", "method__name", "amount")
    for on, pk, sequential, label, amount in paid:
        yield on, PAYMENT, pk, format_number(Prefix.RECEIPT, sequential or 0), label, amount
    given_back = refunds.values_list("refunded_on", "pk", "sequential", "method__name", "amount")
    for on, pk, sequential, label, amount in given_back:
        yield on, REFUND, pk, format_number(Prefix.REFUND, sequential or 0), label, amount
