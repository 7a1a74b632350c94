"""Invoices and billables over the API."""

from datetime import date
from decimal import Decimal

import pytest

from audit.models import AccessEntry
from billing import billables, customers, workflow
from billing.models import Billable, Document
from core import clock
from core.tenancy import company_context
from tests.api_client import Api
from tests.factories import (
    SYSTEM,
    line,
    make_billable,
    make_company,
    make_customer,
    make_draft,
    make_invoice,
    make_product,
    make_user,
    pay,
)
from tests.tasks import outcomes, worked

pytestmark = pytest.mark.django_db

LINE = {"description": "Alquiler de cancha", "quantity": "1", "unit_price": "100.00"}


def offer(customer, key="1", amount="20.00") -> Billable:
    """Offer a billable of one line, without tax inside."""
    return billables.offer(
        source_type="reservation", source_id=int(key), source_label=f"R-{key}", key=key, customer_id=customer.pk,
        description="Cancha 1", service_date=date(2026, 11, 20), actor=SYSTEM,
        lines=[billables.OfferedLine("Cancha 1", Decimal(1), Decimal(amount), False, "general")],
    )  # fmt: skip


@pytest.fixture
def customer(inside):
    with inside():
        return make_customer()


# Drafts


def test_an_invoice_is_drafted_issued_and_read(api, customer):
    draft = api.post("invoices/", {"customer": customer.pk, "lines": [LINE], "notes": "Gracias"})
    assert (api.status, draft["status"], draft["number"], draft["total"]) == (201, "draft", "", "115.00")
    assert draft["taxes"] == [{"tax_code": "2", "rate_code": "4", "rate": "15.00", "base": "100.00", "tax": "15.00"}]
    issued = api.post(f"invoices/{draft['id']}/issue/")
    assert (api.status, issued["status"], issued["number"]) == (200, "issued", "001-001-000000001")
    assert (issued["balance"], issued["authorization"]) == ("115.00", "none")
    assert issued["buyer"]["name"] == customer.name
    assert issued["urls"] == {
        "self": f"http://testserver/api/v1/invoices/{draft['id']}/",
        "pdf": f"http://testserver/api/v1/invoices/{draft['id']}/pdf/",
        "page": f"http://testserver/facturas/{draft['id']}/",
    }
    assert api.get(f"invoices/{draft['id']}/") == issued
    assert api.get("invoices/number/001-001-000000001/") == issued


def test_an_invoice_may_be_issued_as_it_is_made(api, customer):
    made = api.post("invoices/", {"customer": customer.pk, "lines": [LINE], "issue": True})
    assert (api.status, made["status"], made["number"]) == (201, "issued", "001-001-000000001")


def test_where_issuing_is_refused_nothing_is_drafted_either(api, inside):
    with inside():
        final = customers.final_consumer()
    refused = api.post("invoices/", {"customer": final.pk, "lines": [LINE], "issue": True})
    assert (api.status, refused["code"]) == (422, "final_consumer_limit")
    with inside():
        assert not Document.objects.exists()


def test_everything_that_can_be_entered_comes_back(api, customer, inside):
    with inside():
        product = make_product(unit_price=Decimal("10.00"), price_includes_tax=True)
    made = api.post(
        "invoices/",
        {
            "customer": customer.pk,
            "payment_days": 10,
            "lines": [{"product": product.pk, "quantity": 2, "discount_percent": "50"}, LINE | {"discount": 5}],
            "discount": "1.00",
            "payment_terms": [{"sri_method": "01", "amount": "50.00"}, {"sri_method": "20", "amount": "68.12"}],
            "additional_info": [{"name": "Pedido", "value": "77"}],
            "notes": "Gracias",
        },
    )
    assert api.status == 201, made
    first, second = made["lines"]
    assert (first["product"], first["quantity"], first["unit_price"]) == (product.pk, "2", "10")
    assert (first["discount"], first["discount_percent"], first["price_includes_tax"]) == (None, "50.00", True)
    assert (second["discount"], second["discount_percent"]) == ("5.00", None)
    assert (made["discount"], made["discount_percent"], made["payment_days"]) == ("1.00", None, 10)
    assert [row["amount"] for row in made["payment_terms"]] == ["50.00", "68.12"]
    assert made["additional_info"] == [{"name": "Pedido", "value": "77"}]
    assert made["total"] == "118.12"


