"""The processes of a running copy: each starts again when it dies, and none is left behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from django.conf import settings

MARK: Final = "CUADRE_SUPERVISED"  # in the environment of every process of this copy: the path of its VAR_DIR
WATCH: Final = 0.5  # seconds between looks at the children
LONGEST_PAUSE: Final = 30.0
LOG_LIMIT: Final = 20_000_000


@dataclass
class Child:
    """One program of the copy, in a process group of its own."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = field(default=WATCH, repr=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return Path(settings.VAR_DIR) / "logs" / f"{self.name}.log"

    def start(self) -> None:
        """Start it."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=settings.BASE_DIR,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started_at, self.due_at = time.monotonic(), 0.0

    def watch(self) -> None:
        """Start it again if it has died, after a pause that doubles while it keeps dying."""
        if self.due_at and time.monotonic() >= self.due_at:
            self.start()
        elif self.process and self.process.poll() is not None:
            lived = time.monotonic() - self.started_at
            self.pause = WATCH if lived > 2 * LONGEST_PAUSE else min(self.pause * 2, LONGEST_PAUSE)
            say(f"{self.name} ended ({_why(self.process.returncode)}); starting it again. Its log: {self.log}")
            self.kill()
            self.due_at = time.monotonic() + self.pause

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End whatever is left of its process group."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def trim_log(self) -> None:
        """Keep the log's last stretch beside it and begin anew (it is open for appending, so this is seen)."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)


def say(message: str) -> None:
    """Tell the person at the terminal."""
    print(message, flush=True)


def environment() -> dict[str, str]:
    """Return the environment of a process of this copy, which carries its mark."""
    return os.environ | {MARK: str(settings.VAR_DIR)}


def end_leftovers() -> bool:
    """Kill processes of this copy whose supervisor was killed, and say whether there were any."""
    found = False
    while leftovers := _leftovers():
        found = True
        for process in leftovers:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.05)
    return found


def _leftovers() -> list[psutil.Process]:
    """Return the living processes that carry this copy's mark (a dead one may stay listed where nobody reaps it)."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            if not is_dead and process.pid != os.getpid() and process.environ().get(MARK) == str(settings.VAR_DIR):
                found.append(process)
    return found


def _why(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
