"""The start page: what there is to do now, each figure linking to the list that proves it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Billable, Document
from billing.notices import EVENING, NEAR, address, at_sri
from billing.opening import has_documents
from billing.profile import missing
from billing.queries import Waiting, drafts, outstanding, sum_of, waiting_by_customer
from billing.series import usable_series
from billing.sri_state import CERTIFICATE_NOTICE, SriState, Standing, standing
from billing.views.parts import invoices_card, waiting_card
from companies import hooks
from companies.hooks import SetupStep
from companies.models import Company
from core import clock
from core.actor import Actor
from core.views import page

MOST_CUSTOMERS = 6


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Show today's figures, and what a new company still lacks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "title": _("Inicio"),
        "today": clock.today(),
        "figures": _figures(actor) + _sri_figures(request.company, actor),  # type: ignore[attr-defined]
        "waiting": _waiting() if actor.may("billables.view") else [],
        "steps": _steps(request.company) if actor.may("company.manage") else [],  # type: ignore[attr-defined]
    }
    return render(request, "billing/home.html", context)


def _steps(company: Company) -> list[SetupStep]:
    """Return the checklist of a company that cannot issue yet, or has not; nothing once it works."""
    if has_documents() and not missing(company, usable_series().first()):
        return []
    return hooks.setup_steps(company)


def _figures(actor: Actor) -> list[dict[str, Any]]:
    cards = []
    if actor.may("billables.view"):
        cards.append(waiting_card(_("Por facturar"), sum_of(Billable.objects.waiting())))
    if actor.may("billing.view"):
        owed, overdue = outstanding(Document.objects.invoices(), clock.today())
        cards += [
            invoices_card(_("En borrador"), drafts(), "pencil", status="draft"),
            invoices_card(_("Por cobrar"), owed, "wallet", status="issued"),
            invoices_card(_("Vencido"), overdue, "clock-hour-4", "bad", payment_status="overdue"),
        ]
    return cards


def _sri_figures(company: Company, actor: Actor) -> list[dict[str, Any]]:
    """Return what waits at SRI, what it refused, and the days left to the certificate, of who invoices electronically.

    What waits is red in the evening: transmission is immediate by law, and the day is about to end.
    """
    if not company.e_invoicing or not actor.may("billing.view"):
        return []
    now = standing(company)
    waits = "bad" if clock.local(clock.now()).time() >= EVENING else "warn"
    return [
        _card(_("SRI pendiente"), now.pending, "hourglass", waits if now.late else "", at_sri(SriState.PENDING)),
        _card(_("Rechazadas por el SRI"), now.rejected, "alert-triangle", "bad", at_sri(SriState.REJECTED)),
        _certificate_card(now, address("sri:certificates") if actor.may("certificates.view") else ""),
    ]


def _card(label: str, count: int, icon: str, tone: str, url: str) -> dict[str, Any]:
    return {"label": label, "value": str(count), "url": url, "icon": icon, "tone": tone if count else "", "note": ""}


def _certificate_card(now: Standing, url: str) -> dict[str, Any]:
    days = now.certificate_days
    card = {"label": _("Certificado de firma"), "url": url, "icon": "certificate", "note": ""}
    if days is None or not now.can_sign:
        return card | {"value": _("Falta") if days is None else _("No vigente"), "tone": "bad"}
    value = ngettext("%(days)d día", "%(days)d días", days) % {"days": days}
    tone = "bad" if days <= NEAR else "warn" if days <= CERTIFICATE_NOTICE.days else ""
    return card | {"value": value, "tone": tone}


def _waiting() -> list[Waiting]:
    sums = waiting_by_customer(Billable.objects.waiting())
    return sorted(sums, key=lambda row: row.total, reverse=True)[:MOST_CUSTOMERS]
