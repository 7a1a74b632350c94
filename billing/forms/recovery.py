"""The forms of what follows a restored backup."""

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.numbering import LAST

LARGEST = 1024 * 1024  # bytes; SRI's own documents have 320 KB at most


class ConfirmSeriesForm(forms.Form):
    """Which number of a series was really the last."""

    last_number = forms.IntegerField(
        label=_("Último número usado"),
        min_value=0,
        max_value=LAST,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("Mírelo en el portal del SRI o en el último comprobante que entregó. El siguiente será uno más."),
    )


class BringBackForm(forms.Form):
    """The XML of a lost document, as its buyer has it."""

    file = forms.FileField(
        label=_("XML del comprobante"),
        help_text=_("El que recibió el comprador por correo, o el que descarga del portal del SRI."),
        widget=forms.FileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
    )

    def clean_file(self) -> bytes:
        """Return what is in the file."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("El archivo pasa de 1 MB: no es un comprobante."), code="file_too_large")
        content: bytes = file.read()
        return content
