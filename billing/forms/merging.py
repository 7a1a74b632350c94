"""Joining two customers: which, and what is kept of each."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from billing.merging import CHOSEN, Side
from billing.models import Customer
from core.money import format_money
from core.widgets import ComboboxField

PICK = "pick-"


class ChooseForm(forms.Form):
    """The customer to be joined into this one."""

    other = ComboboxField(
        Customer.objects.live,
        url=reverse_lazy("billing:customer_options"),
        label=_("El otro cliente"),
        placeholder=_("Nombre, RUC o cédula"),
        help_text=_("El que deja de aparecer: lo suyo pasa a este."),
    )


class MergeForm(forms.Form):
    """A choice for each field in which the two differ; whose value stays."""

    keep_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    other_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, keep: Customer, other: Customer, data: Any = None) -> None:
        super().__init__(data, initial={"keep_version": keep.version, "other_version": other.version})
        for name in CHOSEN:
            mine, theirs = getattr(keep, name), getattr(other, name)
            if mine == theirs or theirs in ("", None):
                continue
            self.fields[f"{PICK}{name}"] = forms.ChoiceField(
                label=capfirst(Customer._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
                choices=[("keep", _shown(keep, name)), ("other", _shown(other, name))],
                initial="other" if mine in ("", None) else "keep",
                widget=forms.RadioSelect,
            )

    def choices(self) -> dict[str, Side]:
        """Return whose value stays, field by field."""
        return {name.removeprefix(PICK): side for name, side in self.cleaned_data.items() if name.startswith(PICK)}


def _shown(customer: Customer, name: str) -> str:
    """Return a field's value as people read it."""
    value = getattr(customer, name)
    if name == "identification":
        return f"{value} ({customer.get_identification_type_display()})"
    if name == "credit_limit" and value is not None:
        return format_money(value)
    display = getattr(customer, f"get_{name}_display", None)
    return str(display() if display else value) if value not in ("", None) else "—"
