"""Doing things at the same instant: threads with a database connection each, released by one barrier."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connections

from core.errors import WorkflowError
from core.tenancy import company_context


@dataclass(frozen=True)
class Outcome:
    """What one of them got: a value, or the code it was refused with."""

    value: Any = None
    refused: str | None = None


def together(company_id: int, *steps: Callable[[], Any]) -> list[Outcome]:
    """Run the steps at once, each in its own thread and connection, in one company; wait for all."""
    barrier = threading.Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Outcome:
        try:
            with company_context(company_id):
                barrier.wait(timeout=30)
                return Outcome(value=step())
        except WorkflowError as refusal:
            return Outcome(refused=refusal.code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))
