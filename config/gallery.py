"""The gallery: every component in its states on one page, and each layout as a page. Served only while DEBUG is on.

    /componentes/   and   /componentes/lista/ documento/ formulario/ confirmacion/ agenda/

Everything here is invented; nothing touches the database.
"""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.html import format_html_join

from companies.roles import PERMISSIONS
from core import clock
from core.chips import LOOKS, chip
from core.paging import Page
from core.tables import AgoColumn, CheckColumn, ChipColumn, DayColumn, IconsColumn, LinkColumn, MoneyColumn, Table

NAMES = [
    "Comercial Andrade & Hijos Cía. Ltda.",
    "María Fernanda Vélez Intriago",
    "Club Deportivo Los Ceibos",
    "Unidad Educativa Particular Santo Tomás de Aquino del Litoral",
    "Consumidor final",
    "Importadora Quito Norte S.A.",
]
STATES = [
    ("issued", "overdue"),
    ("issued", "partial"),
    ("paid", "settled"),
    ("issued", "unpaid"),
    ("draft", ""),
    ("voided", ""),
]


class SampleTable(Table):
    """A list of invoices that never were."""

    pk = CheckColumn()
    number = LinkColumn("Número", orderable=True)
    buyer = tables.Column("Cliente", attrs={"td": {"class": "clip"}})
    issued_on = DayColumn("Emisión", orderable=True)
    due_on = AgoColumn("Vence", attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    status = ChipColumn("Estado")
    payment = ChipColumn("Cobro")
    total = MoneyColumn("Total", orderable=True)
    balance = MoneyColumn("Saldo")
    icons = IconsColumn()

    class Meta(Table.Meta):
        order_by = "-issued_on"

    def icons_of(self, record: Any) -> list[tuple[str, str, str]]:
        """Offer the row's PDF and its page."""
        return [("#", "file-type-pdf", "PDF"), ("#", "printer", "Imprimir")]


class SampleFilter(django_filters.FilterSet):
    """Filters of the sample list."""

    search = django_filters.CharFilter(label="Buscar")
    status = django_filters.ChoiceFilter(label="Estado", choices=[("issued", "Emitida"), ("paid", "Pagada")])
    series = django_filters.ChoiceFilter(label="Serie", choices=[("1", "001-001"), ("2", "001-002")])


SampleFilter.base_filters["from"] = django_filters.DateFilter(label="Desde")
SampleFilter.base_filters["to"] = django_filters.DateFilter(label="Hasta")


class SampleForm(forms.Form):
    """A form with a field of each kind, one of them wrong."""

    name = forms.CharField(label="Razón social", initial=NAMES[0])
    identification = forms.CharField(label="RUC o cédula", help_text="Trece dígitos el RUC, diez la cédula.")
    email = forms.EmailField(label="Correo electrónico", required=False)
    terms = forms.IntegerField(label="Días de plazo", initial=30)
    issued_on = forms.DateField(label="Fecha", widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label="Tipo", choices=[("ruc", "RUC"), ("ced", "Cédula"), ("pas", "Pasaporte")])
    method = forms.ChoiceField(
        label="Forma de cobro",
        choices=[("cash", "Efectivo"), ("card", "Tarjeta"), ("bank", "Transferencia")],
        widget=forms.RadioSelect,
    )
    sends = forms.BooleanField(label="Enviar los documentos por correo", required=False, initial=True)
    notes = forms.CharField(label="Observaciones", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SampleLine(forms.Form):
    """One line of the sample document."""

    product = forms.CharField(label="Producto", widget=forms.TextInput(attrs={"cell": "w-wide"}))
    quantity = forms.DecimalField(
        label="Cantidad", localize=True, widget=forms.TextInput(attrs={"cell": "w-num", "inputmode": "decimal"})
    )
    unit_price = forms.DecimalField(
        label="Precio", localize=True, widget=forms.TextInput(attrs={"cell": "w-num", "inputmode": "decimal"})
    )
    discount = forms.DecimalField(
        label="Descuento", required=False, widget=forms.TextInput(attrs={"cell": "w-num", "inputmode": "decimal"})
    )


class ReasonForm(forms.Form):
    """What a dangerous act asks."""

    money = forms.ChoiceField(
        label="El dinero ya cobrado",
        choices=[("credit", "Queda como crédito del cliente"), ("void", "Se anulan también los cobros")],
        widget=forms.RadioSelect,
        initial="credit",
    )
    reason = forms.CharField(label="Motivo", widget=forms.Textarea(attrs={"rows": 3}))


class SampleCompany:
    """A company as the shell needs it."""

    pk, ruc, is_test = 1, "0992345678001", True

    def __str__(self) -> str:
        return "Complejo Deportivo Los Ceibos"


Sample = tuple[str, dict[str, Any]]


def gallery(request: HttpRequest, name: str = "") -> HttpResponse:
    """Show the gallery, or one of its sample pages."""
    if name not in PAGES:
        raise Http404
    template, context = PAGES[name](request)
    shell = {"company": SampleCompany(), "may": PERMISSIONS, "nav_badges": {"billables": 14}}
    return render(request, template, shell | context)


def _components(request: HttpRequest) -> Sample:
    bound = SampleForm({"name": "", "identification": "0912345678", "terms": "x", "kind": "ruc", "method": "card"})
    return "components/gallery.html", {
        "looks": LOOKS,
        "form": bound,
        "tabs": _tabs(),
        "timeline": _timeline(),
        "related": _related(),
        "steps": [
            {"label": "RUC y razón social", "done": True},
            {"label": "Serie de facturas", "done": False, "url": "#", "note": "Sin ella no se puede emitir."},
        ],
        "task": {"label": "Zip de 1.204 PDF", "done": 512, "total": 1204, "percent": 42, "state": "running"},
        "menu": _menu(),
        "due": {"late": clock.today() - timedelta(days=12), "soon": clock.today() + timedelta(days=3)},
        "amounts": {"total": Decimal("1234.50"), "half": Decimal("617.25"), "none": Decimal("0.00")},
        "empty": {
            "title": "Todavía no hay facturas",
            "text": "La primera sale de una reserva confirmada.",
            "url": "#",
            "label": "Nueva factura",
        },
        "days": [_grid()],
    }


def _list(request: HttpRequest) -> Sample:
    table = SampleTable(_invoices(), order_by=request.GET.get("sort", "-issued_on"), request=request)
    return "components/list_page.html", {
        "title": "Facturas",
        "new_url": "#",
        "new_label": "Nueva factura",
        "menu": _menu(),
        "tabs": _tabs(),
        "filter": SampleFilter(request.GET or QueryDict("status=issued"), queryset=SimpleNamespace(model=None)),
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


def _invoices() -> list[Any]:
    rows = []
    for index in range(24):
        status, payment = STATES[index % len(STATES)]
        total = Decimal(17 + index * index * 13) + Decimal("0.25") * index
        row = SimpleNamespace(
            pk=index + 1,
            number="" if status == "draft" else f"001-001-{1204 - index:09d}",
            buyer=NAMES[index % len(NAMES)],
            issued_on=clock.today() - timedelta(days=index * 3),
            due_on=clock.today() - timedelta(days=index * 3 - 30),
            status=status,
            payment=payment or None,
            total=total,
            balance={"overdue": total, "partial": total / 2, "unpaid": total}.get(payment, Decimal(0)),
        )
        row.get_absolute_url = lambda: "../documento/"
        rows.append(row)
    rows[4].number = "Borrador"
    return rows


def _document(request: HttpRequest) -> Sample:
    return "components/gallery_document.html", {
        "title": "001-001-000001204",
        "crumbs": [("Facturas", "../lista/")],
        "chips": format_html_join("", "{}", ((chip(code),) for code in ("issued", "partial", "authorized"))),
        "menu": _menu(),
        "previous_url": "#",
        "next_url": "#",
        "timeline": _timeline(),
        "related": _related(),
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
    lines = forms.formset_factory(SampleLine, extra=2, can_delete=True)(prefix="lines", initial=initial)
    return "components/gallery_form.html", {
        "title": "Nueva factura",
        "crumbs": [("Facturas", "../lista/")],
        "form": SampleForm(),
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
        "form": ReasonForm(),
        "cancel_url": "../documento/",
        "submit_label": "Anular la factura",
    }


def _day(request: HttpRequest) -> Sample:
    return "components/gallery_day.html", {
        "title": "Agenda del día",
        "grid": _grid(),
        "states": ["requested", "confirmed", "checked_in", "completed", "no_show"],
        "looks": LOOKS,
    }


def _grid() -> dict[str, Any]:
    """Six courts from 8:00 to 17:00 by half hours, with bookings, a closed court and hours gone by."""
    columns = [{"name": f"Cancha {n}", "detail": "Fútbol 7" if n < 4 else "Tenis"} for n in range(1, 7)]
    booked = {
        (0, 2): (3, "confirmed"),
        (2, 4): (2, "checked_in"),
        (1, 7): (4, "requested"),
        (3, 1): (2, "completed"),
        (4, 9): (3, "confirmed"),
        (2, 10): (2, "no_show"),
    }
    rows = []
    taken: set[tuple[int, int]] = set()
    for slot in range(18):
        time = f"{8 + slot // 2:02d}:{slot % 2 * 30:02d}"
        cells = []
        for court in range(6):
            if (court, slot) in taken:
                continue
            if (court, slot) in booked:
                span, state = booked[court, slot]
                taken |= {(court, slot + step) for step in range(span)}
                look = LOOKS[state]
                cells.append(
                    {
                        "kind": "booked",
                        "rowspan": span,
                        "url": "#",
                        "tone": look.tone,
                        "icon": look.icon,
                        "title": NAMES[(court + slot) % 6],
                        "detail": f"{time} · $ 50,00",
                        "label": f"Cancha {court + 1}, {time}, {look.label}",
                    }
                )
            else:
                kind = "closed" if court == 5 and slot < 6 else "past" if slot < 2 else "free"
                cells.append(
                    {
                        "kind": kind,
                        "url": "../formulario/",
                        "label": f"Cancha {court + 1}, {time}, {'libre' if kind == 'free' else 'no disponible'}",
                    }
                )
        rows.append(
            {"label": time, "is_hour": slot % 2 == 0, "is_now": slot == 4, "cells": cells}
        )
    return {"columns": columns, "rows": rows}


def _tabs() -> list[dict[str, Any]]:
    counts = {
        "Todas": "1.204",
        "Borradores": "3",
        "Por cobrar": "86",
        "Vencidas": "18",
        "Pagadas": "1.085",
        "Anuladas": "15",
    }
    return [{"label": label, "url": "?", "count": count, "active": label == "Todas"} for label, count in counts.items()]


def _menu() -> list[dict[str, Any]]:
    return [
        {"label": "Duplicar", "url": "#", "icon": "copy"},
        {"label": "Descargar PDF", "url": "#", "icon": "file-type-pdf"},
        {"label": "Anular…", "url": "../confirmacion/", "icon": "ban", "danger": True},
    ]


def _timeline() -> list[dict[str, Any]]:
    now = clock.now()
    return [
        {
            "label": "Creada desde la reserva R-1029",
            "icon": "calendar-check",
            "who": "Rosa Cedeño",
            "at": now - timedelta(days=42),
        },
        {"label": "Emitida", "icon": "file-text", "tone": "info", "who": "Luis Mora", "at": now - timedelta(days=42)},
        {
            "label": "Cobro de $ 40,00 en efectivo",
            "icon": "cash",
            "tone": "good",
            "who": "Ana Paz",
            "at": now - timedelta(minutes=12),
            "note": "Recibo 000000318",
        },
        {"label": "Falta cobrar $ 30,73", "icon": "circle-dashed", "next": True},
    ]


def _related() -> list[dict[str, Any]]:
    return [
        {
            "label": "Reserva R-1029",
            "url": "#",
            "icon": "calendar",
            "detail": "Cancha 3, 10:00 a 12:00",
            "chip": chip("completed"),
        },
        {"label": "Cobro 000000318", "url": "#", "icon": "cash", "detail": "Efectivo · $ 40,00"},
    ]


PAGES = {
    "": _components,
    "lista": _list,
    "totales": _totals,
    "documento": _document,
    "formulario": _form,
    "confirmacion": _confirm,
    "agenda": _day,
}