def test_a_preview_is_what_the_draft_will_be_and_saves_nothing(api, customer, inside):
    body = {"customer": customer.pk, "lines": [LINE, LINE | {"discount_percent": 10}]}
    seen = api.post("invoices/preview/", body)
    assert (seen["subtotal"], seen["total_discount"], seen["tax_total"], seen["total"]) == (
        "190.00", "10.00", "28.50", "218.50",
    )  # fmt: skip
    with inside():
        assert not Document.objects.exists()
    made = api.post("invoices/", body)
    assert {name: made[name] for name in ("subtotal", "tax_total", "total")} == {
        name: seen[name] for name in ("subtotal", "tax_total", "total")
    }


@pytest.mark.parametrize("amount", ["100", "100.00", 100, 100.0])
def test_amounts_are_taken_as_strings_and_as_numbers(api, customer, amount):
    assert (
        api.post("invoices/", {"customer": customer.pk, "lines": [LINE | {"unit_price": amount}]})["total"] == "115.00"
    )


def test_a_number_of_floating_point_loses_nothing(api, customer):
    made = api.post("invoices/", {"customer": customer.pk, "lines": [LINE | {"unit_price": 0.1, "quantity": 3}]})
    assert (made["lines"][0]["unit_price"], made["subtotal"]) == ("0.1", "0.30")


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"quantity": 0}, "quantity_not_positive", "lines.0.quantity"),
        ({"unit_price": "-1"}, "unit_price_not_positive", "lines.0.unit_price"),
        ({"discount": "1.005"}, "discount_not_valid", "lines.0.discount"),
        ({"discount_percent": 101}, "discount_percent_above_100", "lines.0.discount"),
        ({"description": ""}, "line_incomplete", "lines.0.description"),
    ],
)
def test_a_line_that_cannot_be_billed_is_refused_naming_its_field(api, customer, changed, code, field):
    refused = api.post("invoices/", {"customer": customer.pk, "lines": [LINE | changed]})
    assert (api.status, refused["code"], refused["errors"][0]["field"]) == (422, code, field)


def test_two_discounts_on_one_thing_are_refused(api, customer):
    both = {"discount": 1, "discount_percent": 1}
    refused = api.post("invoices/", {"customer": customer.pk, "lines": [LINE | both]})
    assert (api.status, refused["errors"][0]["field"]) == (400, "lines.0.discount")


def test_a_draft_is_replaced(api, customer):
    draft = api.post("invoices/", {"customer": customer.pk, "lines": [LINE], "notes": "Antes"})
    replaced = api.put(f"invoices/{draft['id']}/", {"customer": customer.pk, "lines": [LINE, LINE]})
    assert (api.status, replaced["total"], replaced["notes"], replaced["version"]) == (200, "230.00", "", 2)


def test_a_draft_is_changed_in_part(api, customer):
    draft = api.post("invoices/", {"customer": customer.pk, "lines": [LINE], "notes": "Antes"})
    changed = api.patch(f"invoices/{draft['id']}/", {"discount_percent": 10}, If_Match=api.last["ETag"])
    assert (changed["total"], changed["notes"], changed["discount_percent"]) == ("103.50", "Antes", "10.00")
    assert changed["payment_terms"][0]["amount"] == "103.50"
    again = api.patch(f"invoices/{draft['id']}/", {"notes": "Después"})
    assert (again["total"], again["notes"]) == ("103.50", "Después")


