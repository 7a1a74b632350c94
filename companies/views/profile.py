"""The company's own pages: who it is, its logo, what it still lacks."""

from typing import Any

from django.core.files.storage import default_storage
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from companies import hooks, workflow
from companies.forms import ZONES, LogoForm, ProfileForm
from companies.models import Company
from core.editing import FormPage
from core.views import Text, done, page


@require_GET
@page("company.view")
def show(request: HttpRequest) -> HttpResponse:
    """Show the profile, and what is missing beside it."""
    company: Company = request.company  # type: ignore[attr-defined]
    steps = hooks.setup_steps(company)
    context = {
        "title": _("Perfil de la empresa"),
        "steps": steps,
        "missing": [step for step in steps if not step.done],
        "warnings": workflow.warnings(company),
        "zone": dict(ZONES).get(company.time_zone, company.time_zone),
    }
    return render(request, "companies/profile.html", context)


@require_GET
@page("company.view")
def setup(request: HttpRequest) -> HttpResponse:
    """Show the checklist of a company that is being set up."""
    steps = hooks.setup_steps(request.company)  # type: ignore[attr-defined]
    context = {
        "title": _("Puesta en marcha"),
        "steps": steps,
        "done": sum(step.done for step in steps),
        "crumbs": [(_("Perfil de la empresa"), reverse("companies:profile"))],
    }
    return render(request, "companies/setup.html", context)


class Edit(FormPage):
    """Changes the profile."""

    permissions = ("company.manage",)
    title = gettext_lazy("Editar el perfil")
    template = "companies/edit.html"
    layout = ""

    def make_form(self, *data: Any) -> ProfileForm:
        """Make the form on a copy of the company: what is typed must not stand in the page's head."""
        copy = Company.objects.get(pk=self.request.company.pk)  # type: ignore[attr-defined]
        return ProfileForm(*data, instance=copy, initial={"version": copy.version})

    def save(self, form: ProfileForm) -> HttpResponse:
        """Save the profile."""
        values = {name: form.cleaned_data[name] for name in workflow.PROFILE}
        workflow.update_profile(values, actor=self.actor, expected_version=form.cleaned_data["version"])
        return done(self.request, _("Perfil guardado."), "companies:profile")

    def cancel_url(self) -> str:
        """Lead back to the profile."""
        return reverse("companies:profile")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the profile."""
        return [(_("Perfil de la empresa"), reverse("companies:profile"))]

    def context(self) -> dict[str, Any]:
        """Tell the form whether the RUC may still change."""
        return {"ruc_is_held": hooks.ruc_is_held()}


class Logo(FormPage):
    """Uploads a logo."""

    permissions = ("company.manage",)
    title = gettext_lazy("Logotipo")
    subtitle = gettext_lazy("Sale en el encabezado de las facturas que se emitan desde ahora.")
    submit_label = gettext_lazy("Guardar logotipo")
    form_class = LogoForm

    def initial(self) -> dict[str, Any]:
        """Carry the version."""
        return {"version": self.request.company.version}  # type: ignore[attr-defined]

    def save(self, form: BaseForm) -> HttpResponse:
        """Save the image."""
        content = form.cleaned_data["logo"].read()
        workflow.set_logo(content, actor=self.actor, expected_version=form.cleaned_data["version"])
        return done(self.request, _("Logotipo guardado."), "companies:profile")

    def cancel_url(self) -> str:
        """Lead back to the profile."""
        return reverse("companies:profile")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the profile."""
        return [(_("Perfil de la empresa"), reverse("companies:profile"))]


@require_POST
@page("company.manage")
def remove_logo(request: HttpRequest) -> HttpResponse:
    """Stop showing the logo."""
    workflow.remove_logo(actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Logotipo quitado: los documentos ya emitidos lo conservan."), "companies:profile")


@require_GET
@page("company.view")
def logo(request: HttpRequest) -> HttpResponse:
    """Serve the company's logo to its own people."""
    name = request.company.logo.name  # type: ignore[attr-defined]
    if not name or not default_storage.exists(name):
        raise Http404
    with default_storage.open(name) as file:
        response = HttpResponse(file.read(), content_type="image/png")
    response["Cache-Control"] = "private, max-age=300"
    return response
