"""What waits to be invoiced: the list, picking several of a customer, and cancelling one."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing import billables
from billing.filters import BillableFilterSet
from billing.forms.steps import ReasonForm
from billing.models import Billable
from billing.queries import Waiting, sum_of, waiting_by_customer
from billing.tables import BillableTable
from billing.views.invoices import DRAFTING
from core.editing import FormPage
from core.errors import RuleRefused
from core.ids import each_whole
from core.listing import Empty, ListPage, Tab, bounded_count
from core.money import format_money
from core.views import Text, done, page

MOST_CUSTOMERS = 8


class BillableList(ListPage):
    """What was delivered or agreed, by what became of it."""

    permissions = ("billables.view",)
    title = gettext_lazy("Pendientes de facturación")
    template = "billing/billables.html"
    filterset_class, table_class = BillableFilterSet, BillableTable
    tabs = (
        Tab(gettext_lazy("Por facturar"), {"status": "waiting"}),
        Tab(gettext_lazy("En borrador"), {"status": "drafted"}),
        Tab(gettext_lazy("Facturados"), {"status": "invoiced"}),
        Tab(gettext_lazy("Cancelados"), {"status": "cancelled"}),
        Tab(gettext_lazy("Todos")),
    )
    begins_with = {"status": "waiting"}
    search_placeholder = gettext_lazy("Cliente, RUC, reserva o descripción")
    totals_url = "billing:billable_totals"
    empty = Empty(
        gettext_lazy("No hay nada por facturar"),
        gettext_lazy("Al confirmar una reserva, lo que vale aparece aquí, listo para facturar."),
        "inbox",
        "reservations:grid",
        gettext_lazy("Abrir la agenda"),
        "reservations.view",
    )

    def queryset(self) -> QuerySet:
        """Return the billables with what a row shows."""
        return Billable.objects.select_related("customer", "document")

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return number and sum of what the filters match."""
        return [
            {"label": _("Pendientes"), "value": bounded_count(rows)},
            {"label": _("Valor"), "value": format_money(sum_of(rows).amount), "proof": True},
        ]

    def bulk_actions(self) -> list[dict[str, Any]]:
        """Offer to invoice the marked rows."""
        if not self._waiting() or not any(self.actor.may(permission) for permission in DRAFTING):
            return []
        return [{"label": _("Facturar"), "url": reverse("billing:billables_bill"), "icon": "file-invoice"}]

    def hidden_columns(self) -> set[str]:
        """Leave out what is the same on every row of the tab."""
        return {"status", "document"} if self._waiting() else set()

    def context(self) -> dict[str, Any]:
        """Add what waits for each customer, the largest first."""
        return {"by_customer": self._by_customer() if self._waiting() else []}

    def _by_customer(self) -> list[Waiting]:
        sums = waiting_by_customer(self.rows())
        return sorted(sums, key=lambda row: row.total, reverse=True)[:MOST_CUSTOMERS]

    def _waiting(self) -> bool:
        return self.request.GET.get("status") == "waiting"


@require_POST
@page(*DRAFTING)
def bill(request: HttpRequest) -> HttpResponse:
    """Take the marked billables to the invoice form."""
    marked = each_whole(request.POST.getlist("pk"))
    customers = set(Billable.objects.filter(pk__in=marked).values_list("customer_id", flat=True))
    if not customers:
        raise RuleRefused(_("Marque al menos un pendiente."), code="nothing_selected")
    if len(customers) > 1:
        raise RuleRefused(
            _("Marcó pendientes de %(count)d clientes: elija los de uno solo.") % {"count": len(customers)},
            code="several_customers",
        )
    query = urlencode([("billables", pk) for pk in marked])
    return redirect(f"{reverse('billing:invoice_new')}?{query}")


class Cancel(FormPage):
    """Cancel one waiting billable by hand."""

    permissions = ("billables.manage",)
    template = "components/confirm_page.html"
    form_class = ReasonForm
    submit_label = gettext_lazy("Cancelar el pendiente")

    def prepare(self) -> None:
        """Find it."""
        self.billable = get_object_or_404(Billable.objects.select_related("customer"), pk=self.kwargs["pk"])
        self.title = _("Cancelar el pendiente de %(source)s") % {"source": self.billable.source_label}

    def save(self, form: ReasonForm) -> HttpResponse:
        """Cancel it."""
        billables.cancel(self.billable.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        back = reverse("billing:billable_restore", args=[self.billable.pk])
        return done(self.request, _("Pendiente cancelado."), "billing:billables", undo_url=back)

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("billing:billables")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Pendientes"), self.cancel_url())]

    def context(self) -> dict[str, Any]:
        """Say what will not be invoiced."""
        amount = format_money(self.billable.amount)
        about = {"what": self.billable.description, "amount": amount, "customer": self.billable.customer}
        return {
            "consequences": [
                _("«%(what)s» de %(customer)s, por %(amount)s, ya no se facturará.") % about,
                _("Su origen no cambia: puede volver a ofrecerse a facturación desde allí."),
            ]
        }
