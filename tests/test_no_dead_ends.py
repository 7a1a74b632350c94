"""Whoever follows links, from the start page on, meets no closed door: each role, every link and every form's page.

A form that is sent (POST) is not sent here, but its address must be one of the role's own: a button that would be
refused is a dead end, too.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from companies.roles import ROLES, Role
from tests.world import World, at_work, make_world

pytestmark = pytest.mark.django_db

# Files and streams: opened by their own tests; and the way out.
NOT_WALKED = ("/static/", "/cuenta/", "/admin/", "/api/", "/d/", "/empresa/cambiar/")
FILES = ("pdf", "xml", "archivo", "descargar", "exportar", "adjuntos", "plantilla", "logotipo", "csv", "ics")
# How many things of one kind are looked at: at the front desk some of each state, for the others one.
MOST_ALIKE = {Role.FRONTDESK: 3}


class _Doors(HTMLParser):
    """Collects where a page leads: its links, the pages of its forms (GET), and where its buttons post."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.posts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "form" and found.get("method", "get").lower() == "get":
            self.links.append(found.get("action", ""))
        elif tag == "form" and found.get("action"):
            self.posts.append(found["action"])
        elif tag == "button" and found.get("formaction"):
            self.posts.append(found["formaction"])
        for name in ("hx-get", "data-drawer", "data-move"):
            if found.get(name, "").startswith("/"):
                self.links.append(found[name])


def _walkable(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith(NOT_WALKED):
        return False
    return not any(piece in FILES for piece in parts.path.split("/"))


def _shape(url: str) -> str:
    """Take addresses that differ in numbers and filters alone for one: one customer's page is like another's."""
    path = urlsplit(url).path
    return "/".join("#" if piece.isdecimal() else "*" if ":" in piece else piece for piece in path.split("/"))


def walk(client: Client, most_alike: int) -> Iterator[tuple[str, str, int, list[str]]]:
    """Follow every link from the start page; yield where from, where to, the status, and where the page posts."""
    waiting, seen, alike = [("", "/")], {"/"}, {}
    while waiting:
        source, url = waiting.pop(0)
        answer = client.get(url)
        doors = _Doors()
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            doors.feed(answer.content.decode())
        yield source, url, answer.status_code, [urljoin(url, post) for post in doors.posts]
        if answer.status_code == 302:
            doors.links.append(answer["Location"])
        for link in doors.links:
            target = urldefrag(urljoin(url, link))[0]
            if target in seen or not _walkable(target) or alike.get(_shape(target), 0) >= most_alike:
                continue
            seen.add(target)
            alike[_shape(target)] = alike.get(_shape(target), 0) + 1
            waiting.append((url, target))


def _may_post(role: str, url: str) -> bool:
    try:
        view = resolve(urlsplit(url).path).func
    except Resolver404:
        return False
    wanted = getattr(view, "permissions", ())
    return not wanted or any(permission in ROLES[role] for permission in wanted)


@pytest.fixture
def world(db, monkeypatch) -> Iterator[World]:
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-")
    with at_work():
        yield make_world(e_invoicing=True)


def test_following_links_and_forms_no_role_meets_a_closed_door(world):
    shut, forbidden = [], set()
    for role in Role.values:
        visited = list(walk(world.client(world.person(role)), MOST_ALIKE.get(role, 1)))
        shut += [(role, *step[:3]) for step in visited if step[2] not in (200, 302)]
        posts = {(url, post) for _source, url, _status, posts in visited for post in posts}
        forbidden |= {(role, url, post) for url, post in posts if not _may_post(role, post)}
        assert len(visited) > 40, role
    assert not shut
    assert not forbidden
