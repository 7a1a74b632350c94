"""Two at once, for every lock that guards money: one wins, the other is refused, nothing is lost."""

import threading
from decimal import Decimal

import pytest

from billing import billables, workflow
from billing.drafts import DraftInput
from billing.models import Billable, BillableStatus, CustomerCredit, Document, Settlement, Status
from payments import workflow as payments
from payments.models import Payment, PaymentStatus
from tests.concurrency.together import together
from tests.factories import SYSTEM, line, make_customer, make_invoice, own_company, pay


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def offered(customer_id: int, key: str = "clase-1") -> Billable:
    """Offer a billable of 50.00 plus tax."""
    from core import clock

    return billables.offer(
        source_type="lesson",
        source_id=1,
        source_label="Clase 1",
        key=key,
        customer_id=customer_id,
        description="Clase de tenis",
        service_date=clock.today(),
        lines=[
            billables.OfferedLine("Clase", Decimal(1), Decimal(50), price_includes_tax=False, tax_category="general")
        ],
        actor=SYSTEM,
    )


def test_without_the_lock_two_payments_see_the_same_balance(company):
    invoice = make_invoice(line("100.00", tax_category="zero"))
    both_read = threading.Barrier(2)

    def naive() -> bool:
        balance = Document.objects.get(pk=invoice.pk).balance
        both_read.wait(timeout=30)
        return balance >= Decimal(100)

    assert [outcome.value for outcome in together(company.pk, naive, naive)] == [True, True]


def test_two_payments_of_the_whole_balance_at_once_one_is_refused(company):
    invoice = make_invoice(line("100.00", tax_category="zero"))
    outcomes = together(company.pk, *[lambda: pay(invoice, "100.00")] * 2)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "already_paid"]
    assert Document.objects.get(pk=invoice.pk).status == Status.PAID
    assert (Payment.objects.count(), Settlement.objects.count()) == (1, 1)


def test_eight_part_payments_at_once_never_exceed_the_total(company):
    invoice = make_invoice(line("100.00", tax_category="zero"))
    outcomes = together(company.pk, *[lambda: pay(invoice, "30.00")] * 8)
    assert [outcome.refused for outcome in outcomes].count(None) == 3
    assert Document.objects.get(pk=invoice.pk).balance == Decimal("10.00")


def test_the_same_billable_drafted_twice_at_once_goes_on_one_invoice(company):
    customer = make_customer()
    billable = offered(customer.pk)
    entered = DraftInput(customer_id=customer.pk, billable_ids=(billable.pk,))
    outcomes = together(company.pk, *[lambda: workflow.draft(entered, actor=SYSTEM)] * 2)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "billable_drafted"]
    assert Document.objects.count() == 1
    assert Billable.objects.get().status == BillableStatus.DRAFTED


def test_the_same_thing_offered_twice_at_once_waits_once(company):
    """The database's own law: the loser of the race may fail loudly, but never makes a second one."""
    from django.db import IntegrityError

    customer = make_customer()

    def offer_once() -> int | None:
        try:
            return offered(customer.pk).pk
        except IntegrityError:
            return None

    together(company.pk, offer_once, offer_once)
    assert Billable.objects.count() == 1


def test_a_payment_and_a_void_at_once_lose_no_money(company):
    invoice = make_invoice(line("100.00", tax_category="zero"))
    pay(invoice, "40.00")
    together(
        company.pk,
        lambda: pay(invoice, "30.00"),
        lambda: workflow.void(invoice.pk, reason="Duplicada", actor=SYSTEM),
    )
    paid_in = sum(row.amount for row in Payment.objects.filter(status=PaymentStatus.CONFIRMED))
    credit = sum(row.remaining for row in CustomerCredit.objects.all())
    settled = sum(row.amount for row in Settlement.objects.live())
    assert Document.objects.get(pk=invoice.pk).status == Status.VOIDED
    assert paid_in == credit + settled


def test_voiding_two_invoices_that_share_payments_at_once_does_not_deadlock(company):
    customer = make_customer()
    first, second = (make_invoice(line("100.00", tax_category="zero"), customer_id=customer.pk) for _ in range(2))
    method = company_method()
    for _ in range(2):
        payments.record(
            payments.PaymentInput(
                customer_id=customer.pk,
                method_id=method,
                amount=Decimal("60.00"),
                allocations=(
                    payments.Allocation(second.pk, Decimal("30.00")),
                    payments.Allocation(first.pk, Decimal("30.00")),
                ),
            ),
            actor=SYSTEM,
        )
    together(
        company.pk,
        lambda: workflow.void(first.pk, reason="Error", void_payments=True, actor=SYSTEM),
        lambda: workflow.void(second.pk, reason="Error", void_payments=True, actor=SYSTEM),
    )
    assert set(Document.objects.values_list("status", flat=True)) == {Status.VOIDED}
    assert not Settlement.objects.live().exists()
    assert set(Payment.objects.values_list("status", flat=True)) == {PaymentStatus.VOIDED}


def company_method() -> int:
    """Return the company's first way to pay."""
    from payments.models import PaymentMethod

    return PaymentMethod.objects.order_by("pk")[0].pk
