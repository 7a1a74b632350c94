"""Reservations are tested on one Monday morning, in a company of the test's own."""

from collections.abc import Iterator

import pytest

from companies.models import Company
from core import clock
from tests.factories import own_company
from tests.reservations.factories import NOW


@pytest.fixture
def company(db: None) -> Iterator[Company]:
    """Make a company and work in it."""
    with clock.at(NOW), own_company() as made:
        yield made
