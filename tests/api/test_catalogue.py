"""Products, tax rates, and where numbers come from."""

import pytest

from billing import workflow
from billing.models import Product, Series
from tests.api_client import Api
from tests.factories import SYSTEM, make_draft, make_invoice, make_user

pytestmark = pytest.mark.django_db

NEW = {"code": "P-1", "name": "Agua", "unit_price": "0.892857"}


def test_a_product_is_made_read_changed_and_hidden(api, inside):
    made = api.post("products/", NEW)
    assert (api.status, made["unit_price"], made["tax_category"]) == (201, "0.892857", "general")
    assert api.patch(f"products/{made['id']}/", {"unit_price": 1.5})["unit_price"] == "1.5"
    replaced = api.put(f"products/{made['id']}/", NEW | {"tax_category": "zero"})
    assert (replaced["unit_price"], replaced["tax_category"]) == ("0.892857", "zero")
    api.delete(f"products/{made['id']}/")
    assert api.status == 204
    assert api.get("products/")["results"] == []
    with inside():
        assert Product.objects.get().deleted_at


def test_a_code_is_taken_once(api):
    api.post("products/", NEW)
    assert api.post("products/", NEW)["code"] == "product_exists"


@pytest.mark.parametrize(
    ("price", "status"), [("0", 422), (-1, 422), ("1.1234567", 400), ("NaN", 400), (True, 400), (None, 400)]
)
def test_a_price_that_is_none_is_refused(api, price, status):
    api.post("products/", NEW | {"unit_price": price})
    assert api.status == status


def test_the_tax_table_is_read_by_date_and_category(api):
    (general,) = api.get("taxes/", {"on": "2026-11-21", "category": "general"})["results"]
    assert (general["tax_code"], general["rate"]) == ("2", "15.00")
    api.post("taxes/", {})
    assert api.status == 405


def test_an_establishment_a_point_and_a_receipt_book_are_opened(api):
    place = api.post("establishments/", {"code": "002", "name": "Norte", "address": "Quito"})
    point = api.post("emission-points/", {"establishment": place["id"], "code": "005"})
    book = api.post("receipt-books/", {"emission_point": point["id"], "start_number": 501, "limit_number": 600})
    assert (api.status, book["code"], book["last_number"]) == (201, "002-005", 500)
    told = api.get(f"emission-points/{point['id']}/next-number/", {"type": "01"})
    assert (told["number"], told["sequential"], told["receipt_book"]) == ("002-005-000000501", 501, book["id"])
    assert told["warning"]


def test_previewing_the_next_number_takes_nothing(api, inside):
    (book,) = api.get("receipt-books/")["results"]
    for _ in range(2):
        assert api.get(f"emission-points/{book['emission_point']}/next-number/")["sequential"] == 1
    with inside():
        assert Series.objects.get().last_number == 0


def test_a_receipt_book_in_use_keeps_its_start(api, inside):
    (book,) = api.get("receipt-books/")["results"]
    assert api.patch(f"receipt-books/{book['id']}/", {"start_number": 7})["last_number"] == 6
    with inside():
        make_invoice()
    refused = api.patch(f"receipt-books/{book['id']}/", {"start_number": 100})
    assert (api.status, refused["code"]) == (409, "series_in_use")


def test_numbers_not_used_are_listed_with_their_reason(api, inside):
    with inside():
        invoice = make_invoice()
        make_draft()
        workflow.void(invoice.pk, reason="Datos equivocados", actor=SYSTEM)
    (book,) = api.get("receipt-books/")["results"]
    (gap,) = api.get(f"receipt-books/{book['id']}/gaps/")["results"]
    assert (gap["sequential"], gap["invoice"], gap["reason"]) == (1, invoice.pk, "Datos equivocados")


def test_a_code_is_three_digits(api):
    refused = api.post("establishments/", {"code": "2", "name": "Norte", "address": "Quito"})
    assert (api.status, refused["errors"][0]["field"]) == (400, "code")


def test_setting_up_series_asks_for_the_company_permission(company):
    api = Api(make_user(company, "billing"))
    refused = api.post("establishments/", {"code": "002", "name": "Norte", "address": "Quito"})
    assert (api.status, refused["permission"]) == (403, "company.manage")
