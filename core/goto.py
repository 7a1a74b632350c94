"""The go-to box (Ctrl+K): pages by name, numbers, amounts, people and things, wherever they are. Each app says its own.

In its `AppConfig.ready()`:

    goto.add_finder(_("Facturas"), "billing.view", "file-invoice", finders.invoices)
    goto.add_pages(goto.Page(_("Facturas"), "billing:invoices", "file-invoice", ("billing.view",), keys="g f"))

The pages are in the box before anything is typed, their keys are the shortcuts of the whole site and stand in its help.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.money import AmbiguousAmount, InvalidAmount, parse_amount
from core.search import normalize
from core.searchable import searched_once
from core.views import is_htmx, page

MOST_OF_A_KIND: Final = 5
SHORTEST: Final = 2
LONGEST: Final = 100
_AMOUNT: Final = re.compile(r"\$ ?[0-9.,]+|[0-9.]+,[0-9]{1,2}|[0-9,]+\.[0-9]{1,2}")

Text = str | Promise


class Hit(NamedTuple):
    """Something found: where it is, what it is called, and what tells it from others."""

    url: str
    label: str
    detail: str = ""
    icon: str = ""


class Group(NamedTuple):
    """What was found of one kind."""

    label: Text
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Page:
    """A page people go to by its name, or by keys (`g f`); any of the permissions opens it, `words` find it too."""

    label: Text
    url_name: str
    icon: str
    any_of: tuple[str, ...] = ()
    keys: str = ""
    words: Text = ""


class PageLink(NamedTuple):
    """A page as the box shows it."""

    url: str
    label: str
    icon: str
    keys: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class _Finder:
    label: Text
    permission: str
    icon: str
    find: Callable[[str, Actor], list[Hit]]


_finders: list[_Finder] = []
_pages: list[Page] = []
_recent: list[Callable[[Actor], list[Hit]]] = []


def add_finder(label: Text, permission: str, icon: str, find: Callable[[str, Actor], list[Hit]]) -> None:
    """Have the box ask `find` for the first `MOST_OF_A_KIND` things that contain a text and the actor may see."""
    finder = _Finder(label, permission, icon, find)
    if finder not in _finders:
        _finders.append(finder)


def add_pages(*pages: Page) -> None:
    """Let people go to these pages by name."""
    _pages.extend(each for each in pages if each not in _pages)


def add_recent(recent: Callable[[Actor], list[Hit]]) -> None:
    """Show what `recent(actor)` returns while nothing is typed."""
    if recent not in _recent:
        _recent.append(recent)


def pages_for(may: Iterable[str]) -> list[PageLink]:
    """Return the pages that these permissions open; an address that does not exist is left out."""
    held = frozenset(may)
    found = (each for each in _pages if not each.any_of or held.intersection(each.any_of))
    links = [link for each in found if (link := _link(each)) is not None]
    return sorted(links, key=lambda link: not link.keys)  # what has a shortcut is what people go to most


def _link(each: Page) -> PageLink | None:
    try:
        url = reverse(each.url_name)
    except NoReverseMatch:
        return None
    return PageLink(url, str(each.label), each.icon, each.keys.split(), normalize(f"{each.label} {each.words}"))


def groups(text: str, actor: Actor) -> list[Group]:
    """Return the first few of each kind that the actor may see; of nothing typed, what the actor worked on last."""
    if not text:
        hits = [hit for recent in _recent for hit in recent(actor)]
        return [Group(_("Recientes"), hits)] if hits else []
    if not SHORTEST <= len(text) <= LONGEST:
        return []
    with searched_once():
        found = [(finder, finder.find(text, actor)) for finder in _finders if actor.may(finder.permission)]
    return [Group(finder.label, [hit._replace(icon=finder.icon) for hit in hits]) for finder, hits in found if hits]


def amount_in(text: str) -> Decimal | None:
    """Return the amount a text writes (`45,50`, `45.50`, `$ 45`), None where it is no amount or may be two."""
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return parse_amount(text)
    except (InvalidAmount, AmbiguousAmount):
        return None


@page()
def search(request: HttpRequest) -> HttpResponse:
    """Answer what contains the typed text: rows for the box, a page otherwise."""
    text = request.GET.get("q", "").strip()
    fragment = is_htmx(request)
    found = groups(text, request.actor) if text or fragment else []  # type: ignore[attr-defined]
    template = "components/goto_found.html" if fragment else "components/goto_page.html"
    return render(request, template, {"text": text, "groups": found})
