"""The go-to box finds numbers, people and things, for whoever may see them."""

import pytest
from django.test import Client

from core import clock
from tests.factories import make_customer, make_invoice, make_product, make_user, own_company
from tests.reservations.factories import NOW, book, make_priced_court


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.fixture
def ask(company):
    client = Client()
    client.force_login(make_user(company), backend="allauth.account.auth_backends.AuthenticationBackend")

    def find(text: str, **asked) -> list[str]:
        return [hit.label for hit in client.get("/buscar/", {"q": text}, **asked).context["hits"]]

    return find


def test_an_invoice_is_found_by_its_number_and_by_its_buyer(ask):
    invoice = make_invoice(customer_id=make_customer(name="José Muñoz").pk)
    assert ask("000000001") == [invoice.number]
    assert ask("munoz") == [invoice.number, "José Muñoz"]


def test_a_product_is_found_by_its_code(ask):
    make_product(code="CAN-77", name="Cancha")
    assert ask("can-77") == ["Cancha"]


def test_a_booking_is_found_by_its_code(ask):
    with clock.at(NOW):
        booking = book(make_priced_court())
    assert booking.code in ask(booking.code)


def test_one_letter_finds_nothing_and_what_is_not_there_neither(ask):
    make_product(name="Agua")
    assert ask("A") == []
    assert ask("inexistente") == []


def test_another_company_s_things_are_not_found(ask):
    with own_company():
        make_product(name="Ajena")
    assert ask("ajena") == []


def test_htmx_gets_the_rows_alone_and_a_browser_a_page(ask, company):
    make_product(name="Agua")
    client = Client()
    client.force_login(make_user(company), backend="allauth.account.auth_backends.AuthenticationBackend")
    rows = client.get("/buscar/", {"q": "agua"}, headers={"HX-Request": "true"}).content.decode()
    assert rows.strip().startswith("<li>")
    assert "<html" in client.get("/buscar/", {"q": "agua"}).content.decode()
