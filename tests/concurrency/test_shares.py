"""Two people take money for the same booking at once: one invoice, one payment, the other is told it is paid."""

from collections.abc import Iterator
from typing import Any

import pytest

from billing.models import Document, Status
from core import clock
from payments.models import Payment, PaymentMethod
from reservations import splitting, workflow
from reservations.invoicing import ChargeInput
from reservations.models import Share
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
