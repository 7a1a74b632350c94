"""The gallery: every component in its states on one page, and each layout as a page. Served only while DEBUG is on.

    /componentes/   and   /componentes/lista/ documento/ formulario/ confirmacion/ agenda/

Everything here is invented; nothing touches the database.
"""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.html import format_html_join

from companies.roles import PERMISSIONS
from config import gallery_samples as sample
from core import clock
from core.chips import LOOKS, chip
from core.paging import Page

Sample = tuple[str, dict[str, Any]]


def gallery(request: HttpRequest, name: str = "") -> HttpResponse:
    """Show the gallery, or one of its sample pages."""
    if name not in PAGES:
        raise Http404
    template, context = PAGES[name](request)
    shell = {"company": sample.SampleCompany(), "may": PERMISSIONS, "nav_badges": {"billables": 14}}
    return render(request, template, shell | context)


def _components(request: HttpRequest) -> Sample:
    bound = sample.SampleForm({"name": "", "identification": "0912345678", "terms": "x", "method": "card"})
    return "components/gallery.html", {
        "looks": LOOKS,
        "form": bound,
        "tabs": sample.tabs(),
        "timeline": sample.timeline(),
        "related": sample.related(),
        "steps": [
            {"label": "RUC y razón social", "done": True},
            {"label": "Serie de facturas", "done": False, "url": "#", "note": "Sin ella no se puede emitir."},
        ],
        "task": {"label": "Zip de 1.204 PDF", "done": 512, "total": 1204, "percent": 42, "state": "running"},
        "menu": sample.menu(),
        "due": {"late": clock.today() - timedelta(days=12), "soon": clock.today() + timedelta(days=3)},
        "amounts": {"total": Decimal("1234.50"), "half": Decimal("617.25"), "none": Decimal("0.00")},
        "empty": {
            "title": "Todavía no hay facturas",
            "text": "La primera sale de una reserva confirmada.",
            "url": "#",
            "label": "Nueva factura",
        },
        "days": [sample.grid()],
    }


def _list(request: HttpRequest) -> Sample:
    table = sample.SampleTable(sample.invoices(), order_by=request.GET.get("sort", "-issued_on"), request=request)
    return "components/list_page.html", {
        "title": "Facturas",
        "new_url": "#",
        "new_label": "Nueva factura",
        "menu": sample.menu(),
        "tabs": sample.tabs(),
        "filter": sample.SampleFilter(request.GET or QueryDict("status=issued"), queryset=SimpleNamespace(model=None)),
        "hide_filters": "",
        "search_placeholder": "Número, cliente, RUC o clave de acceso",
        "table": table,
        "page": Page([], "siguiente", None),
        "totals_url": "../totales/",
        "bulk_template": "components/bulk_bar.html",
        "bulk_actions": [
            {"label": "Descargar PDF", "url": "#", "icon": "file-zip"},
            {"label": "Registrar cobro", "url": "#", "icon": "cash"},
        ],
        "match_count": "1.204",
    }


def _totals(request: HttpRequest) -> Sample:
    totals = [
        {"label": "Facturas", "value": "1.204"},
        {"label": "Total", "value": "$ 98.120,50", "proof": True},
        {"label": "Saldo", "value": "$ 18.204,50", "proof": True},
    ]
    return "components/totals.html", {"totals": totals}


def _options(request: HttpRequest) -> Sample:
    typed = next((str(text) for text in request.GET.values()), "").lower()
    found = [
        {"value": n, "label": name, "detail": f"09923456{n}8001"}
        for n, name in enumerate(sample.NAMES, 1)
        if typed in name.lower()
    ]
    return "components/combobox_options.html", {"options": found}


def _document(request: HttpRequest) -> Sample:
    return "components/gallery_document.html", {
        "title": "001-001-000001204",
        "crumbs": [("Facturas", "../lista/")],
        "chips": format_html_join("", "{}", ((chip(code),) for code in ("issued", "partial", "authorized"))),
        "menu": sample.menu(),
        "previous_url": "#",
        "next_url": "#",
        "timeline": sample.timeline(),
        "related": sample.related(),
        "lines": [
            ("Alquiler de cancha 3, 2 horas", "2", "25.00", "50.00"),
            ("Juego de luces", "2", "3.50", "7.00"),
            ("Agua 500 ml", "6", "0.75", "4.50"),
        ],
        "amounts": {"total": Decimal("70.73"), "settled": Decimal("40.00"), "balance": Decimal("30.73")},
        "due_on": clock.today() - timedelta(days=12),
        "access_key": "2111202601099234567800110010010000012041234567813",
    }


def _form(request: HttpRequest) -> Sample:
    initial = [{"product": "Alquiler de cancha 3", "quantity": "2", "unit_price": "25,00"}]
    lines = forms.formset_factory(sample.SampleLine, extra=2, can_delete=True)(prefix="lines", initial=initial)
    return "components/gallery_form.html", {
        "title": "Nueva factura",
        "crumbs": [("Facturas", "../lista/")],
        "form": sample.SampleForm(),
        "formset": lines,
        "cancel_url": "../lista/",
        "submit_label": "Emitir",
        "submit_key": "issue",
        "totals_rows": [
            {"label": "Subtotal IVA 15 %", "value": Decimal("61.50")},
            {"label": "IVA 15 %", "value": Decimal("9.23")},
        ],
        "grand_total": Decimal("70.73"),
        "warnings": ["Hay una factura de hoy para este cliente por el mismo valor."],
    }


def _confirm(request: HttpRequest) -> Sample:
    return "components/confirm_page.html", {
        "title": "Anular la factura 001-001-000001204",
        "crumbs": [("Facturas", "../lista/"), ("001-001-000001204", "../documento/")],
        "consequences": [
            {"text": "El número queda en el registro de saltos con su motivo.", "icon": "numbers"},
            {"text": "La reserva vuelve a pendientes de facturación.", "icon": "inbox"},
            {"text": "Los $ 40,00 cobrados quedan como crédito del cliente.", "icon": "wallet"},
            {"text": "Una factura anulada no vuelve atrás.", "icon": "lock", "tone": "bad"},
        ],
        "form": sample.ReasonForm(),
        "cancel_url": "../documento/",
        "submit_label": "Anular la factura",
    }


def _day(request: HttpRequest) -> Sample:
    return "components/gallery_day.html", {
        "title": "Agenda del día",
        "grid": sample.grid(),
        "states": ["requested", "confirmed", "checked_in", "completed", "no_show"],
        "looks": LOOKS,
    }


PAGES = {
    "": _components,
    "lista": _list,
    "totales": _totals,
    "opciones": _options,
    "documento": _document,
    "formulario": _form,
    "confirmacion": _confirm,
    "agenda": _day,
}
