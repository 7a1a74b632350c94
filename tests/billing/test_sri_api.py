"""What programs see of SRI: where an invoice stands, its acts, its XML, many at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from billing.models import Document, SignedXml, SriAuthorization, Transmission
from companies.roles import Role
from core import clock
from core.tenancy import all_companies, company_context
from tests.api_client import Api
from tests.factories import line, make_company, make_customer, make_draft, make_invoice, make_user
from tests.sri_stub import approved, authorized, rejected, send, stubbed, unreachable
from tests.tasks import outcomes, worked

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # in Ecuador


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.at(NOON):
        yield


@pytest.fixture
def company(db):
    found = make_company(e_invoicing=True)
    with company_context(found.pk):
        yield found
    with all_companies():
        connection.check_constraints()


@pytest.fixture
def api(company) -> Api:
    return Api(make_user(company))


def stage_of(document: Document) -> str:
    return Transmission.objects.get(document=document).stage


def test_an_invoice_says_where_it_stands(api):
    invoice = send(make_invoice(), reception=unreachable())
    row = Transmission.objects.get()
    shown = api.get(f"invoices/{invoice.pk}/")["sri"]
    assert shown == {
        "stage": "send",
        "attempts": 1,
        "next_attempt_at": clock.local(row.next_attempt_at).isoformat(),
        "received_at": None,
        "authorized_at": None,
        "authorization_number": None,
        "problem": "No hay conexión con el SRI.",
        "messages": [],
    }


def test_an_authorized_one_names_number_and_moment(api):
    invoice = approved(make_invoice())
    shown = api.get(f"invoices/{invoice.pk}/")
    assert shown["authorization"] == "authorized"
    assert shown["sri"]["authorization_number"] == invoice.access_key
    assert shown["sri"]["authorized_at"] == "2026-11-20T12:00:00-05:00"
    assert shown["sri"]["stage"] == "done"


def test_a_refusal_carries_sri_s_words_and_what_to_do(api):
    invoice = rejected(make_invoice(), "52", "ERROR EN DIFERENCIAS", "detalle")
    shown = api.get(f"invoices/{invoice.pk}/")["sri"]
    (message,) = shown["messages"]
    assert (message["code"], message["text"], message["info"]) == ("52", "ERROR EN DIFERENCIAS", "detalle")
    assert "corregir y reenviar" in message["advice"]
    assert message["warning"] is False
    assert shown["problem"] == "52: ERROR EN DIFERENCIAS"


def test_where_nothing_goes_to_sri_there_is_nothing(api):
    assert api.get(f"invoices/{make_draft().pk}/")["sri"] is None


def test_asking_now_answers_with_what_sri_said(api):
    invoice = send(make_invoice())
    with stubbed(answer=authorized()):
        assert api.post(f"invoices/{invoice.pk}/check/")["authorization"] == "authorized"
    assert SriAuthorization.objects.get().document_id == invoice.pk


def test_asking_about_what_does_not_go_to_sri_is_refused(api):
    assert api.post(f"invoices/{make_draft().pk}/check/")["code"] == "not_electronic"
    assert api.status == 409


def test_sending_again_puts_it_in_line(api):
    invoice = rejected(make_invoice())
    assert api.post(f"invoices/{invoice.pk}/retry/")["sri"]["stage"] == "send"
    assert Document.objects.get(pk=invoice.pk).authorization == "pending"
    assert SignedXml.objects.count() == 1


def test_what_is_authorized_is_not_sent_again(api):
    invoice = approved(make_invoice())
    assert api.post(f"invoices/{invoice.pk}/retry/")["code"] == "already_authorized"
    assert stage_of(invoice) == "done"


def test_correcting_without_a_body_copies_buyer_and_issuer_anew(api):
    customer = make_customer(name="Mal escrito")
    invoice = rejected(make_invoice(customer_id=customer.pk))
    customer.name = "Bien escrito"
    customer.save()
    shown = api.post(f"invoices/{invoice.pk}/correct/")
    assert api.status == 200
    assert (shown["number"], shown["revision"], shown["buyer"]["name"]) == (invoice.number, 2, "Bien escrito")
    assert (shown["authorization"], shown["sri"]["stage"]) == ("pending", "send")
    assert b"Bien escrito" in bytes(SignedXml.objects.get(revision=2).content)


def test_correcting_lines_keeps_what_the_body_leaves_out(api):
    invoice = rejected(make_invoice(line("100.00"), notes="Se queda"))
    lines = [{"description": "Cancha", "quantity": "1", "unit_price": "80.00"}]
    shown = api.post(f"invoices/{invoice.pk}/correct/", {"lines": lines})
    assert (shown["total"], shown["balance"], shown["notes"]) == ("92.00", "92.00", "Se queda")
    assert shown["access_key"] == invoice.access_key


def test_a_correction_of_an_older_version_is_refused(api):
    invoice = rejected(make_invoice())
    api.post(f"invoices/{invoice.pk}/correct/", {}, If_Match=f'"{invoice.version - 1}"')
    assert api.status == 412
    assert SignedXml.objects.count() == 1


def test_only_what_sri_refused_is_corrected_or_replaced(api):
    invoice = make_invoice()
    assert api.post(f"invoices/{invoice.pk}/correct/")["code"] == "not_rejected"
    assert api.post(f"invoices/{invoice.pk}/replace/", {"reason": "Fecha"})["code"] == "not_rejected"
    assert Document.objects.count() == 1


def test_replacing_answers_with_the_new_invoice(api):
    invoice = make_invoice()
    with clock.at(NOON + timedelta(days=1)):
        rejected(invoice, "65", "FECHA EXTEMPORANEA")
        shown = api.post(f"invoices/{invoice.pk}/replace/", {"reason": "La fecha pasó"})
    assert (api.status, shown["replaces"], shown["status"]) == (201, invoice.pk, "issued")
    assert api.last["Location"].endswith(f"/invoices/{shown['id']}/")
    old = Document.objects.get(pk=invoice.pk)
    assert (old.status, old.void_reason) == ("voided", "La fecha pasó")


def test_the_xml_is_sri_s_wrapper_once_authorized(api):
    invoice = make_invoice()
    assert api.get(f"invoices/{invoice.pk}/xml/")["code"] == "not_authorized_yet"
    assert api.status == 409
    api.get(f"invoices/{invoice.pk}/xml/", {"signed": "true"})
    assert api.last.content == bytes(SignedXml.objects.get().content)
    approved(invoice)
    api.get(f"invoices/{invoice.pk}/xml/")
    assert api.last.content == bytes(SriAuthorization.objects.get().content)
    assert api.get(f"invoices/{make_draft().pk}/xml/")["code"] == "not_electronic"


def test_many_are_sent_again_and_each_refusal_is_told(api):
    waits, done = send(make_invoice(), reception=unreachable()), approved(make_invoice())
    job = api.post("invoices/bulk/", {"action": "retry", "ids": [waits.pk, done.pk]})
    worked()
    first, second = api.get(f"jobs/{job['id']}/items/")["results"]
    assert (first["id"], first["state"], first["code"]) == (waits.pk, "done", "")
    assert (second["id"], second["state"], second["code"]) == (done.pk, "refused", "already_authorized")
    assert Transmission.objects.get(document=waits).next_attempt_at == clock.now()


def test_many_are_asked_for_by_filter(api, monkeypatch):
    queued = []
    monkeypatch.setattr("billing.bulk.enqueue", lambda path, *args: queued.append((path, *args)))
    invoice = send(make_invoice())
    make_draft()
    api.post("invoices/bulk/", {"action": "check", "filter": {"authorization": "sent"}})
    assert outcomes(worked()) == {invoice.pk: ""}
    assert queued == [("billing.jobs.check_document", invoice.pk)]


def test_filters_and_states_stay_true(api):
    waits, refused, done = make_invoice(), rejected(make_invoice()), approved(make_invoice())

    def found(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"invoices/?{query}")["results"]]

    assert found("authorization=rejected") == found("sri=rejected") == found("state=failed") == [refused.pk]
    assert found("authorization=pending") == found("sri=pending") == found("state=pending") == [waits.pk]
    assert found("authorization=authorized") == found("state=issued") == [done.pk]
    with clock.at(NOON + timedelta(seconds=61)):
        assert found("sri=late") == [waits.pk]


def test_who_may_only_look_does_nothing(company):
    api = Api(make_user(company, Role.CASHIER))
    invoice = rejected(make_invoice())
    for name in ("check", "retry", "correct", "replace"):
        assert api.post(f"invoices/{invoice.pk}/{name}/", {"reason": "x"} if name == "replace" else {})["code"] == (
            "permission_denied"
        )
    assert Document.objects.get(pk=invoice.pk).authorization == "rejected"
