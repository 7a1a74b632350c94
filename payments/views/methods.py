"""The ways to pay: which there are, adding one, changing one or switching it off."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.editing import FormPage
from core.views import done, page
from payments import methods
from payments.forms import MethodForm
from payments.models import PaymentMethod, ReferenceRule
from payments.tables import MethodTable


@page("payments.view")
def method_list(request: HttpRequest) -> HttpResponse:
    """List the ways to pay."""
    may_change = request.actor.may("payments.setup")  # type: ignore[attr-defined]
    context = {
        "title": _("Métodos de cobro"),
        "subtitle": _("Cómo recibe dinero la empresa, y con qué código lo declara al SRI."),
        "table": MethodTable(PaymentMethod.objects.all(), linked=may_change),
        "new_url": reverse("payments:method_new") if may_change else "",
        "new_label": _("Nuevo método"),
    }
    return render(request, "components/list_page.html", context)


class _MethodPage(FormPage):
    permissions = ("payments.setup",)
    form_class = MethodForm
    submit_label = gettext_lazy("Guardar método")

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("payments:methods")

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the page above this one."""
        return [(_("Métodos de cobro"), reverse("payments:methods"))]


class NewMethod(_MethodPage):
    """Add a way to pay."""

    title = gettext_lazy("Nuevo método de cobro")

    def initial(self) -> dict[str, Any]:
        """Start with one that is in use."""
        return {"active": True, "reference_rule": ReferenceRule.OPTIONAL}

    def save(self, form: MethodForm) -> HttpResponse:
        """Add it."""
        method = methods.create(form.cleaned_data, actor=self.actor)
        return done(self.request, _("Método «%(method)s» creado.") % {"method": method}, "payments:methods")


class EditMethod(_MethodPage):
    """Change a way to pay, or switch it off."""

    def prepare(self) -> None:
        """Find it."""
        self.method = get_object_or_404(PaymentMethod, pk=self.kwargs["pk"])
        self.title = str(self.method)

    def initial(self) -> dict[str, Any]:
        """Show it as it is."""
        return {name: getattr(self.method, name) for name in (*methods.EDITABLE, "version")}

    def save(self, form: MethodForm) -> HttpResponse:
        """Save it, unless somebody else did first."""
        values = dict(form.cleaned_data)
        version = values.pop("version")
        method = methods.update(self.method.pk, values, actor=self.actor, expected_version=version)
        switched_off = self.method.active and not method.active
        back = reverse("payments:method_activate", args=[method.pk]) if switched_off else ""
        said = _("Método «%(method)s» desactivado.") if switched_off else _("Método «%(method)s» guardado.")
        return done(self.request, said % {"method": method}, "payments:methods", undo_url=back)


@require_POST
@page("payments.setup")
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a way to pay on again."""
    method = methods.update(pk, {"active": True}, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Método «%(method)s» otra vez en uso.") % {"method": method}, "payments:methods")
