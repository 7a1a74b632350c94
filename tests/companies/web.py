"""Doing what a browser or a program does: signed-in clients, bearer headers, the access log they leave."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import connection
from django.test import Client

from audit.models import AccessEntry
from companies import api_keys, invitations
from companies.middleware import sign_company
from companies.models import Company, Membership, User
from companies.roles import Role
from core.tenancy import all_companies, company_context
from tests.factories import PASSWORD, actor, make_user

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


def filled(company: Company) -> dict[str, int]:
    """Put somebody, an invitation and a key into a company, and return their ids."""
    user = make_user(company, Role.CASHIER)
    with inside(company):
        return {
            "member": Membership.objects.get(user=user).pk,
            "invitation": invitations.invite(email="ana@x.test", name="Ana", role="auditor", actor=actor()).pk,
            "key": api_keys.create(name="ERP", scopes=["billing.view"], actor=actor()).key.pk,
        }


# Signing in

LOGIN, TOKEN, REFRESH = "/cuenta/ingresar/", "/api/v1/auth/token/", "/api/v1/auth/token/refresh/"


def sign_in(user: User, password: str = PASSWORD, client: Client | None = None, **extra: Any) -> Any:
    """Sign in on the page."""
    return (client or Client()).post(LOGIN, {"login": user.email, "password": password}, **extra)


def ask_token(user: User, password: str = PASSWORD, **values: Any) -> Any:
    """Sign in as a program."""
    return Client().post(TOKEN, {"username": user.email, "password": password} | values, "application/json")


def with_second_step(user: User) -> str:
    """Turn the person's second step on, and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str) -> str:
    """Return the code an authenticator would show now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
