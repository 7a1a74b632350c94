"""The keyboard and what helps while one writes, in a browser: shortcuts, go-to box, unsent forms, undo, mentions."""

import pytest
from playwright.sync_api import expect

from core.tenancy import company_context
from tests.factories import make_company, make_customer, make_invoice, make_user

pytestmark = [pytest.mark.browser]


def test_a_morning_without_a_mouse(site, enter):
    company = make_company()
    owner = make_user(company)
    make_user(company, "cashier", name="José Muñoz")
    with company_context(company.pk):
        customer = make_customer(name="Ana Torres")
        invoice = make_invoice(customer_id=make_customer().pk)
    page = enter(owner)
    page.on("dialog", lambda dialog: dialog.accept())

    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cobros/")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_contain_text("Fila siguiente")
    page.keyboard.press("Escape")

    page.keyboard.press("Control+k")
    page.locator("[data-goto-input]").press_sequentially("115,00")
    expect(page.locator("#goto-found")).to_contain_text(invoice.number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/facturas/{invoice.pk}/")

    page.goto("/clientes/nuevo/")
    with page.expect_response("**/formularios/"):
        page.locator("#id_name").press_sequentially("A medias")
    page.goto("/")
    page.goto("/clientes/nuevo/")
    page.locator("[data-restore]").click()
    expect(page.locator("#id_name")).to_have_value("A medias")

    page.goto(f"/clientes/{customer.pk}/retirar/")
    page.keyboard.press("Control+Enter")
    page.locator("[data-undo]").click()
    page.wait_for_url(f"**/clientes/{customer.pk}/")

    page.locator("#note-text").press_sequentially("Que llame @jos")
    expect(page.locator(".people-list li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#note-text")).to_have_value("Que llame @José Muñoz ")
    page.get_by_role("button", name="Agregar nota").click()
    expect(page.locator(".note-text")).to_have_text("Que llame @José Muñoz")
