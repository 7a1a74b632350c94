"""Billing's rows, one module for each noun."""

from billing.models.billables import BILLABLE_STEPS, Billable, BillableLine, BillableStatus
from billing.models.closing import PeriodClose
from billing.models.customers import Customer, CustomerContact, CustomerKind, FiscalStatus, IdentificationType
from billing.models.day_sums import DaySum
from billing.models.delivery import Letter, PublicLink
from billing.models.documents import (
    AUTHORIZATION_STEPS,
    SALES,
    STATUS_STEPS,
    Annulment,
    Authorization,
    Document,
    PaymentState,
    Status,
)
from billing.models.electronic import IssuerPause, SignedXml, SriAnswer, SriAuthorization, Stage, Transmission
from billing.models.files import DocumentFile, FileState
from billing.models.lines import DocumentLine, DocumentPayment, DocumentTax
from billing.models.products import Product
from billing.models.series import DocumentType, EmissionPoint, Establishment, NumberGap, Series, SkippedNumbers
from billing.models.settlement import CreditPayout, CustomerCredit, Settlement
from billing.models.taxes import LegalLimit, TaxCategory, TaxRate
from billing.models.templates import LineTemplate, TemplateLine

__all__ = [
    "AUTHORIZATION_STEPS",
    "BILLABLE_STEPS",
    "SALES",
    "STATUS_STEPS",
    "Annulment",
    "Authorization",
    "Billable",
    "BillableLine",
    "BillableStatus",
    "CreditPayout",
    "Customer",
    "CustomerContact",
    "CustomerCredit",
    "CustomerKind",
    "DaySum",
    "Document",
    "DocumentFile",
    "DocumentLine",
    "DocumentPayment",
    "DocumentTax",
    "DocumentType",
    "EmissionPoint",
    "Establishment",
    "FileState",
    "FiscalStatus",
    "IdentificationType",
    "IssuerPause",
    "LegalLimit",
    "Letter",
    "LineTemplate",
    "NumberGap",
    "PaymentState",
    "PeriodClose",
    "Product",
    "PublicLink",
    "Series",
    "Settlement",
    "SignedXml",
    "SkippedNumbers",
    "SriAnswer",
    "SriAuthorization",
    "Stage",
    "Status",
    "TaxCategory",
    "TaxRate",
    "TemplateLine",
    "Transmission",
]
