"""Ways round the log's defences, for the tests that must see them noticed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from django.db import connections

Execute = Callable[..., list[tuple[Any, ...]]]


def _connect(**changed: Any) -> psycopg.Connection[Any]:
    parameters = connections["owner"].get_connection_params() | {"autocommit": True} | changed
    return psycopg.connect(**parameters)


def _executor(connection: psycopg.Connection[Any]) -> Execute:
    def execute(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        cursor = psycopg.Cursor(connection)
        cursor.execute(statement, values)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []

    return execute


@pytest.fixture
def as_owner(committing) -> Iterator[Execute]:
    """Return a function that executes a statement as the owner of the database."""
    with _connect() as connection:
        yield _executor(connection)


@pytest.fixture
def as_superuser(committing) -> Iterator[Execute]:
    """Return a function that executes a statement as a superuser, past every trigger and constraint."""
    with _connect(user="postgres", password="") as connection:
        connection.execute("SET session_replication_role = replica")
        yield _executor(connection)
