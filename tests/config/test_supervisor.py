"""`make run`: everything comes up, comes back whatever is killed, and is stopped together, the database last."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from config.children import MARK
from config.database import Server

pytestmark = pytest.mark.slow


class Copy:
    """One copy of the program, in a folder and on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "DATABASE_OWNER_URL", "DEBUG")
        } | {"VAR_DIR": str(folder), "PORT": str(self.port), "DEMO_DAY": "none"}
        self.output = folder.with_name("output")
        self.supervisor: subprocess.Popen | None = None

    def start(self) -> float:
        """Start it, wait until it is ready, and return the seconds that took."""
        begun = time.monotonic()
        with self.output.open("ab") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor"],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _until(lambda: "Cuadre runs at" in self.said() and self.is_ready())
        return time.monotonic() - begun

    def said(self) -> str:
        """Return what it told the person at the terminal since it was last asked to forget."""
        return self.output.read_text()

    def is_ready(self) -> bool:
        """Ask it whether everything works."""
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5) as answer:
                return answer.status == 200
        return False

    def say_stop(self) -> subprocess.CompletedProcess:
        """Do what `make stop` does."""
        return subprocess.run(
            [sys.executable, "-m", "config.supervisor", "stop"], cwd=settings.BASE_DIR, env=self.environment, timeout=60
        )

    def children(self) -> list[psutil.Process]:
        """Return the living processes it has started, without the database's."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(self.folder):
                    found.append(process)
        return found

    def running(self, command: str) -> list[psutil.Process]:
        """Return the children that run a program of this name."""
        found = []
        for process in self.children():
            with suppress(psutil.Error):
                if command in process.cmdline():
                    found.append(process)
        return found

    def processes(self) -> list[psutil.Process]:
        """Return the processes it has started, with the database's."""
        return self.children() + Server(self.folder).processes()

    def wait(self) -> int:
        """Wait for the supervisor's end and return its exit code."""
        assert self.supervisor
        return self.supervisor.wait(60)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy whose folder is filled by the first test that starts it."""
    made = Copy(tmp_path_factory.mktemp("copy") / "var")
    yield made
    shutil.rmtree(Server(made.folder).home)  # root's database lies elsewhere, since pytest's folders are private


@pytest.fixture
def copy(installed: Copy) -> Iterator[Copy]:
    installed.output.write_text("")
    yield installed
    if installed.supervisor and installed.supervisor.poll() is None:
        installed.supervisor.kill()
        installed.supervisor.wait()
    installed.say_stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until(done: Callable[[], object], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "not done in time"
        time.sleep(0.1)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def test_the_life_of_a_copy(copy: Copy) -> None:
    """One story, because a start takes seconds: up, refused twice, stopped, up again, stopped by Ctrl-C."""
    copy.start()
    assert f"http://localhost:{copy.port}" in copy.said()

    again = subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        cwd=settings.BASE_DIR,
        env=copy.environment,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 1
    assert again.stderr.startswith("Cuadre: this copy runs already at")

    neighbour = subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        cwd=settings.BASE_DIR,
        env=copy.environment | {"VAR_DIR": f"{copy.folder}2"},
        capture_output=True,
        text=True,
    )
    assert neighbour.stderr == (
        f"Cuadre: port {copy.port} is taken by another program. Choose another: PORT={copy.port + 2} make run\n"
    )

    assert copy.say_stop().returncode == 0
    assert (copy.wait(), copy.processes()) == (0, [])

    copy.output.write_text("")
    copy.start()
    os.killpg(copy.supervisor.pid, signal.SIGINT)
    assert (copy.wait(), copy.processes()) == (0, [])
    assert copy.said().endswith("Stopping…\nStopped.\n")


def test_it_comes_back_whatever_is_killed(copy: Copy) -> None:
    copy.start()
    for command in ("granian", "work", "clock"):
        killed = copy.running(command)
        _kill(killed)
        _until(lambda killed=killed, command=command: _replaced(copy, command, killed))
    _kill(Server(copy.folder).processes())
    _until(lambda: Server(copy.folder).answers() and copy.is_ready())


def _replaced(copy: Copy, command: str, killed: list[psutil.Process]) -> bool:
    living = copy.running(command)
    return bool(living) and not set(living) & set(killed) and copy.is_ready()


def test_it_comes_back_after_kill_9_of_everything(copy: Copy) -> None:
    copy.start()
    copy.supervisor.kill()
    _kill(copy.processes())
    copy.wait()
    copy.output.write_text("")
    copy.start()


def test_what_a_killed_supervisor_left_running_is_ended_first(copy: Copy) -> None:
    copy.start()
    copy.supervisor.kill()
    copy.wait()
    left = copy.children()
    assert left
    copy.output.write_text("")
    copy.start()
    assert not set(left) & set(copy.children())
