"""Letters on screen and over the API: the list, sending one or many, the links on a document's page."""

from typing import Any

import pytest
from django.core import mail

from billing import letters, mailing, public, workflow
from billing.models import Letter, PublicLink
from core import clock
from tests.api_client import Api
from tests.factories import SYSTEM, make_customer, make_invoice, make_user, own_company
from tests.pages import filled
from tests.tasks import reasons, start, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_pdf(db, monkeypatch):
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-1.7")


@pytest.fixture
def company(db):
    with own_company(mails_documents=True) as made:
        yield made


def invoice(**values: Any) -> Any:
    return make_invoice(customer_id=make_customer(**{"email": "pagos@cliente.test"} | values).pk)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# The list


def test_the_list_shows_what_became_of_each(as_role, company):
    first, lonely = invoice(), invoice(email="")
    page = text(as_role("accountant").get("/correos/"))
    assert first.number in page
    assert "pagos@cliente.test" in page
    assert "Sin destinatario" in page
    assert "Enviar otra vez" not in page
    assert lonely.number in text(as_role("accountant").get("/correos/?state=skipped"))
    assert first.number not in text(as_role("accountant").get("/correos/?state=skipped"))


@pytest.mark.parametrize("wanted", ["pagos@", "PAGOS@cliente", "{number}", "Buscada"])
def test_letters_are_found_by_recipient_number_and_buyer(as_role, company, wanted):
    found, other = invoice(name="Buscada S.A."), invoice(email="otra@x.test", name="Otra S.A.")
    page = text(as_role().get("/correos/", {"search": wanted.format(number=found.number)}))
    assert found.number in page
    assert other.number not in page


def test_days_are_the_company_s(as_role, company):
    invoice()
    today = clock.today().isoformat()
    client = as_role()
    assert "pagos@cliente.test" in text(client.get("/correos/", {"from": today, "to": today}))
    assert "pagos@cliente.test" not in text(client.get("/correos/", {"to": "2020-01-01"}))


def test_marked_letters_are_sent_again(as_role, company):
    kept, lonely = invoice(), invoice(email="")
    marked = list(Letter.objects.values_list("pk", flat=True))
    start(as_role("billing"), "billing:letters", "repeat", {"pk": marked})
    task = worked()
    assert (task.succeeded, task.refused) == (1, 1)
    assert "El cliente no tiene correo" in reasons(task).pop()
    assert Letter.objects.filter(document=kept).count() == 2
    assert Letter.objects.filter(document=lonely).count() == 1


def test_a_letter_is_sent_again_to_others(as_role, company):
    letter = Letter.objects.get(document=invoice())
    client = as_role("billing")
    assert "pagos@cliente.test" in text(client.get(f"/correos/{letter.pk}/reenviar/"))
    client.post(f"/correos/{letter.pk}/reenviar/", {"recipients": "uno@x.test; dos@x.test\ntres@x.test"})
    assert Letter.objects.first().recipients == ["uno@x.test", "dos@x.test", "tres@x.test"]


def test_who_may_not_mail_is_refused(as_role, company):
    document = invoice()
    letter = Letter.objects.get()
    client = as_role("cashier")
    for path in (
        f"/facturas/{document.pk}/correo/",
        f"/facturas/{document.pk}/enlace/nuevo/",
        f"/facturas/{document.pk}/enlace/revocar/",
        f"/correos/{letter.pk}/reenviar/",
    ):
        assert client.post(path, {"pk": [letter.pk], "recipients": "a@x.test"}).status_code == 403, path
    assert Letter.objects.count() == 1


# From the invoices


def test_marked_invoices_are_mailed_and_so_is_everything_the_filters_match(as_role, company):
    first, second = invoice(), invoice()
    client = as_role("billing")
    start(client, "billing:invoices", "mail", {"pk": [first.pk, second.pk]})
    worked()
    start(client, "billing:invoices", "mail", {"pk": [first.pk], "all": "1"}, f"search={second.number}")
    worked()
    assert Letter.objects.filter(document=first).count() == 2
    assert Letter.objects.filter(document=second).count() == 3


