"""The pages of signing certificates: which there are, how long each lasts, a new one, the end of an old one."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from core.editing import ConfirmForm, FormPage
from core.listing import Empty, ListPage
from core.views import Text, View, done
from sri import workflow
from sri.certificates import MAX_BYTES
from sri.forms import CertificateForm
from sri.models import SEALED, Certificate
from sri.tables import SOON, CertificateTable


class Certificates(ListPage):
    """Lists the certificates."""

    permissions = ("certificates.view",)
    title = gettext_lazy("Firma electrónica")
    subtitle = gettext_lazy("Con el certificado vigente más nuevo se firma cada comprobante que va al SRI.")
    table_class = CertificateTable
    template = "sri/certificates.html"
    new_url, new_label = "sri:certificate_new", gettext_lazy("Subir certificado")
    new_permissions = ("certificates.manage",)
    empty = Empty(
        gettext_lazy("Ningún certificado todavía"),
        gettext_lazy("Sin certificado de firma no se pueden emitir comprobantes electrónicos."),
        "certificate",
        "sri:certificate_new",
        gettext_lazy("Subir certificado"),
        "certificates.manage",
    )

    def queryset(self) -> QuerySet:
        """Return all certificates, the retired ones included, without what only signing needs."""
        return Certificate.objects.defer(*SEALED)

    def context(self) -> dict[str, Any]:
        """Say which one signs, and for how long."""
        in_use = Certificate.objects.for_ruc(self.request.company.ruc)  # type: ignore[attr-defined]
        signing = next((each for each in in_use if each.state == "active"), None)
        days = workflow.days_left(signing) if signing else 0
        return {"signing": signing, "days_left": days, "soon": days <= SOON, "in_use": bool(in_use)}


class Upload(FormPage):
    """Takes a certificate and its password."""

    permissions = ("certificates.manage",)
    title = gettext_lazy("Subir certificado de firma")
    subtitle = gettext_lazy("Se abre y se revisa ahora mismo; si sirve, firma desde el próximo comprobante.")
    submit_label = gettext_lazy("Subir y revisar")
    form_class = CertificateForm
    template = "sri/certificate_new.html"

    @classmethod
    def as_view(cls) -> View:
        """Return the page's view; no report of an error carries the password."""
        view: View = sensitive_post_parameters("password")(super().as_view())
        return view

    @sensitive_variables()
    def save(self, form: CertificateForm) -> HttpResponse:
        """Open the certificate and keep it."""
        content = form.cleaned_data["file"].read(MAX_BYTES + 1)
        ruc: str = self.request.company.ruc  # type: ignore[attr-defined]
        added = workflow.add_certificate(content, form.cleaned_data["password"], ruc=ruc, actor=self.actor)
        message = _("Certificado de %(holder)s guardado: quedan %(days)d días.")
        said = {"holder": added.holder, "days": workflow.days_left(added)}
        return done(self.request, message % said, "sri:certificates")

    def cancel_url(self) -> str:
        """Lead back to the list."""
        return reverse("sri:certificates")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Firma electrónica"), reverse("sri:certificates"))]


class Retire(FormPage):
    """Retires a certificate, after saying what that means."""

    permissions = ("certificates.manage",)
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Retirar el certificado")
    form_class = ConfirmForm

    def prepare(self) -> None:
        """Read the certificate."""
        self.certificate = Certificate.objects.defer(*SEALED).get(pk=self.kwargs["pk"])
        self.title = _("Retirar el certificado de %(holder)s") % {"holder": self.certificate.holder}

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Retire the certificate."""
        workflow.retire_certificate(self.certificate.pk, actor=self.actor)
        return done(self.request, _("Certificado retirado."), "sri:certificates")

    def cancel_url(self) -> str:
        """Lead back to the list."""
        return reverse("sri:certificates")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Firma electrónica"), reverse("sri:certificates"))]

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        ruc: str = self.request.company.ruc  # type: ignore[attr-defined]
        others = Certificate.objects.for_ruc(ruc).exclude(pk=self.certificate.pk)
        left = any(each.state == "active" for each in others)
        then = (
            {"text": _("Se firma con el otro certificado vigente."), "icon": "certificate", "tone": "info"}
            if left
            else {"text": _("La empresa se queda sin firma: no podrá emitir hasta subir otro."), "tone": "bad"}
        )
        return {
            "consequences": [
                then,
                {"text": _("Lo ya firmado sigue siendo válido."), "icon": "file-text", "tone": "info"},
                {
                    "text": _("Su clave se borra de aquí: para volver a usarlo hay que subirlo de nuevo."),
                    "icon": "trash",
                },
            ]
        }
