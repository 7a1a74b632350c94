"""What a dangerous act asks before it is done."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

KEEP, VOID = "credit", "void"


class ReasonForm(forms.Form):
    """Why: kept in the log for ever."""

    reason = forms.CharField(label=_("Motivo"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class CorrectForm(forms.Form):
    """The version of the document that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class VoidForm(ReasonForm):
    """Why, and what becomes of the money that was already collected (D8)."""

    money = forms.ChoiceField(
        label=_("El dinero ya cobrado"),
        choices=[(KEEP, _("Queda como saldo a favor del cliente")), (VOID, _("Se anulan también los cobros"))],
        widget=forms.RadioSelect,
        initial=KEEP,
    )

    field_order = ("money", "reason")

    def __init__(self, *args: Any, asks_for_money: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asks_for_money:
            del self.fields["money"]
