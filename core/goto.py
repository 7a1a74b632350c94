"""The go-to box (Ctrl+K): numbers, people and things, wherever they are. Each app says what it finds.

In its `AppConfig.ready()`: `goto.add_finder("billing.view", "file-invoice", finders.invoices)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.actor import Actor
from core.views import is_htmx, page

MOST_OF_A_KIND = 5
SHORTEST = 2


class Hit(NamedTuple):
    """Something found: where it is, what it is called, and what tells it from others."""

    url: str
    label: str
    detail: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class _Finder:
    permission: str
    icon: str
    find: Callable[[str], list[Hit]]


_finders: list[_Finder] = []


def add_finder(permission: str, icon: str, find: Callable[[str], list[Hit]]) -> None:
    """Have the go-to box ask `find` for the first `MOST_OF_A_KIND` things that contain a text, the likeliest first."""
    finder = _Finder(permission, icon, find)
    if finder not in _finders:
        _finders.append(finder)


def hits(text: str, actor: Actor) -> list[Hit]:
    """Return the first few of each kind that the actor may see."""
    if len(text) < SHORTEST:
        return []
    return [
        hit._replace(icon=finder.icon)
        for finder in _finders
        if actor.may(finder.permission)
        for hit in finder.find(text)
    ]


@page()
def search(request: HttpRequest) -> HttpResponse:
    """Answer what contains the typed text: rows for the box, a page otherwise."""
    text = request.GET.get("q", "").strip()
    template = "components/goto_found.html" if is_htmx(request) else "components/goto_page.html"
    return render(request, template, {"text": text, "hits": hits(text, request.actor)})  # type: ignore[attr-defined]
