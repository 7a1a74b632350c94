"""The pages of companies: who opens them, what they save, what they refuse, what they never show twice."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from audit.models import AuditEntry
from companies import api_keys, hooks, invitations, members
from companies.models import ApiKey, Company, Invitation, Membership
from companies.roles import ROLES, Role
from core import clock
from core.models import IdempotencyKey
from tests.companies.web import accesses, bearer, client_as, client_of, filled, form, inside
from tests.factories import PASSWORD, actor, make_company, make_invoice, make_user

pytestmark = pytest.mark.django_db

PROFILE = {
    "ruc": "1790016919001",
    "legal_name": "Tenis Club S.A.",
    "trade_name": "Tenis Club",
    "address": "Quito",
    "rimpe": "none",
    "time_zone": "Pacific/Galapagos",
    "payment_days": "15",
    "keeps_accounts": "on",
}
PAGES = {
    "/empresa/": "company.view",
    "/empresa/puesta-en-marcha/": "company.view",
    "/empresa/editar/": "company.manage",
    "/empresa/logotipo/cambiar/": "company.manage",
    "/empresa/personas/": "members.manage",
    "/empresa/personas/invitar/": "members.manage",
    "/empresa/personas/{member}/": "members.manage",
    "/empresa/personas/{member}/retirar/": "members.manage",
    "/empresa/claves/": "api_keys.manage",
    "/empresa/claves/nueva/": "api_keys.manage",
    "/empresa/claves/{key}/revocar/": "api_keys.manage",
}
STEPS = {
    "/empresa/logotipo/quitar/": "company.manage",
    "/empresa/personas/invitaciones/{invitation}/reenviar/": "members.manage",
    "/empresa/personas/invitaciones/{invitation}/retirar/": "members.manage",
}


@pytest.mark.parametrize("role", Role)
def test_a_page_opens_for_the_roles_that_may_and_no_other(role):
    company = make_company()
    ids, client = filled(company), client_as(company, role)
    for page, permission in (PAGES | STEPS).items():
        answer = client.get(page.format(**ids))
        if page in STEPS:
            assert answer.status_code == 405
        else:
            assert answer.status_code == (200 if permission in ROLES[role] else 403), page
        if permission not in ROLES[role]:
            assert client.post(page.format(**ids), form(company)).status_code == 403, page


@pytest.mark.parametrize("page", [page for page in PAGES | STEPS if "{" in page])
def test_another_company_s_ids_are_not_there(page):
    mine, other = make_company(), make_company()
    ids, client = filled(other), client_as(mine)
    if page in PAGES:
        assert client.get(page.format(**ids)).status_code == 404
    assert client.post(page.format(**ids), form(mine, role="owner")).status_code == 404
    with inside(other):
        assert Membership.objects.get(pk=ids["member"]).ended_at is None
        assert Invitation.objects.get(pk=ids["invitation"]).state == "invited"
        assert ApiKey.objects.get(pk=ids["key"]).state == "active"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_sends_strangers_to_sign_in(page):
    assert Client().get(page.format(member=1, key=1))["Location"].startswith("/cuenta/ingresar/?next=/empresa/")


# The profile


def test_a_saved_profile_is_shown():
    company = make_company()
    client = client_as(company)
    answer = client.post("/empresa/editar/", form(company, version=1, **PROFILE), follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [("/empresa/", 302)]
    for said in ("Perfil guardado.", "1790016919001", "Tenis Club S.A.", "15 días", "Galápagos"):
        assert said in text
    with inside(company):
        saved = Company.objects.get()
        assert (saved.keeps_accounts, saved.e_invoicing, saved.version) == (True, False, 2)
        assert AuditEntry.objects.get(action="company.updated").door == "page"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"ruc": "123"}, 422, "El RUC debe tener 13 dígitos"),
        ({"ruc": ""}, 422, "Este campo es requerido."),
        ({"withholding_agent": "01"}, 422, "sin ceros a la izquierda"),
        ({"version": "7"}, 412, "Otra persona guardó cambios"),
        ({"payment_days": "400"}, 422, "va de 0 a 365"),
        ({"time_zone": "Europe/Madrid"}, 422, "Escoja una opción válida"),
    ],
)
def test_a_refused_profile_keeps_what_was_typed(change, status, said):
    company = make_company()
    values = form(company, version=1, **PROFILE) | {"legal_name": "Lo Tecleado S.A."} | change
    answer = client_as(company).post("/empresa/editar/", values)
    text = answer.content.decode()
    assert answer.status_code == status
    assert said in text
    assert 'value="Lo Tecleado S.A."' in text
    assert f"<title>Editar el perfil · {company}" in text
    with inside(company):
        assert Company.objects.get().legal_name == company.legal_name


def test_the_ruc_of_a_company_that_issued_is_refused_on_its_field():
    company = make_company()
    with inside(company):
        make_invoice()
    answer = client_as(company).post("/empresa/editar/", form(company, version=1, **PROFILE))
    assert answer.status_code == 409
    assert "Ya está en documentos emitidos." in answer.content.decode()
    assert accesses(company) == [("refused", "ruc_in_use", "/empresa/editar/")]


def test_the_checklist_says_what_is_missing_and_where():
    company = make_company(address="")
    text = client_as(company).get("/empresa/puesta-en-marcha/").content.decode()
    assert "1 de 6" in text  # the series
    assert '<a href="/empresa/editar/">RUC, razón social y dirección matriz</a>' in text
    assert '<a href="/empresa/series/">Serie de notas de crédito</a>' in text
    assert "serie de facturas</a>" not in text
    assert "Falta para empezar" in client_as(company).get("/empresa/").content.decode()


def test_the_checklist_leads_nobody_where_they_may_not_go():
    text = client_as(make_company(address=""), "cashier").get("/empresa/").content.decode()
    assert "Logotipo" in text
    assert "/empresa/editar/" not in text
    assert "/empresa/logotipo/cambiar/" not in text


# The logo


def image() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "blue").save(out, "PNG")
    return SimpleUploadedFile("../../logo.php", out.getvalue(), "text/html")


def test_a_logo_is_served_as_an_image_to_its_own_people_only():
    company, other = make_company(), make_company()
    client = client_as(company, Role.ADMINISTRATOR)
    assert client.get("/empresa/logotipo/").status_code == 404
    client.post("/empresa/logotipo/cambiar/", form(company, version=1, logo=image()))
    answer = client_as(company, Role.CASHIER).get("/empresa/logotipo/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"\x89PNG")
    with inside(company):
        assert re.fullmatch(rf"logos/{company.pk}/[\w-]+\.png", Company.objects.get().logo.name)
    assert client_as(other).get("/empresa/logotipo/").status_code == 404
    assert client.post("/empresa/logotipo/quitar/", form(company)).status_code == 302
    assert client.get("/empresa/logotipo/").status_code == 404


def test_an_upload_that_is_no_image_is_refused_beside_its_field():
    company = make_company()
    upload = SimpleUploadedFile("logo.png", b"<script>alert(1)</script>", "image/png")
    answer = client_as(company).post("/empresa/logotipo/cambiar/", form(company, version=1, logo=upload))
    assert answer.status_code == 422
    assert "no es una imagen" in answer.content.decode()
    assert accesses(company) == [("refused", "logo_not_an_image", "/empresa/logotipo/cambiar/")]


# People


def test_the_list_of_people_takes_as_many_queries_however_many_they_are():
    company = make_company()
    client, counts = client_as(company), []
    filled(company)
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/empresa/personas/")
        counts.append(len(queries))
        for _ in range(4):
            user = make_user(company, Role.CASHIER)
            with inside(company):
                invitations.invite(email=f"amiga-de-{user.email}", name="", role="auditor", actor=actor())
    assert counts[0] == counts[1]


def test_a_role_is_offered_only_by_who_may_give_it():
    company = make_company()
    ids = filled(company)
    page = f"/empresa/personas/{ids['member']}/"
    assert 'value="owner"' in client_as(company, Role.OWNER).get(page).content.decode()
    client = client_as(company, Role.ADMINISTRATOR)
    assert 'value="owner"' not in client.get(page).content.decode()
    answer = client.post(page, form(company, role="owner", version=1))
    assert answer.status_code == 422
    with inside(company):
        assert Membership.objects.get(pk=ids["member"]).role == "cashier"


def test_a_role_is_saved_and_said():
    company = make_company()
    ids = filled(company)
    client = client_as(company)
    answer = client.post(f"/empresa/personas/{ids['member']}/", form(company, role="billing", version=1), follow=True)
    assert "ahora es: Facturación." in answer.content.decode()


def test_a_leaver_loses_access_in_one_click_also_where_they_are_signed_in():
    company = make_company()
    leaver = make_user(company, Role.ADMINISTRATOR)
    theirs, mine = client_of(leaver), client_as(company)
    with inside(company):
        member = Membership.objects.get(user=leaver)
        secret = api_keys.create(name="ERP", scopes=["company.view"], actor=actor(user_id=leaver.pk)).secret
    token = Client().post("/api/v1/auth/token/", {"username": leaver.email, "password": PASSWORD}).json()["access"]
    page = f"/empresa/personas/{member.pk}/retirar/"
    assert "Creó una clave de API" in mine.get(page).content.decode()
    assert mine.post(page, form(company, version=1, revoke_keys="on")).status_code == 302
    assert theirs.get("/empresa/").status_code == 403
    assert Client().get("/api/v1/company/", **bearer(token)).status_code == 403
    assert Client().get("/api/v1/company/", **bearer(secret)).status_code == 401


def test_the_last_owner_is_told_why_they_stay():
    company = make_company()
    owner = make_user(company, Role.OWNER)
    with inside(company):
        member = Membership.objects.get(user=owner)
    answer = client_of(owner).post(f"/empresa/personas/{member.pk}/retirar/", form(company, version=1))
    assert answer.status_code == 409
    assert "es la única persona propietaria" in answer.content.decode()


def test_who_left_stays_on_the_list_without_a_way_to_change_them():
    company = make_company()
    ids = filled(company)
    client = client_as(company)
    with inside(company):
        members.end_access(ids["member"], actor=actor())
    text = client.get("/empresa/personas/").content.decode()
    assert "Inactivo" in text
    assert f"/empresa/personas/{ids['member']}/" not in text
    assert client.get(f"/empresa/personas/{ids['member']}/").status_code == 404


# Keys


def test_a_secret_is_shown_once_and_stored_nowhere():
    company = make_company()
    client = client_as(company)
    values = form(company, name="ERP", expires_on="2027-11-21", scopes=["company.view"], _key="one-form")
    answer = client.post("/empresa/claves/nueva/", values)
    assert answer["Location"] == "/empresa/claves/"
    stored = str(dict(client.session))
    page = client.get("/empresa/claves/")
    assert "no-store" in page["Cache-Control"]
    secret = re.search(r"cdr_test_[\w-]{43}", page.content.decode()).group(0)
    assert secret not in stored
    assert not re.search(r"cdr_test_[\w-]{43}", client.get("/empresa/claves/").content.decode())
    assert Client().get("/api/v1/company/", **bearer(secret)).status_code == 200
    with inside(company):
        assert ApiKey.objects.get().expires_at.isoformat() == "2027-11-22T05:00:00+00:00"
        assert not IdempotencyKey.objects.exists()


def test_one_cannot_give_a_key_what_one_does_not_hold():
    company = make_company()
    client = client_as(company, Role.ADMINISTRATOR)
    assert 'value="owners.manage"' not in client.get("/empresa/claves/nueva/").content.decode()
    values = form(company, name="ERP", expires_on="2027-11-21", scopes=["owners.manage"])
    assert client.post("/empresa/claves/nueva/", values).status_code == 422
    with inside(company):
        assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires_on": "2020-01-01"}, "ya pasó"),
        ({"expires_on": ""}, "Este campo es requerido."),
        ({"scopes": []}, "Este campo es requerido."),
        ({"name": ""}, "Este campo es requerido."),
    ],
)
def test_a_key_that_should_not_be_is_refused_with_its_reason(change, said):
    company = make_company()
    values = form(company, name="ERP", expires_on="2027-11-21", scopes=["company.view"]) | change
    answer = client_as(company).post("/empresa/claves/nueva/", values)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_key_is_revoked_after_saying_what_that_means():
    company = make_company()
    ids = filled(company)
    client = client_as(company)
    page = f"/empresa/claves/{ids['key']}/revocar/"
    assert "deja de entrar en este momento" in client.get(page).content.decode()
    assert client.post(page, form(company)).status_code == 302
    assert "Revocada" in client.get("/empresa/claves/").content.decode()
    assert client.post(page, form(company)).status_code == 409


# The menu


def test_a_badge_counts_for_who_may_see_it():
    hooks.add_badge("payments", "members.manage", Membership.objects.all)
    try:
        company = make_company()
        client, other = client_as(company), client_as(company, Role.CASHIER)
        shown = 'id="nav-count-payments">2</span>'
        assert shown in client.get("/empresa/").content.decode()
        assert shown not in other.get("/empresa/").content.decode()
    finally:
        del hooks._badges["payments"]


def test_the_menu_counts_once_while_nothing_is_written_and_its_minute_lasts():
    company, counted = make_company(), []
    client = client_as(company)

    def open_invitations():
        counted.append(1)
        return Invitation.objects.filter(expires_at__gt=clock.now())

    def shown() -> str:
        return re.findall(r'id="nav-count-payments"[^<]*', client.get("/empresa/").content.decode())[0]

    def invite(email):
        with inside(company):
            invitations.invite(email=email, name="Eva", role=Role.CASHIER, actor=actor(Role.OWNER))

    hooks.add_badge("payments", "members.manage", open_invitations)
    morning = datetime(2026, 11, 21, 15, tzinfo=UTC)
    try:
        with clock.at(morning):
            invite("a@demo.test")
            assert (shown(), shown(), len(counted)) == ('id="nav-count-payments">1',) * 2 + (1,)
            invite("b@demo.test")
            assert shown() == 'id="nav-count-payments">2'
        with clock.at(morning + timedelta(days=60)):
            assert shown() == 'id="nav-count-payments" hidden>'
    finally:
        del hooks._badges["payments"]
