"""The forms of what becomes of a booking: shape only, the workflows know the rules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import AmountField, DayField
from reservations.deposits import DepositInput
from reservations.forms import ChargeForm, Wanted, WhoForm
from reservations.holding import TakeInput
from reservations.models import Court, Reservation
from reservations.setup_forms import HourField


class TakeForm(WhoForm):
    """Booking what was held (given as `initial["reservation"]`)."""

    def wanted(self) -> Wanted:
        """Return what is to be priced, as `workflow.preview()` takes it."""
        held: Reservation = self.initial["reservation"]
        typed = str(self["customer"].value() or "")
        chosen = int(typed) if typed.isdecimal() else held.customer_id
        return held.court_id, held.starts_at, held.ends_at, self.lines.entered(), chosen

    def entered(self, then: str) -> TakeInput:
        """Return what was entered; `then` is the button pressed: `request`, `confirm` or `charge`."""
        return TakeInput(**self.who(), **self.how(then))


class MoveForm(forms.Form):
    """Another court or time for a booking, as long as before; `total` is the price the person has been told."""

    court: forms.ModelChoiceField = forms.ModelChoiceField(Court.objects.none(), label=_("Cancha"), empty_label=None)
    day = DayField(label=_("Día"))
    starts = HourField(label=_("Desde"))
    total = forms.DecimalField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        courts = Court.objects.active().select_related("venue")
        self.fields["court"].queryset = courts  # type: ignore[attr-defined]
        self.fields["court"].label_from_instance = lambda row: f"{row.name} · {row.venue}"  # type: ignore[attr-defined]

    def starts_at(self) -> datetime:
        """Return the moment at which it is to begin."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["starts"], tzinfo=clock.zone())


class PriceForm(forms.Form):
    """The price that was agreed, and why."""

    total = AmountField(label=_("Precio con IVA"))
    reason = forms.CharField(
        label=_("Motivo"), max_length=500, required=False, help_text=_("No hace falta para volver al de las tarifas.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class DepositForm(ChargeForm):
    """Money left for a booking before it is invoiced."""

    def deposit(self) -> DepositInput:
        """Return what was entered."""
        data = self.cleaned_data
        return DepositInput(data["method"].pk, data["amount"], data["reference"])


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Motivo"), max_length=500, required=False, widget=forms.Textarea({"rows": 3, "autofocus": True})
    )


class EndForm(ReasonForm):
    """Why a booking ends before it was played, and who may do so, why its fee is waived."""

    waive = forms.CharField(
        label=_("Perdonar el cargo: motivo"),
        max_length=500,
        required=False,
        help_text=_("Si lo escribe, no se cobra."),
    )

    def without(self, names: Iterable[str]) -> "EndForm":
        """Leave out what is not asked."""
        for name in names:
            del self.fields[name]
        return self

    def values(self) -> dict[str, str]:
        """Return what was entered, of what was asked."""
        return {name: self.cleaned_data[name] for name in self.fields}
