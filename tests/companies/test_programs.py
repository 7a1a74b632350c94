"""The company of a program's request: the key's own, or one of the person's."""

from datetime import timedelta

import pytest
from django.test import Client

from companies import api_keys
from companies.models import Company, Membership
from companies.roles import Role
from core import clock
from core.tenancy import all_companies, company_context
from tests.companies.web import accesses, bearer, client_of
from tests.factories import actor, make_company, make_user

pytestmark = pytest.mark.django_db


def make_key(company: Company, *scopes: str, **values) -> str:
    with company_context(company.pk):
        made = api_keys.create(name="ERP", scopes=scopes or ["company.view"], actor=actor(), **values)
        return made.secret


def test_a_key_opens_its_own_company_with_its_own_scopes():
    company, other = make_company(), make_company()
    secret = make_key(company, "company.view")
    client = Client()
    answer = client.get("/api/v1/company/", **bearer(secret))
    assert (answer.status_code, answer.json()["id"]) == (200, company.pk)
    refused = client.patch("/api/v1/company/", {"phone": "1"}, "application/json", **bearer(secret))
    assert (refused.status_code, refused.json()["permission"]) == (403, "company.manage")
    assert client.get("/api/v1/company/", **bearer(secret, **{"X-Company": str(company.pk)})).status_code == 200
    foreign = client.get("/api/v1/company/", **bearer(secret, **{"X-Company": str(other.pk)}))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert accesses(company) == [("refused", "permission_denied", "/api/v1/company/")]


def test_a_key_that_expired_or_was_revoked_opens_nothing():
    company = make_company()
    soon = clock.now() + timedelta(minutes=5)
    expiring, revoked = make_key(company, expires_at=soon), make_key(company)
    with company_context(company.pk):
        api_keys.revoke(api_keys.ApiKey.objects.order_by("-pk")[0].pk, actor=actor())
    client = Client()
    with clock.at(soon):
        for secret in (expiring, revoked, "cdr_test_" + "x" * 43, "cdr_live_", "x.y.z", ""):
            answer = client.get("/api/v1/company/", **bearer(secret))
            assert answer.status_code == 401
            assert (answer.json()["code"], answer["WWW-Authenticate"]) == ("invalid_credential", "Bearer")
            assert answer["Content-Type"] == "application/problem+json"
    assert {row[:2] for row in accesses(None)} == {("refused", "invalid_credential")}


def test_last_use_is_written_once_a_minute():
    company, client = make_company(), Client()
    secret, seen, now = make_key(company), [], clock.now()
    for seconds in (0, 30, 61):
        with clock.at(now + timedelta(seconds=seconds)):
            client.get("/api/v1/company/", **bearer(secret))
        with company_context(company.pk):
            seen.append(api_keys.ApiKey.objects.get().last_used_at - now)
    assert [moment.total_seconds() for moment in seen] == [0, 0, 61]


def test_a_cookie_beside_a_key_counts_for_nothing():
    company, other = make_company(), make_company()
    secret = make_key(company, "company.view", "company.manage")
    client = client_of(make_user(other), enforce_csrf_checks=True)
    answer = client.patch("/api/v1/company/", {"phone": "1"}, "application/json", **bearer(secret))
    assert (answer.status_code, answer.json()["id"]) == (200, company.pk)
    assert client.get("/api/v1/me/", **bearer(secret)).json()["user"] is None


def test_a_key_opens_no_page():
    company = make_company()
    answer = Client().get("/empresa/", **bearer(make_key(company)))
    assert answer.status_code == 302


def test_a_session_asks_the_api_with_its_csrf_token():
    company = make_company()
    client = client_of(make_user(company), enforce_csrf_checks=True)
    assert client.get("/api/v1/company/").status_code == 200
    answer = client.patch("/api/v1/company/", {"phone": "1"}, "application/json")
    assert answer.status_code == 403
    with company_context(company.pk):
        assert Company.objects.get().phone == ""


def test_x_company_chooses_among_one_s_own_and_no_other():
    first, second, third = make_company(), make_company(), make_company()
    user = make_user(first)
    with all_companies():
        Membership.objects.create(company=second, user=user, role=Role.AUDITOR)
    client = client_of(user)
    me = client.get("/api/v1/me/", headers={"X-Company": str(second.pk)}).json()
    assert (me["company"]["id"], me["role"]) == (second.pk, "auditor")
    for foreign in (str(third.pk), "999999", "x", f" {first.pk}; DROP"):
        answer = client.get("/api/v1/me/", headers={"X-Company": foreign})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
