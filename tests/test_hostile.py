"""Requests no well-meaning program sends: each is answered or refused with a code, never with an error of ours.

The queries and bodies come from the OpenAPI document and from what is written down for the company wall.
"""

import copy
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from audit.models import AccessEntry
from core.idempotency import LONGEST_KEY
from core.schema import document
from tests.bodies import BODIES
from tests.pages import filled
from tests.test_walls import THINGS
from tests.world import World, at_work, make_world, undone

pytestmark = pytest.mark.django_db

MANY_DIGITS = "9" * 5000  # more than Python reads
STRANGE_TEXTS = ["a\0b", MANY_DIGITS, "1e999", "%", "9999-12-31", "0001-01-01"]
STRANGE_VALUES = [
    "a\0b",
    "\ud800",
    MANY_DIGITS,
    "NaN",
    "9" * 35,
    -1,
    2**63,
    None,
    [None],
    {"a": 1},
    "9999-12-31T23:59:59-14:00",
]


STRANGE_DAYS = ["0001-01-01", "9999-12-31", "9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+14:00", "a\0b", "%"]
NO_JSON = [b"", b"{", b"null", b'{"name": NaN}', b'{"name": "\\ud800"}', b"[" * 100_000, b"9" * 5000, b"\xff"]


@pytest.fixture(autouse=True)
def _at_work(db, monkeypatch, settings) -> Iterator[None]:
    settings.API_RATE_LIMITS = {"credential": 10**9, "address": 10**9}
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-")
    with at_work():
        yield


@pytest.fixture
def mine(db) -> World:
    return make_world()


@pytest.fixture
def client(mine) -> Client:
    return mine.client()


def _is_told(answer: Any) -> bool:
    """Say whether an answer of the API is a success, or a refusal with code and sentence."""
    if answer.status_code < 400:
        return True
    return answer.status_code < 500 and bool(answer.json()["code"] and answer.json()["detail"])


def test_whatever_stands_in_a_query_is_answered_or_refused(mine, client):
    for path, operations in document()["paths"].items():
        before = path.partition("{")[0]
        if "get" not in operations or ("{" in path and before not in THINGS) or path.endswith("/stream/"):
            continue
        here = path.replace("{id}", str(mine[THINGS[before][0]])) if "{" in path else path
        asked = [each["name"] for each in operations["get"].get("parameters", []) if each["in"] == "query"]
        for name in asked:
            for text in STRANGE_TEXTS:
                assert _is_told(client.get(here, {name: text})), (here, name, text[:20])


def _places(body: Any) -> Iterator[list[Any]]:
    """Yield the path to each value in a body."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        yield [key]
        if isinstance(value, dict | list):
            yield from ([key, *rest] for rest in _places(value))


def _with(body: Any, place: list[Any], value: Any) -> Any:
    changed = inner = copy.deepcopy(body)
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


def test_whatever_stands_in_a_body_is_taken_or_refused(mine, client):
    for (method, template), bodies in BODIES.items():
        path, body = template.format_map(mine.ids), bodies[0](mine)
        for place in _places(body):
            for value in STRANGE_VALUES:
                with undone():
                    answer = client.generic(method, path, json.dumps(_with(body, place, value)), "application/json")
                    assert _is_told(answer), (method, path, place, value)


@pytest.mark.parametrize("body", NO_JSON)
def test_what_is_no_json_is_refused(client, body):
    answer = client.generic("POST", "/api/v1/customers/", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) in [(400, "parse_error"), (400, "malformed")]


def test_what_is_no_json_is_told_with_its_place(client):
    answer = client.generic("POST", "/api/v1/customers/", b'{"name": }', "application/json")
    assert answer.json()["detail"] == "El cuerpo no es JSON válido (línea 1, columna 10)."


@pytest.mark.parametrize(
    "position",
    [b'["n", "-id", "1", Infinity]', b"[" * 20_000, b'["n", "-id", "1", null]', b'{"n": 1}', b'["x", "-id", "1", 1]'],
)
def test_a_cursor_that_was_made_by_hand_is_refused(client, position):
    answer = client.get("/api/v1/invoices/", {"cursor": urlsafe_b64encode(position).decode()})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("version", [MANY_DIGITS, f'"{MANY_DIGITS}"', "ñ", '"-1"'])
def test_a_version_that_is_none_matches_nothing(mine, client, version):
    path = f"/api/v1/customers/{mine['customer']}/"
    answer = client.patch(path, "{}", content_type="application/json", headers={"If-Match": version})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")


def test_a_key_no_column_holds_is_refused_on_a_form_too(mine, client):
    for key in ("a\0b", "x" * (LONGEST_KEY + 1)):
        assert client.post(f"/facturas/{mine['draft']}/descartar/", {"_key": key}).status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/x%00/", "/api/v1/invoices/1%00/", "/api/v1/invoices/number/%00/"])
def test_an_address_with_unprintable_characters_is_not_found_and_noted_without_them(mine, client, path):
    assert client.get(path).status_code == 404
    with mine.inside():
        assert AccessEntry.objects.latest("pk").path == path.replace("%00", "")


@pytest.mark.parametrize(
    "path", ["/reservas/?day=", "/reservas/nueva/?day=", "/reservas/nueva/?court={court}&starts_at="]
)
def test_a_day_at_the_end_of_the_calendar_is_today(mine, client, path):
    for day in STRANGE_DAYS:
        assert client.get(path.format_map(mine.ids) + quote(day)).status_code == 200, day


def test_an_invoice_of_a_day_at_the_end_of_the_calendar_is_refused_beside_its_field(mine, client):
    values = {"lines-0-description": "Cancha", "lines-0-unit_price": "10", "customer": mine["customer"]}
    for day in ("0001-01-01", "9999-12-31"):
        answer = client.post("/facturas/nueva/", filled(client, "/facturas/nueva/", values | {"date_asked": day}))
        assert answer.status_code == 422
        assert "Revise el año de la fecha." in answer.content.decode()
