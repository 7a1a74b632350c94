"""The forms of weekly bookings and of the waiting list: shape only, the workflows know the rules."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from core import clock
from core.forms import DayField
from core.widgets import ComboboxField
from reservations.forms import LinesForm
from reservations.models import Court, Venue, Weekday
from reservations.plan import RepeatInput
from reservations.repeating import ChangeInput
from reservations.setup_forms import HourField
from reservations.waiting import WaitingInput
from reservations.week import end_after, minutes_of, moment


def court_field(**options: Any) -> forms.ModelChoiceField:
    """Make the choice of a court; its courts are offered when the form is made (`offer_courts`)."""
    return forms.ModelChoiceField(Court.objects.none(), **({"label": _("Cancha"), "empty_label": None} | options))


def offer_courts(form: forms.Form) -> None:
    """Offer the courts that can be booked, each with its venue."""
    courts = Court.objects.active().select_related("venue")
    form.fields["court"].queryset = courts  # type: ignore[attr-defined]
    form.fields["court"].label_from_instance = lambda row: f"{row.name} · {row.venue}"  # type: ignore[attr-defined]


def customer_field(**options: Any) -> ComboboxField:
    """Make the box that finds a customer, or creates one."""
    ours = {"label": _("Cliente"), "placeholder": _("Cédula, RUC o nombre")}
    return ComboboxField(Customer.objects.live, url=reverse_lazy("billing:customer_options"), **(ours | options))


class RepeatForm(LinesForm):
    """A court every week: for whom, when, from a day until a day or so many times, with extras each time."""

    customer = customer_field()
    court = court_field()
    first_on = DayField(label=_("Primera fecha"), help_text=_("Dice el día de la semana."))
    starts = HourField(label=_("Desde"))
    ends = HourField(label=_("Hasta"))
    until = DayField(label=_("Hasta el día"), required=False)
    count = forms.IntegerField(
        label=_("o cuántas veces"),
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput({"inputmode": "numeric", "class": "num"}),
    )
    notes = forms.CharField(label=_("Notas"), widget=forms.Textarea({"rows": 2}), required=False)
    skip_others = forms.BooleanField(label=_("Reservar las libres y dejar fuera las demás"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_courts(self)

    def entered(self) -> RepeatInput:
        """Return what was entered."""
        data = self.cleaned_data
        starts = minutes_of(data["starts"])
        return RepeatInput(
            court_id=data["court"].pk,
            customer_id=data["customer"].pk,
            first_on=data["first_on"],
            starts=starts,
            minutes=end_after(starts, data["ends"]) - starts,
            until=data["until"],
            count=data["count"],
            extras=tuple(self.lines.entered()),
            notes=data["notes"],
        )


class ChangeRestForm(forms.Form):
    """Another court, day or hour for the dates still to come."""

    court = court_field()
    weekday = forms.TypedChoiceField(label=_("Día"), choices=Weekday.choices, coerce=int)
    starts = HourField(label=_("Desde"))
    from_date = DayField(label=_("A partir del"), required=False, help_text=_("Vacío: todas las que faltan."))
    keep_exceptions = forms.BooleanField(label=_("Respetar las que se cambiaron por separado"), required=False)
    skip_others = forms.BooleanField(label=_("Dejar donde están las que no quepan"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_courts(self)

    def entered(self) -> ChangeInput:
        """Return the new court, day and hour."""
        data = self.cleaned_data
        return ChangeInput(data["court"].pk, data["weekday"], minutes_of(data["starts"]))


class EndRestForm(forms.Form):
    """Why the dates still to come are cancelled, and from which on."""

    from_date = DayField(label=_("A partir del"), required=False, help_text=_("Vacío: todas las que faltan."))
    reason = forms.CharField(
        label=_("Motivo"), max_length=500, required=False, widget=forms.Textarea({"rows": 3, "autofocus": True})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class WaitingForm(forms.Form):
    """Who would play if a court came free, where and when."""

    customer = customer_field(required=False)
    name = forms.CharField(label=_("Nombre"), max_length=300, required=False)
    phone = forms.CharField(label=_("Teléfono"), max_length=30, required=False)
    venue: forms.ModelChoiceField = forms.ModelChoiceField(
        Venue.objects.none(), label=_("Sede"), required=False, empty_label=_("La de la cancha")
    )
    court = court_field(required=False, empty_label=_("Cualquiera de la sede"))
    day = DayField(label=_("Día"))
    starts = HourField(label=_("Desde"))
    ends = HourField(label=_("Hasta"))
    note = forms.CharField(label=_("Nota"), max_length=500, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_courts(self)
        self.fields["venue"].queryset = Venue.objects.active()  # type: ignore[attr-defined]

    def entered(self) -> WaitingInput:
        """Return what was entered."""
        data = self.cleaned_data
        starts_at, ends_at = self._period()
        return WaitingInput(
            starts_at=starts_at,
            ends_at=ends_at,
            court_id=data["court"].pk if data["court"] else None,
            venue_id=data["venue"].pk if data["venue"] else None,
            customer_id=data["customer"].pk if data["customer"] else None,
            name=data["name"],
            phone=data["phone"],
            note=data["note"],
        )

    def _period(self) -> tuple[datetime, datetime]:
        data, zone = self.cleaned_data, clock.zone()
        starts = minutes_of(data["starts"])
        ends = end_after(starts, data["ends"])
        return moment(data["day"], starts, zone), moment(data["day"], ends, zone)
