"""The forms of what closes courts and of the rules of booking: shape only, the workflows know the rules."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import AmountField, DayField
from reservations.models import Court, Holiday, Venue
from reservations.policies import Rules, Tier
from reservations.setup_forms import HourField, VersionedForm


class BlackoutForm(forms.Form):
    """What is blocked, from when to when, and why."""

    venue: forms.ModelChoiceField = forms.ModelChoiceField(
        Venue.objects.none(), label=_("Sede"), required=False, empty_label=_("Todas las sedes")
    )
    court: forms.ModelChoiceField = forms.ModelChoiceField(
        Court.objects.none(), label=_("Cancha"), required=False, empty_label=_("Todas las canchas")
    )
    first_day = DayField(label=_("Desde el día"))
    starts = HourField(label=_("Hora"), initial=time(0))
    last_day = DayField(label=_("Hasta el día"))
    ends = HourField(label=_("Hora"), initial=time(23, 45))
    reason = forms.CharField(label=_("Motivo"), max_length=200, help_text=_("Lo lee quien intente reservar."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        courts = Court.objects.active().select_related("venue")
        self.fields["venue"].queryset = Venue.objects.active()  # type: ignore[attr-defined]
        self.fields["court"].queryset = courts  # type: ignore[attr-defined]
        self.fields["court"].label_from_instance = lambda row: f"{row.name} · {row.venue}"  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what was entered, as `closures.add_blackout()` takes it."""
        data = self.cleaned_data
        return {
            "venue_id": data["venue"].pk if data["venue"] else None,
            "court_id": data["court"].pk if data["court"] else None,
            "starts_at": datetime.combine(data["first_day"], data["starts"], tzinfo=clock.zone()),
            "ends_at": datetime.combine(data["last_day"], data["ends"], tzinfo=clock.zone()),
            "reason": data["reason"],
        }


class HolidayForm(VersionedForm):
    """A holiday."""

    day = DayField(label=_("Día"))
    name = forms.CharField(label=_("Nombre"), max_length=100)
    closed = forms.BooleanField(
        label=_("Ese día no se abre"),
        required=False,
        help_text=_("Si se abre, valen las tarifas marcadas «solo en feriados»."),
    )


def holiday_as_initial(holiday: Holiday) -> dict[str, Any]:
    """Return a holiday as its form begins with it."""
    return {name: getattr(holiday, name) for name in ("day", "name", "closed", "version")}


class TierForm(forms.Form):
    """What cancelling with less notice than that costs."""

    hours_before = forms.IntegerField(
        label=_("Con menos de (horas)"), min_value=1, widget=forms.NumberInput({"cell": "w-num"})
    )
    percent = AmountField(label=_("Cargo (% del precio)"), numeric_attrs={"cell": "w-num"})


TierFormSet = forms.formset_factory(TierForm, extra=0, can_delete=True)


class RulesForm(forms.Form):
    """The rules of holds, cancellations and no-shows, with the tiers as lines."""

    hold_minutes = forms.IntegerField(label=_("Minutos que dura un apartado"), min_value=1)
    no_show_percent = AmountField(label=_("Cargo a quien no asiste (% del precio)"))

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        self.lines = TierFormSet(data, prefix="lines", initial=self.initial.get("tiers"))

    def is_valid(self) -> bool:
        """Check the fields and every line."""
        return all([super().is_valid(), self.lines.is_valid()])

    def entered(self) -> Rules:
        """Return the rules that were entered."""
        kept = [form for form in self.lines.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        tiers = tuple(Tier(form.cleaned_data["hours_before"], form.cleaned_data["percent"]) for form in kept)
        return Rules(self.cleaned_data["hold_minutes"], self.cleaned_data["no_show_percent"], tiers)


def rules_as_initial(rules: Rules) -> dict[str, Any]:
    """Return rules as their form begins with them."""
    return {
        "hold_minutes": rules.hold_minutes,
        "no_show_percent": rules.no_show_percent,
        "tiers": [{"hours_before": tier.hours_before, "percent": tier.percent} for tier in rules.tiers],
    }
