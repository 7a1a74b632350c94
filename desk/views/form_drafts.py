"""What was typed and not sent: the script of a long form keeps it here and asks for it when the form comes again."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from core.errors import Malformed
from core.templatetags.cuadre import ago
from core.views import page
from desk import form_drafts


@page()
def unsent(request: HttpRequest) -> HttpResponse:
    """Keep (POST with `data`), drop (POST without) or return (GET) what was typed into the form of a page."""
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        form, data = request.POST.get("form", ""), request.POST.get("data", "")
        if data:
            form_drafts.save(form, _fields(data), actor=actor)
        else:
            form_drafts.forget(form, actor=actor)
        return HttpResponse(status=204)
    kept = form_drafts.kept(request.GET.get("form", ""), actor=actor)
    if kept is None:
        return HttpResponse(status=204)
    return JsonResponse({"data": kept.data, "saved": str(ago(kept.saved_at))})


def _fields(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(_("No se pudo guardar lo escrito."), code="malformed") from error
