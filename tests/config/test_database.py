"""The embedded PostgreSQL comes up whatever happened to it, and its application role can do little."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from config.database import APPLICATION, NAME, OWNER, ROOTS_HOME, Server, is_postmaster

pytestmark = pytest.mark.slow


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder anybody may pass through, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="cuadre-"))
    path.chmod(0o755)
    yield path
    Server(path / "var").stop()
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Server:
    started = Server(folder / "var")
    started.ensure_running()
    return started


def _connect(server: Server, role: str = OWNER) -> psycopg.Connection:
    return psycopg.connect(server.url(role), autocommit=True)


def _remember(server: Server) -> None:
    with _connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def _remembers(server: Server) -> bool:
    with _connect(server) as connection:
        return connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def _postmasters(server: Server) -> list[psutil.Process]:
    """Return the servers that live in this folder; their backends come and go while one looks."""
    return [process for process in server.processes() if is_postmaster(process)]


def _kill(*processes) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def test_the_server_is_postgresql_18_with_a_utf8_database_of_the_owner(server: Server) -> None:
    with _connect(server) as connection:
        assert connection.info.server_version // 10_000 == 18
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [NAME]
        ).fetchone()
    assert row == ("UTF8", OWNER)


def test_neither_role_is_powerful(server: Server) -> None:
    with _connect(server) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname ~ '^cuadre'"
        ).fetchall()
    assert sorted(rows) == [(APPLICATION, False, False, False, False), (OWNER, False, False, True, False)]


def test_the_application_makes_no_tables(server: Server) -> None:
    with _connect(server, APPLICATION) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")


def test_only_the_servers_user_reaches_its_socket(server: Server) -> None:
    assert server.sockets.stat().st_mode & 0o077 == 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_starting_a_running_server_changes_nothing(server: Server) -> None:
    before = [process.pid for process in _postmasters(server)]
    server.ensure_running()
    assert [process.pid for process in _postmasters(server)] == before


def test_it_comes_back_after_kill_9_of_the_postmaster(server: Server) -> None:
    _remember(server)
    _kill(*_postmasters(server))
    server.ensure_running()
    assert _remembers(server)


def test_it_comes_back_after_kill_9_of_every_process(server: Server) -> None:
    _remember(server)
    _kill(*server.processes())
    server.ensure_running()
    assert _remembers(server)


def test_it_comes_back_while_an_orphaned_backend_is_busy(server: Server) -> None:
    _remember(server)
    busy = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import psycopg; psycopg.connect({server.url(OWNER)!r}).execute('SELECT pg_sleep(600)')",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        with _connect(server) as connection:
            sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"
            deadline = time.monotonic() + 20
            while not connection.execute(sleeping).fetchone():
                assert time.monotonic() < deadline
        _kill(*_postmasters(server))
        server.ensure_running()
        assert _remembers(server)
    finally:
        busy.kill()
        busy.wait()


@pytest.mark.parametrize("name", ["postgres/postmaster.pid", "sockets/.s.PGSQL.5432.lock"])
def test_a_stale_file_that_names_a_living_process_is_no_server(server: Server, name: str) -> None:
    _remember(server)
    left_over = server.home / name
    lines = left_over.read_text().splitlines()
    _kill(*server.processes())
    left_over.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    server.ensure_running()
    assert _remembers(server)


def test_a_server_whose_folder_was_deleted_gives_way_to_a_new_one(server: Server) -> None:
    shutil.rmtree(server.home)
    server.ensure_running()
    with _connect(server) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_two_starts_at_once_make_one_server(folder: Path) -> None:
    program = f"import pathlib, config.database as d; d.Server(pathlib.Path({str(folder / 'var')!r})).ensure_running()"
    starts = [subprocess.Popen([sys.executable, "-c", program], cwd=Path.cwd()) for _ in range(3)]
    assert [start.wait(60) for start in starts] == [0, 0, 0]
    server = Server(folder / "var")
    assert len(_postmasters(server)) == 1
    _remember(server)
    assert _remembers(server)


def test_a_folder_with_a_very_long_name_works(folder: Path) -> None:
    long = folder / ("x" * 150)
    server = Server(long)
    try:
        server.ensure_running()
        _remember(server)
        assert _remembers(server)
    finally:
        server.stop()
        shutil.rmtree(server.sockets)


def test_a_set_up_that_was_killed_begins_again(folder: Path) -> None:
    half = folder / "var" / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = Server(folder / "var")
    server.ensure_running()
    assert server.answers()


def test_roles_that_were_half_made_are_completed(server: Server) -> None:
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME}")
        connection.execute(f"DROP ROLE {APPLICATION}")
    assert not server.answers()
    server.ensure_running()
    assert server.answers()


def test_stopping_ends_every_process_and_may_be_said_twice(server: Server) -> None:
    server.stop()
    assert server.processes() == []
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps its data elsewhere")
def test_roots_data_leave_a_private_folder(folder: Path) -> None:
    private = folder / "home"
    private.mkdir(mode=0o700)
    server = Server(private / "var")
    try:
        server.ensure_running()
        assert server.home.is_relative_to(ROOTS_HOME)
        assert Server(private / "var").home == server.home
        assert private.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
        shutil.rmtree(server.home)
