"""Programs of the product, started beside the test and killed without warning."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings


def start(command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a Python program in a process group of its own; what it says goes to a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and all it has started, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(done: Callable[[], object], *, seconds: float = 90, log: Path | None = None) -> None:
    """Look again and again until something is true, and fail with the end of a log if it takes too long."""
    deadline = time.monotonic() + seconds
    while not done():
        said = log.read_text(errors="replace")[-3000:] if log and log.exists() else ""
        assert time.monotonic() < deadline, f"not in {seconds} s; {said}"
        time.sleep(0.05)
