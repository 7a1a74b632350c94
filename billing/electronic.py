"""The electronic side of a document at issue: its key, its signed bytes, and its place in the queue to SRI.

All of it happens in the transaction that issues, so that no document has a number without its bytes (law 6).
"""

import hashlib

from django.conf import settings
from django.utils.translation import gettext as _

from billing import transmission, xml_parts
from billing.models import Authorization, Document, Series, SignedXml
from billing.xml_parts import Parts
from companies.models import Company
from core import clock
from core.errors import FieldError, RuleRefused
from sri import access_key, signing, xml
from sri import workflow as certificates


def goes_to_sri(document: Document, company: Company) -> bool:
    """Say whether a document of the company is electronic when it is issued; a nota de venta never is (D29)."""
    return company.e_invoicing and not document.is_sales_note


def check_ready(document: Document, company: Company) -> None:
    """Refuse to issue what goes to SRI while the company cannot sign, before any number is taken.

    Raises:
        RuleRefused: `certificate_missing`, `certificate_expired`.
    """
    if goes_to_sri(document, company):
        certificates.signer(ruc=company.ruc)


def begin(document: Document, company: Company, series: Series) -> None:
    """Set a numbered document's authorization axis and its access key; both stay empty for what does not go to SRI.

    The numeric code is unpredictable, because whoever knows a key can fetch the document from SRI (ficha
    técnica §5.2, table 1). The key is fixed here, once.
    """
    electronic = goes_to_sri(document, company)
    document.authorization = Authorization.PENDING if electronic else Authorization.NONE
    document.access_key = _key(document, company, series) if electronic else ""


def _key(document: Document, company: Company, series: Series, numeric_code: str = "") -> str:
    point, sequential = series.emission_point, document.sequential or 0  # it has its number by now
    return access_key.build(
        issue_date=document.issue_date,
        document_type=document.document_type,
        ruc=company.ruc,
        environment=company.environment,
        establishment=point.establishment.code,
        emission_point=point.code,
        sequential=sequential,
        numeric_code=numeric_code or access_key.random_numeric_code(),
    )


def rekey(document: Document, company: Company) -> None:
    """Make the access key again only where one of its parts is not what it says any more (law 2)."""
    present = access_key.parse(document.access_key)
    document.access_key = _key(document, company, document.series, present.numeric_code)


def sign(document: Document, company: Company, parts: Parts) -> None:
    """Build, check, sign and verify the document's XML, store the bytes once, and queue them for SRI.

    Raises:
        RuleRefused: `document_invalid`: SRI's rules do not admit it, field by field; `certificate_missing`,
            `certificate_expired`.
    """
    if not document.access_key:
        return
    signer, certificate_id = certificates.signer(ruc=company.ruc)
    unsigned = _build(document, parts)
    content = signing.sign(unsigned, signer, at=clock.now(), algorithm=settings.SRI_SIGNATURE_HASH)
    signing.verify(content)
    SignedXml.objects.create(
        document=document,
        revision=document.revision,
        access_key=document.access_key,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        certificate_id=certificate_id,
        made_at=clock.now(),
    )
    transmission.queue(document)


def _build(document: Document, parts: Parts) -> bytes:
    try:
        return xml.build(xml_parts.sri_document(document, parts), provider_ruc=settings.SRI_RUC_PROVEEDOR)
    except xml.DocumentInvalid as invalid:
        problems = invalid.problems
        raise RuleRefused(
            _("El SRI no admite este comprobante: %(problems)s")
            % {"problems": " ".join(problem.message for problem in problems[:5])},
            code="document_invalid",
            fields=[FieldError(field=item.path, code=item.code, message=item.message) for item in problems],
        ) from invalid
