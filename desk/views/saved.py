"""Kept views: the list, keeping what is seen, changing one, forgetting one."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.editing import FormPage
from core.errors import Forbidden
from core.list_names import list_at
from core.list_tools import VIEW, plain_query
from core.listing import Empty, ListPage
from core.views import Text, done, page
from desk import saved
from desk.filters import SavedViewFilterSet
from desk.forms import ViewForm
from desk.models import SavedView
from desk.tables import SavedViewTable


class ViewList(ListPage):
    """One's own views, and those that others share."""

    title = gettext_lazy("Vistas guardadas")
    subtitle = gettext_lazy("Filtros, orden y columnas de una lista, con un nombre.")
    filterset_class, table_class = SavedViewFilterSet, SavedViewTable
    default_ordering = "-id"
    search_placeholder = gettext_lazy("Nombre")
    empty = Empty(
        gettext_lazy("Todavía no hay vistas guardadas"),
        gettext_lazy("En cualquier lista, elija «Vistas» y guarde lo que se ve."),
        "bookmark",
    )

    def queryset(self) -> QuerySet:
        """Return what this person may open."""
        rows = SavedView.objects.filter(Q(owner_id=self.actor.user_id) | Q(shared=True))
        return rows.select_related("owner")


class KeepView(FormPage):
    """Keep a list as it is seen."""

    title = gettext_lazy("Guardar la vista")
    form_class = ViewForm
    submit_label = gettext_lazy("Guardar la vista")

    def prepare(self) -> None:
        """Find the list."""
        self.list_name: str = self.kwargs["list_name"]
        self.page_class = list_at(self.list_name)
        if self.page_class.permissions:
            self.actor.require(*self.page_class.permissions)
        self.query = plain_query(self.request.GET, VIEW)
        self.subtitle = self.page_class.title

    def save(self, form: ViewForm) -> HttpResponse:
        """Keep it, and go on in it."""
        view = saved.keep(self.list_name, form.entered(self.query), actor=self.actor)
        return done(self.request, _("Vista «%(name)s» guardada.") % {"name": view}, saved.address(view))

    def cancel_url(self) -> str:
        """Return to the list as it was."""
        return f"{reverse(self.list_name)}?{self.query}"

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(self.page_class.title, self.cancel_url())]


class EditView(FormPage):
    """Rename a view, share it, have it open with its list."""

    form_class = ViewForm
    submit_label = gettext_lazy("Guardar la vista")
    template = "desk/view_edit.html"

    def prepare(self) -> None:
        """Find the view; one that this person may not change is refused at once."""
        visible = SavedView.objects.filter(Q(owner_id=self.actor.user_id) | Q(shared=True))
        self.view = get_object_or_404(visible, pk=self.kwargs["pk"])
        if not saved.may_change(self.view, self.actor):
            raise Forbidden("company.manage")
        self.title = self.view.name

    def initial(self) -> dict[str, Any]:
        """Return what is kept."""
        return {name: getattr(self.view, name) for name in ("name", "shared", "is_default", "version")}

    def save(self, form: ViewForm) -> HttpResponse:
        """Change it."""
        entered, version = form.entered(self.view.query), form.cleaned_data["version"]
        saved.change(self.view.pk, entered, expected_version=version, actor=self.actor)
        return done(self.request, _("Cambios guardados."), "desk:views")

    def cancel_url(self) -> str:
        """Return to the views."""
        return reverse("desk:views")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the views."""
        return [(_("Vistas guardadas"), self.cancel_url())]

    def context(self) -> dict[str, Any]:
        """Return where it is forgotten."""
        return {"view": self.view}


@require_POST
@page()
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view."""
    saved.delete(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Vista borrada."), "desk:views")
