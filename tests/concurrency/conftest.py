"""After each race, everything that was committed still keeps every law."""

from collections.abc import Iterator

import pytest

from tests import laws


@pytest.fixture(autouse=True)
def _every_law_holds_afterwards(committing) -> Iterator[None]:
    yield
    assert laws.broken() == []
