"""Writing a credit note down: header, lines and taxes, the invoice's buyer and the frozen issuer."""

from billing.models import Document, DocumentLine
from billing.note_drafts import ComposedLine, Composition
from billing.profile import issuer_snapshot
from billing.storing import store_taxes
from companies.models import Company
from core.money import ZERO, cents


def store(note: Document, composition: Composition) -> None:
    """Store a new draft: the totals on its header, then lines and taxes."""
    worked_out = composition.totals
    note.subtotal, note.total_discount = worked_out.subtotal, worked_out.discount
    note.tax_total, note.total = worked_out.tax_total, worked_out.total
    note.save()
    DocumentLine.objects.bulk_create(
        _line(note, position, row) for position, row in enumerate(composition.lines, start=1)
    )
    store_taxes(note, worked_out.taxes)


def _line(note: Document, position: int, row: ComposedLine) -> DocumentLine:
    """Make a line with the rate of the invoice's (D4), its price without tax."""
    result, source = row.result, row.source
    copied = {"product_id": source.product_id, "code": source.code, "auxiliary_code": source.auxiliary_code}
    return DocumentLine(
        document=note,
        position=position,
        credits_id=result.line_id,
        description=row.description,
        quantity=result.quantity,
        unit_price=result.unit_price,
        price_includes_tax=False,
        discount_value=result.discount,
        tax_category=source.tax_category,
        tax_code=result.tax.code,
        rate_code=result.tax.rate_code,
        rate=result.tax.rate,
        gross=cents(result.quantity * result.unit_price),
        discount=result.discount,
        document_discount_share=ZERO,
        net_unit_price=result.unit_price,
        net_discount=result.discount,
        base=result.base,
        tax=result.tax_amount,
        total=result.total,
        **(copied if result.line_id is not None else {}),
    )


def freeze(note: Document, invoice: Document, company: Company) -> None:
    """Copy the buyer from the invoice, whatever the customer says now, and the issuer as it is now."""
    note.customer_id = invoice.customer_id
    note.buyer_identification_type = invoice.buyer_identification_type
    note.buyer_identification = invoice.buyer_identification
    note.buyer_name, note.buyer_address = invoice.buyer_name, invoice.buyer_address
    note.buyer_email, note.buyer_phone = invoice.buyer_email, invoice.buyer_phone
    note.issuer = issuer_snapshot(company, note.series)
