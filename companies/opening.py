"""The first steps of a new company: who it is, what its invoices show."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from companies.hooks import SetupStep
from companies.models import Company
from sri.models import Certificate


def setup_steps(company: Company) -> Iterator[SetupStep]:
    """Say what the company's own profile still lacks."""
    edit = reverse("companies:edit")
    known = bool(company.ruc and company.legal_name and company.address)
    yield SetupStep(_("RUC, razón social y dirección matriz"), known, edit, _("Sin ellos no se puede emitir."))
    if company.e_invoicing:
        signs = any(each.state == "active" for each in Certificate.objects.for_ruc(company.ruc))
        yield SetupStep(
            _("Certificado de firma electrónica"),
            signs,
            reverse("sri:certificates"),
            _("Con él se firma cada comprobante. Lo entrega una entidad certificadora como archivo .p12."),
        )
    yield SetupStep(
        _("Logotipo"), bool(company.logo), reverse("companies:logo_change"), _("Sale en el encabezado de la factura.")
    )
