"""From a stored document to the data of its printed form; nothing is looked up that could have changed since."""

from zoneinfo import ZoneInfo

from django.core.files.storage import default_storage

from billing import public
from billing.models import Authorization as DocumentAuthorization
from billing.models import Document, DocumentLine, IdentificationType, Status
from companies.models import Environment
from core import clock
from sri import catalogs
from sri.ride import Authorization, Buyer, Heading, Issuer, Line, Modified, Note, Payment, Ride, Tax, Watermark

_METHOD_NAMES = {form.code: form.label for form in catalogs.PAYMENT_FORMS}


def ride_of(document: Document) -> Ride:
    """Return what the document prints in its present state (watermarks follow the state)."""
    return Ride(
        issuer=_issuer(document),
        heading=Heading(
            name=document.get_document_type_display(),
            number=document.number,
            issued_on=document.issue_date,
            due_on=None if document.is_credit_note else document.due_date,
        ),
        buyer=_buyer(document),
        lines=tuple(_line(line) for line in document.lines.all()),
        taxes=() if document.is_sales_note else _taxes(document),
        subtotal=document.subtotal,
        discount=document.total_discount,
        total=document.total,
        payments=() if document.is_credit_note else _payments(document),
        additional=tuple(Note(item["name"], item["value"]) for item in document.additional_info),
        authorization=_authorization(document),
        watermarks=tuple(watermarks(document)),
        modifies=_modified(document),
        link=public.printed_address(document),
    )


def watermarks(document: Document) -> list[Watermark]:
    """Return what must be written across the pages so that the document cannot pass for what it is not."""
    marks = []
    if document.status == Status.DRAFT:
        marks.append(Watermark.DRAFT)
    if document.status == Status.VOIDED:
        marks.append(Watermark.VOIDED)
    elif document.status != Status.DRAFT and document.authorization not in (
        DocumentAuthorization.NONE,
        DocumentAuthorization.AUTHORIZED,
    ):
        marks.append(Watermark.UNAUTHORIZED)
    if document.environment == Environment.TEST:
        marks.append(Watermark.TEST)
    return marks


def _issuer(document: Document) -> Issuer:
    issuer = document.issuer
    return Issuer(
        ruc=issuer["ruc"],
        legal_name=issuer["legal_name"],
        trade_name=issuer["trade_name"],
        head_office=issuer["head_office"],
        branch=issuer["branch"],
        keeps_accounting=issuer["keeps_accounts"],
        special_taxpayer=issuer["special_taxpayer"],
        withholding_agent=issuer["withholding_agent"],
        legends=(issuer["rimpe"],) if issuer["rimpe"] else (),
        contact=tuple(text for text in (issuer["phone"], issuer["email"]) if text),
        logo=stored_logo(issuer["logo"]),
    )


def stored_logo(name: str) -> bytes | None:
    """Return the bytes of a logo, None where there is none."""
    if not name or not default_storage.exists(name):
        return None
    with default_storage.open(name) as file:
        return file.read()


def _buyer(document: Document) -> Buyer:
    return Buyer(
        name=document.buyer_name,
        identification_type=str(IdentificationType(document.buyer_identification_type).label),
        identification=document.buyer_identification,
        address=document.buyer_address,
        email=document.buyer_email,
        phone=document.buyer_phone,
    )


def _line(line: DocumentLine) -> Line:
    return Line(
        code=line.code,
        auxiliary_code=line.auxiliary_code,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.net_unit_price,
        discount=line.net_discount,
        total=line.base,
    )


def _taxes(document: Document) -> tuple[Tax, ...]:
    return tuple(Tax(tax.tax_code, tax.rate_code, tax.rate, tax.base, tax.tax) for tax in document.taxes.all())


def _payments(document: Document) -> tuple[Payment, ...]:
    terms = document.payment_terms.all()
    return tuple(Payment(_METHOD_NAMES[row.sri_method], row.amount, row.term_days) for row in terms)


def _modified(document: Document) -> Modified | None:
    original = document.modifies
    if original is None:
        return None
    return Modified(
        name=original.get_document_type_display(),
        number=original.number,
        issued_on=original.issue_date,
        reason=document.motive,
    )


def _authorization(document: Document) -> Authorization | None:
    """Return the electronic side; the number of an authorization is the access key (ficha técnica §5.9)."""
    if not document.access_key:
        return None
    moment = document.authorized_at
    if moment is None:
        return Authorization(access_key=document.access_key, environment=document.environment)
    return Authorization(
        access_key=document.access_key,
        environment=document.environment,
        number=document.access_key,
        authorized_at=moment.astimezone(_zone(document)),
    )


def _zone(document: Document) -> ZoneInfo:
    """Return the company's time zone as it was at issue: printed again, the hour must be the same."""
    name = document.issuer.get("time_zone", "")
    return ZoneInfo(name) if name else clock.zone()
