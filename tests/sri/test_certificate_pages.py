"""The pages of certificates: who opens them, what they save and refuse, what they never show."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import AccessEntry, AuditEntry
from companies import hooks
from companies.models import User
from companies.roles import ROLES, Role
from core import clock
from core.models import IdempotencyKey
from core.tenancy import all_companies
from sri import keys, workflow
from sri.models import Certificate
from tests.companies.web import client_as, client_of, form, inside
from tests.factories import SYSTEM, make_company
from tests.reservations.factories import NOW
from tests.sri import certs

pytestmark = pytest.mark.django_db

LIST, NEW = "/empresa/sri/certificados/", "/empresa/sri/certificados/nuevo/"


@pytest.fixture(autouse=True)
def _now():
    keys.forget_all()
    with clock.at(NOW):
        yield


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def client(company):
    return client_as(company)


def p12_file(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("firma.p12", certs.cached_p12() if data is None else data, "application/x-pkcs12")


def send(client, company, data: bytes | None = None, **values):
    typed = {"file": p12_file(data), "password": certs.PASSWORD, "_key": "una-clave"} | values
    return client.post(NEW, form(company, **typed))


def add(company, data: bytes | None = None) -> Certificate:
    with inside(company):
        return workflow.add_certificate(
            data or certs.cached_p12(), certs.PASSWORD, ruc=company.ruc, actor=SYSTEM
        )  # fmt: skip


def text(response) -> str:
    return response.content.decode()


def test_an_uploaded_certificate_is_kept_and_shown_without_its_secrets(client, company):
    assert "Ningún certificado todavía" in text(client.get(LIST))
    answer = send(client, company)
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    shown = text(client.get(LIST))
    assert "Certificado de ANA MARÍA TORRES guardado: quedan 411 días." in shown
    assert "Se firma con el certificado de ANA MARÍA TORRES. Caduca el 31/12/2027: quedan 411 días." in shown
    assert "Vigente" in shown
    assert certs.PASSWORD not in shown
    with inside(company):
        entry = AuditEntry.objects.get(action="certificate.added")
        assert (entry.door, entry.object_id) == ("page", Certificate.objects.get().pk)


def test_nothing_of_an_upload_is_kept_for_a_second_sending(client, company):
    """A stored fingerprint of the form would let its password be guessed; a second click is refused by the row."""
    assert send(client, company).status_code == 302
    assert send(client, company).status_code == 409
    with all_companies():
        assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"password": "otra"}, "La contraseña no abre el archivo."),
        ({"data": b"hola"}, "El archivo no es un certificado .p12 o .pfx"),
        ({"data": b"x" * 300_000}, "El archivo pesa más de 200 KB"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_types_no_password_back(client, company, values, said):
    answer = send(client, company, **values)
    assert answer.status_code == 422
    assert said in text(answer)
    for secret in (certs.PASSWORD, 'value="otra"'):
        assert secret not in text(answer)
    with all_companies():
        assert "p12_" in AccessEntry.objects.order_by("-id")[0].code
        assert not Certificate.objects.exists()


def test_a_file_is_asked_for(client, company):
    assert client.post(NEW, form(company, password="x")).status_code == 422
    assert client.post(NEW, form(company, file=p12_file(b""), password="x")).status_code == 422


def test_what_runs_out_and_what_is_missing_is_told(client, company):
    added = add(company)
    with clock.at(certs.UNTIL - timedelta(days=1)):
        shown = text(client.get(LIST))
        assert "Caduca pronto" in shown
        assert "queda 1 día." in shown
    with clock.at(certs.UNTIL):
        shown = text(client.get(LIST))
        assert "Ningún certificado está vigente" in shown
        assert "Caducado" in shown
    with clock.at(certs.FROM - timedelta(days=1)):
        assert "Aún no vale" in text(client.get(LIST))
    with inside(company):
        workflow.retire_certificate(added.pk, actor=SYSTEM)
    assert "Retirado" in text(client.get(LIST))


def test_retiring_says_what_it_means(client, company):
    added = add(company)
    path = f"{LIST}{added.pk}/retirar/"
    assert "se queda sin firma" in text(client.get(path))
    add(company, certs.p12(certs.certificate(certs.key("a")), certs.key("a")))
    assert "Se firma con el otro certificado vigente." in text(client.get(path))
    answer = client.post(path, form(company))
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert client.post(path, form(company)).status_code == 409


@pytest.mark.parametrize("role", Role)
def test_who_may_see_and_who_may_change(company, role):
    added = add(company)
    client = client_as(company, role)
    may_see, may_change = ("certificates.view" in ROLES[role], "certificates.manage" in ROLES[role])
    shown = client.get(LIST)
    assert shown.status_code == (200 if may_see else 403)
    assert (NEW in text(shown)) is may_change
    assert (f"{added.pk}/retirar/" in text(shown)) is may_change
    for path in (NEW, f"{LIST}{added.pk}/retirar/"):
        assert client.get(path).status_code == (200 if may_change else 403)
    menu = text(client.get("/empresa/"))
    assert ("Firma electrónica" in menu) is may_see


def test_who_issues_electronically_is_led_to_the_certificate():
    company = make_company(e_invoicing=True, certificate=None)
    with inside(company):
        (step,) = [each for each in hooks.setup_steps(company) if each.url == LIST]
        assert not step.done
    add(company)
    with inside(company):
        (step,) = [each for each in hooks.setup_steps(company) if each.url == LIST]
        assert step.done
    other = make_company()
    with inside(other):
        assert not [each for each in hooks.setup_steps(other) if each.url == LIST]


def test_django_admin_shows_everything_but_what_opens_it(company):
    added = add(company)
    client = client_of(User.objects.create_superuser("admin@x.test", "x", name="Instaladora"))
    page = text(client.get(f"/admin/sri/certificate/{added.pk}/change/"))
    assert "ANA MARÍA TORRES" in page
    assert added.sealed_p12 not in page
    assert added.sealed_password not in page
    assert "sealed" not in page
    assert client.get("/admin/sri/certificate/add/").status_code == 403
    assert client.get("/admin/sri/certificate/").status_code == 200
    assert client.get("/admin/sri/host/").status_code == 200
