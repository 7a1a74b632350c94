"""The workers: django-q2's cluster, made safe against being killed at any instant.

A worker killed while it waits for work may hold the lock of the queue between the processes for ever, and jobs handed
to a killed cluster would wait for their `retry`. So a sudden death ends the cluster, whoever supervises it starts
another, and the first cluster to start hands out again what nobody is working on any more.
"""

import logging
from typing import Any, Final

import psycopg
from django.db import connection
from django.utils import timezone
from django_q import cluster
from django_q.models import OrmQ

LOCK: Final = 0x0C1A0DF  # the advisory lock every cluster shares

TIMED_OUT: Final = 0
RECYCLED: Final = -2

logger = logging.getLogger(__name__)


class Sentinel(cluster.Sentinel):
    """Guards the workers; replaces those that end as planned, and gives up when one was killed."""

    def reincarnate(self, process: Any) -> None:
        """Replace a process that timed out or was recycled.

        Raises:
            SystemExit: it died of something else, and what it held is locked.
        """
        if getattr(getattr(process, "timer", None), "value", None) not in (TIMED_OUT, RECYCLED):
            logger.critical("A process of the workers died; starting all of them again")
            raise SystemExit(1)
        super().reincarnate(process)


def work() -> None:
    """Do queued jobs until SIGTERM or SIGINT, or until a worker is killed.

    Raises:
        SystemExit: the cluster ended other than by being stopped.
    """
    mark = _mark_alive()
    connection.close()
    cluster.Sentinel = Sentinel
    running = cluster.Cluster()
    running.start()
    running.sentinel.join()
    mark.close()
    if running.sentinel.exitcode:
        raise SystemExit(running.sentinel.exitcode)


def _mark_alive() -> psycopg.Connection[Any]:
    """Take the lock that clusters share; if nobody holds it, hand out again what dead clusters had taken.

    On a connection of its own: the cluster's processes inherit it and keep it open while any of them lives.
    """
    mark: psycopg.Connection[Any] = psycopg.connect(**connection.get_connection_params() | {"autocommit": True})
    (is_alone,) = mark.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() or (False,)
    if is_alone:
        OrmQ.objects.update(lock=timezone.now())
    mark.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
    if is_alone:
        mark.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return mark
