"""Writing a composed document down: header, lines, taxes and payment terms, and the frozen copies."""

from collections.abc import Iterable

from billing.drafts import Composition, DraftInput
from billing.models import Document, DocumentLine, DocumentPayment, DocumentTax
from billing.profile import issuer_snapshot
from billing.totals import RateTotals
from billing.xml_parts import Parts
from companies.models import Company


def store(document: Document, entered: DraftInput, composition: Composition, company: Company) -> None:
    """Store a composition on a draft: header, then lines, taxes and payment terms anew."""
    _copy_header(document, entered, composition)
    freeze(document, company)
    if document.pk:
        document.version += 1
        for parts in (document.lines, document.taxes, document.payment_terms):
            parts.all().delete()
    document.save()
    store_parts(document, composition)


def store_parts(document: Document, composition: Composition) -> None:
    """Store lines, taxes and payment terms of the document's present revision."""
    _store_lines(document, composition)
    store_taxes(document, composition.totals.taxes)
    DocumentPayment.objects.bulk_create(
        DocumentPayment(document=document, revision=document.revision, position=position, sri_method=row.sri_method,
                        amount=row.amount, term_days=row.term_days)
        for position, row in enumerate(composition.payment_terms, start=1)
    )  # fmt: skip


def store_taxes(document: Document, rates: Iterable[RateTotals]) -> None:
    """Store base and tax at each rate, of the document's present revision."""
    DocumentTax.objects.bulk_create(
        DocumentTax(document=document, revision=document.revision, position=position, tax_code=row.tax.code,
                    rate_code=row.tax.rate_code, rate=row.tax.rate, base=row.base, tax=row.tax_amount)
        for position, row in enumerate(rates, start=1)
    )  # fmt: skip


def copy_parts(parts: Parts, document: Document) -> None:
    """Write parts down once more, to the cent, as those of the document's present revision."""
    rows: list[DocumentLine | DocumentTax | DocumentPayment] = [*parts.lines, *parts.taxes, *parts.payments]
    for row in rows:
        row.pk, row.document, row.revision = None, document, document.revision
        row._state.adding = True
        row.save(force_insert=True)


def _copy_header(document: Document, entered: DraftInput, composition: Composition) -> None:
    document.date_asked, document.issue_date = entered.date_asked, composition.issue_date
    copy_content(document, entered, composition)


def copy_content(document: Document, entered: DraftInput, composition: Composition) -> None:
    """Copy what the document says onto its header: customer, terms, discount, totals, texts."""
    totals = composition.totals
    document.customer = composition.customer
    document.payment_days, document.due_date = composition.payment_days, composition.due_date
    document.discount_value, document.discount_is_percent = entered.discount.value, entered.discount.is_percent
    document.subtotal, document.total_discount = totals.subtotal_without_tax, totals.net_discount
    document.tax_total, document.total = totals.tax_total, totals.total
    document.additional_info = [{"name": name, "value": value} for name, value in entered.additional_info]
    document.notes = entered.notes


def _store_lines(document: Document, composition: Composition) -> None:
    pairs = zip(composition.lines, composition.totals.lines, strict=True)
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=document,
            revision=document.revision,
            position=position,
            billable_id=line.billable_id,
            product_id=line.product_id,
            code=line.code,
            auxiliary_code=line.auxiliary_code,
            description=line.description,
            quantity=line.input.quantity,
            unit_price=line.input.unit_price,
            price_includes_tax=line.input.price_includes_tax,
            discount_value=line.input.discount.value,
            discount_is_percent=line.input.discount.is_percent,
            tax_category=line.tax_category,
            tax_code=line.input.tax.code,
            rate_code=line.input.tax.rate_code,
            rate=line.input.tax.rate,
            gross=result.gross,
            discount=result.discount,
            document_discount_share=result.document_discount_share,
            net_unit_price=result.net_unit_price,
            net_discount=result.net_discount,
            base=result.base,
            tax=result.tax,
            total=result.total,
        )
        for position, (line, result) in enumerate(pairs, start=1)
    )


def freeze(document: Document, company: Company) -> None:
    """Copy buyer and issuer onto the document: it never looks them up again."""
    customer = document.customer
    document.buyer_identification_type = customer.identification_type
    document.buyer_identification = customer.identification
    document.buyer_name, document.buyer_address = customer.name, customer.address
    document.buyer_email, document.buyer_phone = customer.email, customer.phone
    document.issuer = issuer_snapshot(company, document.series)
