"""Certificates over the API: taken, listed, checked, retired, and never given back."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from core.models import IdempotencyKey
from core.schema import document
from core.tenancy import all_companies
from sri import keys
from sri.models import Certificate
from tests.api_client import Api
from tests.factories import make_company, make_user
from tests.reservations.factories import NOW
from tests.sri import certs

pytestmark = pytest.mark.django_db

PATH = "certificates/"


@pytest.fixture(autouse=True)
def _now():
    keys.forget_all()
    with clock.at(NOW):
        yield


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def api(company):
    return Api(make_user(company))


def sent(data: bytes | None = None, password: str = certs.PASSWORD) -> dict[str, object]:
    file = SimpleUploadedFile("firma.p12", certs.cached_p12() if data is None else data)
    return {"file": file, "password": password}


def test_a_certificate_is_added_listed_and_shown(api):
    made = api.post(PATH, sent())
    assert api.status == 201
    assert api.last["Location"].endswith(f"/api/v1/certificates/{made['id']}/")
    assert (made["holder"], made["state"], made["days_left"]) == ("ANA MARÍA TORRES", "active", 411)
    assert (made["ruc"], made["retired_at"]) == ("", None)
    assert api.get(PATH)["results"] == [made]
    assert api.get(f"{PATH}{made['id']}/") == made
    for secret in (certs.PASSWORD, "sealed"):
        assert secret not in json.dumps(made)


def test_a_check_opens_it_again(api):
    made = api.post(PATH, sent())
    keys.forget_all()
    assert api.post(f"{PATH}{made['id']}/check/") == {
        "state": "active",
        "days_left": 411,
        "problem": "",
        "problem_code": "",
    }
    with clock.at(certs.UNTIL):
        assert api.post(f"{PATH}{made['id']}/check/")["state"] == "expired"


def test_it_is_retired_once(api):
    made = api.post(PATH, sent())
    assert api.post(f"{PATH}{made['id']}/retire/")["state"] == "retired"
    assert api.post(f"{PATH}{made['id']}/retire/")["code"] == "certificate_retired"
    assert api.status == 409


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (lambda: sent(password="otra"), 422, "p12_password_wrong", "password"),
        (lambda: sent(b"hola"), 422, "p12_invalid", "file"),
        (lambda: sent(b"x" * 300_000), 422, "p12_too_large", "file"),
        (lambda: sent(b""), 400, "malformed", "file"),
        (lambda: {"password": "x", "other": SimpleUploadedFile("a", b"a")}, 400, "malformed", "file"),
    ],
)
def test_what_cannot_sign_is_refused_with_its_code_beside_its_field(api, body, status, code, field):
    refused = api.post(PATH, body())
    assert (api.status, refused["code"]) == (status, code)
    assert refused["errors"][0]["field"] == field
    with all_companies():
        assert not Certificate.objects.exists()


def test_it_takes_a_form_with_a_file_and_nothing_else(api):
    body = json.dumps({"file": "x", "password": "y"})
    answer = api.client.post(f"/api/v1/{PATH}", body, content_type="application/json", headers=api.headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    body = document()["paths"]["/api/v1/certificates/"]["post"]["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]


def test_nothing_of_it_is_kept_for_a_retry(api):
    described = document()["paths"]["/api/v1/certificates/"]["post"]
    assert "Idempotency-Key" not in {each["name"] for each in described.get("parameters", [])}
    api.post(PATH, sent(), Idempotency_Key="una")
    assert api.post(PATH, sent(), Idempotency_Key="una")["code"] == "certificate_exists"
    with all_companies():
        assert not IdempotencyKey.objects.exists()


def test_billing_sees_and_does_not_change(company, api):
    made = api.post(PATH, sent())
    clerk = Api(make_user(company, "billing"))
    assert clerk.get(PATH)["results"][0]["id"] == made["id"]
    assert clerk.post(f"{PATH}{made['id']}/check/")["state"] == "active"
    assert clerk.post(PATH, sent())["permission"] == "certificates.manage"
    assert clerk.post(f"{PATH}{made['id']}/retire/")["permission"] == "certificates.manage"


def test_another_company_s_is_not_there(api):
    made = api.post(PATH, sent())
    other = Api(make_user(make_company()))
    for method, path in (("get", ""), ("post", "check/"), ("post", "retire/")):
        getattr(other, method)(f"{PATH}{made['id']}/{path}")
        assert other.status == 404
    assert other.get(PATH)["results"] == []
