"""Ageing: who owes what and for how long, as a page and as files."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock, sheets
from core.filter_bar import link
from core.views import page
from payments import ageing
from payments.views.files import as_file


@page("reports.view")
def report(request: HttpRequest) -> HttpResponse:
    """Show what is owed today by customer and age; every figure leads to the invoices that prove it."""
    today = clock.today()
    rows = ageing.ageing(today)
    total = ageing.together(rows)
    if request.GET.get("format") in sheets.TYPES:
        return as_file(request.GET["format"], _("Antigüedad"), f"antiguedad-{today:%Y%m%d}", _lines(rows, total))
    shown = rows[: ageing.MOST_CUSTOMERS]
    context = {
        "title": _("Antigüedad de saldos"),
        "crumbs": [(_("Cobros"), reverse("payments:list"))],
        "bands": ageing.BANDS,
        "rows": shown,
        "more": len(rows) - len(shown),
        "total": total,
        "today": today,
        "files": [(kind.upper(), link(request.GET, {"format": kind})) for kind in sheets.TYPES],
    }
    return render(request, "payments/ageing.html", context)


def _lines(rows: list[ageing.Owed], total: ageing.Owed) -> list[list[Any]]:
    bands = [str(band.label) for band in ageing.BANDS]
    heads = [_("Cliente"), _("Identificación"), *bands, _("Total")]
    return [heads, *([row.name, row.identification, *row.amounts, row.total] for row in rows),
            [_("Total"), "", *total.amounts, total.total]]  # fmt: skip
