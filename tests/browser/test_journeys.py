"""A day at the desk, in a browser: what people do from end to end."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Page, Route, expect

from billing.models import CustomerCredit, Document
from companies.models import Membership, User
from companies.roles import Role
from core import clock
from core.tenancy import all_companies, company_context
from payments.models import Payment
from reservations import workflow as reservations
from reservations.models import Court, Reservation
from tests import laws
from tests.crash.processes import until
from tests.factories import (
    PASSWORD,
    SYSTEM,
    line,
    make_company,
    make_customer,
    make_invoice,
    make_product,
    make_user,
    pay,
)
from tests.reservations.factories import make_priced_court

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def company(site):
    company = make_company()
    with company_context(company.pk):
        yield company


@pytest.fixture
def court(company) -> Court:
    return make_priced_court("30.00", name="Cancha Azul")


@pytest.fixture
def ana(company):
    return make_customer(name="Ana Játiva", identification="1710034065", identification_type="05")


def tomorrow_at_the_grid() -> str:
    return f"/reservas/?day={clock.today() + timedelta(days=1)}"


def choose(page: Page, label: str, typed: str) -> None:
    """Find something in a combobox and take the first that is offered."""
    page.get_by_role("combobox", name=label).focus()
    type_and_take(page, typed)


def type_and_take(page: Page, typed: str) -> None:
    """Type into the combobox the cursor is in, and take the first that is offered."""
    page.keyboard.type(typed)
    expect(page.locator(".combobox-list:visible [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")


def collect(page: Page, amount: str) -> None:
    """Record a payment of the invoice the page shows."""
    page.get_by_role("link", name="Registrar cobro").click()
    page.get_by_label("Valor recibido").fill(amount)
    page.get_by_role("button", name="Registrar cobro").click()


def toast(page: Page):
    return page.locator("[data-toast]").first


def test_from_a_free_slot_to_a_paid_invoice_and_its_pdf(company, court, ana, enter):
    page = enter(make_user(company, Role.FRONTDESK), path=tomorrow_at_the_grid())
    page.get_by_role("link", name="Reservar Cancha Azul a las 18:00").click()
    choose(page, "Cliente", "jativ")
    page.get_by_role("button", name="Solo solicitar").click()
    page.get_by_role("link", name="Ana Játiva").click()
    page.get_by_role("button", name="Confirmar").click()
    expect(toast(page)).to_contain_text("confirmada")
    page.get_by_role("button", name="Solo facturar").click()
    expect(page.locator(".paper .grand")).to_contain_text("$ 30,00")
    page.get_by_role("button", name="Emitir").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("001-001-000000001")
    invoice = page.url

    cashier = enter(make_user(company, Role.CASHIER), path=invoice)
    collect(cashier, "12,50")
    expect(cashier.locator(".is-main dd")).to_have_text("$ 17,50")
    collect(cashier, "17,50")
    expect(cashier.locator(".is-main dd")).to_have_text("$ 0,00")
    expect(cashier.locator("main").get_by_text("Pagada", exact=True).first).to_be_visible()
    with cashier.expect_download() as download:
        cashier.get_by_role("link", name="Descargar PDF").first.click()
    assert download.value.suggested_filename == "factura-001-001-000000001.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-1.")
    booked = Reservation.objects.with_billing().get()
    assert (booked.status, booked.billing_state) == ("confirmed", "paid")
    assert laws.broken() == []


@pytest.mark.parametrize(
    ("choice", "credit", "payment"),
    [
        ("Queda como saldo a favor del cliente", "40.00", "confirmed"),
        ("Se anulan también los cobros", "0.00", "voided"),
    ],
)
def test_voiding_tells_its_consequences_and_asks_what_becomes_of_the_money(company, enter, choice, credit, payment):
    invoice = make_invoice(line("100.00"))
    pay(invoice, "40.00")
    page = enter(make_user(company, Role.OWNER), path=invoice.get_absolute_url())
    page.locator("main").get_by_label("Más acciones").click()
    page.get_by_role("link", name="Anular…").click()
    expect(page.locator(".consequences")).to_contain_text(invoice.number)
    expect(page.locator(".consequences")).to_contain_text("$ 40,00")
    page.get_by_role("button", name="Anular la factura").click()
    expect(page.locator("main [role=alert], main .error").first).to_be_visible()  # the reason is missing
    assert Document.objects.get(pk=invoice.pk).status == "issued"
    page.get_by_label(choice).check()
    page.get_by_label("Motivo").fill("Datos del cliente equivocados")
    page.get_by_role("button", name="Anular la factura").click()
    expect(page.locator("main")).to_contain_text("Motivo: Datos del cliente equivocados")
    assert Document.objects.get(pk=invoice.pk).status == "voided"
    assert f"{sum(row.remaining for row in CustomerCredit.objects.all()):.2f}" == credit
    assert Payment.objects.get().status == payment


def test_an_invoice_is_written_without_a_mouse(company, ana, enter):
    make_product(name="Clase de tenis", unit_price="25.00", price_includes_tax=False)
    page = enter(make_user(company, Role.BILLING), path="/facturas/")
    keys = page.keyboard
    keys.press("n")  # the page's first action
    page.wait_for_url("**/facturas/nueva/", wait_until="load")
    assert page.evaluate("document.activeElement.name") == "customer_text"  # where the cursor waits
    type_and_take(page, "jativ")
    tab_to(page, "lines-0-product_text")
    type_and_take(page, "tenis")
    expect(page.locator("[name=lines-0-unit_price]")).to_have_value("25")
    tab_to(page, "lines-0-quantity")
    keys.type("2")
    keys.press("Enter")  # a new line, and the cursor in it
    tab_to(page, "lines-1-description")
    keys.type("Torneo")
    tab_to(page, "lines-1-unit_price")
    keys.type("10,5")
    expect(page.locator(".totals-box .grand")).to_contain_text("$ 69,58")
    keys.press("Control+s")
    expect(toast(page)).to_contain_text("Borrador guardado")
    keys.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("001-001-000000001")
    assert f"{Document.objects.get().total}" == "69.58"


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the cursor is in a field."""
    for _press in range(25):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def test_a_double_click_makes_one_document(company, ana, enter):
    page = enter(make_user(company, Role.BILLING), path="/facturas/nueva/")
    choose(page, "Cliente", "jativ")
    page.locator("[name=lines-0-description]").fill("Clase")
    page.locator("[name=lines-0-unit_price]").fill("10")
    page.get_by_role("button", name="Emitir").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("001-001-000000001")
    assert Document.objects.count() == 1


