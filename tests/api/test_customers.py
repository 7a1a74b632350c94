"""Customers over the API."""

import pytest

from billing import workflow
from billing.models import Customer, Document
from payments.models import PaymentMethod
from tests.factories import SYSTEM, make_customer, make_invoice, make_method, pay

pytestmark = pytest.mark.django_db

NEW = {
    "identification_type": "05",
    "identification": "171003406-5",
    "name": "Ana Torres",
    "email": "ana@correo.test",
    "payment_days": 15,
    "credit_limit": 500,
    "contacts": [{"name": "Luis", "email": "luis@correo.test", "receives_documents": True}],
}


def test_a_customer_is_made_read_changed_and_hidden(api, inside):
    made = api.post("customers/", NEW)
    assert (api.status, made["identification"], made["credit_limit"]) == (201, "1710034065", "500.00")
    assert made["contacts"][0]["name"] == "Luis"
    assert api.last["Location"] == f"http://testserver/api/v1/customers/{made['id']}/"
    read = api.get(f"customers/{made['id']}/")
    assert read == {key: value for key, value in made.items() if key != "warnings"}
    changed = api.patch(f"customers/{made['id']}/", {"phone": "0991234567"})
    assert (changed["phone"], changed["email"], len(changed["contacts"])) == ("0991234567", "ana@correo.test", 1)
    api.delete(f"customers/{made['id']}/")
    assert (api.status, api.last.content) == (204, b"")
    api.get(f"customers/{made['id']}/")
    assert api.status == 404
    with inside():
        assert Customer.objects.get(pk=made["id"]).deleted_at


def test_replacing_a_customer_empties_what_is_left_out(api):
    made = api.post("customers/", NEW)
    kept = {name: NEW[name] for name in ("identification_type", "identification", "name")}
    replaced = api.put(f"customers/{made['id']}/", kept)
    assert (replaced["email"], replaced["payment_days"], replaced["contacts"]) == ("", None, [])


def test_a_wrong_check_digit_warns_and_does_not_block(api):
    made = api.post("customers/", NEW | {"identification": "1710034061"})
    assert api.status == 201
    assert made["warnings"]


def test_the_same_identification_twice_is_refused_naming_the_customer(api):
    made = api.post("customers/", NEW)
    refused = api.post("customers/", NEW)
    assert (api.status, refused["code"], refused["customer_id"]) == (409, "customer_exists", made["id"])


def test_an_identification_of_the_wrong_shape_is_refused_naming_the_field(api):
    refused = api.post("customers/", NEW | {"identification": "12"})
    assert (api.status, refused["code"]) == (422, "identification_invalid")
    assert refused["errors"][0]["field"] == "identification"


@pytest.mark.parametrize(
    ("text", "kind", "normalized", "valid"),
    [
        ("1790011674001", "04", "1790011674001", True),
        ("171003406-5", "05", "1710034065", True),
        ("9999999999999", "07", "9999999999999", True),
        ("ab-12", "06", "AB-12", True),
    ],
)
def test_an_identification_is_looked_up(api, text, kind, normalized, valid):
    found = api.get("customers/lookup/", {"identification": text})
    assert (found["type"], found["normalized"], found["valid"]) == (kind, normalized, valid)


def test_a_look_up_finds_the_customer_who_has_it(api):
    made = api.post("customers/", NEW)
    found = api.get("customers/lookup/", {"identification": "1710034065", "type": "05"})
    assert found["customer"]["id"] == made["id"]
    assert api.get("customers/lookup/", {"identification": "1710034066"})["customer"] is None


def test_a_look_up_of_nothing_is_refused(api):
    assert api.get("customers/lookup/")["errors"][0]["field"] == "identification"


def test_customers_are_found_by_any_part_without_accents(api, inside):
    with inside():
        wanted = make_customer(name="Muñoz Pérez Cía. Ltda.")
        make_customer(name="Otro")
    assert [row["id"] for row in api.get("customers/", {"search": "munoz pere"})["results"]] == [wanted.pk]


def test_a_statement_runs_from_invoice_to_payment(api, inside):
    with inside():
        customer = make_customer()
        make_method(name="Efectivo")
        first = make_invoice(customer_id=customer.pk)
        pay(first, "100.00", method_id=PaymentMethod.objects.get(name="Efectivo").pk)
        second = make_invoice(customer_id=customer.pk)
    told = api.get(f"customers/{customer.pk}/statement/")
    assert [(row["kind"], row["label"], row["amount"], row["balance"]) for row in told["rows"]] == [
        ("invoice", first.number, "115.00", "115.00"),
        ("invoice", second.number, "115.00", "230.00"),
        ("payment", "Efectivo", "-100.00", "130.00"),
    ]
    assert told["balance"] == "130.00"


def test_a_statement_of_later_days_begins_with_the_balance_of_before(api, inside):
    with inside():
        invoice = make_invoice()
    told = api.get(f"customers/{invoice.customer_id}/statement/", {"from": "2100-01-01"})
    assert told == {"opening": "115.00", "balance": "115.00", "rows": []}


def test_credit_says_how_much_and_where_it_is_from(api, inside):
    with inside():
        invoice = make_invoice()
        paid = pay(invoice, "15.00")
        workflow.void(invoice.pk, reason="Otro cliente", actor=SYSTEM)
    told = api.get(f"customers/{invoice.customer_id}/credit/")
    assert told["available"] == "15.00"
    (credit,) = told["credits"]
    assert (credit["origin"], credit["payment"], credit["invoice"]) == ("released", paid.pk, invoice.pk)


def test_a_customer_who_owes_is_not_hidden(api, inside):
    with inside():
        invoice = make_invoice()
    assert api.delete(f"customers/{invoice.customer_id}/")["code"] == "customer_owes"
    assert api.status == 409


def test_documents_keep_what_they_say_when_the_customer_changes(api, inside):
    with inside():
        invoice = make_invoice()
    api.patch(f"customers/{invoice.customer_id}/", {"name": "Otro nombre"})
    with inside():
        assert Document.objects.get(pk=invoice.pk).buyer_name == invoice.buyer_name
