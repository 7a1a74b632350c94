"""An issued document as SRI's library wants it: frozen values, copied from the document and never looked up again."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.models import Document, DocumentLine, DocumentPayment, DocumentTax
from sri import documents as sri
from sri.xml import clean

LONGEST = 300  # characters of a text, by SRI's schemas


@dataclass(frozen=True, slots=True)
class Parts:
    """What a document consists of, read before its series is locked."""

    lines: Sequence[DocumentLine]
    taxes: Sequence[DocumentTax]
    payments: Sequence[DocumentPayment]


def read(document: Document) -> Parts:
    """Read the parts of a document's present revision."""
    return Parts(list(document.lines.all()), list(document.taxes.all()), list(document.payment_terms.all()))


def sri_document(document: Document, parts: Parts) -> sri.Invoice | sri.CreditNote:
    """Return the electronic document of a numbered document that has its access key."""
    return _credit_note(document, parts) if document.is_credit_note else _invoice(document, parts)


def _invoice(document: Document, parts: Parts) -> sri.Invoice:
    return sri.Invoice(
        heading=_heading(document),
        issuer=_issuer(document),
        buyer=_buyer(document),
        lines=_lines(parts),
        taxes=_taxes(parts),
        subtotal=document.subtotal,
        discount=document.total_discount,
        total=document.total,
        payments=tuple(sri.Payment(row.sri_method, row.amount, row.term_days) for row in parts.payments),
        additional=_additional(document),
    )


def _credit_note(document: Document, parts: Parts) -> sri.CreditNote:
    original = document.modifies
    if original is None:
        raise ValueError(f"{document} is a note on nothing")  # the database refuses it too
    return sri.CreditNote(
        heading=_heading(document),
        issuer=_issuer(document),
        buyer=_buyer(document),
        modified=sri.Modified(original.document_type, original.number, original.issue_date),
        reason=clean(document.motive, LONGEST),
        lines=_lines(parts),
        taxes=_taxes(parts),
        subtotal=document.subtotal,
        total=document.total,
        additional=_additional(document),
    )


def _heading(document: Document) -> sri.Heading:
    establishment, emission_point, _sequential = document.number.split("-")
    return sri.Heading(
        access_key=document.access_key,
        establishment=establishment,
        emission_point=emission_point,
        sequential=document.sequential or 0,  # it has its number by now
        issue_date=document.issue_date,
    )


def _issuer(document: Document) -> sri.Issuer:
    issuer = document.issuer
    return sri.Issuer(
        environment=document.environment,
        ruc=issuer["ruc"],
        legal_name=clean(issuer["legal_name"], LONGEST),
        trade_name=clean(issuer["trade_name"], LONGEST),
        head_office=clean(issuer["head_office"], LONGEST),
        branch=clean(issuer["branch"], LONGEST),
        keeps_accounts=issuer["keeps_accounts"],
        special_taxpayer=issuer["special_taxpayer"],
        withholding_agent=issuer["withholding_agent"],
        rimpe=issuer["rimpe"],
    )


def _buyer(document: Document) -> sri.Buyer:
    return sri.Buyer(
        identification_type=document.buyer_identification_type,
        identification=document.buyer_identification,
        name=clean(document.buyer_name, LONGEST),
        address=clean(document.buyer_address, LONGEST),
    )


def _lines(parts: Parts) -> tuple[sri.Line, ...]:
    return tuple(
        sri.Line(
            code=line.code,
            auxiliary_code=line.auxiliary_code,
            description=clean(line.description, LONGEST),
            quantity=line.quantity,
            unit_price=line.net_unit_price,
            discount=line.net_discount,
            total=line.base,
            taxes=(sri.LineTax(line.tax_code, line.rate_code, line.rate, line.base, line.tax),),
        )
        for line in parts.lines
    )


def _taxes(parts: Parts) -> tuple[sri.TotalTax, ...]:
    return tuple(sri.TotalTax(row.tax_code, row.rate_code, row.rate, row.base, row.tax) for row in parts.taxes)


def _additional(document: Document) -> tuple[tuple[str, str], ...]:
    return tuple((clean(item["name"], LONGEST), clean(item["value"], LONGEST)) for item in document.additional_info)
