"""Credit notes over the API."""

from decimal import Decimal

import pytest

from billing.models import Document
from tests.api_client import Api
from tests.factories import line, make_draft, make_invoice, make_user, pay
from tests.notes import amount, draft_note, issue_note, make_note_series
from tests.tasks import outcomes, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(inside):
    with inside():
        make_note_series()
        return make_invoice(line("10.00", "3"), line("5.00", tax_category="zero"))


@pytest.fixture
def lines(invoice, inside) -> list[int]:
    with inside():
        return list(invoice.lines.values_list("pk", flat=True))


def test_a_note_is_drafted_issued_and_read(api, invoice, lines):
    first = lines[0]
    body = {"invoice": invoice.pk, "mode": "lines", "lines": [{"line": first, "quantity": "1.5"}], "motive": "Falla"}
    draft = api.post("credit-notes/", body)
    assert (api.status, draft["status"], draft["number"], draft["total"]) == (201, "draft", "", "17.25")
    assert (draft["invoice"], draft["invoice_number"], draft["motive"]) == (invoice.pk, invoice.number, "Falla")
    assert api.last["Location"].endswith(f"/api/v1/credit-notes/{draft['id']}/")
    issued = api.post(f"credit-notes/{draft['id']}/issue/")
    assert (api.status, issued["status"], issued["number"]) == (200, "issued", "001-001-000000001")
    assert issued["lines"][0] | {"position": 1} == {
        "position": 1, "line": first, "code": "", "description": "Alquiler de cancha", "quantity": "1.5",
        "net_unit_price": "10", "net_discount": "0.00", "tax_category": "general", "rate_code": "4", "rate": "15.00",
        "base": "15.00", "tax": "2.25", "total": "17.25",
    }  # fmt: skip
    assert api.get(f"credit-notes/{draft['id']}/") == issued
    assert issued["urls"]["page"] == f"http://testserver/notas-de-credito/{draft['id']}/"
    assert api.get(f"invoices/{invoice.pk}/")["balance"] == "22.25"


def test_the_preview_is_what_is_stored_and_stores_nothing(api, invoice):
    with_money = {"invoice": invoice.pk, "mode": "amount", "amount": "10.00"}
    seen = api.post("credit-notes/preview/", with_money)
    assert (seen["total"], seen["lowers_balance"], seen["frees_money"], seen["remains"]) == (
        "10.00", "10.00", "0.00", "29.50",
    )  # fmt: skip
    assert api.get("credit-notes/")["results"] == []
    made = api.post("credit-notes/", with_money | {"motive": "Rebaja"})
    assert made["taxes"] == seen["taxes"]
    assert [row["base"] for row in made["lines"]] == [row["base"] for row in seen["lines"]]


def test_within_an_invoice_notes_are_made_and_listed(api, invoice):
    made = api.post(f"invoices/{invoice.pk}/credit-notes/", {"motive": "Devolución", "issue": True})
    assert (api.status, made["status"], made["total"]) == (201, "issued", "39.50")
    listed = api.get(f"invoices/{invoice.pk}/credit-notes/")["results"]
    assert [row["id"] for row in listed] == [made["id"]]
    paid = api.get(f"invoices/{invoice.pk}/")
    assert (paid["status"], paid["balance"]) == ("paid", "0.00")
    kinds = [(row["kind"], row["amount"]) for row in api.get(f"invoices/{invoice.pk}/payments/")["results"]]
    assert kinds == [("note", "39.50")]


def test_voiding_undoes_and_discarding_removes(api, invoice, inside):
    with inside():
        pay(invoice, "39.50")
        note, draft = issue_note(invoice, amount("10.00")), draft_note(invoice, amount("1.00"))
    voided = api.post(f"credit-notes/{note.pk}/void/", {"reason": "Error"})
    assert (api.status, voided["status"], voided["void_reason"]) == (200, "voided", "Error")
    assert api.get(f"invoices/{invoice.pk}/")["status"] == "paid"
    api.delete(f"credit-notes/{draft.pk}/")
    assert api.status == 204
    assert api.get(f"credit-notes/{draft.pk}/")["code"] == "not_found"


def test_filters(api, invoice, inside):
    with inside():
        note, draft = issue_note(invoice, amount("10.00")), draft_note(invoice, amount("1.00"))
        other = issue_note(make_invoice())

    def ids(**params: object) -> list[int]:
        return [row["id"] for row in api.get("credit-notes/", params)["results"]]

    assert ids() == [other.pk, draft.pk, note.pk]
    assert ids(status="draft") == [draft.pk]
    assert ids(invoice=invoice.pk) == [draft.pk, note.pk]
    assert ids(search=invoice.number) == [draft.pk, note.pk]
    assert ids(customer=other.customer_id) == [other.pk]
    assert ids(min_total="11") == [other.pk]
    assert ids(created_after="2099-01-01") == []
    assert [row["id"] for row in api.get("invoices/")["results"]].count(note.pk) == 0


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"motive": " "}, 422, "motive_required", "motive"),
        ({"mode": "amount"}, 422, "amount_required", "amount"),
        ({"mode": "amount", "amount": "39.51"}, 422, "above_remainder", "amount"),
        ({"mode": "amount", "amount": "1.005"}, 422, "amount_not_valid", "amount"),
        ({"mode": "lines", "lines": []}, 422, "no_lines", "lines"),
        ({"mode": "half"}, 400, "malformed", "mode"),
    ],
)
def test_refusals_name_the_field(api, invoice, body, status, code, field):
    answer = api.post("credit-notes/", {"invoice": invoice.pk, "motive": "Error", "issue": True} | body)
    assert (api.status, answer["code"]) == (status, code)
    assert answer["errors"][0]["field"] == field
    assert api.get("credit-notes/")["results"] == []


