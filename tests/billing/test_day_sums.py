"""The sums of the days: each step moves them by exactly what it changes, and folding them changes nothing."""

from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import Error, connection, transaction
from django.db.models import Sum

from billing import correcting, day_sums, merging, notes, workflow
from billing import series as series_setup
from billing.drafts import DraftInput
from billing.models import DaySum, Document, EmissionPoint
from billing.queries import Figure
from companies.models import Company, Rimpe
from core import clock
from core.tenancy import company_context
from payments import workflow as payments
from payments.models import Payment
from tests.factories import SYSTEM, line, make_company, make_customer, make_draft, make_invoice, own_company, pay
from tests.notes import amount, issue_note, make_note_series
from tests.payments.factories import owing
from tests.reservations.factories import NOW
from tests.sri_stub import rejected, stubbed

INVOICED, OWED, COLLECTED = DaySum.Kind.INVOICED, DaySum.Kind.OWED, DaySum.Kind.COLLECTED
TODAY, LATER = NOW.date(), NOW.date() + timedelta(days=8)


@pytest.fixture(autouse=True)
def company(db):
    with clock.at(NOW), own_company() as company:
        yield company


def sums(kind: str) -> dict[date, tuple[int, Decimal]]:
    """Return what a kind comes to, by day, where it comes to anything."""
    rows = DaySum.objects.filter(kind=kind).values("day").annotate(n=Sum("count"), usd=Sum("amount")).order_by("day")
    return {row["day"]: (row["n"], row["usd"]) for row in rows if row["n"] or row["usd"]}


def now() -> tuple[dict, dict, dict]:
    return sums(INVOICED), sums(OWED), sums(COLLECTED)


def on(day: date, count: int, usd: str) -> dict[date, tuple[int, Decimal]]:
    return {day: (count, Decimal(usd))}


def owe(total: str, **values) -> Document:
    return owing(total, payment_days=8, **values)


def test_an_invoice_counts_from_its_issue_and_is_owed_on_its_due_date():
    draft = make_draft(line("100.00", tax_category="zero"), payment_days=8)
    workflow.discard(make_draft().pk, actor=SYSTEM)
    assert DaySum.objects.count() == 0
    workflow.issue(draft.pk, actor=SYSTEM)
    assert now() == (on(TODAY, 1, "100.00"), on(LATER, 1, "100.00"), {})


def test_money_moves_what_is_owed_and_what_came_in_and_a_void_takes_it_back():
    invoice = owe("100.00")
    part, rest = pay(invoice, "30.00"), pay(invoice, "70.00")
    assert now() == (on(TODAY, 1, "100.00"), {}, on(TODAY, 2, "100.00"))
    payments.void(part.pk, reason="Error", actor=SYSTEM)
    assert now() == (on(TODAY, 1, "100.00"), on(LATER, 1, "30.00"), on(TODAY, 1, "70.00"))
    payments.void(rest.pk, reason="Error", actor=SYSTEM)
    assert now() == (on(TODAY, 1, "100.00"), on(LATER, 1, "100.00"), {})


def test_a_voided_invoice_was_neither_invoiced_nor_is_owed():
    pay(invoice := owe("100.00"), "30.00")
    owe("5.00")
    workflow.void(invoice.pk, reason="Datos equivocados", actor=SYSTEM)
    assert now() == (on(TODAY, 1, "5.00"), on(LATER, 1, "5.00"), on(TODAY, 1, "30.00"))


def test_a_credit_note_counts_for_nothing_but_lowers_what_is_owed():
    make_note_series()
    note = issue_note(owe("100.00"), amount("40.00"))
    assert now() == (on(TODAY, 1, "100.00"), on(LATER, 1, "60.00"), {})
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    assert now() == (on(TODAY, 1, "100.00"), on(LATER, 1, "100.00"), {})


