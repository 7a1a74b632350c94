"""A company with an invoice in hand, and browsers signed in by role."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.factories import make_user, own_company

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.fixture
def as_role(company) -> Callable[[str], Client]:
    """Return a browser in which somebody of this role is signed in."""

    def sign_in(role: str = "owner") -> Client:
        client = Client()
        client.force_login(make_user(company, role), backend=BACKEND)
        return client

    return sign_in