def test_the_form_proposes_the_customer_s_addresses_and_keeps_what_was_typed(as_role, company):
    document = invoice()
    client = as_role("billing")
    assert "pagos@cliente.test" in text(client.get(f"/facturas/{document.pk}/correo/"))
    refused = client.post(f"/facturas/{document.pk}/correo/", {"recipients": "bueno@x.test, malo"})
    assert refused.status_code == 422
    assert "«malo» no es una dirección de correo." in text(refused)
    assert "bueno@x.test, malo" in text(refused)
    sent = client.post(f"/facturas/{document.pk}/correo/", {"recipients": "bueno@x.test"}, follow=True)
    assert "Correo en camino a bueno@x.test." in text(sent)


def test_the_invoice_s_page_tells_what_was_mailed_and_gives_the_link(as_role, company):
    document = invoice()
    make_user(company)
    mailing.send(Letter.objects.get().pk)
    page = text(as_role("billing").get(f"/facturas/{document.pk}/"))
    assert "pagos@cliente.test" in page
    assert "Enviado" in page
    assert public.address(document) in page
    assert "Enlace nuevo" in page
    assert "Enlace nuevo" not in text(as_role("auditor").get(f"/facturas/{document.pk}/"))


def test_the_link_is_renewed_and_revoked_from_the_page(as_role, company):
    document = invoice()
    before, client = public.address(document), as_role("billing")
    client.post(f"/facturas/{document.pk}/enlace/nuevo/")
    assert public.address(document) not in ("", before)
    client.post(f"/facturas/{document.pk}/enlace/revocar/")
    assert public.address(document) == ""
    assert PublicLink.objects.count() == 2
    assert client.post(f"/facturas/{document.pk}/enlace/revocar/").status_code == 409


# Settings


def test_the_profile_says_whether_mail_goes_out(as_role, company):
    client = as_role("owner")
    sent = filled(client, "/empresa/editar/", {"mails_receipts": "on"})
    sent.pop("mails_documents")
    client.post("/empresa/editar/", sent)
    company.refresh_from_db()
    assert (company.mails_documents, company.mails_receipts) == (False, True)
    api = Api(make_user(company))
    assert api.patch("company/", {"mails_documents": True})["mails_documents"] is True


# The API


def test_an_invoice_is_mailed_over_the_api(company):
    document = invoice()
    api = Api(make_user(company, "billing"))
    body = api.post(f"invoices/{document.pk}/send-email/", {})
    assert api.status == 202
    assert (body["state"], body["recipients"], body["invoice"]) == ("pending", ["pagos@cliente.test"], document.pk)
    assert body["invoice_number"] == document.number
    other = api.post(f"invoices/{document.pk}/send-email/", {"recipients": ["otra@x.test"]})
    assert other["recipients"] == ["otra@x.test"]
    again = api.post(f"letters/{other['id']}/send-again/", {})
    assert again["recipients"] == ["pagos@cliente.test"]
    assert api.get(f"letters/{again['id']}/")["id"] == again["id"]
    assert api.get(f"letters/?invoice={document.pk}")["results"][0]["id"] == again["id"]
    refused = api.post(f"invoices/{document.pk}/send-email/", {"recipients": ["malo"]})
    assert (api.status, refused["code"]) == (422, "email_invalid")
    assert mail.outbox == []


def test_the_api_refuses_who_may_not_mail(company):
    document = invoice()
    api = Api(make_user(company, "accountant"))
    assert api.post(f"invoices/{document.pk}/send-email/", {})["code"] == "permission_denied"
    assert len(api.get("letters/")["results"]) == 1


def test_a_voided_invoice_is_not_mailed(company):
    document = invoice()
    workflow.void(document.pk, reason="Error", actor=SYSTEM)
    api = Api(make_user(company))
    assert api.post(f"invoices/{document.pk}/send-email/", {})["code"] == "document_voided"
    assert letters.recipients_of(document) == ["pagos@cliente.test"]
