"""Holding a slot: nobody else gets it until the time is over, and everybody in that very second."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from audit.queries import history
from billing.models import Billable
from companies.roles import Role
from core import clock
from core.errors import Forbidden, WorkflowError
from reservations import expiry, holding, policies, workflow
from reservations.holding import TakeInput
from reservations.models import Reservation, ReservationStatus
from reservations.policies import Rules
from reservations.queries import availability
from tests.factories import SYSTEM, actor, make_customer
from tests.reservations.factories import MONDAY, NOW, at, book, hold, make_priced_court

pytestmark = pytest.mark.usefixtures("company")

FRONT_DESK = actor(Role.FRONTDESK)
EXPIRY = NOW + timedelta(minutes=15)


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def entries(row):
    return [entry.action for entry in history("reservations.reservation", row.pk)]


def is_free(court, hour="18:00"):
    return next(slot.free for slot in availability(court, MONDAY) if slot.starts_at == at(hour))


def test_a_hold_keeps_the_slot_for_a_quarter_of_an_hour_at_its_price():
    held = hold(make_priced_court("20.00"), customer_name=" Ana ", phone="099", actor=FRONT_DESK)
    assert (held.status, held.held_until, held.customer, held.total) == ("held", EXPIRY, None, Decimal("20.00"))
    assert (held.customer_name, held.customer_phone, entries(held)) == ("Ana", "099", ["reservation.held"])
    assert not Billable.objects.exists()


def test_a_hold_for_nobody_is_in_the_name_of_who_holds_it():
    assert hold(make_priced_court()).customer_name == SYSTEM.label


def test_a_hold_lasts_as_long_as_the_rules_in_force_say():
    policies.set_rules(Rules(hold_minutes=40), actor=SYSTEM)
    assert hold(make_priced_court()).held_until == NOW + timedelta(minutes=40)


def test_nobody_books_or_holds_a_held_slot_until_its_time_is_over():
    court = make_priced_court()
    held = hold(court)
    with clock.at(EXPIRY - timedelta(seconds=1)):
        for again in (hold, book):
            refusal = refusal_of(lambda actor, again=again: again(court, actor=actor))
            assert (refusal.code, refusal.extra["reservation_id"]) == ("slot_taken", held.pk)
        assert not is_free(court)


@pytest.mark.parametrize("again", [hold, book])
def test_a_held_slot_frees_itself_at_expiry_and_can_be_booked_in_the_same_second(again):
    court = make_priced_court()
    held = hold(court)
    with clock.at(EXPIRY):
        assert is_free(court)
        assert again(court).is_live
    held.refresh_from_db()
    assert (held.status, entries(held)) == ("expired", ["reservation.held", "reservation.expired"])
    last = history("reservations.reservation", held.pk).last()
    assert (last.actor_kind, last.actor_label) == ("job", "Apartados")


def test_the_clock_lets_go_of_what_is_over_and_of_nothing_else():
    over, lasting, booked = hold(make_priced_court()), hold(make_priced_court()), book(make_priced_court())
    Reservation.objects.filter(pk=lasting.pk).update(held_until=EXPIRY + timedelta(seconds=1))
    with clock.at(EXPIRY):
        assert (expiry.sweep(), expiry.sweep()) == (1, 0)
    states = {row.pk: row.status for row in Reservation.objects.all()}
    assert states == {over.pk: "expired", lasting.pk: "held", booked.pk: "requested"}


def test_what_was_held_is_booked_for_a_customer_under_todays_rules_and_prices():
    court, customer = make_priced_court("20.00"), make_customer(name="Ana Mora", phone="088")
    held = hold(court, customer_name="Anita", phone="099")
    court.venue.rates.update(unit_price=Decimal("30.00"))
    policy = policies.set_rules(Rules(), actor=SYSTEM)
    booked = holding.take(held.pk, TakeInput(customer.pk, confirm=True, notes="Red"), actor=FRONT_DESK)
    assert (booked.status, booked.customer, booked.total, booked.policy) == (
        "confirmed", customer, Decimal("30.00"), policy,
    )  # fmt: skip
    assert (booked.customer_name, booked.customer_phone, booked.notes) == ("Ana Mora", "099", "Red")
    assert entries(held) == ["reservation.held", "reservation.requested", "reservation.confirmed"]
    assert Billable.objects.get().amount == Decimal("30.00")
    with clock.at(EXPIRY):
        assert expiry.sweep() == 0


def test_what_was_held_for_a_customer_needs_no_other():
    held = hold(make_priced_court(), customer_id=make_customer(name="Ana Mora").pk)
    assert holding.take(held.pk, TakeInput(), actor=SYSTEM).status == ReservationStatus.REQUESTED


def test_what_is_held_for_a_name_is_not_booked_without_a_customer():
    held = hold(make_priced_court(), customer_name="Ana")
    assert refusal_of(holding.take, held.pk, TakeInput()).code == "customer_required"
    assert refusal_of(workflow.confirm, held.pk).code == "customer_required"


def test_a_hold_whose_time_is_over_is_not_booked_though_nobody_noted_it_yet():
    held = hold(make_priced_court(), customer_id=make_customer().pk)
    with clock.at(EXPIRY):
        refusal = refusal_of(holding.take, held.pk, TakeInput())
        assert (refusal.code, "09:15" in refusal.message) == ("hold_expired", True)
        assert refusal_of(workflow.confirm, held.pk).code == "hold_expired"


def test_what_is_no_hold_is_not_taken():
    assert refusal_of(holding.take, book(make_priced_court()).pk, TakeInput()).code == "reservation_requested"


def test_a_hold_is_let_go_of_without_a_reason():
    held = hold(make_priced_court())
    gone = workflow.cancel(held.pk, reason="", actor=SYSTEM)
    assert (gone.status, gone.cancel_reason, gone.fee) == ("cancelled", "Se soltó lo apartado.", Decimal("0.00"))


def test_who_only_looks_holds_nothing():
    court, held = make_priced_court(), hold(make_priced_court())
    looker = actor(Role.AUDITOR)
    with pytest.raises(Forbidden):
        hold(court, actor=looker)
    with pytest.raises(Forbidden):
        holding.take(held.pk, TakeInput(), actor=looker)
