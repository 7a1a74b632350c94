"""Backups: one file holds the database (as its owner sees it) and the attachments.

`VAR_DIR/backups/cuadre-<moment>.zip` is written beside its place and moved there whole. Seven daily, four weekly
and twelve monthly ones are kept. The keys (`VAR_DIR/secrets.env`) are not inside: keep them elsewhere.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from psycopg import sql

from core import clock

DUMP: Final = "database.dump"
FILES: Final = "files"
STAMP: Final = "%Y%m%d-%H%M%S"
CACHES: Final = {"pdf", "downloads"}  # folders of each company whose contents are made again when missing

# pg_restore 18 sets this first, which an older server does not know; nothing is lost without it.
UNKNOWN_SETTING: Final = "transaction_timeout"
KNOWS_ITS_SETTINGS: Final = 170_000

KEPT_DAYS: Final = 7
KEPT_WEEKS: Final = 4
KEPT_MONTHS: Final = 12


_after_restore: list[Callable[[], object]] = []


def after_restore(callback: Callable[[], object]) -> None:
    """Have `callback` called when a backup has taken the place of the data: to look after what it cannot know."""
    if callback not in _after_restore:
        _after_restore.append(callback)


def folder() -> Path:
    """Return where backups lie, made readable by their owner alone."""
    path = Path(settings.VAR_DIR) / "backups"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def nightly() -> None:
    """Start a backup in a process of its own: it may take longer than a job should."""
    subprocess.Popen([sys.executable, "manage.py", "backup"], cwd=settings.BASE_DIR, start_new_session=True)


def make() -> Path:
    """Write a backup, drop those that need not be kept any more, and return its file.

    Raises:
        CommandError: pg_dump failed, or the owner's connection is not known here.
    """
    target = folder() / f"cuadre-{clock.now():{STAMP}}.zip"
    draft = target.with_suffix(".partial")
    draft.touch(mode=0o600)
    with tempfile.TemporaryDirectory(dir=folder()) as work, zipfile.ZipFile(draft, "w") as archive:
        dump = Path(work) / DUMP
        _run("pg_dump", "--format=custom", "--no-password", f"--file={dump}")
        archive.write(dump, DUMP)
        for path in _attachments():
            archive.write(path, f"{FILES}/{path.relative_to(settings.FILES_DIR)}")
    draft.rename(target)
    for old in set(all_made()) - kept(all_made()):
        old.unlink()
    return target


def all_made() -> list[Path]:
    """Return the backups there are, oldest first."""
    return sorted(folder().glob("cuadre-*.zip"))


def kept(backups: Iterable[Path]) -> set[Path]:
    """Choose what to keep: all of the last 24 hours; of the newest days, weeks and months with any, the last."""
    newest_first = sorted(backups, key=_made_at, reverse=True)
    keep = {backup for backup in newest_first if _made_at(newest_first[0]) - _made_at(backup) < timedelta(days=1)}
    for period, count in ((date.toordinal, KEPT_DAYS), (_week, KEPT_WEEKS), (_month, KEPT_MONTHS)):
        last_of: dict[Any, Path] = {}
        for backup in newest_first:
            last_of.setdefault(period(_made_at(backup).date()), backup)
        keep.update(list(last_of.values())[:count])
    return keep


def restore(source: Path) -> str:
    """Put a backup in the place of the present data, and return the name under which the database before is kept.

    The backup is restored into a database of its own first and takes the other's place by renaming: if anything
    goes wrong before that, nothing has changed. Attachments of the backup are added to those present.

    Raises:
        CommandError: the file is no backup, or the program is running.
    """
    name, moment = _owner()["NAME"], clock.now()
    fresh, before = f"{name}_restored_{moment:{STAMP}}", f"{name}_before_{moment:{STAMP}}"
    with tempfile.TemporaryDirectory(dir=folder()) as work:
        try:
            with zipfile.ZipFile(source) as archive:
                archive.extractall(work)
        except (OSError, zipfile.BadZipFile) as error:
            raise CommandError(f"{source} is not a backup of Cuadre: {error}") from None
        _refill(fresh, Path(work) / DUMP)
        _swap(name, fresh, before)
        if (Path(work) / FILES).exists():
            shutil.copytree(Path(work) / FILES, settings.FILES_DIR, dirs_exist_ok=True)
    call_command("migrate", verbosity=0)
    for callback in _after_restore:
        callback()
    return before


def _refill(fresh: str, dump: Path) -> None:
    administer("CREATE DATABASE {}", fresh)
    owner: Any = connections["owner"]
    current = owner.pg_version >= KNOWS_ITS_SETTINGS
    options = ["--no-owner", "--no-password", *(["--exit-on-error"] if current else [])]
    try:
        _run("pg_restore", *options, str(dump), database=fresh, ignored="" if current else UNKNOWN_SETTING)
    except CommandError:
        administer("DROP DATABASE {}", fresh)
        raise


def _swap(name: str, fresh: str, before: str) -> None:
    connections.close_all()
    try:
        administer("ALTER DATABASE {} RENAME TO {}", name, before)
    except psycopg.errors.ObjectInUse:
        administer("DROP DATABASE {}", fresh)
        raise CommandError("The database is in use. Stop the program first (make stop), then restore.") from None
    administer("ALTER DATABASE {} RENAME TO {}", fresh, name)


def _attachments() -> list[Path]:
    root = Path(settings.FILES_DIR)
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [path for path in files if not CACHES.intersection(path.relative_to(root).parts[:-1])]


def _made_at(backup: Path) -> datetime:
    return datetime.strptime(backup.stem.removeprefix("cuadre-"), STAMP)  # noqa: DTZ007 - names are in UTC


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _owner() -> dict[str, Any]:
    if "owner" not in connections:
        raise CommandError("Backups are made by the owner of the database: set DATABASE_OWNER_URL.")
    return connections["owner"].settings_dict


def administer(statement: str, *names: str) -> None:
    """Run a statement on databases as their owner, from outside of them; `names` fill its {} as identifiers."""
    parameters = connections["owner"].get_connection_params() | {"dbname": "postgres", "autocommit": True}
    with psycopg.connect(**parameters) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _run(program: str, *arguments: str, database: str = "", ignored: str = "") -> None:
    """Run one of PostgreSQL's programs as the owner; the password goes by the environment, not the command line.

    Errors that name `ignored` do not count.
    """
    owner = _owner()
    values = {
        "PGHOST": owner["HOST"],
        "PGPORT": owner["PORT"],
        "PGUSER": owner["USER"],
        "PGPASSWORD": owner["PASSWORD"],
    }
    options = {f"PG{name.upper()}": value for name, value in owner["OPTIONS"].items() if name.startswith("ssl")}
    environment = {name: str(value) for name, value in (values | options).items() if value}
    result = subprocess.run(
        [Path(settings.PG_BINARIES) / program, *arguments, f"--dbname={database or owner['NAME']}"],
        env=environment,
        capture_output=True,
        text=True,
    )
    if result.returncode and not (ignored and all_name(ignored, result.stderr)):
        raise CommandError(f"{program} failed:\n{result.stderr}")


def all_name(word: str, said: str) -> bool:
    """Say whether a program of PostgreSQL told of errors, and a word stands in each of them."""
    errors = [line for line in said.splitlines() if " error: " in line]
    return bool(errors) and all(word in line for line in errors)
