"""Signing in: by password and second step, with limits, without telling who is here; every attempt is noted."""

import json
import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django_q.models import OrmQ

from audit.models import AccessEntry
from companies import jobs
from companies.credentials import SESSION_COMPANY
from companies.models import Membership, User
from companies.roles import Role
from core import crypto
from core.tenancy import all_companies
from tests.companies.web import (
    LOGIN,
    accesses,
    client_of,
    code,
    form,
    sign_in,
    with_second_step,
)
from tests.factories import PASSWORD, make_company, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


# The page


def test_a_person_signs_in_and_enters_their_first_company():
    company = make_company()
    user, client = make_user(company), Client()
    client.get(LOGIN)
    answer = sign_in(user, client=client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session[SESSION_COMPANY] == company.pk
    assert accesses(company) == [("sign_in", "", LOGIN)]


def test_the_address_may_be_typed_in_capitals():
    user = make_user(make_company(), email="ana@x.test")
    answer = Client().post(LOGIN, {"login": " ANA@X.test ", "password": PASSWORD})
    assert answer.status_code == 302
    assert User.objects.get(pk=user.pk).last_login


def test_the_session_is_another_one_after_signing_in():
    user, client = make_user(make_company()), Client()
    session = client.session
    session["before"] = True
    session.save()
    sign_in(user, client=client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_a_stranger_and_a_wrong_password_get_the_same_answer():
    company = make_company()
    user = make_user(company)
    pages = []
    for email in (user.email, "nadie@x.test"):
        answer = Client().post(LOGIN, {"login": email, "password": "no-es-la-clave"})
        text = re.sub(r'value="[^"]*"', "", answer.content.decode())
        pages.append((answer.status_code, text.replace(email, "")))
    assert pages[0] == pages[1]
    assert "El correo o la contraseña no son correctos." in pages[0][1]
    assert accesses(company) == [("sign_in_failed", "wrong_password", LOGIN)]
    assert accesses(None) == [("sign_in_failed", "wrong_password", LOGIN)]


def test_what_was_typed_as_an_address_nobody_has_is_not_written_down():
    Client().post(LOGIN, {"login": "mi-clave-secreta@x.test", "password": "x"})
    with all_companies():
        entry = AccessEntry.objects.get()
    assert "secreta" not in json.dumps(entry.__dict__, default=str)


def test_five_failures_close_an_account_for_five_minutes_and_no_longer():
    company = make_company()
    user, other = make_user(company), make_user(company)
    with time_machine.travel(time.time(), tick=False) as clock:
        for _ in range(5):
            sign_in(user, "no-es-la-clave")
        answer = sign_in(user)
        assert "Demasiados intentos fallidos" in answer.content.decode()
        assert sign_in(other).status_code == 302
        clock.shift(301)
        assert sign_in(user).status_code == 302
    assert [row[1] for row in accesses(company)] == [*["wrong_password"] * 5, "too_many_login_attempts", "", ""]


def test_an_address_that_tries_many_accounts_is_stopped():
    users = [make_user(make_company()) for _ in range(11)]
    for user in users[:10]:
        sign_in(user, "no-es-la-clave")
    assert "Demasiados intentos" in sign_in(users[10]).content.decode()
    assert sign_in(users[10], REMOTE_ADDR="203.0.113.9").status_code == 302


def test_signing_in_rightly_uses_nothing_up():
    user = make_user(make_company())
    for _ in range(8):
        assert sign_in(user).status_code == 302


def test_who_lost_the_account_is_told_and_noted():
    company = make_company()
    user = make_user(company)
    user.is_active = False
    user.save()
    assert sign_in(user)["Location"] == "/cuenta/inactiva/"
    assert accesses(None) == [("sign_in_failed", "account_inactive", LOGIN)]


def test_there_is_no_sign_up():
    for path in ("/cuenta/signup/", "/cuenta/registro/", "/cuenta/email/", "/accounts/signup/"):
        assert Client().get(path).status_code == 404


def test_signing_out_takes_a_post():
    company = make_company()
    client = client_of(make_user(company))
    assert client.get("/cuenta/salir/").status_code == 200
    assert client.get("/empresa/").status_code == 200
    assert client.post("/cuenta/salir/")["Location"] == LOGIN
    assert client.get("/empresa/").status_code == 302


def test_nobody_is_sent_to_another_site_after_signing_in():
    user = make_user(make_company())
    for away in ("https://mala.test/", "//mala.test/", "javascript:alert(1)"):
        answer = Client().post(LOGIN, {"login": user.email, "password": PASSWORD, "next": away})
        assert answer["Location"] == "/"
    answer = Client().post(LOGIN, {"login": user.email, "password": PASSWORD, "next": "/empresa/"})
    assert answer["Location"] == "/empresa/"


def test_another_password_ends_the_other_sessions():
    user = make_user(make_company())
    here, there = Client(), Client()
    sign_in(user, client=here)
    sign_in(user, client=there)
    values = {"oldpassword": PASSWORD, "password1": "otra-larga-y-rara-8", "password2": "otra-larga-y-rara-8"}
    assert here.post("/cuenta/contrasena/", values)["Location"] == "/"
    assert here.get("/empresa/").status_code == 200
    assert there.get("/empresa/").status_code == 302


# The forgotten password


def letters() -> list[tuple[str, tuple]]:
    return [(row.task["args"][0], row.task["args"][3]) for row in OrmQ.objects.all()]


def test_a_forgotten_password_is_answered_the_same_for_strangers():
    user = make_user(make_company())
    answers = [Client().post("/cuenta/contrasena/olvidada/", {"email": email}) for email in (user.email, "x@no.test")]
    assert {answer["Location"] for answer in answers} == {"/cuenta/contrasena/olvidada/enviada/"}
    assert mail.outbox == []
    ((path, args),) = [letter for letter in letters() if letter[0].startswith("companies")]
    assert path == "companies.jobs.send_letter"
    assert "contrasena" not in args[0]
    jobs.send_letter(*args)
    (message,) = mail.outbox
    assert message.to == [user.email]
    link = re.search(r"https?://\S+(/cuenta/contrasena/nueva/\S+)", message.body).group(1)
    client = Client()
    page = client.get(link, follow=True)
    where = page.redirect_chain[-1][0]
    values = {"password1": "otra-larga-y-rara-8", "password2": "otra-larga-y-rara-8"}
    assert client.post(where, values)["Location"] == "/cuenta/contrasena/nueva/lista/"
    assert sign_in(user, "otra-larga-y-rara-8").status_code == 302


# The second step


def test_the_second_step_is_asked_for_and_its_secret_is_encrypted():
    company = make_company()
    user, client = make_user(company), Client()
    secret = with_second_step(user)
    stored = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in stored
    assert crypto.decrypt(stored) == secret
    assert sign_in(user, client=client)["Location"].startswith("/cuenta/dos-pasos/codigo/")
    assert client.get("/empresa/").status_code == 302
    assert client.post("/cuenta/dos-pasos/codigo/", {"code": "000000"}).status_code == 200
    assert client.post("/cuenta/dos-pasos/codigo/", {"code": code(secret)})["Location"] == "/"
    assert [row[:2] for row in accesses(company)] == [("sign_in_failed", "wrong_code"), ("sign_in", "")]


def test_a_recovery_code_opens_once_and_its_seed_is_encrypted():
    user = make_user(make_company())
    with_second_step(user)
    codes = RecoveryCodes.activate(user)
    stored = Authenticator.objects.get(user=user, type="recovery_codes").data["seed"]
    assert crypto.decrypt(stored) != stored
    one = codes.get_unused_codes()[0]
    answers = []
    for _ in range(2):
        client = Client()
        sign_in(user, client=client)
        answers.append(client.post("/cuenta/dos-pasos/codigo/", {"code": one}).status_code)
    assert answers == [302, 200]


def test_codes_cannot_be_guessed_for_long():
    user = make_user(make_company())
    secret = with_second_step(user)
    client = Client()
    sign_in(user, client=client)
    for _ in range(5):
        client.post("/cuenta/dos-pasos/codigo/", {"code": "000000"})
    answer = client.post("/cuenta/dos-pasos/codigo/", {"code": code(secret)})
    assert answer.status_code == 200
    assert "Demasiados intentos" in answer.content.decode()


# The company one works in


def test_one_switches_among_one_s_own_companies_only():
    first, second, third = make_company(), make_company(), make_company()
    user = make_user(first)
    with all_companies():
        Membership.objects.create(company=second, user=user, role=Role.BILLING)
    client = client_of(user)
    page = client.get("/empresa/cambiar/").content.decode()
    assert str(second) in page
    assert str(third) not in page
    for foreign in (third.pk, "", "x"):
        assert client.post("/empresa/cambiar/", form(first, company=foreign)).status_code == 404
    answer = client.post("/empresa/cambiar/", form(first, company=second.pk))
    assert answer["Location"] == "/"
    assert client.get("/api/v1/company/").json()["id"] == second.pk
    assert accesses(second) == [("sign_in", "", "/empresa/cambiar/")]


def test_a_page_that_stayed_open_still_switches():
    first, second = make_company(), make_company()
    user = make_user(first)
    with all_companies():
        Membership.objects.create(company=second, user=user, role=Role.BILLING)
    client = client_of(user)
    values = form(first, _key="the-same-page")
    for company in (second, first, second):
        assert client.post("/empresa/cambiar/", values | {"company": company.pk}).status_code == 302
        assert client.get("/api/v1/company/").json()["id"] == company.pk


def test_sessions_that_ended_are_forgotten():
    user, now = make_user(make_company()), time.time()
    with time_machine.travel(now - 13 * 3600):
        old = client_of(user)
    fresh = client_of(user)
    jobs.forget_sessions()
    assert [row.session_key for row in Session.objects.all()] == [fresh.session.session_key]
    assert old.get("/empresa/").status_code == 302
