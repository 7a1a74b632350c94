"""Requests without a network: the server's own time."""

from typing import Any

from django.test import Client

from companies import api_keys
from companies.models import Company, User
from companies.roles import PERMISSIONS
from core.tenancy import company_context
from tests.factories import actor
from tests.world import BACKEND

HOST = {"host": "localhost"}


class Program:
    """A program with an API key of a company."""

    def __init__(self, company: Company) -> None:
        with company_context(company.pk):
            made = api_keys.create(name="Bench", scopes=sorted(PERMISSIONS), actor=actor())
        self.client = Client(headers=HOST | {"Authorization": f"Bearer {made.secret}"})

    def get(self, path: str) -> Any:
        """Read a list; return the body."""
        return _checked(self.client.get(path)).json()

    def post(self, path: str, body: Any) -> Any:
        """Create; return the body."""
        return _checked(self.client.post(path, body, content_type="application/json")).json()


class Person:
    """A person with a browser."""

    def __init__(self, user: User) -> None:
        self.client = Client(headers=HOST)
        self.client.force_login(user, backend=BACKEND)

    def get(self, path: str) -> bytes:
        """Read a page."""
        return bytes(_checked(self.client.get(path)).content)


def _checked(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.content[:300]
    return answer
