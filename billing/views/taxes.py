"""The dated tables of the law, to look at: tax rates and limits. An installation administrator adds decrees."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.models import LegalLimit, TaxCategory, TaxRate
from billing.taxes import rates_on
from core import clock
from core.views import page


@page("company.view")
def taxes(request: HttpRequest) -> HttpResponse:
    """Show each category's rate today, and every rate there was, with its source."""
    today = clock.today()
    in_force = rates_on(today)
    context = {
        "title": _("Tarifas de IVA"),
        "today": today,
        "in_force": [(label, in_force[code]) for code, label in TaxCategory.choices],
        "rates": TaxRate.objects.order_by("-valid_from", "category"),
        "limits": LegalLimit.objects.order_by("code", "-valid_from"),
    }
    return render(request, "billing/taxes.html", context)
