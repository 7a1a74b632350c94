"""The agenda in a browser: moving by dragging, and a booking that is charged without leaving the grid."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from companies.roles import Role
from core import clock
from core.tenancy import company_context
from reservations.models import Reservation
from tests.factories import SYSTEM, make_company, make_customer, make_user
from tests.reservations.factories import at, book, confirmed, make_court, make_rate, make_venue

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def company(site):
    company = make_company()
    with company_context(company.pk):
        yield company


@pytest.fixture
def tomorrow():
    return clock.today() + timedelta(days=1)


@pytest.fixture
def courts(company):
    """Return two courts whose evening is dearer."""
    venue = make_venue(name="Norte")
    make_rate(venue, "20.00", starts="00:00", ends="20:00")
    make_rate(venue, "30.00", starts="20:00", ends="00:00")
    return [make_court(venue, name=name, opens="16:00", closes="22:00") for name in ("Azul", "Roja")]


def drag(page: Page, block: Locator, target: Locator, *, below: float = 0, drop: bool = True) -> None:
    """Take a block near its top and carry it there, as a hand with a mouse does."""
    start, end = box(block), box(target)
    page.mouse.move(start["x"] + 30, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20)
    page.mouse.move(end["x"] + 30, end["y"] + 12 + below, steps=4)
    if drop:
        page.mouse.up()


def box(thing: Locator) -> FloatRect:
    """Return where something is; while it is replaced it is nowhere."""
    while (found := thing.bounding_box()) is None:
        thing.wait_for()
    return found


def toast(page: Page) -> Locator:
    return page.locator("[data-toast]").last


def test_a_booking_is_dragged_where_it_is_free_and_comes_back_where_it_is_not(company, courts, tomorrow, enter):
    blue, red = courts
    mine = confirmed(blue, "17:00", "19:00", day=tomorrow, customer_id=make_customer(name="Ana Játiva").pk)
    book(red, "18:00", "19:00", day=tomorrow, customer_id=make_customer(name="Bruno Rivas").pk)
    page = enter(make_user(company, Role.FRONTDESK), path=f"/reservas/?day={tomorrow}")
    block, slot = page.get_by_role("link", name="Ana Játiva"), page.get_by_label

    drag(page, block, page.get_by_role("link", name="Bruno Rivas"))
    expect(toast(page)).to_contain_text("Bruno Rivas")
    drag(page, block, slot("Reservar Roja a las 16:00"), drop=False)
    with page.expect_response(f"**/reservas/?day={tomorrow}"):
        book(red, "20:00", "21:00", day=tomorrow, customer_id=make_customer(name="Carla Mora").pk)
    expect(page.get_by_role("link", name="Carla Mora")).to_have_count(0)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.get_by_role("link", name="Carla Mora")).to_be_visible()
    expect(page.locator(".slot-ghost, .is-lifted, #drawer[open]")).to_have_count(0)
    mine.refresh_from_db()
    assert (mine.court, mine.starts_at, mine.version) == (blue, at("17:00", tomorrow), 2)

    drag(page, block, slot("Reservar Azul a las 16:00"))
    expect(toast(page)).to_contain_text("Movida a Azul")
    expect(block).to_have_attribute("data-at", re.compile("T16:00"))
    drag(page, block, slot("Reservar Azul a las 18:00"), below=-block.bounding_box()["height"] / 2)  # over itself
    expect(block).to_have_attribute("data-at", re.compile("T17:00"))
    mine.refresh_from_db()
    assert (mine.starts_at, mine.version) == (at("17:00", tomorrow), 4)


def test_another_price_is_asked_before_it_is_done(company, courts, tomorrow, enter):
    blue, red = courts
    mine = confirmed(blue, "17:00", "18:00", day=tomorrow, customer_id=make_customer(name="Ana Játiva").pk)
    page = enter(make_user(company, Role.FRONTDESK), path=f"/reservas/semana/?day={tomorrow}&court={red.pk}")
    page.goto(f"/reservas/?day={tomorrow}")
    drag(page, page.get_by_role("link", name="Ana Játiva"), page.get_by_label("Reservar Roja a las 20:00"))
    expect(page.locator("#dialog")).to_contain_text("$ 30,00")
    expect(page.locator("#dialog")).to_contain_text("$ 20,00")
    assert Reservation.objects.get().starts_at == mine.starts_at
    page.get_by_role("button", name="Mover por $ 30,00").click()
    expect(toast(page)).to_contain_text("Movida a Roja")
    moved = Reservation.objects.get()
    assert (moved.court, moved.starts_at, str(moved.total)) == (red, at("20:00", tomorrow), "30.00")
    expect(page.locator("td .slot-booked")).to_have_attribute("data-court", str(red.pk))


def test_a_booking_is_confirmed_and_charged_beside_the_grid(company, courts, tomorrow, enter):
    book(courts[0], "17:00", "18:00", day=tomorrow, customer_id=make_customer(name="Ana Játiva").pk, actor=SYSTEM)
    page = enter(make_user(company, Role.FRONTDESK), path=f"/reservas/?day={tomorrow}")
    block = page.get_by_role("link", name="Ana Játiva").first
    block.click()
    drawer = page.get_by_role("dialog", name="Ana Játiva")
    drawer.get_by_role("button", name="Confirmar").click()
    drawer.get_by_role("link", name="Facturar y cobrar").click()
    page.locator("#dialog").get_by_role("button", name="Facturar y cobrar").click()
    expect(drawer).to_contain_text("Pagada")
    expect(page.locator(".slot-booked.is-paid")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(block).to_be_focused()
    assert f"/reservas/?day={tomorrow}" in page.url