def test_a_nota_de_venta_counts_as_an_invoice_does():
    Company.objects.update(rimpe=Rimpe.POPULAR)
    point = EmissionPoint.objects.order_by("pk")[0]
    series_setup.add_series(emission_point_id=point.pk, document_type="02", actor=SYSTEM)
    make_invoice(line("20.00", price_includes_tax=True), payment_days=8)
    assert now() == (on(TODAY, 1, "20.00"), on(LATER, 1, "20.00"), {})


def test_a_correction_moves_total_and_due_date():
    with own_company(e_invoicing=True), stubbed():
        invoice = rejected(owe("100.00"))
        pay(invoice, "30.00")
        entered = DraftInput(invoice.customer_id, payment_days=8, lines=(line("90.00", tax_category="zero"),))
        correcting.correct(invoice.pk, entered, actor=SYSTEM)
        assert now() == (on(TODAY, 1, "90.00"), on(LATER, 1, "60.00"), on(TODAY, 1, "30.00"))


def test_what_moves_no_sum_appends_no_row():
    keep, other = make_customer(), make_customer()
    pay(owe("100.00", customer_id=other.pk), "30.00")
    before = set(DaySum.objects.values_list("pk", flat=True))
    merging.merge(keep.pk, other.pk, actor=SYSTEM)
    Document.objects.get().save()
    Payment.objects.get().save()
    assert set(DaySum.objects.values_list("pk", flat=True)) == before


def test_no_row_is_ever_changed():
    owe("100.00")
    with pytest.raises(Error, match="Cannot update rows"), transaction.atomic():
        DaySum.objects.update(count=5)


# Reading


def test_readers_add_up_the_days_asked_for():
    for days in (3, 2, 0):
        with clock.at(NOW - timedelta(days=days)):
            owe(f"{100 + days}.00")
    past = TODAY - timedelta(days=2)
    assert day_sums.by_day(INVOICED, past, TODAY) == {past: Decimal(102), TODAY: Decimal(100)}
    assert day_sums.total(INVOICED) == Figure(3, Decimal(305))
    assert day_sums.total(INVOICED, last=past) == Figure(2, Decimal(205))
    assert day_sums.totals(INVOICED, (None, None), (past, past), (LATER, None)) == [
        Figure(3, Decimal(305)), Figure(1, Decimal(102)), Figure(0, Decimal(0))
    ]  # fmt: skip


def test_another_company_s_days_are_its_own(company):
    owe("100.00")
    with company_context(make_company().pk):
        assert (DaySum.unscoped.count(), day_sums.total(INVOICED)) == (0, Figure(0, Decimal(0)))
        with pytest.raises(Error, match="row-level security"), transaction.atomic():
            DaySum.unscoped.create(company_id=company.pk, kind=INVOICED, day=TODAY, count=1, amount=1)


# Folding


def test_folding_leaves_one_row_a_day_and_none_where_nothing_is_left():
    for _ in range(3):
        pay(owe("100.00"), "30.00")
    pay(owe("50.00"), "50.00")
    before = now()
    day_sums.fold()
    assert now() == before
    assert set(DaySum.objects.values_list("kind", "day", "count", "amount")) == {
        (INVOICED, TODAY, 4, Decimal(350)), (OWED, LATER, 3, Decimal(210)), (COLLECTED, TODAY, 4, Decimal(140))
    }  # fmt: skip
    kept = set(DaySum.objects.values_list("pk", flat=True))
    day_sums.fold()
    assert set(DaySum.objects.values_list("pk", flat=True)) == kept


def test_what_was_there_before_is_counted_by_the_migrations():
    pay(owe("100.00"), "30.00")
    workflow.void(owe("7.00").pk, reason="Error", actor=SYSTEM)
    make_draft()
    before = now()
    DaySum.objects.all().delete()
    with connection.cursor() as cursor:
        for app, name in (("billing", "0016_day_sums"), ("payments", "0013_day_sums")):
            cursor.execute(import_module(f"{app}.migrations.{name}").SO_FAR)
    assert now() == before