def test_an_issued_invoice_is_not_changed_nor_discarded(api, inside):
    with inside():
        invoice = make_invoice()
    for call in (
        lambda: api.patch(f"invoices/{invoice.pk}/", {"notes": "x"}),
        lambda: api.delete(f"invoices/{invoice.pk}/"),
    ):
        assert (call()["code"], api.status) == ("not_a_draft", 409)


def test_a_discarded_draft_is_gone_and_its_billables_wait_again(api, customer, inside):
    with inside():
        billable = offer(customer)
    draft = api.post("invoices/", {"customer": customer.pk, "billables": [billable.pk]})
    assert api.get(f"billables/{billable.pk}/")["status"] == "drafted"
    api.delete(f"invoices/{draft['id']}/")
    assert api.status == 204
    assert api.get(f"billables/{billable.pk}/")["status"] == "waiting"
    api.get(f"invoices/{draft['id']}/")
    assert api.status == 404


# Steps


def test_issuing_takes_if_match(api, customer):
    draft = api.post("invoices/", {"customer": customer.pk, "lines": [LINE]})
    assert api.post(f"invoices/{draft['id']}/issue/", If_Match='"9"')["code"] == "stale_version"
    api.post(f"invoices/{draft['id']}/issue/", If_Match='"1"')
    assert api.status == 200


def test_issuing_twice_is_refused(api, inside):
    with inside():
        invoice = make_invoice()
    assert api.post(f"invoices/{invoice.pk}/issue/")["code"] == "already_issued"
    assert api.status == 409


def test_voiding_keeps_the_money_as_credit(api, inside):
    with inside():
        invoice = make_invoice()
        pay(invoice, "15.00")
    voided = api.post(f"invoices/{invoice.pk}/void/", {"reason": "Otro cliente"})
    assert (voided["status"], voided["balance"], voided["void_reason"]) == ("voided", "0.00", "Otro cliente")
    assert api.get(f"customers/{invoice.customer_id}/credit/")["available"] == "15.00"


def test_voiding_may_void_the_payments_too(api, inside):
    with inside():
        invoice = make_invoice()
        payment = pay(invoice, "15.00")
    api.post(f"invoices/{invoice.pk}/void/", {"reason": "Otro cliente", "void_payments": True})
    assert api.get(f"payments/{payment.pk}/")["status"] == "voided"


def test_voiding_without_a_reason_is_refused(api, inside):
    with inside():
        invoice = make_invoice()
    assert api.post(f"invoices/{invoice.pk}/void/", {"reason": " "})["code"] == "reason_required"
    assert api.status == 422


def test_a_duplicate_is_a_new_draft(api, inside):
    with inside():
        invoice = make_invoice()
    copy = api.post(f"invoices/{invoice.pk}/duplicate/")
    assert (api.status, copy["status"], copy["duplicate_of"], copy["total"]) == (201, "draft", invoice.pk, "115.00")


# Parts


def test_the_parts_of_an_invoice_are_lists(api, inside):
    with inside():
        invoice = make_invoice(line("10.00"), line("20.00"))
        pay(invoice, "15.00")
    assert [row["base"] for row in api.get(f"invoices/{invoice.pk}/lines/")["results"]] == ["10.00", "20.00"]
    (settled,) = api.get(f"invoices/{invoice.pk}/payments/")["results"]
    assert (settled["kind"], settled["amount"], settled["reversed_at"]) == ("payment", "15.00", None)
    actions = [row["action"] for row in api.get(f"invoices/{invoice.pk}/events/")["results"]]
    assert actions[:2] == ["invoice.created", "invoice.issued"]
    assert "payment.confirmed" in actions


def test_the_pdf_is_shown_or_downloaded_and_the_reading_is_noted(api, inside):
    with inside():
        invoice = make_invoice()
    response = api.client.get(
        f"/api/v1/invoices/{invoice.pk}/pdf/", headers=api.headers | {"Accept": "application/pdf"}
    )
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == f'inline; filename="factura-{invoice.number}.pdf"'
    api.get(f"invoices/{invoice.pk}/pdf/?download=true")
    assert api.last["Content-Disposition"].startswith("attachment")
    with inside():
        assert AccessEntry.objects.filter(kind="read", object_id=invoice.pk).count() == 2


