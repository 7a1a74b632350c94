"""The page that breaks the demo's SRI and mends it, so that people see what becomes of their documents."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import WorkflowError
from core.views import done, page
from demo import simulator
from demo.simulator import NoAnswer
from sri.messages import Stage, lookup


def _where_there_is_one(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 404 on an installation without a simulator; tell a person that it does not answer."""

    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not simulator.is_here():
            raise Http404
        try:
            return view(request, **kwargs)
        except NoAnswer as error:
            raise WorkflowError(_("El simulador del SRI no responde: no se cambió nada."), code="no_answer") from error

    return answered


@page("company.manage")
@require_GET
@_where_there_is_one
def shown(request: HttpRequest) -> HttpResponse:
    """Show how the simulator is; nothing to who has seen that already."""
    try:
        state = simulator.state()
    except NoAnswer:
        state = None
    seen = _fingerprint(state)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {
        "title": _("Simulador del SRI"),
        "state": state,
        "seen": seen,
        "address": settings.SRI_URL_PRUEBAS,
        "clocks": simulator.CLOCKS,
        "refusals": [
            ("reception", _("Al recibirlo"), simulator.refusals(Stage.RECEPTION)),
            ("authorization", _("Al autorizarlo"), simulator.refusals(Stage.AUTHORIZATION)),
        ],
    }
    return render(request, "demo/simulator.html", context)


@page("company.manage")
@require_POST
@_where_there_is_one
def switched(request: HttpRequest) -> HttpResponse:
    """Switch one thing on or off."""
    switch = simulator.BY_NAME.get(request.POST.get("name", ""))
    if switch is None:
        raise Http404
    on = request.POST.get("on") == "1"
    simulator.change(switch.turned(on, simulator.state().values))
    said = _("Activado: %(what)s.") if on else _("Desactivado: %(what)s.")
    return done(request, said % {"what": switch.title}, "demo:simulator")


@page("company.manage")
@require_POST
@_where_there_is_one
def refusing(request: HttpRequest) -> HttpResponse:
    """Have the next document refused with a code."""
    service, _colon, code = request.POST.get("refusal", "").partition(":")
    if service not in ("reception", "authorization") or lookup(code) not in simulator.refusals(Stage(service)):
        raise Http404
    info = _("Simulado en la demostración")
    simulator.change({"add": [{"kind": "code", "service": service, "code": code, "info": info}]})
    said = {"code": code, "title": lookup(code).title}
    return done(request, _("El próximo comprobante se rechazará con %(code)s: %(title)s.") % said, "demo:simulator")


@page("company.manage")
@require_POST
@_where_there_is_one
def clock_set(request: HttpRequest) -> HttpResponse:
    """Set by how much its clock is wrong."""
    named = {str(offset): (offset, title) for offset, title in simulator.CLOCKS}
    if request.POST.get("offset") not in named:
        raise Http404
    offset, title = named[request.POST["offset"]]
    simulator.change({"clock_offset_s": offset})
    return done(request, _("El reloj del SRI: %(title)s.") % {"title": title}, "demo:simulator")


@page("company.manage")
@require_POST
@_where_there_is_one
def mended(request: HttpRequest) -> HttpResponse:
    """Let everything be well."""
    simulator.change({"reset": True})
    message = _("El SRI responde con normalidad. Lo que esperaba sale solo en menos de medio minuto.")
    return done(request, message, "demo:simulator")


def _fingerprint(state: simulator.State | None) -> str:
    """Return what differs when there is something new to see; a clock that goes on shows only its minutes."""
    values = {} if state is None else state.values | {"now": f"{state.now:%d %H:%M}"}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
