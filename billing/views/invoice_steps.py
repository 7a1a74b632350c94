"""The steps of an invoice, each a POST: issue, duplicate, discard, void."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing import workflow
from billing.forms.steps import VOID, VoidForm
from billing.models import Document, Settlement
from billing.queries import void_consequences
from billing.views import invoices
from billing.views.document_pages import Discarding, Ending
from billing.views.invoices import DRAFTING, ISSUING
from core.errors import WorkflowError
from core.ids import whole
from core.views import done, page


@require_POST
@page(*ISSUING)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a draft as it stands on the page that was looked at."""
    seen = whole(request.POST.get("version", ""))
    try:
        document = workflow.issue(pk, actor=request.actor, expected_version=seen)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        return invoices.show(request, invoices.reread(pk), refusal)
    return done(request, _("Factura %(number)s emitida.") % {"number": document.number}, document)


@require_POST
@page("billing.draft")
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new draft like this invoice, and go on to edit it."""
    copy = workflow.duplicate(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Copia creada. Revísela y emítala."), "billing:invoice_edit", copy.pk)


class _Ending(Ending):
    """A page that ends an invoice."""

    list_title, list_url = gettext_lazy("Facturas"), "billing:invoices"

    def rows(self) -> QuerySet[Document]:
        """Return the invoices."""
        return Document.objects.invoices()


class Discard(_Ending, Discarding):
    """Throw a draft away."""

    permissions = DRAFTING

    def discard(self) -> None:
        """Discard it."""
        workflow.discard(self.document.pk, actor=self.actor)

    def context(self) -> dict[str, Any]:
        """Say what becomes of what is on it, too."""
        said = super().context()["consequences"]
        if self.document.billables.exists():
            said.append(_("Sus pendientes vuelven a quedar por facturar."))
        return {"consequences": said}


class Void(_Ending):
    """Void an issued invoice."""

    permissions = ("billing.void",)
    submit_label = gettext_lazy("Anular la factura")
    question = gettext_lazy("Anular la factura %(document)s")

    def prepare(self) -> None:
        """Find out whether there is money to decide about."""
        super().prepare()
        settled = Settlement.objects.live().filter(document=self.document).exists()
        self.asks_for_money = settled and self.actor.may("payments.void_any")

    def form_class(self, *args: Any, **options: Any) -> VoidForm:  # type: ignore[override]
        """Ask for the money's fate where there is some and the person may decide it."""
        return VoidForm(*args, asks_for_money=self.asks_for_money, **options)

    def save(self, form: VoidForm) -> HttpResponse:
        """Void it."""
        entered = form.cleaned_data
        void_payments = entered.get("money") == VOID
        workflow.void(self.document.pk, reason=entered["reason"], void_payments=void_payments, actor=self.actor)
        return done(self.request, _("Factura %(number)s anulada.") % {"number": self.document}, self.document)

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        return {"consequences": void_consequences(self.document, may_choose=self.asks_for_money)}
