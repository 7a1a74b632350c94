"""A page that is open while others work: its counts move and it says what happened, in a real browser."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from playwright.sync_api import Page, expect, sync_playwright

from audit.log import record
from companies.models import Company, User
from core import clock
from core.tenancy import company_context
from tests.audit.listening import serving
from tests.companies.web import client_of
from tests.factories import actor, make_company, make_customer, make_invoice, make_user, pay
from tests.reservations.factories import NOW, confirmed

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def company(committing) -> Company:
    return make_company()


@pytest.fixture
def user(company) -> User:
    return make_user(company)


@pytest.fixture
def elsewhere(company) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Return a function that does something in the company as somebody else would: in another thread."""

    def inside(step: Callable[[], Any]) -> Any:
        try:
            with company_context(company.pk):
                return step()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield lambda step: pool.submit(inside, step).result(timeout=60)


@pytest.fixture
def page(program_environment, tmp_path, user) -> Iterator[Page]:
    name = settings.SESSION_COOKIE_NAME
    session = client_of(user).cookies[name].value
    with serving(program_environment | {"DEBUG": "true"}, tmp_path) as web, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context(base_url=f"http://127.0.0.1:{web.port}")
        context.add_cookies([{"name": name, "value": session, "domain": "127.0.0.1", "path": "/"}])
        page = context.new_page()
        with page.expect_response(lambda answer: "/events/stream/" in answer.url and answer.status == 200):
            page.goto("/auditoria/")
        yield page
        chromium.close()


def booked() -> None:
    with clock.at(NOW):
        confirmed()


def test_the_menus_counts_follow_what_others_do(page, elsewhere):
    waiting = page.locator("#nav-count-billables")
    expect(waiting).to_be_hidden()
    elsewhere(booked)
    expect(waiting).to_have_text("1")
    elsewhere(booked)
    expect(waiting).to_have_text("2")


def test_what_others_do_is_told_and_what_one_does_oneself_is_not(page, elsewhere, user):
    own = actor(user_id=user.pk)
    elsewhere(lambda: pay(make_invoice(), "15.00", actor=own))
    elsewhere(lambda: pay(make_invoice(), "25.00", actor=actor("cashier")))
    toasts = page.locator("#toasts [data-toast]")
    expect(toasts).to_have_count(1)
    expect(toasts).to_contain_text("Cobro registrado")
    expect(toasts).to_contain_text("25,00")
    expect(toasts).to_contain_text("cashier")


def test_a_batch_is_told_in_two_sentences_and_a_rest(page, elsewhere):
    def batch() -> None:
        with transaction.atomic():
            for _ in range(12):
                record("payment.voided", make_customer(), actor=actor("cashier"), public={})

    elsewhere(batch)
    toasts = page.locator("#toasts [data-toast]")
    expect(toasts).to_have_count(3)
    expect(toasts.last).to_contain_text("Y 10 novedades más.")
