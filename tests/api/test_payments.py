"""Payments over the API."""

import pytest

from billing.models import Document
from core.tenancy import company_context
from payments.models import Payment, PaymentMethod
from tests.factories import make_company, make_customer, make_invoice, make_method, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(inside):
    with inside():
        return make_invoice()


@pytest.fixture
def cash(inside):
    with inside():
        return PaymentMethod.objects.get()


def test_an_invoice_is_paid_in_two_parts(api, invoice, cash):
    body = {"customer": invoice.customer_id, "method": cash.pk, "invoice": invoice.pk}
    made = api.post("payments/", body | {"amount": "60.00", "reference": "R-1"})
    assert (api.status, made["amount"], made["status"], made["reference"]) == (201, "60.00", "confirmed", "R-1")
    assert [(row["invoice"], row["amount"]) for row in made["applied"]] == [(invoice.pk, "60.00")]
    assert api.get(f"invoices/{invoice.pk}/")["balance"] == "55.00"
    api.post("payments/", body | {"amount": 55})
    shown = api.get(f"invoices/{invoice.pk}/")
    assert (shown["status"], shown["balance"]) == ("paid", "0.00")


def test_an_overpayment_is_refused_with_the_exact_balance(api, invoice, cash, inside):
    body = {"customer": invoice.customer_id, "method": cash.pk, "invoice": invoice.pk, "amount": "120.00"}
    refused = api.post("payments/", body)
    assert (api.status, refused["code"], refused["balance"]) == (422, "overpayment", "115.00")
    with inside():
        assert not Payment.objects.exists()
    made = api.post("payments/", body | {"leave_credit": True})
    assert [row["amount"] for row in made["applied"]] == ["115.00"]
    assert api.get(f"customers/{invoice.customer_id}/credit/")["available"] == "5.00"


def test_one_payment_settles_several_invoices(api, invoice, cash, inside):
    with inside():
        second = make_invoice(customer_id=invoice.customer_id)
    proposed = api.get("payments/propose/", {"customer": invoice.customer_id, "amount": "200.00"})
    assert proposed == {
        "allocations": [{"invoice": invoice.pk, "amount": "115.00"}, {"invoice": second.pk, "amount": "85.00"}],
        "left_over": "0.00",
    }
    body = {"customer": invoice.customer_id, "method": cash.pk, "amount": "200.00"}
    made = api.post("payments/", body | {"allocations": proposed["allocations"]})
    assert [row["amount"] for row in made["applied"]] == ["115.00", "85.00"]


def test_without_saying_what_for_the_oldest_is_settled_first(api, invoice, cash, inside):
    with inside():
        make_invoice(customer_id=invoice.customer_id)
    made = api.post("payments/", {"customer": invoice.customer_id, "method": cash.pk, "amount": "20.00"})
    assert [(row["invoice"], row["amount"]) for row in made["applied"]] == [(invoice.pk, "20.00")]


def test_saying_what_for_in_two_ways_is_refused(api, invoice, cash):
    both = {"invoice": invoice.pk, "allocations": []}
    api.post("payments/", {"customer": invoice.customer_id, "method": cash.pk, "amount": "20.00"} | both)
    assert api.status == 400


def test_a_paid_invoice_takes_no_more(api, invoice, cash, inside):
    with inside():
        pay(invoice, "115.00")
    body = {"customer": invoice.customer_id, "method": cash.pk, "invoice": invoice.pk, "amount": "1.00"}
    assert api.post("payments/", body)["code"] == "already_paid"
    assert api.post("payments/", body | {"leave_credit": True})["code"] == "already_paid"


def test_voiding_a_payment_reopens_what_it_settled(api, invoice, inside):
    with inside():
        payment = pay(invoice, "115.00")
    voided = api.post(f"payments/{payment.pk}/void/", {"reason": "Cheque sin fondos"})
    assert (voided["status"], voided["void_reason"]) == ("voided", "Cheque sin fondos")
    assert voided["applied"][0]["reversal_reason"] == "Cheque sin fondos"
    assert api.get(f"invoices/{invoice.pk}/")["balance"] == "115.00"
    assert api.post(f"payments/{payment.pk}/void/", {"reason": "Otra vez"})["code"] == "already_voided"


def test_credit_is_applied_to_an_invoice(api, invoice, cash, inside):
    body = {"customer": invoice.customer_id, "method": cash.pk, "amount": "150.00", "leave_credit": True}
    api.post("payments/", body)
    with inside():
        second = make_invoice(customer_id=invoice.customer_id)
    applied = api.post(f"invoices/{second.pk}/apply-credit/", {"amount": "35.00"})
    assert (api.status, applied["balance"]) == (200, "80.00")
    refused = api.post(f"invoices/{second.pk}/apply-credit/", {"amount": "1.00"})
    assert (api.status, refused["code"], refused["available"]) == (422, "credit_insufficient", "0.00")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"amount": "0"}, 422, "amount_not_positive"),
        ({"amount": "1.005"}, 422, "amount_too_precise"),
        ({"amount": "mucho"}, 400, "malformed"),
        ({"amount": "1e999999"}, 400, "malformed"),
        ({"paid_on": "2100-01-01"}, 422, "date_in_future"),
    ],
)
def test_money_that_cannot_be_is_refused(api, invoice, cash, changed, status, code):
    body = {"customer": invoice.customer_id, "method": cash.pk, "amount": "10.00"}
    refused = api.post("payments/", body | changed)
    assert (api.status, refused["code"]) == (status, code)


