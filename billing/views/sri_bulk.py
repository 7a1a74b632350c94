"""Sending or asking for many documents at once, from the lists that show them."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from audit import log
from audit.models import AccessEntry
from billing import bulk
from billing.models import Document
from core.actor import Actor
from core.ids import each_whole
from core.listing import ListPage
from core.views import page

LABELS = {"retry": gettext_lazy("Reenviar al SRI"), "check": gettext_lazy("Consultar al SRI")}
ICONS = {"retry": "cloud-upload", "check": "refresh"}


def sri_actions(rows: ListPage, list_url: str) -> list[dict[str, Any]]:
    """Return the buttons for a list's marked rows, to those who may press them."""
    if not rows.actor.may("billing.issue"):
        return []
    query = rows.request.GET.urlencode()
    return [
        {"label": label, "url": f"{reverse(f'{list_url}_{step}')}?{query}", "icon": ICONS[step]}
        for step, label in LABELS.items()
    ]


def retry_view(rows: type[ListPage], list_url: str) -> Callable[..., HttpResponseBase]:
    """Make the view that sends a list's documents again."""

    @require_POST
    @page("billing.issue")
    def retry(request: HttpRequest) -> HttpResponse:
        outcomes = bulk.retry(_chosen(rows(request)), actor=request.actor)  # type: ignore[attr-defined]
        said = ngettext("%(n)d comprobante vuelve a la cola.", "%(n)d comprobantes vuelven a la cola.", _went(outcomes))
        return _told(request, outcomes, said, list_url)

    return retry


def check_view(rows: type[ListPage], list_url: str) -> Callable[..., HttpResponseBase]:
    """Make the view that has SRI asked about a list's documents."""

    @require_POST
    @page("billing.issue", "billing.void")
    def check(request: HttpRequest) -> HttpResponse:
        outcomes = bulk.check(_chosen(rows(request)), actor=request.actor)  # type: ignore[attr-defined]
        said = ngettext(
            "Se está consultando al SRI por %(n)d comprobante.",
            "Se está consultando al SRI por %(n)d comprobantes.",
            _went(outcomes),
        )
        return _told(request, outcomes, said, list_url)

    return check


def _chosen(rows: ListPage) -> Sequence[Document]:
    """Return the marked rows, or all that the list's filters match, the oldest first."""
    found = rows.rows()
    if not rows.request.POST.get("all"):
        found = found.filter(pk__in=each_whole(rows.request.POST.getlist("pk")))
    return list(found.order_by("pk")[: bulk.MOST_AT_SRI + 1])


def _went(outcomes: Sequence[bulk.Outcome]) -> int:
    return sum(outcome.refusal is None for outcome in outcomes)


def _told(request: HttpRequest, outcomes: Sequence[bulk.Outcome], said: str, list_url: str) -> HttpResponse:
    """Go back to the list and say how many went, and why the others did not."""
    count = _went(outcomes)
    if count:
        messages.success(request, said % {"n": count})
    for outcome in outcomes:
        _note(request, outcome)
    for reason, times in Counter(each.refusal.message for each in outcomes if each.refusal).most_common():
        text = ngettext("%(n)d no se pudo: %(why)s", "%(n)d no se pudieron: %(why)s", times)
        messages.warning(request, text % {"n": times, "why": reason})
    return redirect(f"{reverse(list_url)}?{request.GET.urlencode()}")


def _note(request: HttpRequest, outcome: bulk.Outcome) -> None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    refusal = outcome.refusal
    if refusal is None:
        return
    log.access(
        AccessEntry.Kind.REFUSED,
        actor=actor,
        request=request,
        obj=outcome.document,
        code=refusal.code,
        detail=refusal.message,
    )
