"""Jobs: how soon one starts after it was queued, and how many are done a second by two workers."""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.db import connection
from django_q.models import OrmQ

from companies.models import Company
from core.jobs import enqueue
from core.tenancy import company_context
from tests.bench.measuring import Row
from tests.crash.processes import kill_group, start, until
from tests.databases import environment

STARTS, JOBS = 60, 1_500


def run(company: Company) -> Iterator[Row]:
    """The limit of a start is a notification between two connections; of the rate, batches of skipped locks."""
    folder = Path(tempfile.mkdtemp(prefix="cuadre-bench-"))
    OrmQ.objects.all().delete()
    workers = start(["manage.py", "work"], environment(folder), folder / "work.log")
    try:
        with company_context(company.pk):
            starts = folder / "starts"
            _queue_one(starts)
            until(starts.exists, log=folder / "work.log")
            yield Row("job start after it was queued", _waits(starts), _notifications(), "ms", 20)
            yield Row("jobs, two workers", _rate(), _batches(), "/s", 450)
    finally:
        kill_group(workers)


def _queue_one(starts: Path) -> None:
    enqueue("tests.bench.jobs.note_start", str(starts), time.monotonic())


def _waits(starts: Path) -> float:
    """Queue jobs one at a time, and return the median wait in milliseconds."""
    for done in range(1, STARTS + 1):
        _queue_one(starts)
        until(lambda done=done: len(starts.read_text().splitlines()) > done)
    return statistics.median(float(wait) for wait in starts.read_text().splitlines()[1:]) * 1000


def _notifications() -> float:
    """Return the median milliseconds from a NOTIFY's commit to another connection's hearing it."""
    waits: list[float] = []
    sent = [0.0]
    heard = threading.Event()
    parameters = connection.get_connection_params() | {"autocommit": True}
    with psycopg.connect(**parameters) as listener, psycopg.connect(**parameters) as speaker:
        listener.execute("LISTEN bench")

        def listen() -> None:
            for _note in listener.notifies(stop_after=STARTS):
                waits.append((time.perf_counter() - sent[0]) * 1000)
                heard.set()

        ear = threading.Thread(target=listen)
        ear.start()
        for _number in range(STARTS):
            heard.clear()
            sent[0] = time.perf_counter()
            speaker.execute("NOTIFY bench")
            heard.wait(5)
        ear.join()
    return statistics.median(waits)


def _rate() -> float:
    """Queue many jobs that do nothing and return how many are done a second."""
    waiting = OrmQ.objects.count()
    for _number in range(JOBS):
        enqueue("tests.bench.jobs.nothing")
    begun, left = time.perf_counter(), OrmQ.objects.count() - waiting
    until(lambda: OrmQ.objects.count() <= waiting)
    return left / (time.perf_counter() - begun)


def _batches() -> float:
    """Return how many rows a second one connection takes off a table in batches of 100 with SKIP LOCKED."""
    take = """DELETE FROM bench_queue WHERE id IN
              (SELECT id FROM bench_queue ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING payload"""
    from django.db import connections

    with connections["owner"].cursor() as owner:
        owner.execute(
            "CREATE TABLE bench_queue AS SELECT id, repeat('x', 300) AS payload FROM generate_series(1, 20000) id"
        )
        owner.execute("ALTER TABLE bench_queue ADD PRIMARY KEY (id)")
        begun = time.perf_counter()
        for _batch in range(200):
            owner.execute(take)
            owner.fetchall()
        taken = time.perf_counter() - begun
        owner.execute("DROP TABLE bench_queue")
    return 20_000 / taken
