"""From a stored document back to what a person entered: for editing a draft and for duplicating."""

from billing.drafts import DraftInput, DraftLine, PaymentTerm
from billing.models import Document, DocumentLine
from billing.totals import Discount


def as_entered(document: Document, *, free: bool = False) -> DraftInput:
    """Return the input that makes this document again.

    Args:
        free: make free lines of what came from billables, and leave the date to the day of issue: a duplicate.
    """
    lines = list(document.lines.all())
    billables = () if free else tuple(dict.fromkeys(line.billable_id for line in lines if line.billable_id))
    return DraftInput(
        customer_id=document.customer_id,
        series_id=document.series_id,
        date_asked=None if free else document.date_asked,
        payment_days=document.payment_days,
        billable_ids=billables,
        lines=tuple(_line(line) for line in lines if free or not line.billable_id),
        discount=Discount(document.discount_value, document.discount_is_percent),
        payment_terms=_terms(document),
        additional_info=tuple((item["name"], item["value"]) for item in document.additional_info),
        notes=document.notes,
    )


def _terms(document: Document) -> tuple[PaymentTerm, ...]:
    """A single row stands for the whole total, whatever it is when the lines have changed."""
    rows = document.payment_terms.all()
    whole = len(rows) == 1
    return tuple(PaymentTerm(row.sri_method, None if whole else row.amount, row.term_days) for row in rows)


def _line(line: DocumentLine) -> DraftLine:
    return DraftLine(
        quantity=line.quantity,
        product_id=line.product_id,
        code=line.code,
        description=line.description,
        unit_price=line.unit_price,
        price_includes_tax=line.price_includes_tax,
        tax_category=line.tax_category,
        discount=Discount(line.discount_value, line.discount_is_percent),
    )
