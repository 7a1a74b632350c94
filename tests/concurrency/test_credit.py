"""Two at once around a customer's credit: used and taken back at the same moment, it is never both."""

import threading
from decimal import Decimal

import pytest

from billing import workflow as billing
from billing.models import CustomerCredit, Document, Settlement
from core.money import ZERO
from payments import workflow
from payments.models import Payment, PaymentStatus
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, own_company
from tests.payments.factories import owing, record


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def apply(document: Document, amount: str) -> Document:
    return workflow.apply_credit(document.pk, Decimal(amount), actor=SYSTEM)


def everything_adds_up() -> bool:
    """Say whether money received is settled or credit, and voided money neither."""
    received = sum((row.amount for row in Payment.objects.confirmed()), ZERO)
    settled = sum((row.amount for row in Settlement.objects.live()), ZERO)
    return received == settled + CustomerCredit.objects.available().total()


def test_without_the_lock_two_invoices_see_the_same_credit(company):
    customer = make_customer()
    record(customer, "50.00", leave_credit=True)
    both_read = threading.Barrier(2)

    def naive() -> bool:
        there = CustomerCredit.objects.filter(customer=customer).available().total()
        both_read.wait(timeout=30)
        return there >= Decimal(50)

    assert [outcome.value for outcome in together(company.pk, naive, naive)] == [True, True]


def test_the_same_credit_applied_twice_at_once_is_used_once(company):
    customer = make_customer()
    record(customer, "50.00", leave_credit=True)
    invoices = [owing("50.00", customer_id=customer.pk) for _ in range(2)]
    outcomes = together(company.pk, *[lambda row=row: apply(row, "50.00") for row in invoices])
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "credit_insufficient"]
    assert everything_adds_up()


def test_a_payment_voided_while_its_credit_is_applied_settles_nothing(company):
    customer = make_customer()
    payment = record(customer, "50.00", leave_credit=True)
    invoices = [owing("10.00", customer_id=customer.pk) for _ in range(4)]
    together(
        company.pk,
        *[lambda row=row: apply(row, "10.00") for row in invoices],
        lambda: workflow.void(payment.pk, reason="Error", actor=SYSTEM),
    )
    if Payment.objects.get().status == PaymentStatus.CONFIRMED:  # it was refused: an invoice was reached meanwhile
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
    assert not Settlement.objects.live().exists()
    assert CustomerCredit.objects.available().total() == ZERO
    assert everything_adds_up()


def test_voiding_an_invoice_with_its_payments_while_credit_is_applied_does_not_deadlock(company):
    """The invoice holds an old credit and a younger payment's: their locks must be taken in one order."""
    customer = make_customer()
    first = owing("90.00", customer_id=customer.pk)
    record(customer, "40.00", (first, "10.00"), leave_credit=True)
    record(customer, "40.00", (first, "10.00"), leave_credit=True)
    apply(first, "5.00")
    others = [owing("20.00", customer_id=customer.pk) for _ in range(3)]
    outcomes = together(
        company.pk,
        lambda: billing.void(first.pk, reason="Error", void_payments=True, actor=SYSTEM),
        *[lambda row=row: apply(row, "20.00") for row in others],
    )
    assert {outcome.refused for outcome in outcomes} <= {None, "changed", "credit_insufficient"}
    assert everything_adds_up()
