"""Reports of payments: income by method and day, and the customers who have credit."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import CustomerCredit
from core import clock
from core.filter_bar import link
from core.listing import Empty, ListPage, bounded_count
from core.money import format_money
from core.views import page
from payments import queries
from payments.exports import income_csv
from payments.filters import CreditFilterSet, IncomeFilterSet
from payments.tables import CreditTable


@page("reports.view")
def income(request: HttpRequest) -> HttpResponse:
    """Show what came in by method and day; this month, unless other days are asked for."""
    today = clock.today()
    filters = IncomeFilterSet(request.GET, request=request)
    asked = filters.form.cleaned_data if filters.form.is_valid() else {}
    first, last = asked.get("from"), asked.get("to")
    if first is None or last is None:  # a report has an address that says its days
        days = {"from": (first or today.replace(day=1)).isoformat(), "to": (last or today).isoformat()}
        return redirect(request.path + link(request.GET, days))
    report = queries.income(first, last)
    if request.GET.get("format") == "csv":
        return _csv(report)
    context = {
        "title": _("Ingresos por método y día"),
        "crumbs": [(_("Cobros"), reverse("payments:list"))],
        "filter": filters,
        "income": report,
        "rows": [_day(row) for row in report.days],
        "columns": [{"sum": row, "url": _proof(report.first, report.last, row.method_id)} for row in report.methods],
        "proof_url": _proof(report.first, report.last),
        "csv_url": link(request.GET, {"format": "csv"}),
    }
    return render(request, "payments/income.html", context)


def _day(row: queries.DayIncome) -> dict[str, Any]:
    cells = [{"sum": cell, "url": _proof(row.day, row.day, cell.method_id)} if cell else None for cell in row.cells]
    return {"day": row, "cells": cells, "url": _proof(row.day, row.day)}


def _proof(first: date, last: date, method_id: int | None = None) -> str:
    """Return the list of payments that proves a figure."""
    query = f"status=confirmed&from={first:%Y-%m-%d}&to={last:%Y-%m-%d}"
    return f"{reverse('payments:list')}?{query}" + (f"&method={method_id}" if method_id else "")


def _csv(report: queries.Income) -> HttpResponse:
    response = HttpResponse(income_csv(report), content_type="text/csv; charset=utf-8")
    name = f"ingresos-{report.first:%Y%m%d}-{report.last:%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class CreditList(ListPage):
    """The customers who have credit left, and what they owe."""

    permissions = ("payments.view",)
    title = gettext_lazy("Saldos a favor de clientes")
    subtitle = gettext_lazy("Dinero recibido que todavía no salda ninguna factura.")
    filterset_class, table_class = CreditFilterSet, CreditTable
    ordering_fields, default_ordering = ("name",), "name"
    search_placeholder = gettext_lazy("Cliente o RUC")
    totals_url = "payments:credit_totals"
    empty = Empty(
        gettext_lazy("Ningún cliente tiene saldo a favor"),
        gettext_lazy("Aparece aquí lo que se cobra de más y lo que libera una factura anulada."),
        "wallet",
        "payments:new",
        gettext_lazy("Registrar cobro"),
        "payments.record",
    )

    def queryset(self) -> QuerySet:
        """Return the customers with credit."""
        return queries.customers_with_credit()

    def context(self) -> dict[str, Any]:
        """Lead back to the payments."""
        return {"crumbs": [(_("Cobros"), reverse("payments:list"))]}

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return how many customers, and how much credit."""
        credit = CustomerCredit.objects.available().filter(customer__in=rows.order_by().values("pk")).total()
        return [
            {"label": _("Clientes"), "value": bounded_count(rows)},
            {"label": _("Saldo a favor"), "value": format_money(credit), "proof": True},
        ]
