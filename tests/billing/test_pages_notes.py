"""The pages of credit notes: the form with its live figures, the list, the note, and what other pages tell of them."""

import zipfile
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from billing.models import Customer, Document, Letter, Series, Status
from tests.factories import line, make_customer, make_draft, make_invoice, pay
from tests.notes import amount, draft_note, issue_note, make_note_series
from tests.pages import filled
from tests.tasks import outcomes, reasons, start, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _series(company):
    make_note_series()


def url(name: str, *args: object) -> str:
    return reverse(f"billing:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def credit(client, invoice: Document, **typed: str):
    path = url("credit_note_new", invoice.pk)
    return client.post(path, filled(client, path, {"motive": "Devolución", "issue": "1"} | typed))


def latest() -> Document:
    return Document.objects.credit_notes().latest("pk")


def test_a_whole_note_is_issued_from_the_invoices_menu(as_role):
    client, invoice = as_role("billing"), make_invoice()
    path = url("credit_note_new", invoice.pk)
    assert path in text(client.get(url("invoice", invoice.pk)))
    response = credit(client, invoice)
    note = latest()
    assert response["Location"] == url("credit_note", note.pk)
    assert (note.status, note.total, note.motive) == (Status.ISSUED, invoice.total, "Devolución")


def test_by_lines_and_by_amount(as_role):
    client, invoice = as_role("billing"), make_invoice(line("10.00", "3"))
    (pk,) = invoice.lines.values_list("pk", flat=True)
    credit(client, invoice, mode="lines", **{f"line-{pk}": "1,5"})
    assert latest().lines.get().quantity == Decimal("1.5")
    credit(client, invoice, mode="amount", amount="5,00")
    assert latest().total == Decimal("5.00")


def test_a_draft_is_saved_then_issued_as_it_was_seen(as_role):
    client, invoice = as_role("billing"), make_invoice()
    path = url("credit_note_new", invoice.pk)
    client.post(path, filled(client, path, {"motive": "Devolución"}))
    draft = latest()
    assert draft.status == Status.DRAFT
    page = text(client.get(url("credit_note", draft.pk)))
    assert url("credit_note_issue", draft.pk) in page
    stale = client.post(url("credit_note_issue", draft.pk), {"version": draft.version + 1})
    assert stale.status_code == 412
    client.post(url("credit_note_issue", draft.pk), {"version": draft.version})
    assert latest().status == Status.ISSUED


def test_the_preview_tells_lines_totals_and_what_happens(as_role):
    client, invoice = as_role("billing"), make_invoice()
    pay(invoice, "100.00")
    answer = text(client.post(url("credit_note_preview", invoice.pk), {"mode": "amount", "amount": "40"}))
    assert "Ajuste" in answer
    assert "$ 40,00" in answer
    assert "baja de $ 15,00 a $ 0,00" in answer
    assert "$ 25,00 de lo ya cobrado quedan como saldo a favor" in answer
    assert "quedan $ 75,00 de la factura por acreditar" in answer
    assert not Document.objects.credit_notes().exists()
    too_much = text(client.post(url("credit_note_preview", invoice.pk), {"mode": "amount", "amount": "200"}))
    assert "quedan $ 115,00 por acreditar" in too_much


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(as_role):
    client, invoice = as_role("billing"), make_invoice(line("10.00", "3"))
    (pk,) = invoice.lines.values_list("pk", flat=True)
    response = credit(client, invoice, mode="lines", motive="Falla", **{f"line-{pk}": "4"})
    assert response.status_code == 422
    form = response.context["form"]
    assert "tiene 3 por acreditar" in form.errors[f"line-{pk}"][0]
    assert form["motive"].value() == "Falla"
    response = credit(client, invoice, motive=" ")
    assert (response.status_code, "motive" in response.context["form"].errors) == (422, True)
    response = credit(client, invoice, mode="amount", amount="1.234")
    assert response.status_code == 422


def test_without_a_series_the_page_leads_to_where_it_is_added(as_role):
    invoice = make_invoice()
    Series.objects.filter(document_type="04").update(active=False)
    page = text(as_role("owner").get(url("credit_note_new", invoice.pk)))
    assert f"{url('series_new')}?emission_point={invoice.series.emission_point_id}&amp;document_type=04" in page
    assert url("series_new") not in text(as_role("billing").get(url("credit_note_new", invoice.pk)))


def test_consumidor_final_is_told_why_not(as_role):
    invoice = make_invoice(line("10.00"), customer_id=Customer.objects.get(identification_type="07").pk)
    client = as_role("billing")
    assert url("credit_note_new", invoice.pk) in text(client.get(url("invoice", invoice.pk)))
    response = client.get(url("credit_note_new", invoice.pk))
    assert (response.status_code, response.refusal[0]) == (422, "final_consumer_no_note")


def test_who_may_not_credit_sees_no_way_to(as_role):
    invoice, draft = make_invoice(), draft_note(make_invoice())
    for role in ("cashier", "accountant"):
        client = as_role(role)
        assert url("credit_note_new", invoice.pk) not in text(client.get(url("invoice", invoice.pk)))
        assert url("credit_note_issue", draft.pk) not in text(client.get(url("credit_note", draft.pk)))
        assert client.get(url("credit_note_new", invoice.pk)).status_code == 403


def test_a_draft_invoice_has_no_note_in_its_menu(as_role):
    draft = make_draft()
    assert url("credit_note_new", draft.pk) not in text(as_role("owner").get(url("invoice", draft.pk)))


def test_the_list_filters_by_state_and_finds_by_the_invoices_number(as_role):
    client = as_role("accountant")
    invoice, other = make_invoice(), make_invoice()
    note, draft = issue_note(invoice, amount("15.00")), draft_note(other, amount("3.00"))
    everything = text(client.get(url("credit_notes")))
    assert url("credit_note", note.pk) in everything
    assert url("credit_note", draft.pk) in everything
    drafts = text(client.get(url("credit_notes") + "?status=draft"))
    assert url("credit_note", note.pk) not in drafts
    found = text(client.get(url("credit_notes") + f"?search={invoice.number}"))
    assert url("credit_note", note.pk) in found
    assert url("credit_note", draft.pk) not in found
    totals = text(client.get(url("credit_note_totals") + "?status=issued"))
    assert "$ 15,00" in totals


def test_the_notes_page_tells_what_it_did_and_leads_to_its_invoice(as_role):
    invoice = make_invoice()
    pay(invoice, "115.00")
    note = issue_note(invoice, amount("40.00", "Rebaja pactada"))
    page = text(as_role("auditor").get(url("credit_note", note.pk)))
    for said in ("Rebaja pactada", invoice.number, url("invoice", invoice.pk), "Saldo a favor: $ 40,00",
                 "Nota de crédito emitida"):  # fmt: skip
        assert said in page
    assert "Registrar cobro" not in page


def test_the_invoices_page_tells_of_its_notes(as_role):
    client, invoice = as_role("owner"), make_invoice()
    note = issue_note(invoice, amount("40.00"))
    page = text(client.get(url("invoice", invoice.pk)))
    assert "Con nota de crédito" in page
    assert f"Nota de crédito {note.number} de $ 40,00" in page
    assert url("credit_note", note.pk) in page
    issue_note(invoice)
    assert "Saldada por nota de crédito" in text(client.get(url("invoice", invoice.pk)))


def test_an_invoices_address_with_a_notes_id_leads_to_the_note(as_role):
    note = issue_note(make_invoice())
    response = as_role("owner").get(url("invoice", note.pk))
    assert response["Location"] == url("credit_note", note.pk) == note.get_absolute_url()


def test_voiding_asks_why_and_says_what_happens(as_role):
    client, invoice = as_role("billing"), make_invoice()
    pay(invoice, "115.00")
    note = issue_note(invoice, amount("40.00"))
    page = text(client.get(url("credit_note_void", note.pk)))
    assert "$ 40,00" in page
    assert client.post(url("credit_note_void", note.pk), {"reason": ""}).status_code == 422
    client.post(url("credit_note_void", note.pk), {"reason": "Motivo equivocado"})
    assert latest().status == Status.VOIDED
    assert "Motivo equivocado" in text(client.get(url("credit_note", note.pk)))


def test_discarding_a_draft_takes_it_off_the_list(as_role):
    client, draft = as_role("billing"), draft_note(make_invoice())
    assert client.post(url("credit_note_discard", draft.pk)).status_code == 302
    assert client.get(url("credit_note", draft.pk)).status_code == 404


def test_the_pdf_is_the_notes(as_role, monkeypatch):
    note = issue_note(make_invoice())
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-")
    client = as_role("accountant")
    assert client.get(url("credit_note_pdf", note.pk)).content == b"%PDF-"
    named = client.get(url("credit_note_download", note.pk))["Content-Disposition"]
    assert named == f'attachment; filename="nota-de-credito-{note.number}.pdf"'
    assert client.get(url("credit_note_pdf", note.modifies_id)).status_code == 404


def test_customer_series_and_checklist_know_of_notes(as_role):
    from billing.opening import setup_steps
    from companies.models import Company
    from core.tenancy import current_company_id

    client, customer = as_role("owner"), make_customer()
    note = issue_note(make_invoice(customer_id=customer.pk))
    assert note.number in text(client.get(reverse("billing:customer", args=[customer.pk])))
    assert "Nota de crédito" in text(client.get(url("series")))
    steps = {str(step.label): step.done for step in setup_steps(Company.objects.get(pk=current_company_id()))}
    assert steps["Serie de notas de crédito"]
    Series.objects.filter(document_type="04").update(active=False)
    steps = {str(step.label): step.done for step in setup_steps(Company.objects.get(pk=current_company_id()))}
    assert not steps["Serie de notas de crédito"]
    assert steps["Establecimiento, punto de emisión y serie de facturas"]


def test_the_box_finds_notes(as_role):
    note = issue_note(make_invoice())
    assert url("credit_note", note.pk) in text(as_role("owner").get(f"/buscar/?q={note.number}"))


def test_the_statement_tells_notes_as_lines_of_their_own():
    from payments.statement import statement

    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    pay(invoice, "100.00")
    issue_note(invoice, amount("40.00"))
    told = [(row.kind, row.amount, row.balance) for row in statement(customer.pk).movements]
    assert told == [
        ("invoice", Decimal("115.00"), Decimal("115.00")),
        ("credit_note", Decimal("-40.00"), Decimal("75.00")),
        ("payment", Decimal("-100.00"), Decimal("-25.00")),
    ]


class TestManyAtOnce:
    LIST = "billing:credit_notes"

    @pytest.fixture
    def notes(self, monkeypatch) -> tuple[Document, Document]:
        monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-")
        invoice = make_invoice(customer_id=make_customer(email="compras@cliente.test").pk)
        return issue_note(invoice, amount("1.00")), draft_note(invoice, amount("1.00"))

    def test_what_is_not_mailed_stands_on_the_task_s_page_with_its_reason(self, as_role, notes):
        client, (note, draft) = as_role("billing"), notes
        watched = start(client, self.LIST, "mail", {"pk": [note.pk, draft.pk]})["Location"]
        task = worked()
        assert outcomes(task) == {note.pk: "", draft.pk: "not_issued"}
        (reason,) = reasons(task)
        assert Letter.objects.get().document == note
        for said in (reason, url("credit_note", draft.pk).rstrip("/").rpartition("/")[2]):
            assert said in text(client.get(watched))

    def test_a_zip_holds_the_pdf_of_each(self, as_role, notes):
        client, (note, draft) = as_role("accountant"), notes
        start(client, self.LIST, "download", {"pk": [note.pk, draft.pk]})
        task = worked()
        with zipfile.ZipFile(default_storage.open(task.path)) as archive:
            assert archive.namelist() == [
                f"nota-de-credito-{note.number}.pdf", f"nota-de-credito-borrador-{draft.pk}.pdf"
            ]  # fmt: skip

    def test_who_may_not_is_offered_neither(self, as_role, notes):
        cashier = as_role("cashier")
        for act in ("mail", "download"):
            assert start(cashier, self.LIST, act, {"pk": [notes[0].pk]}).status_code == 404
            assert f"{self.LIST}/{act}/" not in text(cashier.get(url("credit_notes")))
