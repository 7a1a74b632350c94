"""`make run`: everything a running copy consists of, started, watched and stopped together.

In order: the embedded database, migrations, static files, the demo company (once), then the web, the workers, the
clock and, for a demo, a simulator of SRI. A child that dies is started again; Ctrl-C or SIGTERM stops all of it, the
database last. After a `kill -9` of anything or everything, the next start finds what is left over, ends it, and goes on
from the rows.
"""

import fcntl
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import IO, Final

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.children import WATCH, Child, end_leftovers, environment, say
from config.database import DatabaseDown, Server
from config.environment import LOOPBACK

WEB_ALONE: Final = 10.0  # seconds the web may take before the others are started beside it
CHECK_EVERY: Final = 3.0  # seconds between looks at the database and the workers' heartbeat
GRACE: Final = 30.0  # seconds to finish requests and jobs before being killed, which jobs survive


class Refused(Exception):
    """The copy cannot start, or stop; the message says what to do."""


class Supervisor:
    """Starts, watches and stops the children of one VAR_DIR."""

    def __init__(self) -> None:
        self.server = Server(settings.EMBEDDED_DATABASE) if settings.EMBEDDED_DATABASE else None
        self.children = [
            Child("web", _web()),
            Child("workers", ["manage.py", "work"]),
            Child("clock", ["manage.py", "clock"]),
        ]
        self.stopping = Event()
        self.impatient = False
        self.checked_at = time.monotonic()

    def run(self) -> None:
        """Bring the copy up, keep it up until a signal comes, and take it down."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        patience = GRACE if end_leftovers() else 0  # the killed take a moment to let go of it
        _refuse_taken_port(settings.PORT, patience=patience)
        try:
            self._prepare()
            if self._start_children():
                say(_banner())
            while not self.stopping.wait(WATCH):
                self._watch()
        finally:
            self._stop()

    def _prepare(self) -> None:
        if self.server:
            self.server.ensure_running()
        from config import preparation

        preparation.migrate()
        preparation.collect_static()
        self._run_to_end(preparation.demo_command())
        if preparation.simulates_sri():
            self._simulate_sri()

    def _simulate_sri(self) -> None:
        """Have everything of a demo speak to a simulator beside it, at the next port, instead of to SRI."""
        port = settings.PORT + 1
        _refuse_taken_port(port, patience=CHECK_EVERY)
        os.environ["SRI_URL_PRUEBAS"] = f"http://127.0.0.1:{port}"
        self.children.append(Child("sri_simulator", ["manage.py", "sri_simulator", f"--port={port}"]))

    def _run_to_end(self, command: list[str]) -> None:
        """Run a command that speaks to the terminal, unless told to stop meanwhile."""
        if not command:
            return
        process = subprocess.Popen(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=environment(), start_new_session=True
        )
        while process.poll() is None:
            if self.stopping.wait(WATCH / 5):
                os.killpg(process.pid, signal.SIGKILL)

    def _start_children(self) -> bool:
        """Start the web, and the others when it answers: a person waits for it. Say whether it answers."""
        self._start(self.children[:1])
        answers = self._wait_for_web(at_most=WEB_ALONE)
        self._start(self.children[1:])
        return answers or self._wait_for_web()

    def _start(self, children: list[Child]) -> None:
        for child in [] if self.stopping.is_set() else children:
            child.start()

    def _wait_for_web(self, at_most: float = math.inf) -> bool:
        deadline = time.monotonic() + at_most
        while time.monotonic() < deadline and not self.stopping.wait(0.1):
            for child in self.children:
                child.watch()
            if _answers():
                return True
        return False

    def _watch(self) -> None:
        for child in self.children:
            child.watch()
        if time.monotonic() - self.checked_at > CHECK_EVERY:
            self.checked_at = time.monotonic()
            self._check()

    def _check(self) -> None:
        """Look at what does not end by itself when it stops working: the database, and workers that hang."""
        if self.server and not self.server.answers():
            say("The database does not answer; starting it again.")
            self.server.ensure_running()
        for child in self.children:
            child.trim_log()
        from config import preparation

        workers = self.children[1]
        if preparation.workers_hang(up_for=time.monotonic() - workers.started_at):
            say("The workers show no sign of life; starting them again.")
            workers.kill()
            workers.start()

    def _stop(self) -> None:
        """Stop the children together, then the database."""
        say("Stopping…")
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        for child in self.children:
            while child.process and child.process.poll() is None and time.monotonic() < deadline and not self.impatient:
                time.sleep(0.05)
            child.kill()
        if self.server:
            self.server.stop()
        say("Stopped.")

    def _on_signal(self, *_: object) -> None:
        self.impatient = self.stopping.is_set()
        self.stopping.set()


def main() -> None:
    """Run this copy, or with `stop` end it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        if sys.argv[1:] == ["stop"]:
            stop()
        else:
            start()
    except (Refused, DatabaseDown, ImproperlyConfigured) as error:
        sys.exit(f"Cuadre: {error}")