def test_an_id_in_the_body_that_names_nothing_is_404_with_its_field(api, invoice, cash):
    body = {"customer": invoice.customer_id, "method": cash.pk, "amount": "10.00"}
    for field in ("customer", "method", "invoice"):
        refused = api.post("payments/", body | {field: 999_999_999})
        assert (api.status, refused["errors"][0]["field"]) == (404, field)
    refused = api.post("payments/", body | {"allocations": [{"invoice": 999_999_999, "amount": "10.00"}]})
    assert (api.status, refused["errors"][0]["field"]) == (404, "allocations.invoice")


def test_payments_are_filtered(api, invoice, inside):
    with inside():
        first = pay(invoice, "10.00")
        other = make_invoice(customer_id=make_customer(name="Zoila").pk)
        second = pay(other, "20.00")
    ids = lambda **params: [row["id"] for row in api.get("payments/", params)["results"]]  # noqa: E731
    assert ids() == [second.pk, first.pk]
    assert ids(customer=invoice.customer_id) == [first.pk]
    assert ids(search="zoila") == [second.pk]
    assert ids(ordering="amount") == [first.pk, second.pk]


def test_payment_methods_are_kept(api):
    made = api.post("payment-methods/", {"name": "Depósito", "sri_code": "20", "reference_rule": "required"})
    assert (api.status, made["active"]) == (201, True)
    assert api.patch(f"payment-methods/{made['id']}/", {"active": False})["active"] is False
    assert api.put(f"payment-methods/{made['id']}/", {"name": "Otro", "sri_code": "20"})["reference_rule"] == "optional"
    assert api.post("payment-methods/", {"name": "Otro", "sri_code": "20"})["code"] == "method_exists"
    assert api.post("payment-methods/", {"name": "Trueque", "sri_code": "99"})["errors"][0]["field"] == "sri_code"
    api.delete(f"payment-methods/{made['id']}/")
    assert api.status == 405


def test_a_method_that_asks_for_a_reference_gets_one(api, invoice, inside):
    with inside():
        card = make_method(name="Tarjeta", reference_rule="required")
    refused = api.post("payments/", {"customer": invoice.customer_id, "method": card.pk, "amount": "10.00"})
    assert (api.status, refused["code"]) == (422, "reference_required")


def test_the_buyer_is_not_looked_up_in_other_companies(api, invoice, cash, inside):
    with company_context(make_company().pk):
        foreign = make_invoice()
    body = {"customer": invoice.customer_id, "method": cash.pk, "amount": "10.00", "invoice": foreign.pk}
    api.post("payments/", body)
    assert api.status == 404
    with inside():
        assert Document.objects.get(pk=invoice.pk).balance == invoice.total


def test_an_invoice_says_who_pays_it(api, invoice, cash):
    made = api.post("payments/", {"method": cash.pk, "invoice": invoice.pk, "amount": "15.00"})
    assert (api.status, made["customer"], made["amount"]) == (201, invoice.customer_id, "15.00")
    refused = api.post("payments/", {"method": cash.pk, "amount": "15.00"})
    assert (api.status, refused["errors"][0]["field"], refused["errors"][0]["code"]) == (400, "customer", "required")


def test_two_methods_make_one_receipt_that_is_fetched_and_voided_whole(api, invoice, cash):
    parts = [{"method": cash.pk, "amount": "15.00", "tendered": "20.00"}, {"method": cash.pk, "amount": "100.00"}]
    made = api.post("receipts/", {"customer": invoice.customer_id, "parts": parts})
    assert (api.status, made["number"], made["total"]) == (201, "REC-000000001", "115.00")
    assert [(row["amount"], row["change"]) for row in made["payments"]] == [("15.00", "5.00"), ("100.00", None)]
    paper = api.client.get(f"/api/v1/payments/{made['payments'][0]['id']}/receipt/", headers=api.headers)
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    api.post(f"receipts/{made['id']}/void/", {"reason": "Billete falso"})
    assert api.get(f"invoices/{invoice.pk}/")["balance"] == "115.00"
    assert api.get("receipts/", {"number": "rec-1"})["results"][0]["void_reason"] == "Billete falso"


def test_credit_is_given_back_with_a_number_and_the_account_says_so(api, cash, inside):
    with inside():
        customer = make_customer()
    advance = {"customer": customer.pk, "method": cash.pk, "amount": "50.00", "allocations": [], "leave_credit": True}
    payment = api.post("payments/", advance)
    back = {"method": cash.pk, "amount": "20.00", "reason": "Se muda"}
    made = api.post(f"payments/{payment['id']}/refund/", back)
    assert (api.status, made["number"], made["kind"]) == (201, "DEV-000000001", "credit")
    refused = api.post("refunds/", back | {"customer": customer.pk, "amount": "30.01"})
    assert (api.status, refused["code"], refused["available"]) == (422, "credit_insufficient", "30.00")
    told = api.get(f"customers/{customer.pk}/statement/")
    assert [(row["kind"], row["amount"], row["balance"]) for row in told["rows"]] == [
        ("payment", "-50.00", "-50.00"),
        ("refund", "20.00", "-30.00"),
    ]


def test_ageing_adds_up_by_customer(api, invoice):
    told = api.get("reports/aging/")
    assert [(row["customer"], row["not_due"], row["total"]) for row in told["rows"]] == [
        (invoice.customer_id, "115.00", "115.00")
    ]
    assert (told["total"]["customer"], told["total"]["total"]) == (None, "115.00")
