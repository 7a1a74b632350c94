"""The rules of booking and what cancelling or not coming costs: by the rules in force when it was booked."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from audit.queries import history
from billing.models import Billable, BillableStatus
from companies.roles import Role
from core import clock
from core.errors import Forbidden, WorkflowError
from core.money import ZERO
from reservations import fees, policies, workflow
from reservations.models import BookingPolicy, PolicyTier, Reservation
from reservations.policies import Rules, Tier
from tests.factories import SYSTEM, actor
from tests.reservations.factories import at, book, confirmed, make_priced_court

pytestmark = pytest.mark.usefixtures("company")

FRONT_DESK = actor(Role.FRONTDESK)
STRICT = Rules(no_show_percent=Decimal(60), tiers=(Tier(24, Decimal(20)), Tier(6, Decimal("50.5"))))


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def in_force(rules=STRICT):
    return policies.set_rules(rules, actor=SYSTEM)


def live():
    return Billable.objects.live().get()


@pytest.mark.parametrize(
    ("before", "percent"),
    [
        (timedelta(hours=24), ZERO),
        (timedelta(hours=24) - timedelta(seconds=1), Decimal(20)),
        (timedelta(hours=6), Decimal(20)),
        (timedelta(hours=5, minutes=59), Decimal("50.5")),
        (timedelta(hours=-1), Decimal("50.5")),
    ],
)
def test_the_strictest_tier_that_applies_wins(before, percent):
    assert STRICT.cancel_percent(before) == percent


def test_the_strictest_wins_even_where_a_longer_notice_costs_more():
    rules = Rules(tiers=(Tier(48, Decimal(80)), Tier(2, Decimal(10))))
    assert rules.cancel_percent(timedelta(hours=1)) == Decimal(80)


def test_without_rules_cancelling_is_free_and_not_coming_costs_the_price():
    free = workflow.cancel(confirmed().pk, reason="Lluvia", actor=SYSTEM)
    assert (free.fee, free.policy, Billable.objects.live().count()) == (ZERO, None, 0)
    absent = confirmed()
    with clock.at(absent.starts_at):
        assert workflow.no_show(absent.pk, actor=SYSTEM).fee == Decimal("20.00")
    assert (live().key, live().amount) == (f"reservation:{absent.pk}", Decimal("20.00"))


def test_cancelling_late_leaves_a_fee_to_invoice_in_the_place_of_the_price():
    in_force()
    booked = confirmed()
    with clock.at(at("12:01")):
        gone = workflow.cancel(booked.pk, reason="Lluvia", actor=FRONT_DESK)
    assert (gone.status, gone.fee) == ("cancelled", Decimal("10.10"))
    fee = live()
    assert (fee.key, fee.amount, fee.customer, fee.status) == (
        f"reservation:{booked.pk}:fee", Decimal("10.10"), booked.customer, BillableStatus.WAITING,
    )  # fmt: skip
    (line,) = fee.lines.all()
    assert (line.unit_price, line.price_includes_tax, line.tax_category) == (Decimal("10.10"), True, "general")
    assert line.description.startswith(f"Cargo por cancelación tardía de la reserva {booked.code}")
    assert history("reservations.reservation", booked.pk).last().after["fee"] == "10.10"
    assert workflow.invoice(booked.pk, actor=SYSTEM).total == Decimal("10.10")


def test_the_rules_are_those_in_force_when_it_was_booked():
    lenient = confirmed()
    in_force()
    strict = confirmed()
    with clock.at(at("12:01")):
        assert fees.of_cancelling(lenient).amount == ZERO
        assert fees.of_cancelling(strict).amount == Decimal("10.10")
        assert "se cancela 5 h antes del inicio: 50,5 % de $ 20,00" in fees.of_cancelling(strict).why


def test_what_was_never_confirmed_costs_nothing_to_cancel():
    in_force()
    booked = book(make_priced_court())
    with clock.at(at("17:59")):
        assert workflow.cancel(booked.pk, reason="Lluvia", actor=SYSTEM).fee == ZERO


def test_not_coming_costs_the_part_the_rules_say():
    in_force()
    absent = confirmed()
    with clock.at(absent.starts_at):
        workflow.no_show(absent.pk, actor=SYSTEM)
    assert (live().amount, Reservation.objects.get().fee) == (Decimal("12.00"), Decimal("12.00"))
    assert live().description.startswith("Cargo por no asistir")


def test_not_coming_may_cost_nothing():
    in_force(Rules(no_show_percent=ZERO))
    absent = confirmed()
    with clock.at(absent.starts_at):
        assert workflow.no_show(absent.pk, actor=SYSTEM).fee == ZERO
    assert not Billable.objects.live().exists()


def test_a_fee_is_waived_by_who_sets_the_rules_with_a_reason_that_is_kept():
    in_force()
    booked = confirmed()
    with clock.at(at("17:00")):
        with pytest.raises(Forbidden), transaction.atomic():
            workflow.cancel(booked.pk, reason="Lluvia", waive="Cliente de años", actor=FRONT_DESK)
        workflow.cancel(booked.pk, reason="Lluvia", waive="Cliente de años", actor=actor(Role.ADMINISTRATOR))
    assert not Billable.objects.live().exists()
    told = history("reservations.reservation", booked.pk).last().after
    assert (told["fee"], told["fee_waived"]) == ("0.00", "Cliente de años")


def test_a_waived_no_show_takes_back_the_price_too():
    absent = confirmed()
    with clock.at(absent.starts_at):
        assert workflow.no_show(absent.pk, waive="Lluvia", actor=SYSTEM).fee == ZERO
    assert not Billable.objects.live().exists()


def test_what_is_on_a_document_is_not_cancelled_and_keeps_its_price_when_nobody_came():
    in_force()
    booked = confirmed()
    workflow.invoice(booked.pk, actor=SYSTEM)
    with clock.at(booked.starts_at):
        assert refusal_of(workflow.cancel, booked.pk, reason="Lluvia").code == "billable_drafted"
        assert workflow.no_show(booked.pk, actor=SYSTEM).fee == Decimal("20.00")
    assert live().status == BillableStatus.DRAFTED


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (Rules(hold_minutes=0), "hold_too_long"),
        (Rules(hold_minutes=1441), "hold_too_long"),
        (Rules(no_show_percent=Decimal("100.01")), "percent_out_of_range"),
        (Rules(no_show_percent=Decimal("10.001")), "percent_out_of_range"),
        (Rules(tiers=(Tier(24, ZERO),)), "percent_out_of_range"),
        (Rules(tiers=(Tier(0, Decimal(10)),)), "hours_out_of_range"),
        (Rules(tiers=(Tier(24, Decimal(10)), Tier(24, Decimal(20)))), "repeated_tier"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, code):
    assert refusal_of(policies.set_rules, rules).code == code
    assert not BookingPolicy.objects.exists()


def test_rules_are_set_by_who_sets_up_and_told():
    with pytest.raises(Forbidden):
        policies.set_rules(STRICT, actor=FRONT_DESK)
    policy = in_force()
    told = history("reservations.bookingpolicy", policy.pk).last()
    assert (told.action, told.before["tiers"], told.after["tiers"]) == (
        "booking_policy.set", [], ["menos de 6 h antes: 50,5 %", "menos de 24 h antes: 20 %"],
    )  # fmt: skip


def test_the_database_never_lets_rules_change():
    policy = in_force()
    confirmed()
    for change in (
        lambda: BookingPolicy.objects.update(hold_minutes=20),
        lambda: PolicyTier.objects.update(percent=1),
        lambda: PolicyTier.objects.all().delete(),
    ):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="its tiers never change"), transaction.atomic():
        PolicyTier.objects.create(policy=policy, hours_before=1, percent=1)