def start() -> None:
    """Run this copy in the foreground.

    Raises:
        Refused: it runs already, or its port is taken.
    """
    with _lock_file() as lock:
        if not _take(lock):
            raise Refused(
                f"this copy runs already at {settings.BASE_URL} (VAR_DIR={settings.VAR_DIR}); `make stop` ends it."
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        os.umask(0o077)  # files, mail and logs are nobody else's
        django.setup()
        Supervisor().run()


def stop() -> None:
    """End this copy and its databases, whatever of them is running."""
    with _lock_file() as lock:
        if not _take(lock):
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(lock.read()), signal.SIGTERM)
            fcntl.flock(lock, fcntl.LOCK_EX)
        end_leftovers()
        for folder in (Path(settings.VAR_DIR), Path(settings.VAR_DIR) / "test"):
            Server(folder).stop()


def _lock_file() -> IO[str]:
    return (Path(settings.VAR_DIR) / ".supervisor.lock").open("a+")


def _take(lock: IO[str]) -> bool:
    lock.seek(0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _host() -> str:
    """Listen to this machine alone, unless BASE_URL says that others come."""
    return "127.0.0.1" if settings.BASE_HOST in LOOPBACK else "0.0.0.0"  # noqa: S104


def _refuse_taken_port(port: int, *, patience: float) -> None:
    """Refuse to start on a port in use, unless it is freed within so many seconds.

    Raises:
        Refused: naming another port.
    """
    deadline = time.monotonic() + patience
    while not _is_free(port):
        if time.monotonic() > deadline:
            other = settings.PORT + 2
            raise Refused(f"port {port} is taken by another program. Choose another: PORT={other} make run")
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind((_host(), port))
            return True
    return False


def _answers() -> bool:
    """Say whether the web answers, be it that it serves other hosts than this address."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{settings.PORT}/health/live", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _web() -> list[str]:
    options = {
        "interface": "asgi",
        "host": _host(),
        "port": settings.PORT,
        "workers": settings.WEB_WORKERS,
        "backlog": 4096,
        "backpressure": 2048,  # listeners to events count as requests under way
        "respawn-interval": 0.5,
        "workers-kill-timeout": 10,
        "log-level": "warning",
    }
    switches = ["--respawn-failed-workers", "--no-ws"]
    return [
        "-m",
        "granian",
        *(f"--{name}={value}" for name, value in options.items()),
        *switches,
        "config.asgi:application",
    ]


def _banner() -> str:
    from config import preparation

    lines = [
        "",
        f"  Cuadre runs at  {settings.BASE_URL}",
        *preparation.whom_to_be(),
        "",
        f"  API        {settings.BASE_URL}/api/v1/   (description: {settings.BASE_URL}/api/v1/docs/)",
        f"  Logs       {settings.VAR_DIR}/logs/",
        "  Stop       Ctrl-C here, or `make stop`",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
