"""A refusal for something missing says where it is put in place, to who may: on the page, the form and the toast."""

import json

import pytest
from django.test import Client
from django_htmx.middleware import HtmxDetails

from companies.models import Company
from companies.roles import Role
from core import remedies
from core.errors import FieldError, WorkflowError
from core.views import refusal_page
from tests.factories import actor, make_customer, make_draft, make_user, own_company
from tests.pages import filled
from tests.world import BACKEND

EDIT, SERIES = "/empresa/editar/", "/empresa/series/"


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


def browser(company, role: str = Role.OWNER) -> Client:
    client = Client()
    client.force_login(make_user(company, role), backend=BACKEND)
    return client


def without_address(company) -> None:
    Company.objects.filter(pk=company.pk).update(address="")


def test_each_missing_thing_leads_to_its_page_once():
    fields = [FieldError(field=name, code="missing", message="") for name in ("ruc", "address", "series")]
    refusal = WorkflowError("Falta.", code="profile_incomplete", fields=fields)
    assert [remedy.url for remedy in remedies.of(refusal, actor())] == [EDIT, SERIES]
    assert [remedy.url for remedy in remedies.of(refusal, actor(Role.BILLING))] == ["", ""]
    assert remedies.of(WorkflowError("No.", code="already_issued"), actor()) == []


def test_the_document_s_page_leads_there(company):
    without_address(company)
    page = browser(company).post(f"/facturas/{make_draft().pk}/emitir/").content.decode()
    assert f'<a href="{EDIT}">Completar el perfil</a>' in page
    page = browser(company, Role.BILLING).post(f"/facturas/{make_draft().pk}/emitir/").content.decode()
    assert "Completar el perfil <small>(lo hace un administrador de la empresa)</small>" in page


def test_the_form_leads_there_with_everything_typed(company):
    without_address(company)
    client = browser(company)
    line = {"lines-0-description": "Cancha", "lines-0-quantity": "1", "lines-0-unit_price": "10", "issue": "1"}
    typed = filled(client, "/facturas/nueva/", {"customer": make_customer().pk, **line})
    answer = client.post("/facturas/nueva/", typed)
    assert answer.status_code == 422
    assert f'<a href="{EDIT}">Completar el perfil</a>' in answer.content.decode()


def test_the_toast_carries_the_link(rf):
    request = rf.get("/", headers={"HX-Request": "true"})
    request.actor, request.htmx = actor(), HtmxDetails(request)
    fields = [FieldError(field="address", code="missing", message="")]
    told = refusal_page(request, WorkflowError("Falta.", code="profile_incomplete", fields=fields))
    assert json.loads(told["HX-Trigger"])["toast"]["links"] == [{"label": "Completar el perfil", "url": EDIT}]
