"""What people type about their company. Shape only: the rules are in the workflows."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Invitation, Membership
from companies.permission_labels import Label, grouped
from companies.roles import ROLE_SUMMARIES, Role
from companies.workflow import PROFILE
from core import clock
from core.actor import Actor
from core.forms import AmountField, DayField, ShapeForm

ZONES: Final = (
    ("America/Guayaquil", _("Ecuador continental")),
    ("Pacific/Galapagos", _("Galápagos")),
)
ONE_LINE: Final = {"autocomplete": "off"}


class ProfileForm(ShapeForm):
    """The company's profile; `version` is the one the form was made from."""

    fields: dict[str, Any]
    time_zone = forms.ChoiceField(label=_("Zona horaria"), choices=ZONES)
    discount_limit = AmountField(
        label=_("Descuento máximo sin autorización"),
        required=False,
        help_text=_(
            "De cada línea y del documento. Más que eso solo lo da quien puede autorizarlo; vacío, no hay máximo."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Company
        fields = PROFILE
        help_texts = {
            "ruc": _("13 dígitos, termina en 001."),
            "trade_name": _("Como la conocen sus clientes; va en el encabezado de la factura."),
            "address": _("Como consta en el RUC. Sin ella no se puede emitir."),
            "special_taxpayer": _("Solo si SRI la designó; el número de la resolución."),
            "withholding_agent": _("Solo el número, sin ceros a la izquierda; el más común es 1."),
            "payment_days": _("Los días de plazo que propone una factura nueva."),
            "mails_documents": _("Con XML y PDF, en cuanto se autorizan (o se emiten, si no van al SRI)."),
            "mails_receipts": _("A los contactos del cliente que reciben documentos."),
            "e_invoicing": _("Cada factura lleva clave de acceso y se autoriza en SRI."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ruc"].required = True
        self.fields["ruc"].widget.attrs |= ONE_LINE | {"inputmode": "numeric"}
        zone = self.instance.time_zone
        if zone not in dict(ZONES):
            self.fields["time_zone"].choices = [*ZONES, (zone, zone)]


class LogoForm(forms.Form):
    """An image file; what it holds is looked at by the workflow."""

    logo = forms.FileField(
        label=_("Archivo de imagen"),
        help_text=_("PNG, JPEG, WebP o GIF de hasta 1 MB. Mejor con fondo transparente y apaisado."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """How a role is offered."""

    label: Label
    summary: Label

    def __str__(self) -> str:
        return str(self.label)


class RoleField(forms.ChoiceField):
    """A role, each choice with a sentence about what it may do; drawn by companies/role_field.html."""

    widget = forms.RadioSelect

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Rol"), choices=[], **options)

    def offer(self, actor: Actor, *, present: str = "") -> None:
        """Offer the roles the actor may give: owners are made by owners."""
        roles = [role for role in Role if role != Role.OWNER or actor.may("owners.manage") or role == present]
        self.choices = [(role.value, RoleChoice(role.label, ROLE_SUMMARIES[role])) for role in roles]


class InvitationForm(ShapeForm):
    """Somebody to invite."""

    role = RoleField()
    fields: dict[str, Any]

    class Meta:
        model = Invitation
        fields = ("email", "name", "role")
        help_texts = {"email": _("Le llega un enlace que vale siete días.")}

    def offer(self, actor: Actor) -> None:
        """Offer the roles the actor may give."""
        self.fields["role"].offer(actor)


class MailsForm(forms.Form):
    """What a person is told by mail."""

    mails_mentions = forms.BooleanField(
        label=_("Recibir por correo cuando me mencionan"),
        required=False,
        help_text=_("Con el texto de la nota, quién la escribió y un enlace para abrirla. Solo en esta empresa."),
    )


class RoleForm(forms.Form):
    """Another role for a person."""

    fields: dict[str, Any]
    role = RoleField()
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def offer(self, actor: Actor, membership: Membership) -> None:
        """Offer the roles the actor may give, the present one among them."""
        self.fields["role"].offer(actor, present=membership.role)


class EndAccessForm(forms.Form):
    """What goes with an access that ends."""

    revoke_keys = forms.BooleanField(
        label=_("Revocar también las claves de API que creó"), required=False, initial=True
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ApiKeyForm(forms.Form):
    """A key for another system."""

    fields: dict[str, Any]
    name = forms.CharField(
        label=_("Nombre"), max_length=100, help_text=_("El del sistema que la usará, para reconocerla después.")
    )
    expires_on = DayField(label=_("Caduca el"), help_text=_("Ese día todavía sirve. Lo habitual es un año."))
    scopes = forms.MultipleChoiceField(
        label=_("Permisos"), choices=[], widget=forms.CheckboxSelectMultiple, help_text=_("Solo los que necesita.")
    )

    def offer(self, actor: Actor) -> None:
        """Offer the permissions the actor holds, by subject."""
        self.fields["scopes"].choices = grouped(actor)
        self.fields["expires_on"].initial = clock.today() + timedelta(days=365)

    def expires_at(self) -> datetime:
        """Return the end of the chosen day, in the company's zone."""
        day = self.cleaned_data["expires_on"] + timedelta(days=1)
        zone = clock.local(clock.now()).tzinfo
        return datetime.combine(day, time.min, zone if isinstance(zone, ZoneInfo) else None)


class AcceptForm(forms.Form):
    """Who joins with an account of their own making."""

    name = forms.CharField(label=_("Su nombre"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Contraseña"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Diez caracteres o más, que nadie adivine."),
    )
    again = forms.CharField(
        label=_("La misma contraseña otra vez"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Check that both passwords are the same."""
        values = super().clean() or self.cleaned_data
        if {"password", "again"} <= values.keys() and values["password"] != values["again"]:
            self.add_error("again", _("No es igual a la primera."))
        return values
