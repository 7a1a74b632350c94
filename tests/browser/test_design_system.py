"""The components in a real browser: accessible in both themes, driven by the keyboard, faithful to the content policy.

No server and no database: every request of the browser is answered by Django's test client.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

SITE = "http://cuadre.test"
HERE = Path(__file__).parent
AXE = (HERE / "vendor" / "axe.min.js").read_text()
PAGES = ["", "lista/", "documento/", "formulario/", "confirmacion/", "agenda/"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, settings) -> Iterator[Page]:
    _serve_the_gallery_alone(settings)
    context = browser.new_context(base_url=SITE, viewport={"width": 1440, "height": 900})
    context.route("**/*", _answer)
    yield context.new_page()
    context.close()


def _serve_the_gallery_alone(settings) -> None:
    """Leave out what asks the database: Playwright's loop forbids it."""
    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = "tests.browser.gallery_urls", ["*"]
    settings.MIDDLEWARE = [
        "core.middleware.SecurityHeaders",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]


def _answer(route: Route) -> None:
    address = urlsplit(route.request.url)
    if address.path.startswith("/static/"):
        return route.fulfill(path=finders.find(address.path.removeprefix("/static/")))
    headers = route.request.all_headers()
    answer = Client().generic(
        route.request.method,
        f"{address.path}?{address.query}",
        route.request.post_data_buffer or b"",
        content_type=headers.get("content-type", ""),
        headers={"cookie": headers.get("cookie", ""), "host": "cuadre.test"},
    )
    return route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


