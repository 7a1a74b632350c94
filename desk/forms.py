"""The forms of desk's pages: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from desk.saved import ViewInput


class CommentForm(forms.Form):
    """A note beside a thing."""

    text = forms.CharField(label=_("Nota"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


class AttachmentForm(forms.Form):
    """A file to keep beside a thing."""

    file = forms.FileField(label=_("Archivo"), max_length=500, allow_empty_file=True)


class ViewForm(forms.Form):
    """A list's address under a name."""

    name = forms.CharField(
        label=_("Nombre"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "data-autofocus": True})
    )
    shared = forms.BooleanField(label=_("Compartir con toda la empresa"), required=False)
    is_default = forms.BooleanField(label=_("Abrir la lista siempre así"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def entered(self, query: str) -> ViewInput:
        """Return what was typed, of a list at this address."""
        values = self.cleaned_data
        return ViewInput(values["name"], query, values["shared"], values["is_default"])
