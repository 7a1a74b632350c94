"""Law 9 for the whole copy: supervisor, web, workers, clock and database are killed at once amid invoicing.

Started again, every answer that was given still holds, every request that was cut off is carried out once when it is
sent again, the numbers have no gap, and the log is intact.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from django.conf import settings

from config.children import MARK
from config.database import APPLICATION, OWNER, Server
from config.environment import VARIABLES
from tests import laws
from tests.crash.processes import kill_group, start, until

pytestmark = pytest.mark.slow

CLIENTS, BEFORE_THE_KILL = 4, 25
LINE = {"description": "Alquiler de cancha", "quantity": "1", "unit_price": "100.00"}


@dataclass
class Installation:
    """A copy of the product in a folder of its own."""

    folder: Path
    port: int
    supervisor: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Its variables: its own embedded database, no demo."""
        inherited = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        own = {"VAR_DIR": str(self.folder), "PORT": str(self.port), "DEMO_DAY": "none", "DEBUG": "true"}
        return inherited | own | {"WEB_WORKERS": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}

    @property
    def server(self) -> Server:
        """Its database server."""
        return Server(self.folder)

    def run(self) -> None:
        """Start it as `make run` does, and wait until it serves."""
        self.supervisor = start(["-m", "config.supervisor"], self.environment, self.folder / "supervisor.log")
        until(self._serves, log=self.folder / "supervisor.log")

    def _serves(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        return False

    def kill_everything(self) -> None:
        """Kill the supervisor, its children and the database, each before it can react to another's end."""
        victims = [*self._marked(), *self.server.processes()]
        if self.supervisor:
            victims.insert(0, psutil.Process(self.supervisor.pid))
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGSTOP)
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        if self.supervisor:
            kill_group(self.supervisor)
        until(lambda: not self.server.processes())

    def _marked(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(MARK) == str(self.folder):
                    found.append(process)
        return found

    def program(self, *command: str) -> str:
        """Run a program in this installation and return what it says."""
        done = subprocess.run(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, statement: str, role: str = OWNER) -> list[tuple[Any, ...]]:
        """Ask its database."""
        with psycopg.connect(self.server.url(role)) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[call-overload, no-any-return]


@dataclass
class Client:
    """A program that issues invoices one after another, and remembers what it was answered."""

    port: int
    secret: str
    customer: int
    name: str
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    unanswered: str = ""

    def issue_until_cut_off(self, enough: threading.Event) -> None:
        """Issue until the server is gone."""
        for number in range(10_000):
            key = f"{self.name}-{number}"
            self.unanswered = key
            try:
                self.issue(key)
            except (OSError, http.client.HTTPException):
                return
            if len(self.answers) * CLIENTS >= BEFORE_THE_KILL:
                enough.set()

    def issue(self, key: str) -> None:
        """Issue one invoice under an idempotency key."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        body = {"customer": self.customer, "lines": [LINE], "issue": True, "notes": key}
        connection.request("POST", "/api/v1/invoices/", json.dumps(body), headers)
        response = connection.getresponse()
        said = response.read().decode()
        assert response.status == 201, said
        self.answers[key] = json.loads(said)


@pytest.fixture
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="cuadre-"))
    folder.chmod(0o755)  # root's database server runs as another user
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    installation = Installation(folder, port)
    yield installation
    installation.kill_everything()
    shutil.rmtree(folder)


def test_killed_amid_invoicing_and_started_again_nothing_is_lost_or_done_twice(installation):
    installation.run()
    opened = json.loads(installation.program("-m", "tests.crash.opening"))
    clients = [Client(installation.port, **opened, name=f"client-{number}") for number in range(CLIENTS)]
    enough = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(client.issue_until_cut_off, enough) for client in clients]
        assert enough.wait(60)
        installation.kill_everything()
    for each in work:
        each.result()

    installation.run()
    for client in clients:
        client.issue(client.unanswered)
    answered = {key: answer["number"] for client in clients for key, answer in client.answers.items()}
    written = installation.ask("SELECT notes, number FROM billing_document WHERE status = 'issued'")
    assert len(answered) >= BEFORE_THE_KILL
    assert sorted(written) == sorted(answered.items())
    assert sorted(answered.values()) == [f"001-001-{number:09d}" for number in range(1, len(answered) + 1)]

    made = "SELECT count(*), count(*) FILTER (WHERE state = 'ready') FROM billing_documentfile"
    until(lambda: installation.ask(made) == [(len(answered), len(answered))])
    assert installation.ask(laws.CHECKER) == []
    assert "intact" in installation.program("manage.py", "audit_verify")
    assert installation.ask("SELECT 1", APPLICATION) == [(1,)]
