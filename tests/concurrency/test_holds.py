"""In the second a hold ends several want its slot, and the clock lets go of it: one of them has it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from core import clock
from reservations import closures, expiry, holding, moving
from reservations.holding import TakeInput
from reservations.models import Reservation, ReservationStatus
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, own_company
from tests.reservations.factories import NOW, at, book, hold, make_priced_court


@pytest.fixture
def company(committing: None) -> Iterator[Any]:
    with clock.at(NOW), own_company() as company:
        yield company


def when(moment: datetime, act: Callable[[], Any]) -> Callable[[], Any]:
    """Let a thread of its own act at a moment."""

    def run() -> Any:
        with clock.at(moment):
            return act()

    return run


def test_several_book_and_hold_the_slot_in_the_second_its_hold_ends_while_the_clock_lets_go_of_it(company):
    court, customer = make_priced_court(), make_customer()
    stale = hold(court)

    presses = [lambda: book(court, customer_id=customer.pk), lambda: hold(court)] * 2
    outcomes = together(company.pk, *(when(stale.held_until, press) for press in presses))
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "slot_taken", "slot_taken", "slot_taken"]
    stale.refresh_from_db()
    assert (stale.status, Reservation.objects.live().count()) == ("expired", 1)


def test_a_hold_is_taken_and_let_go_of_at_once_and_is_one_of_both(company):
    held = hold(make_priced_court(), customer_id=make_customer().pk)

    outcomes = together(
        company.pk,
        when(NOW, lambda: holding.take(held.pk, TakeInput(), actor=SYSTEM)),
        when(held.held_until, lambda: expiry.of_company(company.pk)),
    )
    held.refresh_from_db()
    took = outcomes[0].refused is None
    assert held.status == (ReservationStatus.REQUESTED if took else ReservationStatus.EXPIRED)
    assert (outcomes[0].refused, outcomes[1].value) in {(None, 0), ("reservation_expired", 1)}


def test_two_move_to_the_same_slot_at_once(company):
    court = make_priced_court()
    first, second = book(court, "10:00", "11:00"), book(court, "11:00", "12:00")
    outcomes = together(
        company.pk,
        when(NOW, lambda: moving.move(first.pk, court.pk, at("18:00"), actor=SYSTEM)),
        when(NOW, lambda: moving.move(second.pk, court.pk, at("18:00"), actor=SYSTEM)),
    )
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "slot_taken"]


def test_a_blackout_and_a_booking_at_once_do_not_pass_each_other(company):
    court, customer = make_priced_court(), make_customer()

    def block() -> Any:
        blackout = closures.add_blackout(
            starts_at=at("12:00"), ends_at=at("20:00"), reason="Torneo", court_id=court.pk, actor=SYSTEM
        )
        return list(closures.inside(blackout).values_list("pk", flat=True))

    blocked, booked = together(company.pk, when(NOW, block), when(NOW, lambda: book(court, customer_id=customer.pk)))
    inside = list(Reservation.objects.values_list("pk", flat=True))
    assert (booked.refused, len(inside)) in {(None, 1), ("blacked_out", 0)}
    assert set(blocked.value) <= set(inside)
