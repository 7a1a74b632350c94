"""The start page: each figure is the total of the list it links to, and each sees what their work is about."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from billing.dashboard import Period, Trend
from billing.models import Document
from companies.roles import Role
from core import clock
from desk import tasks
from desk.models import Task, TaskState
from payments import workflow as payments
from tests.factories import (
    SYSTEM,
    actor,
    line,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    make_user,
    own_company,
    pay,
)
from tests.reservations.factories import NOW, book, confirmed, make_priced_court
from tests.sri_stub import approved, rejected, stubbed
from tests.world import BACKEND

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def company(db):
    with clock.at(NOW), own_company(e_invoicing=True) as company, stubbed():
        yield company


@pytest.fixture
def as_role(company):
    def enter(role: str) -> Client:
        client = Client()
        client.force_login(make_user(company, role), backend=BACKEND)
        return client

    return enter


@pytest.fixture
def owner(as_role):
    return as_role(Role.OWNER)


def cards(client: Client) -> dict[str, dict]:
    return {str(card["label"]): card for card in client.get("/").context["figures"]}


def proven(client: Client, url: str) -> set[str]:
    """Return every figure that the totals of a list say."""
    path, _mark, query = url.partition("?")
    totals = client.get(f"{path}totales/?{query}", **HTMX)
    assert totals.status_code == 200, url
    return {str(total["value"]) for total in totals.context["totals"]}


def with_a_past() -> None:
    """Make three months of invoices and payments: paid, part paid, overdue for various times, voided, in draft."""
    customer = make_customer()
    for days in (130, 75, 45, 20, 1, 0):
        with clock.at(NOW - timedelta(days=days)):
            invoice = make_invoice(line(f"{100 + days}.00"), customer_id=customer.pk, payment_days=5)
            if days % 2 == 0:
                pay(invoice, "30.00")
    payments.void(pay(invoice, "7.00").pk, reason="Error", actor=SYSTEM)
    make_draft(), make_billable(customer)


MONEY = (
    "Por facturar",
    "En borrador",
    "Por cobrar",
    "Vencido",
    "Facturado este mes",
    "Cobrado hoy",
    "Cobrado este mes",
)


def test_each_sum_is_the_total_of_the_list_it_links_to(owner):
    with_a_past()
    shown = cards(owner)
    for label in MONEY:
        assert shown[label]["value"] != "$ 0,00", label
        assert shown[label]["value"] in proven(owner, shown[label]["url"]), label


def test_each_count_is_that_of_the_list_it_links_to(owner):
    approved(make_invoice()), make_invoice(), rejected(make_invoice()), rejected(make_invoice())
    court = make_priced_court()
    with clock.at(NOW - timedelta(hours=4)):
        confirmed(court, "06:00", "07:00")
    book(court, "12:00", "13:00"), confirmed(court, "15:00", "16:00")
    shown = cards(owner)
    expected = {
        "SRI pendiente": "1",
        "Rechazadas por el SRI": "2",
        "Reservas por venir hoy": "2",
        "Por confirmar": "1",
        "Por cobrar de hoy": "2",
    }
    assert {label: shown[label]["value"] for label in expected} == expected
    for label, count in expected.items():
        assert count in proven(owner, shown[label]["url"]), label


def test_occupancy_is_that_of_the_grid(owner):
    confirmed(make_priced_court(opens="08:00", closes="18:00"), "15:00", "16:00")
    card = cards(owner)["Ocupación de hoy"]
    assert card["value"] == "10 %"
    assert "10 %" in owner.get(card["url"]).content.decode()


def test_what_is_overdue_is_split_by_age_and_each_part_is_its_list(owner):
    with_a_past()
    (ages,) = [context["ages"] for template, context in owner.get("/").context["panels"] if "overdue" in template]
    assert [(age.label, age.count) for age in ages] == [
        ("1 a 30 días", 1), ("31 a 60 días", 1), ("61 a 90 días", 1), ("Más de 90 días", 1)
    ]  # fmt: skip
    for age in ages:
        assert f"$ {age.amount:.2f}".replace(".", ",") in proven(owner, age.url), age.label
    assert sum(age.amount for age in ages) == sum(
        Document.objects.invoices().overdue(clock.today()).values_list("balance", flat=True)
    )


def test_who_waits_to_be_invoiced_for_most_comes_first(owner):
    for price in ("5.00", "70.00", "20.00", "30.00", "10.00", "60.00", "40.00"):
        make_billable(make_customer(), price)
    assert [str(row.total) for row in owner.get("/").context["waiting"]] == [
        "70.00", "60.00", "40.00", "30.00", "20.00", "10.00"
    ]  # fmt: skip


@pytest.mark.parametrize("period", ["7", "30", "90", "month"])
def test_each_chart_and_each_of_its_days_is_its_list(owner, period):
    with_a_past()
    charts = {chart.name: chart for chart in owner.get("/", {"period": period}).context["charts"]}
    assert set(charts) == {"invoiced", "collected"}
    for chart in charts.values():
        assert sum(bar.amount for bar in chart.bars) == chart.total > 0
        assert f"$ {chart.total:.2f}".replace(".", ",") in {text.replace(".", "") for text in proven(owner, chart.url)}
        day = next(bar for bar in reversed(chart.bars) if bar.amount)
        assert f"$ {day.amount:.2f}".replace(".", ",") in proven(owner, day.url)


def test_a_chart_is_data_and_a_table_and_no_script_of_the_page(owner):
    with_a_past()
    page = owner.get("/").content.decode()
    assert '<script id="collected-data" type="application/json">' in page
    assert all('type="application/json"' in tag or "src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert page.count("<caption") + page.count('<th scope="col">Día</th>') >= 2


def test_a_period_that_is_none_is_the_usual_one(owner):
    assert len(owner.get("/", {"period": "9999999"}).context["charts"][0].bars) == 30


class TestPeriods:
    def test_days_are_compared_with_as_many_before(self):
        period = Period.chosen("7", date(2026, 11, 16))
        assert (period.first, period.before_first, period.before_last) == (
            date(2026, 11, 10), date(2026, 11, 3), date(2026, 11, 9)
        )  # fmt: skip

    def test_a_month_is_compared_with_the_same_days_of_the_one_before(self):
        period = Period.of_month(date(2026, 3, 30))
        assert (period.first, period.last, period.before_first, period.before_last) == (
            date(2026, 3, 1), date(2026, 3, 30), date(2026, 2, 1), date(2026, 2, 28)
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("now", "before", "text", "direction"),
        [
            ("110.05", "100.00", "10,1 % frente a $ 100,00", "up"),
            ("50.00", "100.00", "50,0 % frente a $ 100,00", "down"),
            ("100.00", "100.00", "0,0 % frente a $ 100,00", ""),
            ("5.00", "0.00", "nuevo", ""),
            ("0.00", "0.00", "", ""),
        ],
    )
    def test_a_trend_against_nothing_is_new_and_not_infinite(self, now, before, text, direction):
        trend = Trend.of(Decimal(now), Decimal(before))
        assert (trend.text, trend.direction) == (text, direction)


def test_what_waits_at_sri_is_red_from_eight_in_the_evening(company, owner):
    make_invoice()
    with clock.at(datetime(2026, 11, 17, 0, 59, tzinfo=UTC)):
        assert cards(owner)["SRI pendiente"]["tone"] == "warn"
    with clock.at(datetime(2026, 11, 17, 1, 0, tzinfo=UTC)):
        assert cards(owner)["SRI pendiente"]["tone"] == "bad"


def test_each_role_sees_what_its_work_is_about(as_role):
    with_a_past()
    confirmed(make_priced_court(), "15:00", "16:00")
    courts = {"Ocupación de hoy", "Reservas por venir hoy"}
    desk = as_role(Role.FRONTDESK).get("/")
    assert {str(card["label"]) for card in desk.context["figures"]} == courts | {"Por confirmar", "Por cobrar de hoy"}
    assert [template for template, _context in desk.context["panels"]] == ["reservations/today.html"]
    assert desk.context["charts"] == []
    till = cards(as_role(Role.CASHIER))
    assert set(till) == courts | {"Por cobrar", "Vencido", "Cobrado hoy", "Por cobrar de hoy"}
    assert "Cobrado este mes" in cards(as_role(Role.ACCOUNTANT))


def test_what_could_not_be_mailed_is_counted_where_it_is_listed(owner):
    from billing.models import Letter

    letter = Letter.objects.create(
        kind=Letter.Kind.ISSUED, state=Letter.State.FAILED, customer=make_customer(), document=make_invoice(),
        recipients=["a@x.test"], message_id="<1@x.test>", problem="No",
    )  # fmt: skip
    card = cards(owner)["Correos no enviados"]
    assert (card["value"], letter.pk) == ("1", Letter.objects.get(state="failed").pk)
    assert "1" in proven(owner, card["url"])


def test_a_background_task_that_failed_is_counted_where_it_is_listed(owner, as_role):
    assert "Tareas con error" not in cards(owner)
    task = tasks.start("billing.void", [(1, "001")], parameters={"reason": "Lote"}, actor=actor())
    Task.objects.filter(pk=task.pk).update(state=TaskState.FAILED, finished_at=clock.now(), next_attempt_at=None)
    card = cards(owner)["Tareas con error"]
    assert (card["value"], card["url"]) == ("1", "/tareas/?state=failed")
    assert "1" in proven(owner, card["url"])
    assert "Tareas con error" not in cards(as_role(Role.FRONTDESK))  # it is not theirs
