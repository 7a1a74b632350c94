"""What people choose for themselves in a company."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import members
from companies.forms import MailsForm
from core.editing import FormPage
from core.views import done


class Mails(FormPage):
    """Asks which mails the person wants."""

    permissions = ("comments.view",)
    title = gettext_lazy("Avisos por correo")
    subtitle = gettext_lazy("Lo que Cuadre le escribe a usted. El resto del equipo elige lo suyo.")
    submit_label = gettext_lazy("Guardar mis avisos")
    form_class = MailsForm

    def initial(self) -> dict[str, Any]:
        """Show what was chosen."""
        return {"mails_mentions": members.own(self.actor).mails_mentions}

    def save(self, form: MailsForm) -> HttpResponse:
        """Keep the choice."""
        members.choose_mails(mails_mentions=form.cleaned_data["mails_mentions"], actor=self.actor)
        return done(self.request, _("Avisos por correo guardados."), "account_mails")
