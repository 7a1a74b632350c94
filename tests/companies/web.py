"""Doing what a browser or a program does: signed-in clients, bearer headers, the access log they leave."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from audit.models import AccessEntry
from companies.middleware import sign_company
from companies.models import Company, User
from core.tenancy import all_companies, company_context
from tests.factories import make_user

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def client_of(user: User, **options: Any) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client(**options)
    client.force_login(user, backend=BACKEND)
    return client


def client_as(company: Company, role: str = "owner") -> Client:
    """Return a browser of somebody new with a role in a company."""
    return client_of(make_user(company, role))


def form(company: Company, /, **values: Any) -> dict[str, Any]:
    """Return what a page's form sends, its company among it."""
    return {"_company": sign_company(company.pk)} | values


def bearer(token: str, **headers: str) -> dict[str, Any]:
    """Return the headers of a program."""
    return {"headers": {"Authorization": f"Bearer {token}"} | headers}


def accesses(company: Company | None = None) -> list[tuple[str, str, str]]:
    """Return what the access log says of a company (or of none), oldest first: kind, code, path."""
    with all_companies():
        rows = AccessEntry.objects.filter(company=company).order_by("id")
        return list(rows.values_list("kind", "code", "path"))


@contextmanager
def inside(company: Company) -> Iterator[None]:
    """Work in a company; what the database checks at commit is checked before leaving."""
    with company_context(company.pk):
        yield
        connection.check_constraints()