def test_a_double_click_makes_one_document_without_javascript_too(company, ana, enter):
    """The form's key says that it is the same; nothing in the browser would."""
    page = enter(make_user(company, Role.BILLING), path="/facturas/nueva/", java_script_enabled=False)
    page.locator("[name=customer_text]").fill("1710034065")
    page.locator("[name=lines-0-description]").fill("Clase")
    page.locator("[name=lines-0-unit_price]").fill("10")
    page.get_by_role("button", name="Emitir").dblclick()
    until(lambda: Document.objects.filter(status="issued").exists())
    page.wait_for_load_state("networkidle")
    assert Document.objects.get().number == "001-001-000000001"


def test_the_days_work_is_done_without_javascript(company, court, ana, enter):
    page = enter(make_user(company, Role.OWNER), path=tomorrow_at_the_grid(), java_script_enabled=False)
    page.get_by_role("link", name="Reservar Cancha Azul a las 18:00").click()
    page.locator("[name=customer_text]").fill("Ana Játiva")
    page.get_by_role("button", name="Solo solicitar").click()
    page.get_by_role("link", name="Ana Játiva").click()
    page.get_by_role("button", name="Confirmar").click()
    page.get_by_role("button", name="Solo facturar").click()
    page.get_by_role("button", name="Emitir").click()
    collect(page, "10,00")
    expect(page.locator(".is-main dd")).to_have_text("$ 20,00")
    collect(page, "20,00")
    expect(page.locator(".is-main dd")).to_have_text("$ 0,00")
    assert Document.objects.get().status == "paid"