# Lists


def test_the_list_takes_the_page_s_filters(api, inside):
    with inside():
        draft, issued = make_draft(), make_invoice()
    ids = lambda **params: [row["id"] for row in api.get("invoices/", params)["results"]]  # noqa: E731
    assert ids() == [issued.pk, draft.pk]
    assert ids(status="issued") == [issued.pk]
    assert ids(search=issued.number) == [issued.pk]
    assert ids(customer=draft.customer_id) == [draft.pk]
    today = clock.today()
    assert ids(**{"from": today.isoformat(), "to": today.isoformat()}) == [issued.pk, draft.pk]
    assert ids(created_after=today.isoformat(), created_before=today.isoformat()) == [issued.pk, draft.pk]
    assert ids(created_after="2100-01-01") == ids(created_before="2000-01-01") == []
    assert ids(created_before="2100-01-01", ordering="id") == [draft.pk, issued.pk]


def test_the_states_of_other_systems_are_understood(api, inside):
    with inside():
        make_draft()
        issued, voided = make_invoice(), make_invoice()
        paid = make_invoice()
        pay(paid, "115.00")
        workflow.void(voided.pk, reason="Error", actor=SYSTEM)
    ids = lambda state: {row["id"] for row in api.get("invoices/", {"state": state})["results"]}  # noqa: E731
    assert ids("issued") == {issued.pk, paid.pk}
    assert ids("cancelled") == {voided.pk}
    assert ids("pending") == ids("failed") == set()


def test_an_invoice_sri_has_not_answered_is_pending(company):
    electronic = make_company(e_invoicing=True)
    with company_context(electronic.pk):
        invoice = make_invoice()
    api = Api(make_user(electronic))
    (found,) = api.get("invoices/", {"state": "pending"})["results"]
    assert (found["id"], len(found["access_key"]), found["authorization"]) == (invoice.pk, 49, "pending")


# Billables


def test_billables_wait_are_added_up_and_are_invoiced(api, customer, inside):
    with inside():
        first, second = offer(customer, "1", "20.00"), offer(customer, "2", "30.00")
        other = make_customer(name="Zoila")
        offer(other, "3", "10.00")
    told = api.get("billables/summary/")
    assert (told["count"], told["total"]) == (3, "69.00")
    assert [(row["customer"], row["count"], row["total"]) for row in told["customers"]] == [
        (customer.pk, 2, "57.50"), (other.pk, 1, "11.50"),
    ]  # fmt: skip
    made = api.post("invoices/", {"customer": customer.pk, "billables": [first.pk, second.pk], "issue": True})
    assert [row["billable"] for row in made["lines"]] == [first.pk, second.pk]
    assert made["total"] == "57.50"
    shown = api.get(f"billables/{first.pk}/")
    assert (shown["status"], shown["invoice"], shown["lines"][0]["unit_price"]) == ("invoiced", made["id"], "20")
    assert len(api.get("billables/available/")["results"]) == 1


def test_a_billable_is_billed_once(api, customer, inside):
    with inside():
        billable = offer(customer)
    api.post("invoices/", {"customer": customer.pk, "billables": [billable.pk]})
    refused = api.post("invoices/", {"customer": customer.pk, "billables": [billable.pk]})
    assert (api.status, refused["code"], refused["billable_id"]) == (409, "billable_drafted", billable.pk)


def test_a_waiting_billable_is_cancelled_with_a_reason(api, customer, inside):
    with inside():
        billable = offer(customer)
    assert api.delete(f"billables/{billable.pk}/")["code"] == "reason_required"
    for text in ("x" * 501, "%00"):
        assert api.delete(f"billables/{billable.pk}/?reason={text}")["errors"][0]["field"] == "reason"
    api.delete(f"billables/{billable.pk}/?reason=No+vino")
    assert api.status == 204
    shown = api.get(f"billables/{billable.pk}/")
    assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "No vino")


