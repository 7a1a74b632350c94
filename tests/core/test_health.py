"""Alive means answering; ready means that database, migrations, workers and clock all work."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import ProgrammingError
from django.test import Client

from core import clock, health, processes
from core.models import Heartbeat


def test_live_needs_nothing(client: Client) -> None:
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_when_everything_works(client: Client) -> None:
    health.beat("clock")
    health.beat("workers")
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "clock": "ok", "workers": "ok"},
    }


@pytest.mark.django_db
def test_a_process_that_fell_silent_makes_it_unready(client: Client) -> None:
    with clock.at(clock.now()):  # no second passes meanwhile
        health.beat("clock")
        Heartbeat.objects.create(name="workers", at=clock.now() - health.SILENCE_ALLOWED - timedelta(seconds=50))
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["workers"].startswith("silent for 200")


@pytest.mark.django_db
def test_a_process_that_never_started_makes_it_unready(client: Client) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["checks"]["clock"]) == (503, "never seen")


@pytest.mark.django_db
def test_waiting_migrations_make_it_unready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [1, 2])
    assert client.get("/health/ready").json()["checks"]["migrations"] == "2 to apply"


def test_an_unreachable_database_makes_it_unready(client: Client, committing, monkeypatch: pytest.MonkeyPatch) -> None:
    connections["default"].close()
    monkeypatch.setitem(connections["default"].settings_dict, "HOST", "/nowhere")
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["checks"]) == (503, {"database": "unreachable"})


@pytest.mark.django_db
def test_the_applications_role_may_serve() -> None:
    processes.refuse_powerful_role()


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_may_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "connection", connections["owner"])
    with pytest.raises(ImproperlyConfigured, match="cuadre_owner"):
        processes.refuse_powerful_role()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (id int)", "CREATE TEMP TABLE mine (id int)", "TRUNCATE core_heartbeat"]
)
def test_the_applications_role_reads_and_writes_rows_only(statement: str) -> None:
    with connections["default"].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(statement)
