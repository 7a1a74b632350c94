"""Money left for a booking: held until its invoice is issued, which it then settles; what is left over is let go."""

from decimal import Decimal

import pytest
from django.db import transaction

from audit.queries import history
from billing.models import CustomerCredit, Status
from companies.roles import Role
from core import clock
from core.errors import Forbidden, WorkflowError
from core.money import ZERO
from payments import workflow as payments
from payments.models import PaymentMethod
from reservations import deposits, moving, policies, splitting, workflow
from reservations.deposits import DepositInput
from reservations.invoicing import ChargeInput
from reservations.policies import Rules, Tier
from reservations.splitting import ShareInput
from tests.factories import SYSTEM, actor, make_customer
from tests.reservations.factories import at, book, confirmed, hold, make_priced_court

pytestmark = pytest.mark.usefixtures("company")

FRONT_DESK = actor(Role.FRONTDESK)


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def leave(row, amount="8.00", actor=SYSTEM):
    return deposits.deposit(row.pk, DepositInput(PaymentMethod.objects.get().pk, Decimal(amount)), actor=actor)


def held(row):
    return deposits.held_amount(row.pk)


def free(row):
    return CustomerCredit.objects.available().filter(customer=row.customer).total()


def actions(row):
    return [entry.action for entry in history("reservations.reservation", row.pk)]


@pytest.mark.parametrize("make", [book, confirmed])
def test_a_deposit_is_held_and_settles_the_invoice_by_itself(make):
    row = make(make_priced_court())
    payment = leave(row, actor=FRONT_DESK)
    assert (payment.amount, held(row), free(row)) == (Decimal("8.00"), Decimal("8.00"), ZERO)
    if row.status == "requested":
        workflow.confirm(row.pk, actor=SYSTEM)
    document = workflow.invoice(row.pk, issue=True, actor=SYSTEM)
    document.refresh_from_db()
    assert (document.balance, held(row)) == (Decimal("12.00"), ZERO)
    assert actions(row)[-1] in ("reservation.deposit_taken", "reservation.confirmed")


def test_what_is_charged_is_the_price_less_the_deposit():
    row = confirmed()
    leave(row)
    document = workflow.charge(row.pk, ChargeInput(PaymentMethod.objects.get().pk), actor=SYSTEM)
    assert (document.status, row.customer.payments.count()) == (Status.PAID, 2)
    assert sorted(row.customer.payments.values_list("amount", flat=True)) == [Decimal("8.00"), Decimal("12.00")]


def test_a_deposit_of_the_whole_price_leaves_nothing_to_charge():
    row = confirmed()
    leave(row, "20.00")
    document = workflow.charge(row.pk, ChargeInput(PaymentMethod.objects.get().pk), actor=SYSTEM)
    assert (document.status, row.customer.payments.count()) == (Status.PAID, 1)


def test_deposits_come_to_the_price_at_most():
    row = confirmed()
    leave(row, "15.00")
    refusal = refusal_of(leave, row, "5.01")
    assert (refusal.code, "faltan $ 5,00" in refusal.message) == ("deposit_exceeds_price", True)
    leave(row, "5.00")
    assert held(row) == Decimal("20.00")


def test_no_deposit_for_what_is_over_invoiced_or_only_a_name():
    gone, invoiced, name = confirmed(), confirmed(), hold(make_priced_court(), customer_name="Ana")
    workflow.cancel(gone.pk, reason="Lluvia", actor=SYSTEM)
    workflow.invoice(invoiced.pk, issue=True, actor=SYSTEM)
    codes = [refusal_of(leave, row).code for row in (gone, invoiced, name)]
    assert codes == ["reservation_cancelled", "already_invoiced", "customer_required"]
    own = hold(make_priced_court(), customer_id=make_customer().pk)
    with clock.at(own.held_until):
        assert refusal_of(leave, own).code == "hold_expired"


def test_cancelling_lets_go_of_the_deposit_less_the_fee_which_it_then_pays():
    policies.set_rules(Rules(tiers=(Tier(24, Decimal(25)),)), actor=SYSTEM)
    row = confirmed()
    leave(row)
    workflow.cancel(row.pk, reason="Lluvia", actor=SYSTEM)
    assert (held(row), free(row)) == (Decimal("5.00"), Decimal("3.00"))
    assert actions(row)[-2:] == ["reservation.cancelled", "reservation.deposit_released"]
    document = workflow.invoice(row.pk, issue=True, actor=SYSTEM)
    document.refresh_from_db()
    assert (document.total, document.status, held(row)) == (Decimal("5.00"), Status.PAID, ZERO)


