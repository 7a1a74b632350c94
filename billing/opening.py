"""What billing brings to a new company: its consumidor final, and its part of the checklist."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from billing import profile
from billing.models import Authorization, Customer, Document, DocumentType, IdentificationType, Series
from billing.sales_notes import types_of
from companies.hooks import SetupStep
from companies.models import Company


def setup_steps(company: Company) -> Iterator[SetupStep]:
    """Say what billing still needs: a series to number with, somebody to bill, and the proof that it works."""
    active = list(Series.objects.filter(active=True).select_related("emission_point__establishment").order_by("pk"))
    types = types_of(company)
    series = next((row for row in active if row.document_type in types), None)
    lacking = {error["field"] for error in profile.missing(company, series)}
    yield SetupStep(
        _("Establecimiento, punto de emisión y serie de facturas"),
        not lacking & {"series", "establishment_address"},
        reverse("billing:series"),
        _("De la serie salen los números. Si viene de otro sistema, empiece en el que sigue."),
    )
    yield SetupStep(
        _("Serie de notas de crédito"),
        any(row.document_type == DocumentType.CREDIT_NOTE for row in active),
        reverse("billing:series"),
        _("Para devolver o corregir lo facturado. Va en el mismo punto de emisión."),
    )
    customers = Customer.objects.live().exclude(identification_type=IdentificationType.FINAL_CONSUMER)
    yield SetupStep(_("Primer cliente"), customers.exists(), reverse("billing:customer_new"))
    proof = _("La prueba de que todo está.")
    if company.e_invoicing:
        tested = Document.objects.filter(authorization=Authorization.AUTHORIZED).exists()
        yield SetupStep(_("Primera factura autorizada por el SRI"), tested, reverse("billing:invoice_new"), proof)
    else:
        yield SetupStep(_("Primera factura emitida"), has_documents(), reverse("billing:invoice_new"), proof)


def has_documents() -> bool:
    """Say whether the company has issued: its RUC then stands on documents and does not change."""
    return Document.objects.exclude(number="").exists()
