"""A company, an owner, and the owner's program."""

import pytest

from companies.models import Company
from core.tenancy import company_context
from tests.api_client import Api
from tests.factories import make_company, make_user


@pytest.fixture
def company(db) -> Company:
    return make_company()


@pytest.fixture
def api(company) -> Api:
    return Api(make_user(company))


@pytest.fixture
def inside(company):
    """Work in the company beside the API's requests."""
    return lambda: company_context(company.pk)
