"""What people type about certificates. Shape only: the rules are in the workflow."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CertificateForm(forms.Form):
    """A certificate file and its password; neither is shown again."""

    file = forms.FileField(
        label=_("Archivo del certificado"),
        help_text=_("El .p12 o .pfx que le entregó la entidad certificadora."),
        widget=forms.FileInput(attrs={"accept": ".p12,.pfx,application/x-pkcs12"}),
    )
    password = forms.CharField(
        label=_("Contraseña del certificado"),
        required=False,
        strip=False,
        max_length=200,
        help_text=_("La que eligió al descargarlo. Se guarda cifrada y no se vuelve a mostrar."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
