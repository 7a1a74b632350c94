"""The forms of what can be booked: shape only, the setup workflow knows the rules."""

from datetime import time
from typing import Any

from django import forms
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.models import CustomerKind, Product, TaxCategory
from core.forms import AmountField, DayField
from core.widgets import ComboboxField
from reservations.models import SLOT_MINUTES, Court, OpeningHours, PricePer, Rate, Venue, Weekday
from reservations.week import Span, end_after, minutes_of, time_of

INITIALS = [(0, _("L")), (1, _("M")), (2, _("X")), (3, _("J")), (4, _("V")), (5, _("S")), (6, _("D"))]


class WeekdaysWidget(forms.CheckboxSelectMultiple):
    """The days of the week as seven small boxes in a row, read aloud by their whole names."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Render with the project's own template."""
        chosen = {str(day) for day in value or ()}
        days = [
            {"value": day, "initial": initial, "name": Weekday(day).label, "checked": str(day) in chosen}
            for day, initial in INITIALS
        ]
        return render_to_string(
            "reservations/weekdays.html", {"name": name, "id": (attrs or {}).get("id"), "days": days}
        )


class WeekdaysField(forms.TypedMultipleChoiceField):
    """Some days of the week, as numbers."""

    widget = WeekdaysWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Weekday.choices, coerce=int, label=_("Días"), **options)


class HourField(forms.TimeField):
    """A time of day, in quarters of an hour."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput({"type": "time", "step": 900, "cell": "w-num"}, format="%H:%M")
        super().__init__(**({"widget": widget} | options))


class VersionedForm(forms.Form):
    """A form that carries the version of the row it edits."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def values(self) -> dict[str, Any]:
        """Return what was entered, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class VenueForm(VersionedForm):
    """A venue."""

    name = forms.CharField(label=_("Nombre"), max_length=150)
    address = forms.CharField(label=_("Dirección"), max_length=300, required=False)
    active = forms.BooleanField(label=_("Se reserva"), required=False, initial=True)


class HoursForm(forms.Form):
    """The same hours on some days; a closing time that is not later than the opening one is past midnight."""

    weekdays = WeekdaysField()
    opens = HourField(label=_("Abre"))
    closes = HourField(label=_("Cierra"))

    def spans(self) -> list[Span]:
        """Return a stretch for each day."""
        starts = minutes_of(self.cleaned_data["opens"])
        ends = end_after(starts, self.cleaned_data["closes"])
        return [Span(day, starts, ends) for day in self.cleaned_data["weekdays"]]


HoursFormSet = forms.formset_factory(HoursForm, extra=0, can_delete=True)


class CourtForm(VersionedForm):
    """A court, with its hours as lines."""

    name = forms.CharField(label=_("Nombre"), max_length=100)
    detail = forms.CharField(
        label=_("Detalle"), max_length=100, required=False, help_text=_("Por ejemplo: pádel, techada.")
    )
    slot_minutes = forms.TypedChoiceField(
        label=_("Duración del turno"),
        choices=[(minutes, f"{minutes} min") for minutes in SLOT_MINUTES],
        coerce=int,
        initial=60,
    )
    position = forms.IntegerField(label=_("Orden en la agenda"), min_value=0, max_value=999, initial=0)
    active = forms.BooleanField(label=_("Se reserva"), required=False, initial=True)

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        self.lines = HoursFormSet(data, prefix="lines", initial=self.initial.get("hours"))

    def is_valid(self) -> bool:
        """Check the fields and every line of hours."""
        return all([super().is_valid(), self.lines.is_valid()])

    def hours(self) -> list[Span]:
        """Return the hours that were filled in and not taken out."""
        kept = [form for form in self.lines.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [span for form in kept for span in form.spans()]


class RateForm(VersionedForm):
    """A rate of a venue (given as `initial["venue"]`)."""

    name = forms.CharField(label=_("Nombre"), max_length=100, help_text=_("Aparece en la línea de la factura."))
    court: forms.ModelChoiceField = forms.ModelChoiceField(
        Court.objects.none(), label=_("Cancha"), required=False, empty_label=_("Todas las de la sede")
    )
    weekdays = WeekdaysField(initial=list(range(7)))
    starts = HourField(label=_("Desde"))
    ends = HourField(label=_("Hasta"), help_text=_("Puede pasar la medianoche; 00:00 es el fin del día."))
    unit_price = AmountField(label=_("Precio"))
    per = forms.ChoiceField(label=_("El precio es"), choices=PricePer.choices, initial=PricePer.HOUR)
    price_includes_tax = forms.BooleanField(label=_("El precio incluye IVA"), required=False, initial=True)
    tax_category = forms.ChoiceField(
        label=_("Categoría de IVA"), choices=TaxCategory.choices, initial=TaxCategory.GENERAL
    )
    product = ComboboxField(
        Product.objects.live,
        url=reverse_lazy("billing:product_options"),
        label=_("Producto"),
        required=False,
        help_text=_("Si lo elige, su código va en la factura."),
    )
    customer_kind: forms.ModelChoiceField = forms.ModelChoiceField(
        CustomerKind.objects.none(), label=_("Clase de cliente"), required=False, empty_label=_("Todos los clientes")
    )
    valid_from = DayField(label=_("Desde el día"), required=False)
    valid_until = DayField(label=_("Hasta el día"), required=False)
    on_holidays = forms.BooleanField(label=_("Solo en feriados"), required=False)
    active = forms.BooleanField(label=_("En uso"), required=False, initial=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["court"].queryset = Court.objects.filter(venue=self.initial["venue"])  # type: ignore[attr-defined]
        kinds = CustomerKind.objects.filter(
            Q(active=True) | Q(pk=getattr(self.initial.get("customer_kind"), "pk", None))
        )
        self.fields["customer_kind"].queryset = kinds  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what was entered, with the band in minutes and the relations by id."""
        values = super().values()
        court, product, kind = values.pop("court"), values.pop("product"), values.pop("customer_kind")
        starts = minutes_of(values["starts"])
        return values | {
            "starts": starts,
            "ends": end_after(starts, values["ends"]),
            "court_id": court.pk if court else None,
            "product_id": product.pk if product else None,
            "customer_kind_id": kind.pk if kind else None,
        }


def hours_as_lines(court: Court) -> list[dict[str, Any]]:
    """Return a court's hours as the line editor begins with them: one line for the days that have the same."""
    lines: dict[tuple[int, int], list[int]] = {}
    for row in OpeningHours.objects.filter(court=court):
        lines.setdefault((row.opens, row.closes), []).append(row.weekday)
    return [{"weekdays": days, "opens": time_of(band[0]), "closes": time_of(band[1])} for band, days in lines.items()]


def as_initial(row: Venue | Court | Rate) -> dict[str, Any]:
    """Return a row as its form begins with it."""
    names = [field.name for field in row._meta.fields]
    values: dict[str, Any] = {name: getattr(row, name) for name in names if name not in ("id", "company")}
    if isinstance(row, Rate):
        values |= {"starts": time_of(row.starts), "ends": time_of(row.ends)}
    if isinstance(row, Court):
        values["hours"] = hours_as_lines(row)
    return values


# What a new court is usually open.
USUAL_HOURS = [{"weekdays": list(range(7)), "opens": time(6), "closes": time(23)}]
