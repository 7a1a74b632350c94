"""The workers survive being killed: what they held is handed out again, and nobody waits for the dead."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from core import jobs
from core.models import Heartbeat

pytestmark = pytest.mark.slow

Start = Callable[[], subprocess.Popen]


@pytest.fixture
def start(program_environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start clusters of two workers on the test's database."""
    started: list[subprocess.Popen] = []

    def start_one() -> subprocess.Popen:
        with (tmp_path / "workers.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "work"],
                cwd=settings.BASE_DIR,
                env=program_environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start_one
    for process in started:
        _kill_group(process)


def _kill_group(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _until(done: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "not done in time"
        time.sleep(0.05)


def _do_a_job() -> None:
    """Queue a job and wait until a worker has done it and it has left the queue, which is a moment later."""
    asked = timezone.now()
    jobs.enqueue("core.jobs.show_life")
    _until(lambda: Heartbeat.objects.filter(name="workers", at__gte=asked).exists())
    _until(lambda: not OrmQ.objects.exists())


def _queue_as_taken() -> datetime:
    """Queue a job that a cluster seems to have taken, and return until when others leave it alone."""
    until = timezone.now() + timedelta(seconds=600)
    with transaction.atomic():
        jobs.enqueue("core.jobs.show_life")
        OrmQ.objects.update(lock=until)
    return until


def _below_sentinel(cluster: subprocess.Popen) -> list[psutil.Process]:
    """Return the processes below the sentinel: two workers, the monitor, the pusher."""
    (sentinel,) = psutil.Process(cluster.pid).children()
    return sentinel.children()


def test_a_queued_job_is_done_and_leaves_the_queue(start: Start) -> None:
    start()
    _do_a_job()


@pytest.mark.parametrize("victim", range(4))
def test_killing_any_process_of_a_cluster_ends_it_rather_than_hanging(start: Start, victim: int) -> None:
    cluster = start()
    _do_a_job()
    _below_sentinel(cluster)[victim].kill()
    assert cluster.wait(30) == 1


def test_jobs_a_killed_cluster_had_taken_are_handed_out_again_at_once(start: Start) -> None:
    _queue_as_taken()
    start()
    _until(lambda: not OrmQ.objects.exists())
    assert Heartbeat.objects.filter(name="workers").exists()


def test_what_a_living_cluster_has_taken_is_left_to_it(start: Start) -> None:
    first = start()
    _do_a_job()
    taken_until = _queue_as_taken()
    second = start()
    _until(lambda: _clusters() == 2)
    assert OrmQ.objects.get(lock=taken_until)
    assert (first.poll(), second.poll()) == (None, None)


def test_stopping_a_cluster_leaves_no_process(start: Start) -> None:
    cluster = start()
    _do_a_job()
    below = psutil.Process(cluster.pid).children(recursive=True)
    cluster.terminate()
    assert cluster.wait(30) == 0
    assert not [process for process in below if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def _clusters() -> int:
    """Count the clusters that hold the lock they share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted")
        return cursor.fetchone()[0]
