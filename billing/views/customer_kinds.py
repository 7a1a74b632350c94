"""Kinds of customer: the list, adding one, changing one or putting it away."""

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing import customer_kinds
from billing.models import CustomerKind
from core.editing import FormPage
from core.views import Text, done, page


class KindForm(forms.Form):
    """A kind of customer."""

    name = forms.CharField(label=gettext_lazy("Nombre"), max_length=CustomerKind._meta.get_field("name").max_length)
    active = forms.BooleanField(
        label=gettext_lazy("Activa: se ofrece al crear clientes y tarifas"), required=False, initial=True
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


@require_GET
@page("customers.view")
def kinds(request: HttpRequest) -> HttpResponse:
    """List the kinds with how many customers each has, those that are put away last."""
    live = Count("customers", filter=Q(customers__deleted_at=None))
    context = {
        "title": _("Clases de cliente"),
        "kinds": CustomerKind.objects.annotate(customer_count=live).order_by("-active", "name"),
        "may_manage": request.actor.may("products.manage"),  # type: ignore[attr-defined]
        "crumbs": [(_("Clientes"), reverse("billing:customers"))],
    }
    return render(request, "billing/customer_kinds.html", context)


class NewKind(FormPage):
    """Add a kind."""

    permissions = ("products.manage",)
    title: Text = gettext_lazy("Nueva clase de cliente")
    form_class = KindForm

    def save(self, form: KindForm) -> HttpResponse:
        """Add it."""
        values = {name: form.cleaned_data[name] for name in customer_kinds.EDITABLE}
        customer_kinds.create(values, actor=self.actor)
        return done(self.request, _("Clase creada."), "billing:customer_kinds")

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("billing:customer_kinds")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Clases de cliente"), reverse("billing:customer_kinds"))]


class EditKind(NewKind):
    """Rename a kind or put it away."""

    def prepare(self) -> None:
        """Find it."""
        self.row = get_object_or_404(CustomerKind, pk=self.kwargs["pk"])
        self.title = self.row.name

    def initial(self) -> dict[str, Any]:
        """Start with what it is."""
        return {name: getattr(self.row, name) for name in (*customer_kinds.EDITABLE, "version")}

    def save(self, form: KindForm) -> HttpResponse:
        """Change it, unless somebody saved first."""
        values = {name: form.cleaned_data[name] for name in customer_kinds.EDITABLE}
        version = form.cleaned_data["version"]
        customer_kinds.update(self.row.pk, values, actor=self.actor, expected_version=version)
        return done(self.request, _("Clase guardada."), "billing:customer_kinds")
