"""The electronic side of a document at issue: its authorization axis and its access key."""

from billing.models import Authorization, Document, Series
from companies.models import Company
from sri import access_key


def authorization_at_issue(company: Company) -> str:
    """Return where the SRI axis begins: pending for e-invoicing companies, else it stays `none`."""
    return Authorization.PENDING if company.e_invoicing else Authorization.NONE


def access_key_for(document: Document, company: Company, series: Series) -> str:
    """Return the 49 digits of a document that has its number and date; empty without e-invoicing.

    The numeric code is unpredictable, because whoever knows a key can fetch the document from SRI (ficha
    técnica §5.2, table 1). The key is fixed here, once.
    """
    if not company.e_invoicing:
        return ""
    point, sequential = series.emission_point, document.sequential or 0  # it has its number by now
    return access_key.build(
        issue_date=document.issue_date,
        document_type=document.document_type,
        ruc=company.ruc,
        environment=company.environment,
        establishment=point.establishment.code,
        emission_point=point.code,
        sequential=sequential,
        numeric_code=access_key.random_numeric_code(),
    )
