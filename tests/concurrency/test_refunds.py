"""Two at once around receipts and refunds: credit is given back once, numbers have no gap, a deposit is taken once."""

import random
import threading
from decimal import Decimal

import pytest
from django.db import transaction

from billing.models import CustomerCredit
from payments import refunds, workflow
from payments.models import Payment, Receipt, Refund
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, make_method, own_company
from tests.payments.factories import owing, record


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def give_back(customer, amount: str, method) -> Refund:
    entered = refunds.RefundInput(customer.pk, method.pk, Decimal(amount), reason="Se muda")
    return refunds.refund(entered, actor=SYSTEM)


def test_without_the_lock_two_refunds_see_the_same_credit(company):
    customer = make_customer()
    record(customer, "50.00", leave_credit=True)
    both_read = threading.Barrier(2)

    def naive() -> bool:
        there = CustomerCredit.objects.filter(customer=customer).available().total()
        both_read.wait(timeout=30)
        return there >= Decimal(50)

    assert [outcome.value for outcome in together(company.pk, naive, naive)] == [True, True]


def test_the_same_credit_given_back_twice_at_once_goes_out_once(company):
    customer, method = make_customer(), make_method()
    record(customer, "50.00", leave_credit=True)
    outcomes = together(company.pk, *[lambda: give_back(customer, "50.00", method)] * 2)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "credit_insufficient"]
    assert [refund.number for refund in Refund.objects.all()] == ["DEV-000000001"]


def test_a_payment_voided_while_its_credit_is_given_back_is_one_or_the_other(company):
    customer, method = make_customer(), make_method()
    payment = record(customer, "50.00", leave_credit=True)
    outcomes = together(
        company.pk,
        lambda: give_back(customer, "50.00", method),
        lambda: workflow.void(payment.pk, reason="Error", actor=SYSTEM),
    )
    assert [outcome.refused for outcome in outcomes] in ([None, "refunded"], ["credit_insufficient", None])


def test_credit_given_back_and_applied_at_once_is_used_once(company):
    customer, method = make_customer(), make_method()
    record(customer, "50.00", leave_credit=True)
    invoice = owing("50.00", customer_id=customer.pk)
    outcomes = together(
        company.pk,
        lambda: give_back(customer, "50.00", method),
        lambda: workflow.apply_credit(invoice.pk, Decimal("50.00"), actor=SYSTEM),
    )
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "credit_insufficient"]


def test_receipts_are_consecutive_when_a_fifth_of_them_is_rolled_back(company):
    customer, method, chance = make_customer(), make_method(), random.Random(7)
    failing = [[chance.random() < 0.2 for _ in range(10)] for _ in range(6)]

    def cashier(fails: list[bool]) -> int:
        for fail in fails:
            try:
                with transaction.atomic():
                    record(customer, "1.00", method=method, leave_credit=True)
                    if fail:
                        raise ArithmeticError
            except ArithmeticError:
                continue
        return fails.count(False)

    outcomes = together(company.pk, *[lambda fails=fails: cashier(fails) for fails in failing])
    recorded = sum(outcome.value for outcome in outcomes)
    numbers = list(Receipt.objects.order_by("sequential").values_list("sequential", flat=True))
    assert numbers == list(range(1, recorded + 1))


def test_the_same_deposit_recorded_twice_at_once_is_taken_once(company):
    customer, method = make_customer(), make_method(sri_code="20", reference_kind="transfer")
    outcomes = together(
        company.pk, *[lambda: record(customer, "9.00", method=method, reference="T-12345", leave_credit=True)] * 2
    )
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "reference_repeated"]


def test_the_payments_of_a_receipt_voided_at_once_void_it(company):
    customer = make_customer()
    parts = tuple(workflow.PartInput(make_method().pk, Decimal("5.00")) for _ in range(2))
    entered = workflow.ReceiptInput(customer.pk, parts, allocations=(), leave_credit=True)
    receipt = workflow.receive(entered, actor=SYSTEM)
    ids = list(receipt.payments.values_list("pk", flat=True))
    outcomes = together(company.pk, *[lambda pk=pk: workflow.void(pk, reason="Error", actor=SYSTEM) for pk in ids])
    assert [outcome.refused for outcome in outcomes] == [None, None]
    assert not Payment.objects.confirmed().exists()
    assert Receipt.objects.get().voided_at is not None
