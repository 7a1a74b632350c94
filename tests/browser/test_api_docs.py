"""The API's documentation in a real browser, within the content policy."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Route, expect, sync_playwright

from core.schema import document

pytestmark = pytest.mark.browser
SITE = "http://cuadre.test"


def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        found = finders.find(path.removeprefix("/static/"))
        return route.fulfill(path=Path(found)) if found else route.fulfill(status=404)
    answer = Client().get(path, headers={"host": "cuadre.test"})
    return route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


def test_the_documentation_shows_every_resource_and_breaks_no_policy(settings):
    settings.MIDDLEWARE, settings.ALLOWED_HOSTS = ["core.middleware.SecurityHeaders"], ["*"]
    tags = {operation["tags"][0] for path in document()["paths"].values() for operation in path.values()}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(base_url=SITE)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route("**/*", _answer)
        page.goto("/api/v1/docs/")
        expect(page.locator(".opblock-tag")).to_have_count(len(tags), timeout=30_000)
        page.locator("#operations-tag-invoices").click()
        page.locator("#operations-invoices-invoices_issue_create .opblock-summary-control").click()
        expect(page.get_by_text("billing.issue_reservations")).to_be_visible()
        chromium.close()
    assert complaints == []