def test_the_cancellation_of_a_billable_is_taken_back_once(api, customer, inside):
    with inside():
        gone = billables.cancel(make_billable(customer, source_type="order").pk, reason="Error", actor=SYSTEM)
    again = api.post(f"billables/{gone.pk}/restore/")
    assert (api.status, again["status"], again["lines"][0]["description"]) == (201, "waiting", "Alquiler de cancha")
    refused = api.post(f"billables/{gone.pk}/restore/")
    assert (api.status, refused["code"], refused["billable_id"]) == (409, "billable_replaced", again["id"])


# Many at once


def test_a_zip_is_made_by_a_job_and_fetched(api, inside):
    with inside():
        first, second = make_invoice(), make_invoice()
    accepted = api.post("invoices/bulk/", {"action": "download", "ids": [second.pk, first.pk]})
    assert (api.status, accepted["state"], accepted["total"], accepted["file"]) == (202, "running", 2, None)
    address = api.last["Location"].removeprefix("http://testserver")
    api.get(f"{address}file/")
    assert api.status == 404
    with inside():
        worked()
    ready = api.get(address)
    assert (ready["state"], ready["processed"], ready["progress"]) == ("done", 2, 100)
    response = api.client.get(ready["file"], headers=api.headers)
    assert b"".join(response.streaming_content).startswith(b"PK")


def test_a_filter_chooses_what_is_downloaded(api, inside):
    with inside():
        make_draft()
        make_invoice()
    accepted = api.post("invoices/bulk/", {"action": "download", "filter": {"status": "issued"}})
    assert accepted["total"] == 1
    refused = api.post("invoices/bulk/", {"action": "download", "filter": {"status": "lost"}})
    assert (api.status, refused["errors"][0]["field"]) == (400, "filter.status")


def test_issuing_many_leaves_out_what_is_refused_and_says_why(api, inside):
    with inside():
        first, second, issued = make_draft(), make_draft(), make_invoice()
    api.post("invoices/bulk/", {"action": "issue", "ids": [first.pk, issued.pk, second.pk]})
    with inside():
        assert outcomes(worked()) == {first.pk: "", issued.pk: "already_issued", second.pk: ""}
        numbers = Document.objects.in_bulk([first.pk, second.pk])
    assert numbers[first.pk].number == "001-001-000000002"
    assert numbers[second.pk].number == "001-001-000000003"


def test_what_an_action_asks_for_is_checked_first(api, inside):
    with inside():
        invoice = make_invoice()
    refused = api.post("invoices/bulk/", {"action": "void", "ids": [invoice.pk]})
    assert (api.status, refused["errors"][0]["field"]) == (400, "parameters.reason")
    body = {"action": "void", "ids": [invoice.pk], "parameters": {"reason": "Error"}}
    assert api.post("invoices/bulk/", body)["total"] == 1


def test_many_are_chosen_in_one_way(api):
    for body in ({"action": "issue"}, {"action": "issue", "ids": [], "filter": {}}):
        api.post("invoices/bulk/", body)
        assert api.status == 400
    assert api.post("invoices/bulk/", {"action": "issue", "ids": []})["code"] == "nothing_selected"


def test_what_is_inside_a_changed_list_must_be_whole(api, customer):
    draft = api.post("invoices/", {"customer": customer.pk, "lines": [LINE]})
    refused = api.patch(f"invoices/{draft['id']}/", {"payment_terms": [{"amount": "115.00"}]})
    assert (api.status, refused["errors"][0]["field"]) == (400, "payment_terms.0.sri_method")
    changed = api.patch(f"invoices/{draft['id']}/", {"lines": [{"description": "Otra", "unit_price": 10}]})
    assert (changed["lines"][0]["quantity"], changed["total"]) == ("1", "11.50")
