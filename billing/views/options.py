"""What comboboxes ask for while somebody types: customers and products."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Customer, Product
from core.money import format_input
from core.templatetags.cuadre import price
from core.views import page
from core.widgets import MOST_OPTIONS

TEMPLATE = "components/combobox_options.html"


@page("customers.view")
def customers(request: HttpRequest) -> HttpResponse:
    """Answer the customers that match, and the way to create one."""
    typed = _typed(request)
    found = Customer.objects.live().search(typed).order_by("name", "pk")[:MOST_OPTIONS]
    context: dict[str, Any] = {
        "options": [{"value": row.pk, "label": row.name, "detail": row.identification} for row in found]
    }
    if request.actor.may("customers.manage"):  # type: ignore[attr-defined]
        query = urlencode({"choose": "1", "text": typed})
        context |= {"create_url": f"{reverse('billing:customer_new')}?{query}", "create_label": _("Crear cliente…")}
    return render(request, TEMPLATE, context)


@page("products.view")
def products(request: HttpRequest) -> HttpResponse:
    """Answer the products that match, each with what it fills in on its line."""
    found = Product.objects.live().search(_typed(request)).order_by("name", "pk")[:MOST_OPTIONS]
    return render(request, TEMPLATE, {"options": [_product(row) for row in found]})


def _product(row: Product) -> dict[str, object]:
    fill = {
        "description": row.name,
        "unit_price": format_input(row.unit_price),
        "price_includes_tax": "yes" if row.price_includes_tax else "no",
        "tax_category": row.tax_category,
    }
    return {
        "value": row.pk,
        "label": row.name,
        "detail": f"{row.code} · {price(row.unit_price)}",
        "fill": json.dumps(fill),
    }


def _typed(request: HttpRequest) -> str:
    return str(next(iter(request.GET.values()), "")).strip()
