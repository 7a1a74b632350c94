"""Signing in as a program: the page's limits and second step; tokens that say who and not what."""

import time

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from companies.models import Membership
from companies.roles import Role
from core.tenancy import all_companies
from tests.companies.web import REFRESH, TOKEN, accesses, ask_token, code, sign_in, with_second_step
from tests.factories import PASSWORD, make_company, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def test_a_program_gets_a_token_that_says_who_and_not_what():
    company = make_company()
    user = make_user(company, Role.CASHIER)
    answer = ask_token(user)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    access = answer.json()["access"]
    client = Client()
    headers = {"Authorization": f"Bearer {access}"}
    assert client.get("/api/v1/me/", headers=headers).json()["role"] == "cashier"
    with all_companies():
        Membership.objects.filter(user=user).update(role=Role.AUDITOR)
    assert client.get("/api/v1/me/", headers=headers).json()["role"] == "auditor"
    assert set(AccessToken(access).payload) == {"token_type", "exp", "iat", "jti", "user_id", "stamp"}
    assert accesses(company)[0] == ("sign_in", "", TOKEN)


def test_a_program_of_somebody_in_several_companies_says_which():
    first, second = make_company(), make_company()
    user = make_user(first)
    with all_companies():
        Membership.objects.create(company=second, user=user, role=Role.BILLING)
    headers = {"Authorization": f"Bearer {ask_token(user).json()['access']}"}
    assert Client().get("/api/v1/company/", headers=headers).json()["id"] == first.pk
    chosen = headers | {"X-Company": str(second.pk)}
    assert Client().get("/api/v1/company/", headers=chosen).json()["id"] == second.pk


@pytest.mark.parametrize(("change", "status"), [({"password": "no"}, 401), ({"username": "x@no.test"}, 401)])
def test_a_token_for_nobody_is_refused(change, status):
    user = make_user(make_company())
    answer = Client().post(TOKEN, {"username": user.email, "password": PASSWORD} | change, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, "invalid_credentials")
    assert (answer["WWW-Authenticate"], answer["Content-Type"]) == ("Bearer", "application/problem+json")


def test_a_token_without_a_password_is_malformed():
    answer = Client().post(TOKEN, {"username": "x@no.test"}, "application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "password")


def test_a_person_without_access_gets_no_token():
    user = make_user(make_company())
    pair = ask_token(user).json()
    user.is_active = False
    user.save()
    assert ask_token(user).json()["code"] == "invalid_credentials"
    assert Client().post(REFRESH, {"refresh": pair["refresh"]}, "application/json").json()["code"] == "invalid_token"
    answer = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {pair['access']}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credential")


def test_programs_give_the_second_step_too():
    company = make_company()
    user = make_user(company)
    secret = with_second_step(user)
    assert ask_token(user).json()["code"] == "otp_required"
    assert ask_token(user, otp="000000").json()["code"] == "otp_invalid"
    given = code(secret)
    assert ask_token(user, otp=given).status_code == 200
    assert ask_token(user, otp=given).json()["code"] == "otp_invalid"
    assert ask_token(user, "no-es-la-clave", otp=code(secret)).json()["code"] == "invalid_credentials"


def test_page_and_program_share_the_limits_of_attempts():
    user = make_user(make_company())
    for _ in range(3):
        sign_in(user, "no-es-la-clave")
    for _ in range(2):
        assert ask_token(user, "no-es-la-clave").status_code == 401
    answer = ask_token(user)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_login_attempts")
    assert answer["Retry-After"] == "300"
    assert "Demasiados intentos" in sign_in(user).content.decode()


def test_codes_are_limited_for_programs_too():
    user = make_user(make_company())
    secret = with_second_step(user)
    for _ in range(5):
        ask_token(user, otp="000000")
    assert ask_token(user, otp=code(secret)).status_code == 429


def test_a_refresh_token_is_taken_once():
    user = make_user(make_company())
    first = ask_token(user).json()
    second = Client().post(REFRESH, {"refresh": first["refresh"]}, "application/json")
    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    again = Client().post(REFRESH, {"refresh": first["refresh"]}, "application/json")
    assert (again.status_code, again.json()["code"]) == (401, "invalid_token")
    for text in ("x", first["access"], second.json()["access"]):
        assert Client().post(REFRESH, {"refresh": text}, "application/json").status_code == 401
    headers = {"Authorization": f"Bearer {second.json()['refresh']}"}
    assert Client().get("/api/v1/me/", headers=headers).status_code == 401


def test_tokens_end_with_the_password_they_were_given_for():
    user = make_user(make_company())
    pair = ask_token(user).json()
    user.set_password("otra-larga-y-rara-8")
    user.save()
    assert Client().post(REFRESH, {"refresh": pair["refresh"]}, "application/json").status_code == 401
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {pair['access']}"}).status_code == 401


def test_an_access_token_lives_fifteen_minutes_and_a_refresh_token_two_weeks():
    user = make_user(make_company())
    with time_machine.travel(time.time(), tick=False) as clock:
        pair = ask_token(user).json()
        headers = {"Authorization": f"Bearer {pair['access']}"}
        clock.shift(14 * 60)
        assert Client().get("/api/v1/me/", headers=headers).status_code == 200
        clock.shift(2 * 60)
        assert Client().get("/api/v1/me/", headers=headers).status_code == 401
        clock.shift(13 * 86400)
        assert Client().post(REFRESH, {"refresh": pair["refresh"]}, "application/json").status_code == 200
        other = ask_token(user).json()
        clock.shift(14 * 86400 + 1)
        assert Client().post(REFRESH, {"refresh": other["refresh"]}, "application/json").status_code == 401
