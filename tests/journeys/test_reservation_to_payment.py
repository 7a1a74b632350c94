"""A court's booking becomes money, step by step, through both doors, and every law holds at the end."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from audit.models import AuditEntry
from billing.models import CustomerCredit, Document, NumberGap, Settlement
from core import clock
from core.tenancy import company_context
from payments.models import Payment
from reservations.models import BillingState, Reservation
from tests import laws
from tests.factories import make_company, make_customer, make_user
from tests.journeys.doors import Door, Person, Program, state
from tests.reservations.factories import NOW, make_priced_court


@pytest.fixture(params=[Person, Program])
def door(request, committing) -> Iterator[Door]:
    company = make_company()
    with clock.at(NOW), company_context(company.pk):
        yield request.param(make_user(company))
        assert laws.broken() == []


@pytest.fixture
def invoice(door) -> int:
    """Book, confirm, draft and issue a court's hour of $ 100,00, tax inside."""
    court, customer = make_priced_court("100.00"), make_customer()
    booking = door.book(court, customer.pk)
    assert door.act(booking, "confirm") in (200, 302)
    invoice = door.draft(booking)
    assert state(invoice) == ("draft", "0.00")
    door.issue(invoice)
    assert state(invoice) == ("issued", "100.00")
    return invoice


def billing_of(invoice: int) -> BillingState:
    return Reservation.objects.with_billing().get(money__document=invoice).billing_state


def test_two_part_payments_make_an_invoice_paid(door, invoice):
    door.pay(invoice, "30.00")
    assert (state(invoice), billing_of(invoice)) == (("issued", "70.00"), BillingState.INVOICED)
    door.pay(invoice, "70.00")
    assert (state(invoice), billing_of(invoice)) == (("paid", "0.00"), BillingState.PAID)
    entries = AuditEntry.objects.filter(document_id=invoice).order_by("pk").values_list("action", flat=True)
    steps = ["invoice.created", "invoice.issued", "payment.confirmed", "invoice.paid", "payment.confirmed"]
    assert [action for action in entries if action in steps] == steps


def test_sixty_of_a_hundred_leave_forty_and_forty_more_pay_it(door, invoice):
    document = Document.objects.get(pk=invoice)
    assert (document.subtotal, document.tax_total, document.total) == (Decimal("86.96"), Decimal("13.04"), 100)
    door.pay(invoice, "60.00")
    assert state(invoice) == ("issued", "40.00")
    assert door.pay(invoice, "40.01") == 422
    assert state(invoice) == ("issued", "40.00")
    door.pay(invoice, "40.00")
    assert state(invoice) == ("paid", "0.00")
    assert door.pay(invoice, "0.01") == 409


def test_voiding_may_void_the_payments_too(door, invoice):
    door.pay(invoice, "60.00")
    assert door.void(invoice, void_payments=True) in (200, 302)
    assert state(invoice) == ("voided", "0.00")
    assert Payment.objects.get().status == "voided"
    assert not Settlement.objects.live().exists()
    assert not CustomerCredit.objects.available().exists()
    assert NumberGap.objects.get().reason == "Pedido por error"
    assert Reservation.objects.with_billing().get().billing_state == BillingState.UNBILLED


def test_voiding_keeps_the_money_as_credit_unless_told_otherwise(door, invoice):
    door.pay(invoice, "60.00")
    door.void(invoice, void_payments=False)
    assert state(invoice) == ("voided", "0.00")
    assert Payment.objects.get().status == "confirmed"
    assert CustomerCredit.objects.available().total() == Decimal("60.00")


def test_a_paid_invoice_is_not_voided(door, invoice):
    door.pay(invoice, "100.00")
    assert door.void(invoice, void_payments=False) == 409
    assert state(invoice) == ("paid", "0.00")


def test_what_was_voided_is_invoiced_again_under_the_next_number(door, invoice):
    door.void(invoice, void_payments=False)
    again = door.draft(Reservation.objects.get().pk)
    door.issue(again)
    numbers = Document.objects.order_by("sequential").values_list("number", "status")
    assert list(numbers) == [("001-001-000000001", "voided"), ("001-001-000000002", "issued")]
