"""What the gallery shows: a company, its invoices, forms and a day of bookings that never were."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms

from core import clock
from core.chips import LOOKS, chip
from core.tables import AgoColumn, CheckColumn, ChipColumn, DayColumn, IconsColumn, LinkColumn, MoneyColumn, Table
from reservations.grid import Cell, Column, Grid, Kind, Row

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


class SampleCompany:
    """A company as the shell needs it."""

    pk, ruc, is_test = 1, "0992345678001", True

    def __str__(self) -> str:
        return "Complejo Deportivo Los Ceibos"


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


def invoices() -> list[Any]:
    """Return a page of rows in every state."""
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


def grid() -> Grid:
    """Six courts from 8:00 to 17:00 by half hours, with bookings, a closed court and hours gone by."""
    columns = [Column(f"Cancha {n}", "Fútbol 7" if n < 4 else "Tenis") for n in range(1, 7)]
    booked = {
        (0, 2): (3, "confirmed"),
        (2, 4): (2, "checked_in"),
        (1, 7): (4, "requested"),
        (3, 1): (2, "completed"),
        (4, 9): (3, "held"),
        (2, 10): (2, "no_show"),
    }
    rows = []
    taken: set[tuple[int, int]] = set()
    for slot in range(18):
        minute = 480 + 30 * slot
        time = f"{minute // 60:02d}:{minute % 60:02d}"
        cells = []
        for court in range(6):
            if (court, slot) in taken:
                continue
            span, state = booked.get((court, slot), (1, ""))
            taken |= {(court, slot + step) for step in range(span)}
            if state:
                look, name = LOOKS[state], NAMES[(court + slot) % 6]
                label = f"Cancha {court + 1}, {time}, {look.label}"
                cells.append(Cell("booked", minute, minute, span, label, "#", name, time, look.tone, look.icon))
            else:
                free: Kind = "blocked" if court == 5 and slot < 6 else "past" if slot < 2 else "free"
                title = "Mantenimiento" if free == "blocked" else ""
                said = "libre" if free == "free" else "no disponible"
                label = f"Cancha {court + 1}, {time}, {said}"
                cells.append(Cell(free, minute, minute, 1, label, "../formulario/", title))
        rows.append(Row(minute, time, slot % 2 == 0, 2 if slot == 4 else None, cells))
    return Grid(columns, rows)


def tabs() -> list[dict[str, Any]]:
    """Return status tabs with counts."""
    counts = {
        "Todas": "1.204",
        "Borradores": "3",
        "Por cobrar": "86",
        "Vencidas": "18",
        "Pagadas": "1.085",
        "Anuladas": "15",
    }
    return [{"label": label, "url": "?", "count": count, "active": label == "Todas"} for label, count in counts.items()]


def menu() -> list[dict[str, Any]]:
    """Return the secondary actions of a document."""
    return [
        {"label": "Duplicar", "url": "#", "icon": "copy"},
        {"label": "Descargar PDF", "url": "#", "icon": "file-type-pdf"},
        {"label": "Anular…", "url": "../confirmacion/", "icon": "ban", "danger": True},
    ]


def timeline() -> list[dict[str, Any]]:
    """Return a document's story, with one step to come."""
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


def related() -> list[dict[str, Any]]:
    """Return what belongs to a document."""
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
