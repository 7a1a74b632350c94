"""The hard days, in a browser: four players who each pay a part, a team of every Tuesday, one transfer for seven."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from billing.models import CustomerCredit, Document
from companies.roles import Role
from core import clock
from core.money import format_cents
from core.tenancy import company_context
from payments.models import Payment
from reservations import closures
from reservations.models import Court, Repetition, Reservation
from tests import laws
from tests.factories import SYSTEM, line, make_company, make_customer, make_invoice, make_method, make_user
from tests.reservations.factories import confirmed, make_priced_court

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABLET = 820


@pytest.fixture
def company(site):
    company = make_company()
    with company_context(company.pk):
        yield company


@pytest.fixture
def court(company) -> Court:
    return make_priced_court("20.03", name="Cancha Azul")


def find(page: Page, number: int, typed: str) -> None:
    """Find the customer of a part and take the first that is offered."""
    box = page.locator("[data-line]:visible [role=combobox]").nth(number)
    box.focus()
    page.keyboard.type(typed)
    expect(page.locator(".combobox-list:visible [role=option]").first).to_contain_text(typed)
    page.keyboard.press("Enter")


def next_tuesday() -> date:
    today = clock.today()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


def test_four_players_each_pay_a_part_on_a_tablet(company, court, enter):
    names = ["Ana Játiva", "Berta Ruiz", "Carla Mora", "Diana Vela"]
    people = [make_customer(name=name) for name in names]
    booked = confirmed(court, "18:00", "19:00", day=next_tuesday(), customer_id=people[0].pk)
    page = enter(make_user(company, Role.FRONTDESK), path=booked.get_absolute_url(), width=TABLET)
    page.get_by_label("¿Entre cuántos?").fill("4")
    page.get_by_role("button", name="Dividir").click()
    for number, name in enumerate(names[1:], start=1):
        find(page, number, name)
    expect(page.locator("#totals")).to_contain_text("$ 5,03")
    expect(page.locator("#totals .grand")).to_contain_text("$ 20,03")
    page.keyboard.press("Control+s")
    account = page.locator("#account")
    for name in names:
        account.get_by_role("link", name=f"Cobrar a {name}").click()
        page.get_by_role("button", name=re.compile("Facturar y cobrar")).click()
        expect(account.get_by_role("row", name=re.compile(name))).to_contain_text("Pagada")
    expect(account).to_contain_text("Pagado: $ 20,03")
    expect(page.locator("h1")).to_contain_text("Pagada")
    assert Document.objects.filter(status="paid").count() == Payment.objects.count() == 4
    assert laws.broken() == []


def test_a_team_has_the_court_every_tuesday_of_a_year_and_one_invoice_a_month(company, court, enter):
    first = next_tuesday()
    make_customer(name="Los Martes")
    taken = confirmed(court, "19:00", "20:00", day=first + timedelta(days=7))
    closures.add_holiday(day=first + timedelta(days=14), name="Feriado local", closed=True, actor=SYSTEM)
    page = enter(make_user(company, Role.FRONTDESK), path="/reservas/repetidas/nueva/")
    page.get_by_role("combobox", name="Cliente").focus()
    page.keyboard.type("martes")
    expect(page.locator(".combobox-list:visible [role=option]").first).to_contain_text("Los Martes")
    page.keyboard.press("Enter")
    page.get_by_label("Primera fecha").fill(first.isoformat())
    page.get_by_label("Desde").fill("19:00")
    page.get_by_label("Hasta", exact=True).fill("20:00")
    page.get_by_label("o cuántas veces").fill("52")
    page.get_by_role("button", name="Ver las fechas").click()
    plan = page.locator("#plan")
    expect(plan).to_contain_text(taken.code)
    expect(plan).to_contain_text("Feriado local")
    plan.get_by_label("Reservar las libres").check()
    page.get_by_role("button", name="Reservar 50 fechas").click()
    expect(page.locator("h1")).to_contain_text("Los Martes: martes 19:00–20:00")
    repetition = Repetition.objects.get()
    assert repetition.reservations.filter(status="confirmed").count() == 50

    page.get_by_role("link", name="Ver en la lista").click()
    last = first + timedelta(days=28)
    page.goto(f"{page.url}&from={first.isoformat()}&to={last.isoformat()}")
    page.locator("[data-check-all]").check()
    page.get_by_role("button", name="Facturar juntas").click()
    expect(page.locator(".paper .grand")).to_contain_text("$ 60,09")
    page.get_by_role("button", name="Emitir").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("001-001-000000001")
    assert Document.objects.get().lines.count() == 3
    states = [row.billing_state for row in Reservation.objects.with_billing().filter(repetition=repetition)]
    assert states.count("invoiced") == 3
    assert laws.broken() == []


def test_seven_invoices_are_paid_by_one_transfer_that_is_too_large(company, enter):
    payer = make_customer(name="Ferretería Játiva", identification="1790085783001", identification_type="04")
    owed = [make_invoice(line(f"{number}0.00"), customer_id=payer.pk) for number in range(1, 8)]
    total = sum(invoice.total for invoice in owed)
    make_method(name="Transferencia bancaria", sri_code="20", reference_rule="required", reference_kind="transfer")
    page = enter(make_user(company, Role.CASHIER), path="/cobros/nuevo/")
    page.get_by_role("combobox", name="Cliente").focus()
    page.keyboard.type("ferret")
    expect(page.locator(".combobox-list:visible [role=option]").first).to_contain_text("Ferretería")
    page.keyboard.press("Enter")
    expect(page.locator(".allocation tbody tr")).to_have_count(7)
    expect(page.get_by_label("Valor recibido")).to_have_value(format_cents(total))  # what is owed is proposed
    page.get_by_label("Valor recibido").fill(format_cents(total + 20))
    page.get_by_label("Transferencia bancaria").check()
    page.get_by_label("Referencia").first.fill("TR-20261126")
    sums = page.locator("#payment-sums")
    expect(sums).to_contain_text("Se aplica a 7 facturas")
    expect(sums).to_contain_text("$ 20,00")
    page.get_by_role("button", name="Registrar cobro").click()
    expect(page.locator("main [role=alert]").first).to_contain_text("$ 20,00")
    assert not Payment.objects.exists()
    page.get_by_label("como saldo a favor").check()
    page.get_by_role("button", name="Registrar cobro").click()
    expect(page.locator("[data-toast]").first).to_be_visible()
    payment = Payment.objects.get()
    assert (payment.amount, payment.receipt.number) == (total + 20, "REC-000000001")
    assert set(Document.objects.invoices().values_list("status", "balance")) == {("paid", Decimal("0.00"))}
    assert [(row.customer_id, row.free) for row in CustomerCredit.objects.all()] == [(payer.pk, Decimal("20.00"))]
    assert laws.broken() == []
