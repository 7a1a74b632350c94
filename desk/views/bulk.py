"""Starting any act on many rows of any list: how many, what will happen, what it asks for; then a task."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.bulk import BulkAction, as_parameters, things
from core.errors import RuleRefused, WorkflowError
from core.ids import each_whole
from core.list_names import list_at
from core.listing import ListPage, bounded_count
from core.views import done, note_refusal, page, show_refusal
from desk import tasks

SHAPE_REFUSED = 422


@page()
def bulk(request: HttpRequest, list_name: str, action: str) -> HttpResponse:
    """Ask before an act on a list's marked rows, or on all that its filters match, and start it."""
    listing = _listing(request, list_name)
    act = next((act for act in listing.offered() if act.name == action), None)
    if act is None:
        raise Http404
    if request.method != "POST":  # a page that was opened again: the marks are gone
        return redirect(_back(listing))
    form: Any = act.form(request.POST) if "_start" in request.POST else act.form()
    if form.is_bound and form.is_valid():
        try:
            return _start(request, listing, act, form)
        except WorkflowError as refusal:
            show_refusal(form, refusal)
            return note_refusal(_ask(request, listing, act, form, refusal.status), refusal)
    return _ask(request, listing, act, form, SHAPE_REFUSED if form.is_bound else 200)


def _listing(request: HttpRequest, list_name: str) -> ListPage:
    page_class = list_at(list_name)
    if page_class.permissions:
        request.actor.require(*page_class.permissions)  # type: ignore[attr-defined]
    return page_class(request, name=list_name)


def _start(request: HttpRequest, listing: ListPage, act: BulkAction, form: Any) -> HttpResponse:
    parameters = as_parameters(form.cleaned_data)
    task = tasks.start(
        act.kind, things(_chosen(request, listing)), parameters=parameters, actor=request.actor  # type: ignore[attr-defined]
    )  # fmt: skip
    return done(request, _("Tarea en marcha: puede seguir trabajando."), task)


def _chosen(request: HttpRequest, listing: ListPage) -> QuerySet[Any]:
    rows = listing.rows()
    return rows if request.POST.get("all") else rows.filter(pk__in=each_whole(request.POST.getlist("pk")))


def _ask(request: HttpRequest, listing: ListPage, act: BulkAction, form: Any, status: int) -> HttpResponse:
    every, marked = bool(request.POST.get("all")), each_whole(request.POST.getlist("pk"))
    count = bounded_count(_chosen(request, listing))
    if count == "0":
        raise RuleRefused(_("No se eligió nada."), code="nothing_selected")
    lead = _("Todas las que coinciden con los filtros: %(count)s.") if every else _marked(len(marked))
    context = {
        "title": tasks.label_of(act.kind),
        "lead": lead % {"count": count},
        "consequences": _consequences(act),
        "form": form,
        "marked": [] if every else marked,
        "every": every,
        "cancel_url": _back(listing),
        "submit_label": f"{act.label} ({count})",
        "safe": not act.danger,
        "crumbs": [(listing.title, _back(listing))],
    }
    return render(request, "desk/bulk.html", context, status=status)


def _marked(count: int) -> str:
    return ngettext("Marcada en la lista: %(count)s.", "Marcadas en la lista: %(count)s.", count)


def _consequences(act: BulkAction) -> list[dict[str, Any]]:
    tone = "warn" if act.danger else "info"
    said = [{"text": text, "icon": act.icon, "tone": tone} for text in act.consequences]
    one_by_one = _("Se hace una por una, en segundo plano: la que no se pueda queda como está, con su motivo.")
    return [*said, {"text": one_by_one, "icon": "list-check", "tone": "info"}]


def _back(listing: ListPage) -> str:
    return f"{reverse(listing.name)}?{listing.query}"
