"""What was typed and not sent: kept for whoever typed it, offered again, forgotten once sent or after a month."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from desk import form_drafts
from desk.models import FormDraft
from tests.factories import make_user, own_company
from tests.pages import filled
from tests.world import BACKEND

FORM = "/clientes/nuevo/"
TYPED = [["name", "Ana Torres"], ["identification", "17"]]


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.fixture
def client(company):
    client = Client()
    client.force_login(make_user(company), backend=BACKEND)
    return client


def keep(client: Client, data=TYPED, form: str = FORM) -> int:
    return client.post("/formularios/", {"form": form, "data": json.dumps(data)}).status_code


def test_it_is_offered_to_who_typed_it_and_to_nobody_else(company, client):
    assert keep(client) == 204
    assert client.get("/formularios/", {"form": FORM}).json()["data"] == TYPED
    assert client.get("/formularios/", {"form": "/facturas/nueva/"}).status_code == 204
    other = Client()
    other.force_login(make_user(company), backend=BACKEND)
    assert other.get("/formularios/", {"form": FORM}).status_code == 204


def test_the_last_text_counts_and_dropping_it_drops_it(client):
    keep(client)
    keep(client, [["name", "Ana Mera"]])
    assert client.get("/formularios/", {"form": FORM}).json()["data"] == [["name", "Ana Mera"]]
    assert client.post("/formularios/", {"form": FORM}).status_code == 204
    assert not FormDraft.objects.exists()


def test_a_form_sent_with_success_leaves_nothing_and_a_refused_one_keeps_it(client):
    keep(client)
    refused = client.post(FORM, filled(client, FORM, {"name": "", "_draft": FORM}))
    assert refused.status_code == 422
    assert FormDraft.objects.count() == 1
    typed = {"identification_type": "06", "identification": "A1", "name": "Ana", "_draft": FORM}
    assert client.post(FORM, filled(client, FORM, typed)).status_code == 302
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("data", ["texto", [["a"]], [["a", 1]], {"a": "b"}, [["a", "x\0"]], [["a", "x" * 500_001]]])
def test_what_is_no_form_is_refused(client, data):
    assert keep(client, data) == 400
    assert client.post("/formularios/", {"form": FORM, "data": "{"}).status_code == 400
    assert keep(client, form="javascript:alert(1)") == 400
    assert not FormDraft.objects.exists()


def test_after_a_month_the_night_forgets_it(client):
    keep(client)
    keep(client, form="/facturas/nueva/")
    FormDraft.objects.filter(form=FORM).update(saved_at=clock.now() - timedelta(days=31))
    form_drafts.forget_old()
    assert list(FormDraft.objects.values_list("form", flat=True)) == ["/facturas/nueva/"]
