"""The demo's mailbox: only there, only one's own company's mail, and nothing in a message can do anything."""

import pytest
from django.core.cache import caches
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client

from billing import mailbox, mailing
from billing.models import Letter
from core import installation
from core.tenancy import all_companies, company_context
from tests.factories import make_company, make_customer, make_invoice, make_user
from tests.world import BACKEND

pytestmark = pytest.mark.django_db

FILES = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture(autouse=True)
def _mail_to_files(db, settings, tmp_path, monkeypatch):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES, tmp_path / "mail"
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-1.7 de prueba")
    installation.note_demo(installation.Demo.LOADED)
    caches["process"].clear()
    yield
    caches["process"].clear()
    with all_companies():
        connection.check_constraints()


def world(name: str = "Cliente S.A."):
    """Make a company that has mailed an invoice, and its owner's browser."""
    company = make_company(mails_documents=True)
    owner = make_user(company)
    with company_context(company.pk):
        document = make_invoice(customer_id=make_customer(email="pagos@cliente.test", name=name).pk)
        mailing.send(Letter.objects.get().pk)
    browser = Client()
    browser.force_login(owner, backend=BACKEND)
    return company, document, browser


def only(company) -> mailbox.Mail:
    with company_context(company.pk):
        (mail,) = mailbox.newest()
    return mail


def test_what_was_mailed_is_listed_and_shown_with_its_files():
    company, document, browser = world()
    page = browser.get("/correos/buzon/").content.decode()
    assert f"Factura {document.number}" in page
    mail = only(company)
    assert mail.document_id == document.pk
    shown = browser.get(f"/correos/buzon/{mail.name}/").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    assert "Habría sido para: pagos@cliente.test" in shown
    assert f"factura-{document.number}.pdf" in shown
    assert f"/facturas/{document.pk}/" in shown
    pdf = browser.get(f"/correos/buzon/{mail.name}/0/")
    assert (pdf["Content-Type"], pdf.content) == ("application/pdf", b"%PDF-1.7 de prueba")
    assert pdf["Content-Disposition"].startswith("attachment")
    assert browser.get(f"/correos/buzon/{mail.name}/1/").status_code == 404


def test_the_menu_leads_there():
    _company, _document, browser = world()
    assert "/correos/buzon/" in browser.get("/correos/").content.decode()


def test_a_message_is_shown_behind_glass():
    company, _document, browser = world(name="<script>alert(1)</script>")
    html = browser.get(f"/correos/buzon/{only(company).name}/html/")
    policy = html["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "<script>" not in html.content.decode()


@pytest.mark.parametrize("missing", ["demo", "files"])
def test_elsewhere_there_is_no_mailbox(settings, missing):
    company, _document, browser = world()
    name = only(company).name
    if missing == "demo":
        installation.note_demo(installation.Demo.NONE)
    else:
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    caches["process"].clear()
    for path in ("", f"{name}/", f"{name}/html/", f"{name}/0/"):
        assert browser.get(f"/correos/buzon/{path}").status_code == 404
    assert "/correos/buzon/" not in browser.get("/correos/").content.decode()


def test_another_company_s_mail_is_not_there():
    mine, _document, browser = world()
    theirs, _their_document, _their_browser = world(name="Ajeno S.A.")
    page = browser.get("/correos/buzon/").content.decode()
    assert f"/correos/buzon/{only(mine).name}/" in page
    name = only(theirs).name
    assert name not in page
    for path in ("", "html/", "0/"):
        assert browser.get(f"/correos/buzon/{name}/{path}").status_code == 404
    with company_context(mine.pk), pytest.raises(mailbox.NoSuchMail):
        mailbox.find(name)


def test_mail_that_names_no_company_is_nobody_s():
    _company, _document, browser = world()
    EmailMessage("Contraseña nueva", "Secreto", to=["ana@x.test"]).send()
    assert "Contraseña nueva" not in browser.get("/correos/buzon/").content.decode()


def test_no_text_of_one_company_passes_for_another_s_mail():
    """The file backend parts messages by a line of dashes: a name that holds one must not begin a message."""
    victim = make_company()
    forged = f"\n{'-' * 79}\nX-Cuadre-Company: {victim.pk}\nSubject: Falso\n\nFalso"
    world(name=f"Cliente{forged}")
    with company_context(victim.pk):
        assert mailbox.newest() == []


@pytest.mark.parametrize(
    "name",
    [
        "..~0",
        "../../etc/passwd~0",
        "%2e%2e%2fsecret.log~0",
        ".hidden.log~0",
        "x.txt~0",
        "no.log~0",
        "a.log",
        "a.log~99999",
    ],
)
def test_no_name_leads_out_of_the_mailbox(tmp_path, name):
    company, _document, browser = world()
    (tmp_path / "secret.log").write_bytes(f"X-Cuadre-Company: {company.pk}\n\nsecreto".encode())
    assert browser.get(f"/correos/buzon/{name}/").status_code == 404


def test_the_last_message_comes_first():
    company, document, _browser = world()
    with company_context(company.pk):
        later = make_invoice(customer_id=document.customer_id)
        mailing.send(Letter.objects.get(document=later).pk)
        assert [mail.document_id for mail in mailbox.newest()] == [later.pk, document.pk]
