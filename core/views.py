"""The pages' doors: who may enter, how a refusal looks, how a success is told."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import remedies
from core.actor import Actor
from core.errors import WorkflowError

View = Callable[..., HttpResponseBase]
Text = str | Promise
UNDO = "undo:"  # before the address, in the tags of a message


class CsrfRefused(WorkflowError):
    """A form came without its CSRF token (HTTP 403)."""

    status = 403


def page(*any_of: str) -> Callable[[View], View]:
    """Guard a page: signed in, in a company, holding one of the permissions; refusals become pages."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.company is None:  # type: ignore[attr-defined]
                return render(request, "companies/no_company.html", status=403)
            try:
                if any_of:
                    request.actor.require(*any_of)  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            except WorkflowError as refusal:
                return refusal_page(request, refusal)
            except ObjectDoesNotExist as absent:
                raise Http404 from absent

        guarded.permissions = any_of  # type: ignore[attr-defined]
        return guarded

    return decorate


def is_htmx(request: HttpRequest) -> bool:
    """Say whether htmx asks for a fragment (a boosted or restored page is a full page)."""
    return bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]


def for_drawer(request: HttpRequest) -> bool:
    """Say whether the answer is shown in the drawer (components/drawer.html): a fragment then does."""
    return is_htmx(request) and request.htmx.target == "drawer-body"  # type: ignore[attr-defined]


def refusal_page(request: HttpRequest, refusal: WorkflowError) -> HttpResponse:
    """Show a refusal: a toast for htmx, a page with the sentence and the way back otherwise."""
    if is_htmx(request):
        response = HttpResponse(status=refusal.status)
        response["HX-Reswap"] = "none"
        steps = [step for step in remedies.of(refusal, request.actor) if step.url]  # type: ignore[attr-defined]
        links = [{"label": str(step.label), "url": step.url} for step in steps]
        toast = {"level": "danger", "message": refusal.message, "links": links}
        response["HX-Trigger"] = json.dumps({"toast": toast})
    else:
        response = render(request, "refusal.html", {"refusal": refusal}, status=refusal.status)
    return note_refusal(response, refusal)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its CSRF token: most often a page that stayed open across a log-in."""
    refusal = CsrfRefused(
        _("La página estuvo abierta demasiado tiempo o se abrió en otra sesión. Vuelva a cargarla y repita la acción."),
        code="csrf_failed",
    )
    return refusal_page(request, refusal)


def note_refusal(response: HttpResponse, refusal: WorkflowError) -> HttpResponse:
    """Mark a response so that the middleware writes the refusal to the access log."""
    response.refusal = (refusal.code, refusal.message)  # type: ignore[attr-defined]
    return response


def show_refusal(form: BaseForm, refusal: WorkflowError) -> None:
    """Put a workflow's refusal on the form it came from: on its fields where it names them."""
    form.refusal = refusal  # type: ignore[attr-defined]  # components/error_summary.html says what mends it
    placed = False
    for error in refusal.fields:
        if error["field"] in form.fields:
            form.add_error(error["field"], error["message"])
            placed = True
    if not placed:
        form.add_error(None, refusal.message)


def may_open(actor: Actor, url: str) -> bool:
    """Say whether a page's door lets the actor in; what is behind it may still not be theirs."""
    try:
        any_of = getattr(resolve(url.partition("?")[0]).func, "permissions", ())
    except Resolver404:
        return False
    return not any_of or any(actor.may(permission) for permission in any_of)


def undo(request: HttpRequest, message: str, url: str) -> None:
    """Tell a success that can be taken back: the toast carries a button that posts to `url`."""
    messages.success(request, message, extra_tags=f"{UNDO}{url}")


def done(request: HttpRequest, message: str, to: Any, *args: Any, undo_url: str = "") -> HttpResponse:
    """Tell a success and go on to the page that shows it; `undo_url` takes it back."""
    if undo_url:
        undo(request, message, undo_url)
    else:
        messages.success(request, message)
    response: HttpResponse = redirect(to, *args)
    if is_htmx(request):
        url = response["Location"]
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
    return response