def test_what_others_do_is_told_and_counted_in_an_open_page(company, court, ana, enter):
    page = enter(make_user(company, Role.BILLING))
    streams: list[Route] = []
    page.route("**/events/stream/**", lambda route: streams.append(route))  # the page is there before its stream
    with page.expect_request("**/events/stream/**"):
        page.goto("/pendientes/")
    badge = page.locator("#nav-count-billables")
    expect(badge).to_be_hidden()
    start = clock.day_range(clock.today() + timedelta(days=1))[0] + timedelta(hours=10)
    booked = reservations.BookInput(court.pk, start, start + timedelta(hours=1), customer_id=ana.pk, confirm=True)
    reservations.book(booked, actor=SYSTEM)
    streams.pop().continue_()
    expect(badge).to_have_text("1")
    pay(make_invoice(line("100.00"), customer_id=ana.pk), "57.50")
    expect(page.locator("[data-toast]").filter(has_text="57,50")).to_be_visible()


def test_a_form_of_another_company_is_refused_and_saves_nothing(company, ana, enter):
    user, other = make_user(company), make_company(trade_name="La Otra Cancha")
    with all_companies():
        Membership.objects.create(company=other, user=user, role=Role.OWNER)
    page = enter(user, path="/facturas/nueva/")
    choose(page, "Cliente", "jativ")
    page.locator("[name=lines-0-description]").fill("Clase")
    page.locator("[name=lines-0-unit_price]").fill("10")
    second = page.context.new_page()
    second.goto("/")
    second.locator(".company-button").click()
    second.get_by_role("button", name="La Otra Cancha").click()
    expect(second.locator(".company-button")).to_contain_text("La Otra Cancha")
    page.get_by_role("button", name="Emitir").click()
    expect(page.locator("body")).to_contain_text("ahora trabaja en «La Otra Cancha»")
    with all_companies():
        assert not Document.objects.filter(company__in=[company, other]).exists()


def test_a_wrong_password_is_refused_and_the_second_step_opens(company, enter):
    user, secret = make_user(company, email="caja@prueba.test"), generate_totp_secret()
    User.objects.filter(pk=user.pk).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "sal-de-prueba"))
    TOTP.activate(user, secret)
    page = enter(path="/facturas/")
    for password in ("otra-contrasena", PASSWORD):
        page.get_by_label("Correo electrónico").fill("caja@prueba.test")
        page.get_by_label("Contraseña").fill(password)
        page.get_by_role("button", name="Entrar").click()
        if password != PASSWORD:
            expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Código").fill("000000")
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Código").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url("**/facturas/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Facturas")


def test_the_front_desk_books_and_charges_on_a_tablet_in_one_step(company, court, ana, enter):
    page = enter(make_user(company, Role.FRONTDESK), path=tomorrow_at_the_grid(), width=820, has_touch=True)
    page.get_by_role("link", name="Reservar Cancha Azul a las 19:00").tap()
    page.get_by_role("combobox", name="Cliente").tap()
    type_and_take(page, "jativ")
    page.get_by_role("button", name="Reservar y cobrar").tap()
    expect(toast(page)).to_contain_text("facturada y cobrada a Ana Játiva")
    assert (Document.objects.get().status, Reservation.objects.get().status) == ("paid", "confirmed")


def test_a_slot_somebody_else_has_taken_meanwhile_says_by_whom(company, court, ana, enter):
    page = enter(make_user(company, Role.FRONTDESK), path=tomorrow_at_the_grid())
    page.get_by_role("link", name="Reservar Cancha Azul a las 18:00").click()
    choose(page, "Cliente", "jativ")
    start = clock.day_range(clock.today() + timedelta(days=1))[0] + timedelta(hours=18)
    rival = make_customer(name="Bruno Rivas")
    booked = reservations.BookInput(court.pk, start, start + timedelta(hours=1), customer_id=rival.pk)
    reservations.book(booked, actor=SYSTEM)
    page.get_by_role("button", name="Reservar", exact=False).last.click()
    expect(page.locator("#dialog")).to_contain_text("Bruno Rivas")
    assert Reservation.objects.count() == 1
