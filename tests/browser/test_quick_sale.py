"""The counter in a browser: by keyboard alone, by touch, and without JavaScript."""

import time
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from billing.models import Document, Status
from companies.roles import Role
from core.tenancy import company_context
from payments.models import Payment
from tests.factories import make_company, make_method, make_product, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST = 20  # seconds


@pytest.fixture
def company(site):
    company = make_company()
    with company_context(company.pk):
        make_method(name="Tarjeta", sri_code="19")
        for code, name, price in (("AGUA", "Agua sin gas 500 ml", "1.00"), ("PELOTA", "Tubo de pelotas", "7.50")):
            make_product(code=code, name=name, unit_price=Decimal(price), price_includes_tax=True)
        yield company


def add(page: Page, text: str, total: str) -> None:
    """Type into the product's box, where the cursor is by itself, and press Enter."""
    expect(page.get_by_label("Producto", exact=True)).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("#sale-sums")).to_contain_text(total)
    page.wait_for_load_state()


def test_a_sale_by_keyboard_alone_and_the_next_one(company, enter):
    page = enter(make_user(company, Role.FRONTDESK), path="/venta/")
    began = time.monotonic()
    add(page, "agua", "$ 1,00")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sold")).to_contain_text("001-001-000000001")
    add(page, "3*pelota", "$ 22,50")
    page.get_by_label("Recibido").focus()
    page.keyboard.type("30")
    expect(page.locator(".sale-change")).to_contain_text("$ 7,50")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sold-change")).to_contain_text("$ 7,50")
    assert time.monotonic() - began < LONGEST
    expect(page.get_by_label("Producto", exact=True)).to_be_focused()
    assert [row.status for row in Document.objects.all()] == [Status.PAID] * 2
    assert Payment.objects.latest("pk").change == Decimal("7.50")


def test_a_sale_by_touch_on_a_tablet(company, enter):
    page = enter(make_user(company, Role.CASHIER), path="/venta/", width=820, has_touch=True)
    page.locator(".product", has_text="Tubo de pelotas").tap()
    page.locator(".product", has_text="Tubo de pelotas").tap()
    page.get_by_text("Tarjeta").tap()
    expect(page.get_by_label("Recibido")).to_be_hidden()
    page.get_by_role("button", name="Cobrar").tap()
    expect(page.locator(".sold")).to_contain_text("$ 15,00")
    assert Payment.objects.get().method.name == "Tarjeta"


def test_above_the_limit_the_buyer_is_named_and_the_lines_stay(company, enter):
    page = enter(make_user(company, Role.FRONTDESK), path="/venta/", java_script_enabled=False)
    page.get_by_label("Producto", exact=True).fill("9*pelota")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Cobrar").click()
    expect(page.get_by_label("Cédula, RUC o pasaporte")).to_be_focused()
    page.keyboard.type("1710034065")
    page.get_by_label("Nombre").fill("Ana Torres")
    page.get_by_role("button", name="Cobrar").click()
    expect(page.locator(".sold")).to_contain_text("Ana Torres")
    assert Document.objects.get().total == Decimal("67.50")
