"""The forms of dividing a booking's account: shape only, the workflow knows the rules."""

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from core.forms import AmountField
from core.widgets import ComboboxField
from reservations.splitting import MOST_SHARES, ShareInput


class ShareForm(forms.Form):
    """Who pays a part, and how much."""

    customer = ComboboxField(
        Customer.objects.live,
        url=reverse_lazy("billing:customer_options"),
        label=_("Quién paga"),
        placeholder=_("Cédula, RUC o nombre"),
    )
    amount = AmountField(label=_("Valor"), required=False, numeric_attrs={"cell": "w-num"})


class BaseShareFormSet(forms.BaseFormSet):
    """The line editor of parts."""

    def _kept(self) -> list[Any]:
        return [form for form in self.forms if form.is_valid() and not form.cleaned_data.get("DELETE")]

    def entered(self) -> list[ShareInput]:
        """Return the parts as they were entered."""
        rows = [form.cleaned_data for form in self._kept()]
        return [ShareInput(row["customer"].pk, row["amount"]) for row in rows if row.get("customer")]

    def amounts(self) -> list[Decimal | None]:
        """Return the amounts as they stand, whoever pays them: one for each line that is not taken out."""
        if not self.is_bound:
            return [row.get("amount") for row in self.initial or []]
        return [_amount(form) for form in self.forms if not form["DELETE"].value()]


def _amount(form: forms.BaseForm) -> Decimal | None:
    try:
        return form.fields["amount"].clean(form["amount"].value())
    except forms.ValidationError:
        return None


ShareFormSet = forms.formset_factory(
    ShareForm, formset=BaseShareFormSet, extra=0, can_delete=True, max_num=MOST_SHARES, absolute_max=MOST_SHARES * 2
)


class SplitForm(forms.Form):
    """A division of an account, its parts as `lines` (given as `initial["shares"]`)."""

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        shares = self.initial.get("shares", [])
        self.lines: BaseShareFormSet = ShareFormSet(data, prefix="lines", initial=shares)  # type: ignore[assignment]
        for form in self.lines.forms:
            form.empty_permitted = False

    def is_valid(self) -> bool:
        """Check every part."""
        return all([super().is_valid(), self.lines.is_valid()])