def test_a_line_that_has_less_is_named(api, invoice, lines):
    wanted = [{"line": lines[1], "quantity": 1}, {"line": lines[0], "quantity": 4}]
    answer = api.post("credit-notes/", {"invoice": invoice.pk, "mode": "lines", "lines": wanted, "motive": "Error"})
    assert (answer["code"], answer["errors"][0]["field"]) == ("above_remainder", "lines.1.quantity")


def test_what_is_not_there_is_named(api, invoice, inside):
    with inside():
        elsewhere, note = make_invoice().lines.get().pk, issue_note(make_invoice())
    lines = {"mode": "lines", "lines": [{"line": elsewhere}], "motive": "Error"}
    answer = api.post("credit-notes/", {"invoice": invoice.pk} | lines)
    assert (api.status, answer["errors"][0]["field"]) == (404, "lines.line")
    answer = api.post("credit-notes/", {"invoice": note.pk, "motive": "Error"})
    assert (api.status, answer["errors"][0]["field"]) == (404, "invoice")
    answer = api.post("credit-notes/", {"invoice": invoice.pk, "series": invoice.series_id, "motive": "Error"})
    assert (api.status, answer["errors"][0]["field"]) == (404, "series")
    for path in (f"credit-notes/{invoice.pk}/", f"invoices/{note.pk}/", f"invoices/{note.pk}/credit-notes/"):
        api.get(path)
        assert api.status == 404, path
    for path in (f"invoices/{note.pk}/void/", f"credit-notes/{invoice.pk}/void/"):
        api.post(path, {"reason": "Error"})
        assert api.status == 404, path


def test_a_draft_invoice_is_not_credited(api, inside):
    with inside():
        make_note_series()
        draft = make_draft()
    answer = api.post("credit-notes/", {"invoice": draft.pk, "motive": "Error"})
    assert (api.status, answer["code"]) == (409, "not_issued")


def test_the_stale_are_told(api, invoice, inside):
    with inside():
        draft = draft_note(invoice)
    answer = api.post(f"credit-notes/{draft.pk}/issue/", If_Match='"9"')
    assert (api.status, answer["code"]) == (412, "stale_version")


def test_the_pdf(api, invoice, inside, monkeypatch):
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-")
    with inside():
        note = issue_note(invoice)
    api.get(f"credit-notes/{note.pk}/pdf/", {"download": "true"})
    assert api.last.content == b"%PDF-"
    assert api.last["Content-Disposition"] == f'attachment; filename="nota-de-credito-{note.number}.pdf"'


def test_who_may_not(company, invoice):
    api = Api(make_user(company, "cashier"))
    answer = api.post("credit-notes/", {"invoice": invoice.pk, "motive": "Error"})
    assert (api.status, answer["permission"]) == (403, "billing.notes")


def test_the_statement_has_a_row_for_the_note(api, invoice, inside):
    with inside():
        issue_note(invoice, amount("10.00"))
    rows = api.get(f"customers/{invoice.customer_id}/statement/")["rows"]
    assert [(row["kind"], row["amount"]) for row in rows] == [("invoice", "39.50"), ("credit_note", "-10.00")]
    with inside():
        assert Document.objects.get(pk=invoice.pk).balance == Decimal("29.50")


def test_many_notes_are_mailed_by_a_job_that_says_why_each_was_not(api, invoice, inside):
    with inside():
        note, draft = issue_note(invoice, amount("1.00")), draft_note(invoice, amount("1.00"))
    job = api.post("credit-notes/bulk/", {"action": "mail", "ids": [note.pk, draft.pk]})
    assert (api.status, job["total"]) == (202, 2)
    with inside():
        assert outcomes(worked()) == {note.pk: "no_recipients", draft.pk: "not_issued"}
    left_out = api.get(f"jobs/{job['id']}/items/?state=refused")["results"]
    assert [(row["id"], row["code"]) for row in left_out] == [
        (note.pk, "no_recipients"), (draft.pk, "not_issued")
    ]  # fmt: skip


def test_an_act_on_many_notes_asks_for_its_own_permission_and_takes_notes_alone(api, company, invoice, inside):
    with inside():
        note = issue_note(invoice, amount("1.00"))
    api.post("credit-notes/bulk/", {"action": "mail", "ids": [invoice.pk]})
    assert api.status == 404
    api.post("credit-notes/bulk/", {"action": "void", "ids": [note.pk]})
    assert api.status == 400
    assert api.post("credit-notes/bulk/", {"action": "download", "filter": {"status": "issued"}})["total"] == 1
    accountant = Api(make_user(company, "accountant"))
    refused = accountant.post("credit-notes/bulk/", {"action": "mail", "ids": [note.pk]})
    assert (accountant.status, refused["permission"]) == (403, "billing.mail")
