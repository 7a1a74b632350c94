"""The forms of what numbers come from: establishments, emission points, series."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from billing.models import DocumentType, EmissionPoint, Establishment
from billing.numbering import LAST

THREE_DIGITS = RegexValidator(r"^[0-9]{3}$", _("Escriba tres dígitos, por ejemplo 001."))


def _code(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Código"),
        max_length=3,
        validators=[THREE_DIGITS],
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


def _number(label: Any, **options: Any) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=1, max_value=LAST, widget=widget, **options)


class VersionedForm(forms.Form):
    """Carries the version it was made from, so that a stale edit is noticed."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class EstablishmentEditForm(VersionedForm):
    """What may change of an establishment."""

    name = forms.CharField(label=_("Nombre"), max_length=150)
    address = forms.CharField(label=_("Dirección"), max_length=300, help_text=_("Se imprime en cada documento."))
    active = forms.BooleanField(label=_("Activo"), required=False, initial=True)


class EstablishmentForm(VersionedForm):
    """A new establishment: its code is for life."""

    code = _code(_("El que figura en el RUC; la matriz suele ser 001."))
    name = forms.CharField(label=_("Nombre"), max_length=150)
    address = forms.CharField(label=_("Dirección"), max_length=300, help_text=_("Se imprime en cada documento."))


class PointEditForm(VersionedForm):
    """What may change of an emission point."""

    name = forms.CharField(label=_("Nombre"), max_length=150, required=False)
    active = forms.BooleanField(label=_("Activo"), required=False, initial=True)


class PointForm(VersionedForm):
    """A new emission point."""

    establishment = forms.ModelChoiceField(Establishment.objects.all(), label=_("Establecimiento"), empty_label=None)
    code = _code(_("Una caja o un canal de venta; el primero suele ser 001."))
    name = forms.CharField(label=_("Nombre"), max_length=150, required=False)


class SeriesEditForm(VersionedForm):
    """What may change of a series; its start only while nothing was issued in it."""

    start_number = _number(_("Primer número"), required=False)
    limit_number = _number(_("Límite interno"), required=False, help_text=_("Avisa antes de llegar y después impide."))
    active = forms.BooleanField(label=_("Activa"), required=False, initial=True)


class SeriesForm(VersionedForm):
    """A new series."""

    emission_point = forms.ModelChoiceField(
        EmissionPoint.objects.select_related("establishment"), label=_("Punto de emisión"), empty_label=None
    )
    document_type = forms.ChoiceField(label=_("Documento"), choices=DocumentType.choices)
    start_number = _number(
        _("Primer número"),
        initial=1,
        help_text=_("Si viene de otro sistema, el número que sigue al último que emitió."),
    )
    limit_number = _number(_("Límite interno"), required=False, help_text=_("Avisa antes de llegar y después impide."))
