"""Refunds: the list, each one's page and paper, giving money back, and voiding one."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.queries import timeline
from billing.forms.steps import ReasonForm
from billing.models import Customer, Document
from billing.queries import credit_of
from core import clock
from core.actor import Actor
from core.editing import FormPage
from core.ids import whole
from core.listing import Empty, ListPage, Tab, count_in_words
from core.money import format_cents, format_money
from core.views import done, page
from payments import paid_out, papers, queries, refunds
from payments.filters import RefundFilterSet
from payments.forms import RefundForm
from payments.models import Refund
from payments.tables import RefundTable, standing
from payments.views.papers import pdf_response


class RefundList(ListPage):
    """Every refund, and what the filtered ones come to."""

    permissions = ("payments.view",)
    title = gettext_lazy("Devoluciones de dinero")
    subtitle = gettext_lazy("Lo que se devolvió a clientes de su saldo a favor, o de facturas a consumidor final.")
    filterset_class, table_class = RefundFilterSet, RefundTable
    tabs = (
        Tab(gettext_lazy("Todas")),
        Tab(gettext_lazy("Confirmadas"), {"status": "confirmed"}),
        Tab(gettext_lazy("Anuladas"), {"status": "voided"}),
    )
    ordering_fields = ("refunded_on",)
    search_placeholder = gettext_lazy("Número, cliente, RUC, referencia o valor")
    totals_url = "payments:refund_totals"
    empty = Empty(
        gettext_lazy("Todavía no hay devoluciones"),
        gettext_lazy("Se devuelve dinero desde el saldo a favor de un cliente: en «Saldos a favor» o en su ficha."),
        "transfer",
        "payments:credits",
        gettext_lazy("Ver los saldos a favor"),
        "payments.view",
    )

    def queryset(self) -> QuerySet:
        """Return the refunds with whom and how."""
        return Refund.objects.select_related("customer", "method")

    def context(self) -> dict[str, Any]:
        """Lead back to the payments."""
        return {"crumbs": [(_("Cobros"), reverse("payments:list"))]}

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return number and sum; voided refunds are not added."""
        count, bounded, total = queries.refund_totals(rows)
        return [
            {"label": _("Devoluciones"), "value": count_in_words(count, bounded=bounded)},
            {"label": _("Total devuelto"), "value": format_money(total), "proof": True},
        ]


@page("payments.view")
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a refund: what it was for, where the money came from, and its story."""
    found: Refund = get_object_or_404(
        Refund.objects.select_related("customer", "method", "document", "recorded_by"), pk=pk
    )
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "title": _("Devolución %(number)s") % {"number": found.number},
        "refund": found,
        "chips": standing(found),
        "crumbs": [(_("Devoluciones"), reverse("payments:refunds"))],
        "menu": _menu(found, actor),
        "payouts": queries.payouts_of(found),
        "pdf_url": reverse("payments:refund_pdf", args=[found.pk]),
        "timeline": timeline("payments.refund", found.pk),
    }
    return render(request, "payments/refund.html", context)


def _menu(found: Refund, actor: Actor) -> list[dict[str, Any]]:
    if found.voided_at or not actor.may("payments.refund"):
        return []
    url = reverse("payments:refund_void", args=[found.pk])
    return [{"label": _("Anular la devolución…"), "url": url, "icon": "ban", "danger": True}]


@page("payments.view")
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the paper of a refund."""
    found = get_object_or_404(Refund, pk=pk)
    return pdf_response(request, found, papers.refund_pdf(found))


class NewRefund(FormPage):
    """Give money back: of the credit of `?customer=`, or of what was paid on `?invoice=` as consumidor final."""

    permissions = ("payments.refund",)
    form_class = RefundForm
    template = "payments/refund_new.html"
    submit_label = gettext_lazy("Devolver el dinero")
    title = gettext_lazy("Devolver dinero")

    def prepare(self) -> None:
        """Find whose money it is and how much of it there is."""
        asked = self.request.GET
        self.invoice: Document | None = None
        if asked.get("invoice"):
            invoices = Document.objects.invoices().select_related("customer")
            self.invoice = get_object_or_404(invoices, pk=whole(asked["invoice"]))
            refunds.check_refundable(self.invoice)
            self.customer = self.invoice.customer
            self.available = paid_out.refundable(self.invoice)
        else:
            self.customer = get_object_or_404(Customer, pk=whole(asked.get("customer", "")))
            self.available = credit_of(self.customer.pk)

    def initial(self) -> dict[str, Any]:
        """Offer all there is, of today."""
        return {"amount": format_cents(self.available), "refunded_on": clock.today()}

    def save(self, form: RefundForm) -> HttpResponse:
        """Give it back."""
        entered = form.cleaned_data
        made = refunds.refund(
            refunds.RefundInput(
                customer_id=self.customer.pk,
                method_id=entered["method"].pk,
                amount=entered["amount"],
                reason=entered["reason"],
                reference=entered["reference"],
                refunded_on=entered["refunded_on"],
                document_id=self.invoice.pk if self.invoice else None,
            ),
            actor=self.actor,
        )
        said = _("Devolución %(number)s de %(amount)s registrada.")
        return done(self.request, said % {"number": made.number, "amount": format_money(made.amount)}, made)

    def cancel_url(self) -> str:
        """Return to the invoice, or to the customer."""
        return (self.invoice or self.customer).get_absolute_url()

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the pages above this one."""
        return [
            (_("Devoluciones"), reverse("payments:refunds")),
            (str(self.invoice or self.customer), self.cancel_url()),
        ]

    def context(self) -> dict[str, Any]:
        """Show what there is, and what giving it back does."""
        return {
            "invoice": self.invoice,
            "customer": self.customer,
            "available": self.available,
            "consequences": queries.refund_consequences(self.customer, self.invoice),
        }


class VoidRefund(FormPage):
    """Void a refund, once its consequences are read."""

    permissions = ("payments.refund",)
    form_class = ReasonForm
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Anular la devolución")

    def prepare(self) -> None:
        """Find the refund; one that is voided is refused before anything is asked."""
        self.refund: Refund = get_object_or_404(Refund.objects.select_related("customer"), pk=self.kwargs["pk"])
        refunds.check_voidable(self.refund)
        self.title = _("Anular la devolución %(number)s") % {"number": self.refund.number}

    def save(self, form: ReasonForm) -> HttpResponse:
        """Void it."""
        refunds.void(self.refund.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        return done(self.request, _("Devolución anulada."), self.refund)

    def cancel_url(self) -> str:
        """Return to the refund."""
        return self.refund.get_absolute_url()

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the pages above this one."""
        return [(_("Devoluciones"), reverse("payments:refunds")), (self.refund.number, self.refund.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        lead = _("%(amount)s a %(customer)s. Anular dice que este dinero nunca salió.")
        figures = {"amount": format_money(self.refund.amount), "customer": self.refund.customer}
        return {"lead": lead % figures, "consequences": queries.refund_void_consequences(self.refund)}
