"""SRI's word arrives on the open page by itself: on the document, in its chips and buttons, and over every page."""

import pytest
from playwright.sync_api import APIResponse, Route, expect

from core.tenancy import company_context
from tests.browser.conftest import Enter, Site
from tests.factories import make_company, make_invoice, make_user
from tests.sri_stub import approved, rejected

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_document_s_page_shows_what_sri_says_without_anybody_touching_it(site: Site, enter: Enter):
    company = make_company(e_invoicing=True)
    with company_context(company.pk):
        invoice, other = make_invoice(), make_invoice()
    page = enter(make_user(company), path=invoice.get_absolute_url())
    block = page.locator("#sri")
    expect(block).to_contain_text("sale hacia el SRI en un momento")
    with company_context(company.pk):
        approved(invoice)
    expect(block).to_contain_text("Autorizada por el SRI.")
    expect(page.locator("h1")).to_contain_text("Autorizada")
    assert "every 3s" not in (block.get_attribute("hx-trigger") or "")
    expect(page.locator("#notices")).not_to_contain_text("rechazado")
    with company_context(company.pk):
        rejected(other)
    expect(page.locator("#notices")).to_contain_text("1 comprobante rechazado por el SRI espera corrección.")


def test_what_happens_while_a_notice_is_read_anew_is_read_after_it(site: Site, enter: Enter):
    company = make_company(e_invoicing=True)
    with company_context(company.pk):
        first, second = make_invoice(), make_invoice()
    page = enter(make_user(company))
    answers: list[tuple[Route, APIResponse]] = []
    page.route("**/empresa/avisos/", lambda route: answers.append((route, route.fetch())), times=1)
    with page.expect_request("**/empresa/avisos/"), company_context(company.pk):
        rejected(first)
    expect(page.locator("[data-toast]")).to_have_count(1)
    with company_context(company.pk):
        rejected(second)
    expect(page.locator("[data-toast]")).to_have_count(2)
    [(route, answer)] = answers
    assert "1 comprobante rechazado" in answer.text()
    route.fulfill(response=answer)
    expect(page.locator("#notices")).to_contain_text("2 comprobantes rechazados por el SRI esperan corrección.")


def test_a_refused_document_is_corrected_from_its_primary_button_with_the_keyboard(site: Site, enter: Enter):
    company = make_company(e_invoicing=True)
    with company_context(company.pk):
        invoice = rejected(make_invoice(), "52", "ERROR EN DIFERENCIAS")
    page = enter(make_user(company), path=invoice.get_absolute_url())
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("Corregir y reenviar")
    expect(page.locator(".sri-messages")).to_contain_text("ERROR EN DIFERENCIAS")
    page.get_by_role("link", name="Corregir líneas").click()
    page.get_by_label("Precio").first.fill("80,00")
    expect(page.locator("#totals")).to_contain_text("$ 92,00")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{invoice.get_absolute_url()}")
    expect(page.locator("#sri")).to_contain_text("sale hacia el SRI en un momento")
    expect(page.locator("article.paper")).to_contain_text("$ 92,00")
