"""Two people press at once: one has the court, the other is told who.

First the race as it is without the house's two walls (the lock on the court, the constraint on the rows), then each
wall by itself, then the workflow.
"""

from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from core import clock
from core.errors import WorkflowError
from core.tenancy import company_context
from reservations.models import Reservation
from tests import laws
from tests.factories import make_company, make_customer
from tests.reservations.factories import NOW, at, book, make_priced_court

THREADS = 6


@pytest.fixture
def company(committing: None) -> Iterator[Any]:
    made = make_company()
    with clock.at(NOW), company_context(made.pk):
        yield made
        assert laws.broken() == []


def together(company: Any, act: Callable[[int, Barrier], Any], threads: int = THREADS) -> list[Any]:
    """Let threads act at the same moment, each in the company; return what each returned or raised."""
    results: list[Any] = [None] * threads
    barrier = Barrier(threads, timeout=20)

    def run(number: int) -> None:
        try:
            with clock.at(NOW), company_context(company.pk):
                results[number] = act(number, barrier)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    workers = [Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    return results


def test_looking_first_and_writing_then_books_a_slot_twice(company):
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE naive_booking (court_id bigint, period tstzrange)")

    def look_then_write(_number, barrier):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM naive_booking WHERE period && tstzrange(%s, %s)", [at("18:00"), at("19:00")]
            )
            (taken,) = cursor.fetchone()
            barrier.wait()
            if not taken:
                cursor.execute("INSERT INTO naive_booking VALUES (1, tstzrange(%s, %s))", [at("18:00"), at("19:00")])

    together(company, look_then_write, threads=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM naive_booking")
        assert cursor.fetchone() == (2,)


def test_without_the_lock_the_constraint_alone_lets_one_in(company):
    court, customer = make_priced_court(), make_customer()

    def write(number, barrier):
        row = Reservation(
            code=f"R-{number}", court=court, customer=customer, customer_name="X", total=1,
            period=(at("18:00"), at("19:00")),
        )  # fmt: skip
        barrier.wait()
        row.save()
        return row

    results = together(company, write, threads=2)
    assert [type(result) for result in results].count(Reservation) == 1
    (error,) = (result for result in results if not isinstance(result, Reservation))
    # Each inserted before it saw the other: PostgreSQL then breaks the wait as a deadlock, naming the same table.
    if isinstance(error, IntegrityError):
        assert "no_two_live_bookings_of_a_court_overlap" in str(error)
    else:
        assert isinstance(error, OperationalError)
        assert "while checking exclusion constraint" in str(error)


@pytest.mark.parametrize("overlap", [("18:00", "19:00"), ("17:00", "20:00")])
def test_one_books_the_slot_and_the_others_are_told_who(company, overlap):
    court = make_priced_court()
    customers = [make_customer() for _ in range(THREADS)]

    def press(number, barrier):
        start, end = overlap if number % 2 else ("18:00", "19:00")
        barrier.wait()
        return book(court, start, end, customer_id=customers[number].pk, confirm=True)

    results = together(company, press)
    (booked,) = (result for result in results if isinstance(result, Reservation))
    refusals = [result for result in results if result is not booked]
    assert [(type(refusal), refusal.code) for refusal in refusals] == [(WorkflowError, "slot_taken")] * (THREADS - 1)
    assert all(refusal.extra["reservation_id"] == booked.pk for refusal in refusals)
    assert Reservation.objects.get() == booked


def test_bookings_of_different_slots_at_once_all_have_codes_of_their_own(company):
    court, customer = make_priced_court(), make_customer()

    def press(number, barrier):
        barrier.wait()
        return book(court, f"{10 + number}:00", f"{11 + number}:00", customer_id=customer.pk).code

    assert sorted(together(company, press)) == [f"R-{number:06d}" for number in range(1, THREADS + 1)]
