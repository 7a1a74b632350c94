"""Receipts as people hold them: the PDF, and voiding a whole receipt."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import log
from audit.models import AccessEntry
from billing.forms.steps import ReasonForm
from core.editing import FormPage
from core.money import format_money
from core.views import done, page
from payments import papers, queries, workflow
from payments.models import Receipt, Refund


def pdf_response(request: HttpRequest, row: Receipt | Refund, content: bytes) -> HttpResponse:
    """Send a paper, and write the look to the access log."""
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=row, detail="PDF")  # type: ignore[attr-defined]
    name = papers.file_name(row)
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-cache"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@page("payments.view")
def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a receipt."""
    receipt = get_object_or_404(Receipt, pk=pk)
    return pdf_response(request, receipt, papers.receipt_pdf(receipt))


class VoidReceipt(FormPage):
    """Void a receipt with all its payments, once the consequences are read."""

    permissions = ("payments.void", "payments.void_any")
    form_class = ReasonForm
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Anular el recibo")

    def prepare(self) -> None:
        """Find the receipt; one that this person may not void is refused before anything is asked."""
        self.receipt: Receipt = get_object_or_404(Receipt.objects.select_related("customer"), pk=self.kwargs["pk"])
        self.payments = workflow.check_receipt_voidable(self.receipt, self.actor)
        self.title = _("Anular el recibo %(number)s") % {"number": self.receipt.number}

    def save(self, form: ReasonForm) -> HttpResponse:
        """Void it."""
        workflow.void_receipt(self.receipt.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        return done(self.request, _("Recibo anulado."), self.receipt)

    def cancel_url(self) -> str:
        """Return to the receipt's payment."""
        return self.receipt.get_absolute_url()

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the pages above this one."""
        return [(_("Cobros"), reverse("payments:list")), (self.receipt.number, self.receipt.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        lead = _("%(customer)s, %(total)s del %(day)s. Anular dice que nada de este recibo ocurrió.") % {
            "customer": self.receipt.customer,
            "total": format_money(self.receipt.total),
            "day": self.receipt.received_on.strftime("%d/%m/%Y"),
        }
        return {"lead": lead, "consequences": queries.void_consequences(*self.payments)}
