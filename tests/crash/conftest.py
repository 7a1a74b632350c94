"""The product's own workers, started beside a test that commits."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.crash.processes import kill_group, start
from tests.factories import own_company

Work = Callable[..., subprocess.Popen]


@pytest.fixture
def work(program_environment, tmp_path) -> Iterator[Work]:
    """Return a function that starts the workers, or another command of the product."""
    started = []

    def begin(command: str = "work") -> subprocess.Popen:
        started.append(start(["manage.py", command], program_environment, tmp_path / f"{command}.log"))
        return started[-1]

    with own_company():
        yield begin
    for process in started:
        kill_group(process)
