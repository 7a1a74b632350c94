"""Is it alive, and is it ready: for load balancers, and for whoever wonders why nothing moves."""

from datetime import timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from core import clock
from core.models import Heartbeat

BEATING: Final = ("clock", "workers")
SILENCE_ALLOWED: Final = timedelta(seconds=150)  # a worker may be busy with its longest job


def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this process can answer at all."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything a request needs works, or 503 naming what does not."""
    checks = check()
    well = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"status": "ok" if well else "unready", "checks": checks}, status=200 if well else 503)


def check() -> dict[str, str]:
    """Return "ok" or what is wrong, for the database, the migrations and each heartbeat."""
    try:
        return {"database": "ok", "migrations": migrations()} | {name: _heartbeat(name) for name in BEATING}
    except DatabaseError:
        return {"database": "unreachable"}


def beat(name: str) -> None:
    """Note that this kind of process works."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now()})


def migrations() -> str:
    """Return "ok", or how many migrations wait to be applied."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply" if waiting else "ok"


def silence(name: str) -> timedelta:
    """Return for how long a kind of process has shown no sign of life (`timedelta.max`: never seen)."""
    last = Heartbeat.objects.filter(name=name).first()
    return clock.now() - last.at if last else timedelta.max


def _heartbeat(name: str) -> str:
    silent = silence(name)
    if silent < SILENCE_ALLOWED:
        return "ok"
    return "never seen" if silent == timedelta.max else f"silent for {int(silent.total_seconds())} s"
