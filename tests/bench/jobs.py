"""The jobs the benchmark queues."""

import os
import time


def note_start(path: str, queued_at: float) -> None:
    """Write down how long after it was queued this job began (all processes of a machine share the clock)."""
    waited = time.monotonic() - queued_at
    with open(path, "a") as file:  # noqa: PTH123
        file.write(f"{waited}\n")
        file.flush()
        os.fsync(file.fileno())


def nothing() -> None:
    """Do nothing."""
