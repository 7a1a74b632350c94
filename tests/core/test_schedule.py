"""The clock: one at a time, each daily job once a local day, and a sweep that fails stops no other."""

import threading
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django_q.models import OrmQ

from core import clock, health, schedule
from core.models import Heartbeat, ScheduleRun
from core.schedule import Clock, Daily, Sweep, only_clock

QUITO = ZoneInfo("America/Guayaquil")
NIGHTLY = Daily("nightly", time(2, 30), "core.jobs.show_life")

turned: list[str] = []


def sweep_well() -> None:
    turned.append("well")


def sweep_badly() -> None:
    turned.append("badly")
    raise ValueError("no")


@pytest.fixture(autouse=True)
def _forget() -> None:
    turned.clear()


def _turn_at(day: int, hour: int, minute: int) -> int:
    """Turn the nightly schedule at a local time of March 2026 and return how many jobs wait."""
    with clock.at(datetime(2026, 3, day, hour, minute, tzinfo=QUITO)):
        NIGHTLY.turn()
    return OrmQ.objects.count()


@pytest.mark.django_db
class TestDaily:
    def test_it_waits_for_its_local_time(self) -> None:
        _turn_at(1, 12, 0)
        assert _turn_at(2, 2, 29) == 0
        assert _turn_at(2, 2, 30) == 1

    def test_it_is_queued_once_a_day(self) -> None:
        _turn_at(1, 12, 0)
        assert [_turn_at(2, 3, 0), _turn_at(2, 23, 59), _turn_at(3, 2, 29), _turn_at(3, 2, 31)] == [1, 1, 1, 2]

    def test_a_night_that_was_missed_is_made_up_for(self) -> None:
        _turn_at(1, 12, 0)
        assert _turn_at(5, 9, 0) == 1

    def test_a_new_installation_waits_for_its_first_night(self) -> None:
        assert [_turn_at(1, 12, 0), _turn_at(1, 13, 0)] == [0, 0]
        assert ScheduleRun.objects.get().day.isoformat() == "2026-03-01"


@pytest.mark.django_db
class TestTicking:
    def test_a_sweep_that_fails_stops_no_other_and_pauses(self) -> None:
        ticking = Clock([Sweep(f"{__name__}.sweep_badly", every=0), Sweep(f"{__name__}.sweep_well", every=0)], [])
        ticking.tick()
        ticking.tick()
        assert turned == ["badly", "well", "well"]

    def test_a_slow_sweep_is_turned_at_its_own_pace(self) -> None:
        ticking = Clock([Sweep(f"{__name__}.sweep_well", every=3600)], [])
        ticking.tick()
        ticking.tick()
        assert turned == ["well"]

    def test_it_shows_its_life_and_asks_the_workers_for_theirs_once(self) -> None:
        moment = datetime(2026, 3, 10, 12, tzinfo=UTC)
        with clock.at(moment):
            ticking = Clock([], [])
            ticking.tick()
        with clock.at(moment + schedule.BEAT):
            ticking.tick()
        assert Heartbeat.objects.get(name="clock").at == moment + schedule.BEAT
        assert OrmQ.objects.count() == 1

    def test_it_asks_again_once_the_workers_have_answered(self) -> None:
        moment = datetime(2026, 3, 10, 12, tzinfo=UTC)
        with clock.at(moment):
            ticking = Clock([], [])
            ticking.tick()
            health.beat("workers")
        with clock.at(moment + schedule.BEAT):
            ticking.tick()
        assert OrmQ.objects.count() == 2

    def test_it_asks_again_when_the_question_was_lost(self) -> None:
        moment = datetime(2026, 3, 10, 12, tzinfo=UTC)
        with clock.at(moment):
            ticking = Clock([], [])
            ticking.tick()
        with clock.at(moment + schedule.LIFE):
            ticking.tick()
        assert OrmQ.objects.count() == 2


def _is_mine_elsewhere() -> bool:
    answers: list[bool] = []

    def try_it() -> None:
        with only_clock() as is_mine:
            answers.append(is_mine)
        connection.close()

    other = threading.Thread(target=try_it)
    other.start()
    other.join()
    return answers[0]


@pytest.mark.usefixtures("committing")
def test_of_two_clocks_one_works_and_the_other_takes_over() -> None:
    with only_clock() as is_mine:
        assert is_mine
        assert not _is_mine_elsewhere()
    assert _is_mine_elsewhere()


@pytest.mark.usefixtures("committing")
def test_a_clock_that_loses_its_connection_loses_the_lock() -> None:
    with only_clock() as is_mine:
        assert is_mine
        connection.close()
        assert _is_mine_elsewhere()
