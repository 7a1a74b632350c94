"""A company, an owner, and the owner's program."""

from collections.abc import Iterator

import pytest
from django.db import connection

from companies.models import Company
from core.tenancy import all_companies, company_context
from tests.api_client import Api
from tests.factories import make_company, make_user


@pytest.fixture
def company(db) -> Iterator[Company]:
    """A company; what the database checks at commit is checked at the end, where all that was written is seen."""
    yield make_company()
    with all_companies():
        connection.check_constraints()


@pytest.fixture
def api(company) -> Api:
    return Api(make_user(company))


@pytest.fixture
def inside(company):
    """Work in the company beside the API's requests."""
    return lambda: company_context(company.pk)