def test_cancelling_without_a_fee_lets_go_of_all():
    row = confirmed()
    leave(row)
    workflow.cancel(row.pk, reason="Lluvia", actor=SYSTEM)
    assert (held(row), free(row)) == (ZERO, Decimal("8.00"))


def test_not_coming_keeps_what_is_owed():
    row = confirmed()
    leave(row)
    with clock.at(row.starts_at):
        workflow.no_show(row.pk, actor=SYSTEM)
    assert (held(row), free(row)) == (Decimal("8.00"), ZERO)


def test_what_is_left_when_all_is_invoiced_is_let_go_at_the_end():
    row = confirmed()
    leave(row, "20.00")
    moving.change_price(row.pk, Decimal("15.00"), reason="Promoción", actor=SYSTEM)
    workflow.invoice(row.pk, issue=True, actor=SYSTEM)
    assert held(row) == Decimal("5.00")
    with clock.at(at("18:30")):
        workflow.check_in(row.pk, actor=SYSTEM)
        workflow.complete(row.pk, actor=SYSTEM)
    assert (held(row), free(row)) == (ZERO, Decimal("5.00"))


def test_what_still_waits_to_be_invoiced_keeps_its_deposit_at_the_end():
    row = confirmed()
    leave(row)
    with clock.at(at("18:30")):
        workflow.check_in(row.pk, actor=SYSTEM)
        workflow.complete(row.pk, actor=SYSTEM)
    assert held(row) == Decimal("8.00")


def over(row, how=workflow.complete):
    with clock.at(at("18:30")):
        if how is workflow.complete:
            workflow.check_in(row.pk, actor=SYSTEM)
        how(row.pk, actor=SYSTEM)


@pytest.mark.parametrize("how", [workflow.complete, workflow.no_show])
def test_what_is_left_is_let_go_when_the_last_of_a_booking_that_is_over_is_invoiced(how):
    row = confirmed()
    leave(row, "20.00")
    moving.change_price(row.pk, Decimal("15.00"), reason="Promoción", actor=SYSTEM)
    over(row, how)
    assert free(row) == (ZERO if how is workflow.complete else Decimal("5.00"))
    document = workflow.invoice(row.pk, issue=True, actor=SYSTEM)
    document.refresh_from_db()
    assert (document.status, held(row), free(row)) == (Status.PAID, ZERO, Decimal("5.00"))
    assert actions(row)[-1] == "reservation.deposit_released"


def test_what_is_left_of_an_invoiced_booking_is_let_go_when_nobody_comes():
    row = confirmed()
    leave(row, "20.00")
    moving.change_price(row.pk, Decimal("15.00"), reason="Promoción", actor=SYSTEM)
    workflow.invoice(row.pk, issue=True, actor=SYSTEM)
    over(row, workflow.no_show)
    assert (held(row), free(row)) == (ZERO, Decimal("5.00"))


def test_the_invoice_of_the_last_share_lets_go_of_what_another_left():
    row = confirmed()
    leave(row, "20.00")
    first, last = splitting.split(row.pk, [ShareInput(row.customer_id), ShareInput(make_customer().pk)], actor=SYSTEM)
    over(row)
    splitting.invoice_share(row.pk, first.pk, issue=True, actor=SYSTEM)
    assert (held(row), free(row)) == (Decimal("10.00"), ZERO)
    document = splitting.invoice_share(row.pk, last.pk, issue=True, actor=SYSTEM)
    assert (document.balance, held(row), free(row)) == (Decimal("10.00"), ZERO, Decimal("10.00"))


def test_a_deposit_is_let_go_of_by_hand_with_a_reason():
    row = confirmed()
    assert refusal_of(deposits.release, row.pk, reason="Pidió").code == "no_deposit"
    payment = leave(row)
    assert refusal_of(deposits.release, row.pk, reason=" ").code == "reason_required"
    deposits.release(row.pk, reason="Pidió su dinero", actor=FRONT_DESK)
    assert (held(row), free(row)) == (ZERO, Decimal("8.00"))
    told = history("reservations.reservation", row.pk).last()
    assert (told.action, told.reason, told.after["amount"]) == (
        "reservation.deposit_released", "Pidió su dinero", "8.00",
    )  # fmt: skip
    payments.void(payment.pk, reason="Error", actor=SYSTEM)
    assert free(row) == ZERO


def test_who_takes_no_money_takes_no_deposit():
    row, looker = confirmed(), actor(Role.AUDITOR)
    with pytest.raises(Forbidden):
        leave(row, actor=looker)
    with pytest.raises(Forbidden):
        deposits.release(row.pk, reason="X", actor=looker)
