"""The line to SRI: its pace, and when trying stops."""

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import DatabaseError, connections, transaction
from django.test.utils import CaptureQueriesContext

from core import clock
from sri import connection as line
from sri.models import Host

NOON = datetime(2026, 3, 31, 17, 0, tzinfo=UTC)
TEST, PRODUCTION = "1", "2"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.fixture
def noon(db, settings) -> Iterator[None]:
    settings.SRI_DOCUMENTS_PER_SECOND = 5
    with clock.at(NOON):
        yield


def fail(times: int, every: float = 1, start: datetime = NOON) -> datetime:
    moment = start
    for count in range(times):
        moment = start + seconds(count * every)
        with clock.at(moment):
            line.note_failure(TEST, "El servidor del SRI rechaza la conexión.")
    return moment


# Pace


def test_the_first_document_goes_at_once_and_the_next_wait_their_turn(noon) -> None:
    assert line.take_slot(TEST) is None
    assert [line.take_slot(TEST) for _ in range(3)] == [NOON + seconds(n) for n in (0.2, 0.4, 0.6)]


def test_environments_do_not_wait_for_each_other(noon) -> None:
    assert line.take_slot(TEST) is None
    assert line.take_slot(PRODUCTION) is None


def test_time_that_nobody_used_is_not_saved_up(noon) -> None:
    line.take_slot(TEST)
    with clock.at(NOON + seconds(60)):
        assert [line.take_slot(TEST) for _ in range(2)] == [None, NOON + seconds(60.2)]


def test_five_hundred_are_called_one_by_one_in_order(noon) -> None:
    moments = [line.take_slot(TEST) or NOON for _ in range(500)]
    assert {later - earlier for earlier, later in itertools.pairwise(moments)} == {seconds(0.2)}


def test_without_a_pace_everything_goes_and_nothing_is_written(noon, settings, django_assert_num_queries) -> None:
    settings.SRI_DOCUMENTS_PER_SECOND = 0
    with django_assert_num_queries(10):
        assert [line.take_slot(TEST) for _ in range(10)] == [None] * 10
    assert not Host.objects.exists()


@pytest.mark.usefixtures("committing")
def test_takes_in_one_instant_get_distinct_moments(settings) -> None:
    settings.SRI_DOCUMENTS_PER_SECOND = 5
    barrier, given, lock = threading.Barrier(4), [], threading.Lock()

    def take() -> None:
        try:
            with clock.at(NOON):
                barrier.wait(timeout=30)
                mine = [line.take_slot(TEST) for _ in range(25)]
            with lock:
                given.extend(mine)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given.count(None) == 1
    moments = sorted(moment for moment in given if moment)
    assert moments == [NOON + seconds(0.2) * n for n in range(1, 100)]


@pytest.mark.usefixtures("committing")
def test_a_slot_is_never_taken_inside_a_longer_transaction(settings) -> None:
    settings.SRI_DOCUMENTS_PER_SECOND = 5
    with transaction.atomic(), pytest.raises(RuntimeError):
        line.take_slot(TEST)


# Breaker


def test_five_failures_within_half_a_minute_open_the_breaker(noon) -> None:
    fail(4)
    assert not line.state(TEST).is_open
    at = fail(1, start=NOON + seconds(29))
    state = line.state(TEST)
    assert (state.is_open, state.since, state.next_probe_at) == (True, at, at + seconds(15))
    assert state.problem == "El servidor del SRI rechaza la conexión."
    assert not line.state(PRODUCTION).is_open


def test_failures_spread_over_more_than_that_do_not(noon) -> None:
    fail(50, every=7.6)
    assert not line.state(TEST).is_open
    assert len(Host.objects.get(pk=TEST).failed_at) <= 5


def test_a_success_forgets_the_failures(noon) -> None:
    fail(4)
    line.note_success(TEST)
    fail(4)
    assert not line.state(TEST).is_open


def test_while_open_one_probe_goes_through_every_quarter_of_a_minute(noon) -> None:
    opened = fail(5)
    with clock.at(opened + seconds(14.9)):
        assert line.take_slot(TEST) == opened + seconds(15)
    with clock.at(opened + seconds(15)):
        assert line.take_slot(TEST) is None
        assert line.take_slot(TEST) == opened + seconds(30)


def test_an_outage_uses_up_no_places(noon) -> None:
    opened = fail(5)
    with clock.at(opened + seconds(1)):
        assert {line.take_slot(TEST) for _ in range(100)} == {opened + seconds(15)}
    with clock.at(opened + seconds(15)):
        assert line.take_slot(TEST) is None
        assert line.note_success(TEST) is True
        assert [line.take_slot(TEST) for _ in range(2)] == [None, opened + seconds(15.2)]
        assert line.note_success(TEST) is False


def test_a_failed_probe_keeps_it_open_since_the_beginning(noon) -> None:
    opened = fail(5)
    fail(1, start=opened + seconds(15))
    state = line.state(TEST)
    assert (state.since, state.next_probe_at) == (opened, opened + seconds(30))


def test_a_probe_that_tells_nothing_is_followed_by_another(noon) -> None:
    opened = fail(5)
    for count in range(1, 4):
        with clock.at(opened + seconds(15 * count)):
            assert line.take_slot(TEST) is None


def test_a_success_closes_it(noon) -> None:
    fail(5)
    line.note_success(TEST)
    assert line.state(TEST) == line.LineState(is_open=False)
    fail(4)
    assert not line.state(TEST).is_open


def test_how_often_and_how_many_are_settings(noon, settings) -> None:
    settings.SRI_BREAKER_FAILURES, settings.SRI_PROBE_EVERY = 2, 1
    opened = fail(2)
    assert line.state(TEST).next_probe_at == opened + seconds(1)


def test_while_all_is_well_a_success_writes_nothing(noon) -> None:
    line.take_slot(TEST)
    with CaptureQueriesContext(connections["default"]) as queries:
        line.note_success(TEST)
        line.state(TEST)
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT"]


def test_a_long_problem_is_cut(noon) -> None:
    for _ in range(5):
        line.note_failure(TEST, "x" * 1000)
    assert line.state(TEST).problem == "x" * 300


@pytest.mark.usefixtures("committing")
def test_failures_noted_at_the_same_instant_all_count(settings) -> None:
    barrier, errors = threading.Barrier(5), []

    def note() -> None:
        try:
            with clock.at(NOON):
                barrier.wait(timeout=30)
                line.note_failure(TEST, "Se cortó.")
        except DatabaseError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=note) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert line.state(TEST).is_open


# Back-off


def test_waits_double_up_to_five_minutes_a_fifth_more_or_less() -> None:
    random = Random(1)
    for failures, expected in [(0, 2), (1, 2), (2, 4), (3, 8), (7, 128), (8, 256), (9, 300), (10_000, 300)]:
        waits = [line.backoff(failures, random=random).total_seconds() for _ in range(200)]
        assert expected * 0.8 <= min(waits) < expected * 0.83
        assert expected * 1.17 < max(waits) <= expected * 1.2
