"""Two people take money for the same booking at once: one invoice, one payment, the other is told it is paid."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from audit.queries import history
from billing import workflow as billing
from billing.models import CustomerCredit, Document, Status
from core import clock
from core.money import ZERO
from payments.models import Payment, PaymentMethod
from reservations import deposits, moving, splitting, workflow
from reservations.deposits import DepositInput
from reservations.invoicing import ChargeInput
from reservations.models import Reservation, Share
from reservations.splitting import ShareInput
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, own_company
from tests.reservations.factories import NOW, confirmed


@pytest.fixture
def company(committing: None) -> Iterator[Any]:
    with clock.at(NOW), own_company() as company:
        yield company


def cash() -> ChargeInput:
    return ChargeInput(PaymentMethod.objects.get().pk)


def split_among(number: int) -> list[Share]:
    shares = [ShareInput(make_customer().pk) for _ in range(number)]
    return splitting.split(confirmed().pk, shares, actor=SYSTEM)


def test_two_take_the_money_of_the_last_share_at_once(company):
    first, last = split_among(2)
    splitting.charge_share(first.reservation_id, first.pk, cash(), actor=SYSTEM)

    def press() -> Document:
        return splitting.charge_share(last.reservation_id, last.pk, cash(), actor=SYSTEM)

    outcomes = together(company.pk, press, press, press)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "already_paid", "already_paid"]
    invoice = Document.objects.get(customer=last.customer)
    assert (invoice.status, invoice.total) == (Status.PAID, last.amount)
    assert Payment.objects.get(customer=last.customer).amount == last.amount


def test_two_take_the_money_of_the_whole_booking_at_once(company):
    booked = confirmed()
    outcomes = together(company.pk, *[lambda: workflow.charge(booked.pk, cash(), actor=SYSTEM)] * 2)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "already_paid"]
    assert (Document.objects.get().status, Payment.objects.count()) == (Status.PAID, 1)


def deposited() -> Reservation:
    """Book a court, and leave its whole price."""
    booked = confirmed()
    deposits.deposit(booked.pk, DepositInput(PaymentMethod.objects.get().pk, booked.total), actor=SYSTEM)
    return booked


def complete(booked: Reservation) -> None:
    with clock.at(booked.starts_at):
        workflow.complete(booked.pk, actor=SYSTEM)


def arrive(booked: Reservation) -> None:
    with clock.at(booked.starts_at):
        workflow.check_in(booked.pk, actor=SYSTEM)


def test_a_booking_is_completed_while_it_is_invoiced_and_lets_go_of_what_is_left_once(company):
    booked = deposited()
    moving.change_price(booked.pk, Decimal("15.00"), reason="Promoción", actor=SYSTEM)
    draft = workflow.invoice(booked.pk, actor=SYSTEM)
    arrive(booked)
    outcomes = together(company.pk, lambda: complete(booked), lambda: billing.issue(draft.pk, actor=SYSTEM))
    assert [outcome.refused for outcome in outcomes] == [None, None]
    assert (deposits.held_amount(booked.pk), CustomerCredit.objects.available().total()) == (ZERO, Decimal("5.00"))
    released = [entry for entry in history("reservations.reservation", booked.pk) if "released" in entry.action]
    assert [entry.after["amount"] for entry in released] == ["5.00"]


def test_the_last_two_shares_invoiced_at_once_let_go_of_what_is_left_once(company):
    booked = deposited()
    customers = [booked.customer_id, make_customer().pk]
    shares = splitting.split(booked.pk, [ShareInput(pk) for pk in customers], actor=SYSTEM)
    drafts = [splitting.invoice_share(booked.pk, share.pk, actor=SYSTEM).pk for share in shares]
    arrive(booked)
    complete(booked)
    outcomes = together(company.pk, *[lambda pk=pk: billing.issue(pk, actor=SYSTEM) for pk in drafts])
    assert [outcome.refused for outcome in outcomes] == [None, None]
    assert (deposits.held_amount(booked.pk), CustomerCredit.objects.available().total()) == (ZERO, Decimal("10.00"))


def test_one_divides_the_rest_while_another_takes_the_money_of_a_share(company):
    first, second = split_among(2)
    others = [ShareInput(make_customer().pk) for _ in range(3)]
    outcomes = together(
        company.pk,
        lambda: splitting.charge_share(first.reservation_id, first.pk, cash(), actor=SYSTEM),
        lambda: splitting.split(second.reservation_id, others, actor=SYSTEM),
    )
    charged, divided = outcomes
    assert divided.refused is None
    assert charged.refused in (None, "share_superseded")
    assert Share.objects.present().count() == (4 if charged.refused is None else 3)
