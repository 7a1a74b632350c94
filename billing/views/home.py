"""The start page: what there is to do now and how it goes, each figure linking to the list that proves it."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing import dashboard
from billing.models import Billable
from billing.onboarding import checklist
from billing.queries import Waiting, waiting_by_customer
from core import clock
from core.actor import Actor
from core.views import page

MOST_CUSTOMERS: Final = 6


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Show today's figures and how they moved, to each what their work is about, and what a new company lacks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = request.GET.get("period", dashboard.DEFAULT)
    chosen = wanted if wanted in dashboard.PERIODS else dashboard.DEFAULT
    charts = dashboard.charts(dashboard.Period.chosen(chosen, clock.today()), actor)
    context = {
        "title": _("Inicio"),
        "today": clock.today(),
        "figures": dashboard.figures(request.company, actor),  # type: ignore[attr-defined]
        "charts": charts,
        "periods": _periods(chosen) if charts else [],
        "panels": dashboard.panels(actor),
        "waiting": _waiting() if actor.may("billing.draft") else [],
        "setup": checklist(request.company) if actor.may("company.manage") else None,  # type: ignore[attr-defined]
    }
    return render(request, "billing/home.html", context)


def _periods(chosen: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?period={name}", "active": name == chosen}
        for name, label in dashboard.PERIODS.items()
    ]


def _waiting() -> list[Waiting]:
    return waiting_by_customer(Billable.objects.waiting(), MOST_CUSTOMERS)
