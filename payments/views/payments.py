"""Payments: the list, each one's page, and voiding one."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.queries import timeline
from billing.forms.steps import ReasonForm
from core.actor import Actor
from core.editing import FormPage
from core.errors import WorkflowError
from core.listing import Empty, ListPage, Tab, count_in_words
from core.money import ZERO, format_money
from core.place import around
from core.views import done, page
from desk import comments
from payments import queries, workflow
from payments.filters import PaymentFilterSet
from payments.models import Payment
from payments.tables import PaymentTable, standing


class PaymentList(ListPage):
    """Every payment, and what the filtered ones come to by method."""

    permissions = ("payments.view",)
    title = gettext_lazy("Cobros")
    filterset_class, table_class = PaymentFilterSet, PaymentTable
    tabs = (
        Tab(gettext_lazy("Todos")),
        Tab(gettext_lazy("Confirmados"), {"status": "confirmed"}),
        Tab(gettext_lazy("Anulados"), {"status": "voided"}),
    )
    ordering_fields = ("paid_on", "amount")
    search_placeholder = gettext_lazy("Cliente, RUC, referencia o valor")
    totals_url = "payments:totals"
    new_url, new_label = "payments:new", gettext_lazy("Registrar cobro")
    new_permissions = ("payments.record",)
    empty = Empty(
        gettext_lazy("Todavía no hay cobros"),
        gettext_lazy("Registre el dinero que recibe: salda facturas, y lo que sobra queda como saldo a favor."),
        "cash-banknote",
        "payments:new",
        gettext_lazy("Registrar cobro"),
        "payments.record",
    )

    def queryset(self) -> QuerySet:
        """Return the payments with whom and how."""
        return Payment.objects.select_related("customer", "method")

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return number and sum, and the sum of each method; voided payments are not added."""
        sums = queries.list_totals(rows)
        return [
            {"label": _("Cobros"), "value": count_in_words(sums.count, bounded=sums.bounded)},
            *({"label": row.method, "value": format_money(row.total)} for row in sums.by_method),
            {"label": _("Total confirmado"), "value": format_money(sums.total), "proof": True},
        ]

    def menu(self) -> list[dict[str, Any]]:
        """Lead to the reports beside the list."""
        menu = [
            {"label": _("Saldos a favor de clientes"), "url": reverse("payments:credits"), "icon": "wallet"},
            {"label": _("Devoluciones de dinero"), "url": reverse("payments:refunds"), "icon": "transfer"},
        ]
        if self.actor.may("reports.view"):
            menu.append({"label": _("Antigüedad de saldos"), "url": reverse("payments:ageing"), "icon": "clock-hour-4"})
            menu.append({"label": _("Ingresos por método y día"), "url": reverse("payments:income"),
                         "icon": "report-money"})  # fmt: skip
        return menu


@page("payments.view")
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a payment: what it settled, what it left, and its story."""
    rows = Payment.objects.select_related("customer", "method", "recorded_by", "receipt")
    found: Payment = get_object_or_404(rows, pk=pk)
    applied, credits = queries.applied_by(found), queries.credits_of(found)
    live = sum((row.amount for row in applied if not row.reversed_at), ZERO)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "title": _("Cobro de %(amount)s") % {"amount": format_money(found.amount)},
        "payment": found,
        "chips": standing(found),
        **around(request, "payments:list", found).context(),
        "menu": _menu(found, actor),
        "siblings": queries.siblings(found),
        "pdf_url": reverse("payments:receipt_pdf", args=[found.receipt_id]),
        "applied": applied,
        "applied_total": live,
        "credits": credits,
        "credit_total": sum((row.amount for row in credits if not row.voided_at), ZERO),
        "timeline": timeline("payments.payment", found.pk),
        "panel": comments.panel("payment", found.pk, actor),
    }
    return render(request, "payments/payment.html", context)


def _menu(found: Payment, actor: Actor) -> list[dict[str, Any]]:
    """Offer to void it, to whoever may."""
    try:
        workflow.check_voidable(found, actor)
    except WorkflowError:
        return []
    url = reverse("payments:void", args=[found.pk])
    menu = [{"label": _("Anular el cobro…"), "url": url, "icon": "ban", "danger": True}]
    if queries.siblings(found):
        url = reverse("payments:receipt_void", args=[found.receipt_id])
        menu.append({"label": _("Anular todo el recibo…"), "url": url, "icon": "ban", "danger": True})
    return menu


class Void(FormPage):
    """Void a payment, once its consequences are read."""

    permissions = ("payments.void", "payments.void_any")
    form_class = ReasonForm
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Anular el cobro")

    def prepare(self) -> None:
        """Find the payment; one that this person may not void is refused before anything is asked."""
        payments = Payment.objects.select_related("customer", "method", "receipt")
        self.payment: Payment = get_object_or_404(payments, pk=self.kwargs["pk"])
        workflow.check_voidable(self.payment, self.actor)
        self.title = _("Anular el cobro de %(amount)s") % {"amount": format_money(self.payment.amount)}

    def save(self, form: ReasonForm) -> HttpResponse:
        """Void it."""
        workflow.void(self.payment.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        return done(self.request, _("Cobro anulado."), self.payment)

    def cancel_url(self) -> str:
        """Return to the payment."""
        return self.payment.get_absolute_url()

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the pages above this one."""
        return [(_("Cobros"), reverse("payments:list")), (str(self.payment), self.payment.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        lead = _("%(customer)s, %(method)s, %(day)s. Anular dice que este cobro nunca ocurrió.") % {
            "customer": self.payment.customer,
            "method": self.payment.method,
            "day": self.payment.paid_on.strftime("%d/%m/%Y"),
        }
        return {"lead": lead, "consequences": queries.void_consequences(self.payment)}
