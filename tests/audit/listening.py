"""A server with the event stream, and listeners to it, over real HTTP."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from audit.events import READERS
from audit.log import record
from companies import api_keys
from companies.models import ApiKey, Company
from core.tenancy import company_context
from tests.factories import actor

STREAM = "/api/v1/events/stream/"
PATIENCE = 15.0  # seconds until a listener that hears nothing fails its test


@dataclass(frozen=True)
class Web:
    """A started server."""

    port: int
    process: subprocess.Popen[bytes]

    def listen(self, secret: str = "", *, query: str = "", last: int | None = None, **headers: str) -> "Listener":
        """Connect a listener; a JWT or an API key is its secret."""
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        return Listener(self.port, f"{STREAM}?{query}", headers)


@contextmanager
def serving(environment: dict[str, str], folder: Path) -> Iterator[Web]:
    """Start granian with one worker on a free port, and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "web.log"
    options = ["--interface=asgi", "--host=127.0.0.1", f"--port={port}", "--workers=1", "--no-ws", "--backpressure=600"]
    options += ["--backlog=1024", "--workers-kill-timeout=20", "--log-level=warning"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *options, "tests.audit.fast_heart:application"],
            env=environment, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            _wait_for(port, process, log)
            yield Web(port, process)
        finally:
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            for each in [*children, process]:
                with suppress(psutil.Error, ProcessLookupError):
                    each.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{log.read_text()[-3000:]}")


class Listener:
    """One open stream. Reading waits at most PATIENCE."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._connection.request("GET", path, headers=headers)
        self.response = self._connection.getresponse()
        self.position: int | None = None
        if self.response.status == 200:
            self.frame()  # the greeting, which says from where it listens

    def frame(self) -> dict[str, Any] | None:
        """Return the next frame's event; {} for a heartbeat, None when the server has closed the stream."""
        data = ""
        while raw := self.response.readline():
            name, _colon, value = raw.decode().rstrip("\r\n").partition(": ")
            if name == "id":
                self.position = int(value)
            elif name == "data":
                data = value
            elif raw.isspace():
                return json.loads(data) if data else {}
        return None

    def events(self, count: int) -> list[dict[str, Any]]:
        """Return the next events."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            event = self.frame()
            assert event is not None, "The stream was closed."
            found += [event] if event else []
        return found

    def is_closed(self) -> bool:
        """Read on until the server closes the stream; heartbeats may come before, events may not."""
        while (event := self.frame()) is not None:
            assert event == {}
        return True

    def problem(self) -> tuple[int, str]:
        """Return a refusal's status and code."""
        return self.response.status, json.loads(self.response.read())["code"]

    def close(self) -> None:
        """Hang up."""
        self.response.close()
        self._connection.close()


def say(company: Company, number: int = 0, action: str = "customer.updated") -> None:
    """Commit one event of a company."""
    with company_context(company.pk):
        record(action, company, actor=actor(), after={"secret": True}, public={"number": number})


def make_key(company: Company, *scopes: str) -> tuple[ApiKey, str]:
    """Make a key of a company that may hear of everything unless scopes are given."""
    with company_context(company.pk):
        made = api_keys.create(name="Tienda", scopes=scopes or sorted(set(READERS.values())), actor=actor())
    return made.key, made.secret