def _open(page: Page, name: str = "", theme: str = "light") -> Page:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": SITE}])
    page.goto(f"/componentes/{name}")
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_component_has_a_serious_accessibility_fault(page, name, theme):
    _open(page, name, theme)
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})  # the policy forbids a <script>
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_breaks_the_content_policy_or_throws(page, name):
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    _open(page, name)
    assert faults == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_tablet(page, name):
    page.set_viewport_size({"width": 820, "height": 1180})
    _open(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 820


def test_the_theme_is_kept_in_a_cookie_that_the_server_reads(page):
    _open(page)
    page.click("[data-theme-toggle]")
    page.wait_for_function("document.cookie.includes('theme=dark')")
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_enter_in_the_last_line_adds_a_line(page):
    _open(page, "formulario/")
    page.locator("[data-line]").last.locator("input[name$=quantity]").press("Enter")
    assert page.locator("[data-line]:visible").count() == 4
    assert page.locator("#id_lines-TOTAL_FORMS").input_value() == "4"
    assert page.evaluate("document.activeElement.name") == "lines-3-product"


def test_alt_delete_marks_a_line_for_deletion_and_hides_it(page):
    _open(page, "formulario/")
    page.locator("#id_lines-1-product").press("Alt+Delete")
    assert page.locator("[data-line]:visible").count() == 2
    assert page.locator("#id_lines-1-DELETE").is_checked()


def test_the_combobox_is_driven_by_typing_arrows_and_enter(page):
    _open(page, "formulario/")
    box = page.locator("#id_customer")
    box.press_sequentially("com")
    expect(page.locator("#id_customer_list")).to_be_visible()
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "id_customer_list_0"  # the only match: around to itself
    box.press("Enter")
    assert box.input_value() == "Comercial Andrade & Hijos Cía. Ltda."
    assert page.locator("[name=customer]").input_value() == "1"
    assert box.get_attribute("aria-expanded") == "false"
    box.press_sequentially("x")
    assert page.locator("[name=customer]").input_value() == ""


def test_a_form_is_sent_once(page):
    _open(page, "confirmacion/")
    sent = page.evaluate(
        """() => {
            const form = document.querySelector(".main form");
            const submit = () => new SubmitEvent("submit", {cancelable: true, bubbles: true});
            return [form.dispatchEvent(submit()), form.dispatchEvent(submit())];
        }"""
    )
    assert sent == [True, False]


def test_a_field_named_method_does_not_hide_the_forms_own(page):
    _open(page, "formulario/")
    page.evaluate(
        """() => document.getElementById("form").dispatchEvent(
            new SubmitEvent("submit", {cancelable: true, bubbles: true}))"""
    )
    assert page.locator("#form").get_attribute("data-sent") == "1"


def test_leaving_a_changed_form_asks_first(page):
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    _open(page, "formulario/")
    page.locator("#id_notes").press_sequentially("algo")
    expect(page.locator("[data-unsaved]")).to_be_visible()
    page.click(".crumbs a")
    page.wait_for_url("**/lista/")
    assert asked == ["beforeunload"]


def test_an_unchanged_form_is_left_without_a_question(page):
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    _open(page, "formulario/")
    page.click(".crumbs a")
    page.wait_for_url("**/lista/")
    assert asked == []


def test_control_k_finds_a_page_whatever_its_accents(page):
    _open(page)
    page.keyboard.press("Control+k")
    page.locator("[data-goto-input]").press_sequentially("métodos")
    expect(page.locator("#goto .goto-list a:visible")).to_have_text(["Métodos de cobro"])
    page.locator("[data-goto-input]").fill("metodos")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cobros/metodos/")


def test_marking_a_row_shows_what_can_be_done_with_it(page):
    _open(page, "lista/")
    bar = page.locator("[data-bulk-bar]")
    expect(bar).to_be_hidden()
    page.locator("input[name=pk]").first.check()
    expect(bar).to_contain_text("1 marcadas")
    page.locator("[data-check-all]").check()
    expect(bar).to_contain_text("24 marcadas")


def test_j_walks_the_rows_and_enter_opens_one(page):
    _open(page, "lista/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "001-001-000001203"
    page.keyboard.press("Enter")
    page.wait_for_url("**/documento/")


def test_a_click_anywhere_on_a_row_opens_it(page):
    _open(page, "lista/")
    page.locator("tbody tr").nth(2).locator("td").nth(3).click()
    page.wait_for_url("**/documento/")


def test_the_totals_come_by_a_second_request(page):
    _open(page, "lista/")
    expect(page.locator(".list-foot dd").first).to_have_text("1.204")


def test_typing_in_the_search_box_exchanges_only_the_rows(page):
    _open(page, "lista/")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    page.locator("#list-search").press_sequentially("ana")
    page.wait_for_url("**/lista/?search=ana&status=issued")  # nothing of the filters that are empty
    expect(page.locator("[data-bulk-bar]")).to_be_hidden()
    assert page.locator("h1").get_attribute("data-kept") == "yes"
    assert page.evaluate("document.activeElement.id") == "list-search"


def test_arrows_walk_the_slots_of_the_day(page):
    _open(page, "agenda/")
    slot = page.get_by_label("Cancha 1, 11:00, libre")
    slot.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel") == "Cancha 2, 11:00, libre"
    page.keyboard.press("ArrowDown")
    assert "Club Deportivo Los Ceibos" in page.evaluate("document.activeElement.textContent")


def test_a_free_slot_opens_its_form_in_a_dialog(page):
    _open(page, "agenda/")
    page.get_by_label("Cancha 1, 11:00, libre").click()
    expect(page.locator("#dialog h1")).to_have_text("Nueva factura")
    assert page.locator("#dialog form").get_attribute("action") == f"{SITE}/componentes/formulario/"
    expect(page.locator("#dialog [data-remove-line]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()


def test_a_form_refused_in_the_dialog_stays_there(page):
    _open(page)
    page.locator("a[data-dialog]").click()
    page.locator("#dialog .btn-danger").click()
    expect(page.locator("#dialog h1")).to_have_text("Anular la factura 001-001-000001204")
    assert page.url == f"{SITE}/componentes/"


def test_question_mark_shows_the_shortcuts_but_not_while_typing(page):
    _open(page, "formulario/")
    page.locator("#id_notes").press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()


def test_the_page_says_all_it_has_without_javascript(browser, settings):
    _serve_the_gallery_alone(settings)
    context = browser.new_context(base_url=SITE, java_script_enabled=False)
    context.route("**/*", _answer)
    page = context.new_page()
    page.goto("/componentes/formulario/")
    assert page.locator("[name=add_line]").is_visible()
    assert page.locator("#id_lines-0-DELETE").is_visible()
    assert not page.locator("[data-remove-line]").first.is_visible()
    page.goto("/componentes/lista/")
    assert page.locator("[data-bulk-bar]").is_visible()
    context.close()


def test_every_icon_that_a_page_names_is_in_the_sprite():
    sprite = Path(finders.find("vendor/tabler-icons/sprite.svg")).read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = set()
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% (?:icon|nav_item \w+) "([^"]+)"', template.read_text()))
    from core.chips import LOOKS

    named |= {look.icon for look in LOOKS.values()}
    assert named - known == set()


def test_a_live_event_refreshes_what_shows_it_and_says_so(page):
    event = '{"type": "payment.confirmed", "message": "Cobro de $ 5,00"}'
    frames = f"id: 41\n\n: beat\n\nid: 42\nevent: payment.confirmed\ndata: {event}\n\n"
    asked: list[str] = []

    def stream(route: Route) -> None:
        asked.append(route.request.headers.get("last-event-id", ""))
        route.fulfill(status=200, headers={"content-type": "text/event-stream"}, body=frames)

    page.context.route("**/api/v1/events/stream/**", stream)
    page.clock.install()
    _open(page)
    expect(page.locator("[data-toast]")).to_contain_text("Cobro de $ 5,00")
    assert asked == [""]
    with page.expect_response("**/api/v1/events/stream/**"):
        page.clock.fast_forward(21_000)
    expect(page.locator("[data-live-state]")).to_be_visible()
    assert asked == ["", "42"]


def test_an_element_is_refreshed_only_by_the_events_it_names(page):
    body = 'data: {"type": "invoice.issued"}\n\n'
    page.context.route(
        "**/api/v1/events/stream/**",
        lambda route: route.fulfill(status=200, headers={"content-type": "text/event-stream"}, body=body),
    )
    page.add_init_script(
        """window.heard = [];
        document.addEventListener("DOMContentLoaded", () => {
            for (const name of ["invoice,payment", "reservation"]) {
                const badge = document.body.appendChild(document.createElement("span"));
                badge.dataset.live = name;
                badge.addEventListener("live", () => window.heard.push(name));
            }
        });"""
    )
    _open(page)
    page.wait_for_function("window.heard.length > 0")
    assert page.evaluate("window.heard") == ["invoice,payment"]
