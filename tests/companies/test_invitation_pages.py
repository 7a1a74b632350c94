"""Inviting on the page, and the way in of those who were invited."""

import re

import pytest
from django.core import mail
from django.test import Client

from companies import invitations, jobs
from companies.credentials import SESSION_COMPANY
from companies.models import Company, Invitation, Membership, User
from companies.roles import Role
from core.tenancy import all_companies
from tests.companies.web import accesses, client_as, client_of, filled, form, inside
from tests.factories import PASSWORD, actor, make_company, make_user

pytestmark = pytest.mark.django_db


def test_a_double_click_invites_once():
    company = make_company()
    client = client_as(company)
    values = form(company, email="ana@x.test", name="Ana", role="cashier", _key="one-form")
    for _ in range(2):
        assert client.post("/empresa/personas/invitar/", values)["Location"] == "/empresa/personas/"
    with inside(company):
        assert Invitation.objects.count() == 1


def invite(company: Company, **values) -> str:
    """Invite Ana and return the path in the mail she gets."""
    values = {"email": "ana@x.test", "name": "Ana", "role": Role.CASHIER, "actor": actor()} | values
    with inside(company):
        jobs.mail_invitation(invitations.invite(**values).pk)
    return re.search(r"http\S+?(/cuenta/invitacion/\S+/)", mail.outbox[-1].body).group(1)


def test_somebody_new_follows_the_link_and_is_in():
    company = make_company()
    link, client = invite(company), Client()
    opened = client.get(link)
    assert opened["Location"] == "/cuenta/invitacion/"
    page = client.get("/cuenta/invitacion/")
    assert link.split("/")[3] not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    values = {"name": "Ana Paz", "password": "una-larga-y-rara-7", "again": "una-larga-y-rara-7"}
    answer = client.post("/cuenta/invitacion/", values, follow=True)
    assert answer.status_code == 200
    assert f"Le damos la bienvenida a {company}." in answer.content.decode()
    assert client.session[SESSION_COMPANY] == company.pk
    assert client.get("/api/v1/me/").json()["role"] == "cashier"
    assert [row[:2] for row in accesses(company)] == [("sign_in", ""), ("sign_in", "")]
    again = Client()
    again.get(link)
    answer = again.get("/cuenta/invitacion/")
    assert (answer.status_code, "ya fue aceptada" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"again": "otra-larga-y-rara-7"}, "No es igual a la primera."),
        ({"password": "corta", "again": "corta"}, "demasiado corta"),
        ({"name": ""}, "Este campo es requerido."),
    ],
)
def test_a_new_account_is_refused_with_its_reason(change, said):
    company = make_company()
    client = Client()
    client.get(invite(company))
    values = {"name": "Ana Paz", "password": "una-larga-y-rara-7", "again": "una-larga-y-rara-7"} | change
    answer = client.post("/cuenta/invitacion/", values)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "una-larga-y-rara-7" not in answer.content.decode()
    assert not User.objects.filter(email="ana@x.test").exists()


def test_somebody_with_an_account_signs_in_first_and_then_accepts():
    company, home = make_company(), make_company()
    make_user(home, Role.BILLING, email="ana@x.test")
    client = Client()
    client.get(invite(company))
    assert "/cuenta/ingresar/?next=/cuenta/invitacion/" in client.get("/cuenta/invitacion/").content.decode()
    values = {"login": "ana@x.test", "password": PASSWORD, "next": "/cuenta/invitacion/"}
    answer = client.post("/cuenta/ingresar/", values, follow=True)
    assert "Aceptar la invitación" in answer.content.decode()
    client.post("/cuenta/invitacion/", form(home))
    assert client.session[SESSION_COMPANY] == company.pk
    with all_companies():
        assert Membership.objects.filter(user__email="ana@x.test").count() == 2


def test_somebody_else_is_told_whose_invitation_it_is():
    company = make_company()
    make_user(None, email="ana@x.test")
    client = client_of(make_user(make_company(), email="otro@x.test"))
    client.get(invite(company))
    assert "la invitación es para ana@x.test" in client.get("/cuenta/invitacion/").content.decode()
    assert client.post("/cuenta/invitacion/").status_code == 409
    with inside(company):
        assert not Membership.objects.exists()


def test_no_link_is_no_page():
    assert Client().get("/cuenta/invitacion/").status_code == 404
    client = Client()
    assert client.get("/cuenta/invitacion/inventado/", follow=True).status_code == 404


def test_an_invitation_is_sent_again_and_taken_back_from_the_list():
    company = make_company()
    ids = filled(company)
    client = client_as(company)
    base = f"/empresa/personas/invitaciones/{ids['invitation']}"
    answer = client.post(f"{base}/reenviar/", form(company), follow=True)
    assert "El enlace anterior ya no sirve." in answer.content.decode()
    client.post(f"{base}/retirar/", form(company), follow=True)
    assert "ana@x.test" not in client.get("/empresa/personas/").content.decode()
    answer = client.post(f"{base}/retirar/", form(company))
    assert answer.status_code == 409
    assert "fue retirada" in answer.content.decode()
