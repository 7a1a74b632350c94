"""The test databases: one template migrated once, one copy of it for each pytest process.

They live on an embedded server of their own (`VAR_DIR/test`), so that stopping `make run` does not pull it from under
a test run. Tests act as the application's role, migrations as the owner, as in production.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.database import Server
from config.environment import locked

BASE_DIR = Path(settings.BASE_DIR)
TEMPLATES = "cuadre_template_"
COPIES = "cuadre_test_"


def fingerprint() -> str:
    """Name the present schema: a template made from the same migrations is used again."""
    sources = sorted(BASE_DIR.glob("*/migrations/*.py"))
    sources += [BASE_DIR / "core/operations.py", BASE_DIR / "core/grants.py", BASE_DIR / "requirements.txt"]
    contents = b"".join(source.read_bytes() for source in sources if source.exists())
    return hashlib.sha256(contents).hexdigest()[:12]


@contextmanager
def migrated_copy() -> Iterator[str]:
    """Point both connections at a fresh copy of the migrated template, and drop it afterwards."""
    folder = Path(settings.VAR_DIR) / "test"
    folder.mkdir(exist_ok=True)
    if settings.EMBEDDED_DATABASE:
        server = Server(folder)
        server.ensure_running()
        _point(HOST=str(server.sockets))
    copy = f"{COPIES}{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with locked(folder / ".templates.lock"), _administration() as admin:
        template = _template(admin)
        _drop(admin, *_abandoned_copies(admin))
        make_copy(admin, copy, template)
    _point(NAME=copy)
    try:
        yield copy
    finally:
        connections.close_all()
        with _administration() as admin:
            _drop(admin, copy)


def make_copy(admin: psycopg.Connection, name: str, template: str) -> None:
    """Copy a database; what it holds may be lost in a power cut, so commits do not wait for the disk."""
    _run(admin, "CREATE DATABASE {} TEMPLATE {}", name, template)
    _run(admin, "ALTER DATABASE {} SET synchronous_commit = off", name)
    _run(admin, "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", name)


def _template(admin: psycopg.Connection) -> str:
    """Return the template of the present migrations, made (and older ones dropped) when there is none."""
    name = TEMPLATES + fingerprint()
    present = _names(admin, TEMPLATES)
    if name in present:
        return name
    _drop(admin, *present)
    draft = f"{name}_draft"
    _run(admin, "CREATE DATABASE {}", draft)
    _point(NAME=draft)
    call_command("migrate", verbosity=0)
    connections.close_all()
    _run(admin, "ALTER DATABASE {} RENAME TO {}", draft, name)
    return name


def _abandoned_copies(admin: psycopg.Connection) -> list[str]:
    """Name the copies whose pytest process was killed."""
    return [name for name in _names(admin, COPIES) if not psutil.pid_exists(int(name.split("_")[2]))]


@contextmanager
def _administration() -> Iterator[psycopg.Connection]:
    values = connections["owner"].settings_dict
    with psycopg.connect(
        host=values["HOST"], port=values["PORT"] or None, user=values["USER"], password=values["PASSWORD"] or None,
        dbname="postgres", autocommit=True,
    ) as connection:  # fmt: skip
        yield connection


def _names(admin: psycopg.Connection, prefix: str) -> list[str]:
    rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [name for (name,) in rows]


def _drop(admin: psycopg.Connection, *names: str) -> None:
    for name in names:
        _run(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _point(**values: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict.update(values)
