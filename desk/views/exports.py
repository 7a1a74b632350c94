"""A list as a file: at once where it is short, by a task where it is long."""

from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit import log
from audit.models import AccessEntry
from core.actor import Actor
from core.list_names import list_at
from core.list_tools import Export
from core.listing import ListPage, bounded_count
from core.sheets import TYPES
from core.views import done, page
from desk import exports

FORMAT = "formato"


@page("exports.make")
def export(request: HttpRequest, list_name: str) -> HttpResponseBase:
    """Send a list as a file, or ask whether a task shall make it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page_class = list_at(list_name)
    if page_class.permissions:
        actor.require(*page_class.permissions)
    params = request.GET.copy()
    code = params.pop(FORMAT, ["csv"])[-1]
    listing = page_class(request, name=list_name, params=params)
    wanted = listing.export(code)
    long = exports.is_long(listing)
    if request.method == "POST":
        task = exports.start(listing, wanted, actor=actor)
        _note(request, listing, wanted)
        return done(request, _("El archivo se está preparando."), task)
    return _question(request, listing, wanted) if long else _file(request, listing, wanted)


def _file(request: HttpRequest, listing: ListPage, wanted: Export) -> FileResponse:
    file = SpooledTemporaryFile(max_size=exports.IN_MEMORY)  # noqa: SIM115 - the response closes it
    exports.write(listing, wanted, file)
    file.seek(0)
    _note(request, listing, wanted)
    name = exports.file_name(listing, wanted)
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[wanted.kind])


def _note(request: HttpRequest, listing: ListPage, wanted: Export) -> None:
    """Say in the access log who took what along."""
    detail = f"{listing.title}: {listing.query}" if listing.query else str(listing.title)
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, code=f"export_{wanted.code}", detail=detail)  # type: ignore[attr-defined]


def _question(request: HttpRequest, listing: ListPage, wanted: Export) -> HttpResponse:
    count = bounded_count(listing.rows())
    context: dict[str, Any] = {
        "title": _("Exportar %(list)s") % {"list": listing.title},
        "lead": _("Filas que coinciden con los filtros: %(count)s.") % {"count": count},
        "consequences": [
            {"text": wanted.label, "icon": wanted.icon, "tone": "info"},
            {"text": _("Es una lista larga: el archivo se prepara en segundo plano y queda en la página de la tarea."),
             "icon": "hourglass", "tone": "info"},
        ],
        "cancel_url": f"{reverse(listing.name)}?{listing.query}",
        "submit_label": _("Preparar el archivo"),
        "safe": True,
        "crumbs": [(listing.title, f"{reverse(listing.name)}?{listing.query}")],
    }  # fmt: skip
    return render(request, "components/confirm_page.html", context)
