"""The forms of line templates."""

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import LineTemplate


class TemplateForm(forms.Form):
    """The head of a template; its lines are those of the invoice form."""

    name = forms.CharField(label=_("Nombre"), max_length=LineTemplate._meta.get_field("name").max_length)
    active = forms.BooleanField(label=_("Activa: se ofrece al facturar"), required=False, initial=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class KeepForm(forms.Form):
    """Under which name the lines of a document are kept."""

    name = forms.CharField(label=_("Nombre"), max_length=LineTemplate._meta.get_field("name").max_length)
