"""The test databases: one template migrated once, one copy of it for each pytest process.

They live on an embedded server of their own (`VAR_DIR/test`), so that stopping `make run` does not pull it from under
a test run. Tests act as the application's role, migrations as the owner, as in production.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.database import Server
from config.environment import locked
from tests.renewal import Beginning

FOLDER = Path(settings.VAR_DIR) / "test"
TEMPLATES = "cuadre_template_"
COPIES = "cuadre_test_"
UNUSED = 6 * 3600  # seconds after which a template of other migrations is dropped

# Sessions that were closed take a moment to end, and the owner may not end those of other roles (nor autovacuum's).
WAIT_UNTIL_ALONE = """
DO $$ BEGIN
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = {}) AND clock_timestamp() < now() + interval '20 s' LOOP
        PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
    END LOOP;
END $$
"""


@dataclass(frozen=True)
class Copy:
    """The database of this pytest process."""

    name: str
    template: str
    superuser: str = ""  # libpq URL, where the server is ours

    @cached_property
    def beginning(self) -> Beginning:
        """What it holds as long as no test has committed."""
        return Beginning.of(self.superuser)

    def make(self) -> None:
        """Copy the template; commits do not wait for the disk, since a power cut may take all of it."""
        self._remove()
        _administer("CREATE DATABASE {} TEMPLATE {}", self.name, self.template)
        _administer("ALTER DATABASE {} SET synchronous_commit = off", self.name)
        _administer("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", self.name)

    def renew(self) -> None:
        """Forget everything that was committed."""
        connections.close_all()
        self._wait_until_alone()
        if not self.superuser or not self.beginning.restore(self.superuser):
            self.make()

    def drop(self) -> None:
        """Remove it, whoever is still connected."""
        connections.close_all()
        self._remove()

    def _remove(self) -> None:
        self._wait_until_alone()
        _drop(self.name)

    def _wait_until_alone(self) -> None:
        with _administration() as admin:
            admin.execute(sql.SQL(WAIT_UNTIL_ALONE).format(sql.Literal(self.name)))


@contextmanager
def migrated_copy() -> Iterator[Copy]:
    """Point both connections at a fresh copy of the migrated template, and drop it afterwards."""
    FOLDER.mkdir(exist_ok=True)
    name, superuser = f"{COPIES}{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}", ""
    if settings.EMBEDDED_DATABASE:
        server = Server(FOLDER)
        server.ensure_running()
        _point(HOST=str(server.sockets))
        superuser = server.url("postgres", name)
    with locked(FOLDER / ".templates.lock"):
        copy = Copy(name, _template(), superuser)
        copy.make()
        _drop_abandoned_copies()
    if superuser:
        copy.beginning  # noqa: B018 - read while it is one
    _point(NAME=copy.name)
    try:
        yield copy
    finally:
        copy.drop()


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which a started program uses this process's test database, and a folder of its own."""

    def url(alias: str) -> str:
        values = connections[alias].settings_dict
        password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
        return f"postgresql://{values['USER']}{password}@/{values['NAME']}?host={values['HOST']}"

    return os.environ | {
        "DATABASE_URL": url("default"),
        "DATABASE_OWNER_URL": url("owner"),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "VAR_DIR": str(folder / "var"),
        "FILES_DIR": str(folder / "files"),
    }


def fingerprint() -> str:
    """Name the present schema: a template made from the same migrations is used again."""
    base = Path(settings.BASE_DIR)
    sources = sorted(base.glob("*/migrations/*.py")) + sorted(base.glob("*/management/commands/migrate.py"))
    sources += [base / "core/operations.py", base / "core/grants.py", base / "requirements.txt"]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _template() -> str:
    """Return the template of the present migrations, made when there is none."""
    name = TEMPLATES + fingerprint()
    present = _names(TEMPLATES)
    if name not in present:
        _make_template(name)
    (FOLDER / name).touch()
    for other in present:
        used = (FOLDER / other).stat().st_mtime if (FOLDER / other).exists() else 0
        if time.time() - used > UNUSED:
            _drop(other)
            (FOLDER / other).unlink(missing_ok=True)
    return name


def _make_template(name: str) -> None:
    draft = f"{name}_draft"
    _drop(draft)
    _administer("CREATE DATABASE {}", draft)
    _point(NAME=draft)
    call_command("migrate", verbosity=0)
    connections.close_all()
    _administer("ALTER DATABASE {} RENAME TO {}", draft, name)


def _drop_abandoned_copies() -> None:
    """Drop the copies whose pytest process was killed."""
    for name in _names(COPIES):
        if not psutil.pid_exists(int(name.split("_")[2])):
            _drop(name)


def _drop(name: str) -> None:
    """Drop a database. Without force the server ends an autovacuum in it by itself, with force it may not for us."""
    try:
        _administer("DROP DATABASE IF EXISTS {}", name)
    except psycopg.errors.ObjectInUse:
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _names(prefix: str) -> list[str]:
    with _administration() as admin:
        rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        return [name for (name,) in rows]


def _administer(statement: str, *names: str) -> None:
    with _administration() as admin:
        admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _administration() -> psycopg.Connection:
    parameters = connections["owner"].get_connection_params() | {"dbname": "postgres", "autocommit": True}
    return psycopg.connect(**parameters)


def _point(**values: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict.update(values)
