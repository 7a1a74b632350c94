"""The pages of API keys. A new key's secret is shown once, on the list, right after it was made."""

from typing import Any, Final

from django.db.models import QuerySet
from django.forms import BaseForm, Form
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from companies import api_keys
from companies.forms import ApiKeyForm
from companies.models import ApiKey
from companies.tables import ApiKeyTable
from core import crypto
from core.editing import FormPage
from core.listing import Empty, ListPage
from core.views import Text, View, done

NEW: Final = "new_api_key"  # in the session, encrypted, until the next page shows it


class ApiKeys(ListPage):
    """Lists the keys."""

    permissions = ("api_keys.manage",)
    title = gettext_lazy("Claves de API")
    subtitle = gettext_lazy("Con ellas otros sistemas leen y escriben aquí, con los permisos que usted les dé.")
    table_class = ApiKeyTable
    template = "companies/api_keys.html"
    new_url, new_label = "companies:api_key_new", gettext_lazy("Nueva clave")
    new_permissions = ("api_keys.manage",)
    empty = Empty(
        gettext_lazy("Ningún otro sistema tiene acceso"),
        gettext_lazy("Una clave deja que un programa use la API en nombre de esta empresa."),
        "key",
        "companies:api_key_new",
        gettext_lazy("Nueva clave"),
    )

    @classmethod
    def as_view(cls) -> View:
        """Return the page's view; no cache keeps a page that may show a secret."""
        return never_cache(super().as_view())

    def queryset(self) -> QuerySet:
        """Return all keys, the revoked ones included."""
        return ApiKey.objects.select_related("created_by")

    def context(self) -> dict[str, Any]:
        """Show a new secret, this once."""
        sealed = self.request.session.pop(NEW, None)
        return {"new_secret": crypto.decrypt(sealed) if sealed else ""}


class NewKey(FormPage):
    """Makes a key."""

    permissions = ("api_keys.manage",)
    title = gettext_lazy("Nueva clave de API")
    template = "companies/api_key_new.html"
    submit_label = gettext_lazy("Crear la clave")
    form_class = ApiKeyForm

    def make_form(self, *data: Any) -> ApiKeyForm:
        """Offer the permissions this person holds."""
        form = super().make_form(*data)
        form.offer(self.actor)
        return form

    def save(self, form: ApiKeyForm) -> HttpResponse:
        """Make the key and go where its secret is shown."""
        values = form.cleaned_data
        made = api_keys.create(
            name=values["name"], scopes=values["scopes"], expires_at=form.expires_at(), actor=self.actor
        )
        self.request.session[NEW] = crypto.encrypt(made.secret)
        return done(self.request, _("Clave creada: cópiela ahora, no se vuelve a mostrar."), "companies:api_keys")

    def cancel_url(self) -> str:
        """Lead back to the list."""
        return reverse("companies:api_keys")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Claves de API"), reverse("companies:api_keys"))]


class Revoke(FormPage):
    """Revokes a key, after saying what that means."""

    permissions = ("api_keys.manage",)
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Revocar la clave")
    form_class = Form

    def prepare(self) -> None:
        """Read the key."""
        self.key = ApiKey.objects.get(pk=self.kwargs["pk"])
        self.title = _("Revocar la clave «%(key)s»") % {"key": self.key.name}

    def save(self, form: BaseForm) -> HttpResponse:
        """Revoke the key."""
        api_keys.revoke(self.key.pk, actor=self.actor)
        return done(self.request, _("Clave revocada."), "companies:api_keys")

    def cancel_url(self) -> str:
        """Lead back to the list."""
        return reverse("companies:api_keys")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Claves de API"), reverse("companies:api_keys"))]

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        return {
            "consequences": [
                {"text": _("El sistema que la usa deja de entrar en este momento."), "icon": "plug", "tone": "bad"},
                {"text": _("Una clave revocada no vuelve: habrá que crear otra."), "icon": "lock"},
            ]
        }
