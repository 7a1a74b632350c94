"""Money of a closed day: it neither comes in nor is voided, and the database says so too."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from billing import closing
from core import clock
from core.errors import RuleRefused
from payments import workflow
from payments.models import Payment, PaymentStatus
from tests.factories import SYSTEM, make_invoice, pay

YESTERDAY, TODAY = date(2026, 11, 9), date(2026, 11, 10)


@pytest.fixture(autouse=True)
def _november(company):
    with clock.at(datetime.fromisoformat("2026-11-10T10:00:00-05:00")):
        yield


def close(until: date = YESTERDAY) -> None:
    closing.close(until, reason="Declarado", actor=SYSTEM)


def test_money_is_not_received_on_a_closed_day():
    invoice = make_invoice()
    close()
    with pytest.raises(RuleRefused) as refusal:
        pay(invoice, "10.00", paid_on=YESTERDAY)
    assert refusal.value.code == "period_closed"
    assert "no se puede registrar un cobro con fecha 09/11/2026" in refusal.value.message
    assert pay(invoice, "10.00").paid_on == TODAY


def test_a_payment_of_a_closed_day_is_not_voided():
    payment = pay(make_invoice(), "10.00", paid_on=YESTERDAY)
    close()
    with pytest.raises(RuleRefused) as refusal:
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
    assert refusal.value.code == "period_closed"
    assert Payment.objects.get(pk=payment.pk).status == PaymentStatus.CONFIRMED


def test_credit_is_not_applied_on_a_closed_day():
    invoice, other = make_invoice(), make_invoice()
    pay(invoice, "115.00")
    close(TODAY)
    with pytest.raises(RuleRefused) as refusal:
        workflow.apply_credit(other.pk, other.total, actor=SYSTEM)
    assert refusal.value.code == "period_closed"


def test_the_database_keeps_a_closed_day_by_itself():
    payment = pay(make_invoice(), "10.00", paid_on=YESTERDAY)
    close()
    voided = {"status": PaymentStatus.VOIDED, "void_reason": "x", "voided_at": clock.now()}
    with pytest.raises(IntegrityError, match="the books are closed on"), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(**voided)
    payment.pk, payment._state.adding = None, True
    with pytest.raises(IntegrityError, match="the books are closed on"), transaction.atomic():
        payment.save()
