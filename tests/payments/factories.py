"""What tests of payments start from."""

from decimal import Decimal
from typing import Any

from billing.models import Customer, Document
from payments import workflow
from payments.allocation import Allocation
from payments.models import Payment, PaymentMethod
from tests.factories import SYSTEM, line, make_invoice


def owing(amount: str = "100.00", **values: Any) -> Document:
    """Issue an invoice of exactly this total."""
    return make_invoice(line(amount, tax_category="zero"), **values)


def record(customer: Customer, amount: str, *parts: tuple[Document, str], by: Any = SYSTEM, **values: Any) -> Payment:
    """Record a payment; with `parts`, exactly these allocations, else the oldest invoices first."""
    method = values.pop("method", None) or PaymentMethod.objects.order_by("pk")[0]
    allocations = tuple(Allocation(document.pk, Decimal(part)) for document, part in parts)
    entered = workflow.PaymentInput(
        customer_id=customer.pk, method_id=method.pk, amount=Decimal(amount), allocations=allocations or None, **values
    )
    return workflow.record(entered, actor=by)


def standing(document: Document) -> tuple[str, Decimal]:
    """Return an invoice's status and balance as they are now."""
    now = Document.objects.get(pk=document.pk)
    return now.status, now.balance
