"""Who is asking: a session, a JWT or an API key becomes a person, a company and an actor."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext as _

from companies import tokens
from companies.models import ApiKey, Company, Membership, User
from core import clock
from core.actor import ALL_PERMISSIONS, Actor, Door
from core.callers import address_of
from core.crypto import digest
from core.tenancy import all_companies

API_KEY_PREFIXES = {"1": "cdr_test_", "2": "cdr_live_"}
SESSION_COMPANY = "company_id"

# `last_used_at` is shown to people, who do not need it to the second: one write a minute at most.
LAST_USED_EVERY = timedelta(minutes=1)


class CredentialRefused(Exception):
    """The request's credential is no good: which status and code it is answered with."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "invalid_credential"


class InvalidCredential(CredentialRefused):
    """The bearer token is unknown, expired or revoked (HTTP 401)."""


class ForeignCompany(CredentialRefused):
    """`X-Company` names a company that is not the caller's (HTTP 404: the wall does not say whether it exists)."""

    status = 404
    code = "not_found"


@dataclass(frozen=True, slots=True)
class Caller:
    """What a credential resolves to; `company` is None for somebody who belongs to none."""

    user: User | None
    company: Company | None
    membership: Membership | None
    actor: Actor
    memberships: tuple[Membership, ...] = ()


def nobody(request: HttpRequest, door: Door) -> Caller:
    """Return the caller of a request without a credential."""
    return Caller(None, None, None, _base(request, door))


def _base(request: HttpRequest, door: Door) -> Actor:
    return Actor(
        "system",
        "",
        door,
        request_id=getattr(request, "request_id", ""),
        correlation_id=getattr(request, "correlation_id", ""),
        address=address_of(request),
    )


def from_api_key(request: HttpRequest, secret: str) -> Caller:
    """Resolve an API key by its hash.

    Raises:
        InvalidCredential: unknown, revoked or expired.
        ForeignCompany: `X-Company` names another company than the key's.
    """
    with all_companies():
        key = ApiKey.objects.select_related("company").filter(secret_hash=digest(secret), revoked_at=None).first()
        now = clock.now()
        if key is None or (key.expires_at and key.expires_at <= now):
            raise InvalidCredential(_("La clave de API no existe, venció o fue revocada."))
        if key.last_used_at is None or now - key.last_used_at > LAST_USED_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    if request.headers.get("X-Company", str(key.company_id)) != str(key.company_id):
        raise ForeignCompany(_("La empresa pedida en X-Company no es la de la clave."))
    actor = replace(
        _base(request, "api"),
        kind="api_key",
        label=key.name,
        permissions=frozenset(key.scopes),
        credential=f"key:{key.pk}",
    )
    return Caller(None, key.company, None, actor)


def from_jwt(request: HttpRequest, token: str) -> Caller:
    """Resolve a JWT; membership and role are read anew on every request.

    Raises:
        InvalidCredential: expired, forged, or its person is no longer active or has another password since.
        ForeignCompany: `X-Company` names a company that is not theirs.
    """
    try:
        user = tokens.bearer(token)
    except tokens.TokenRefused as refused:
        raise InvalidCredential(str(refused)) from refused
    return of_user(request, user, "api", wanted=request.headers.get("X-Company"))


def from_session(request: HttpRequest, user: User, door: Door) -> Caller:
    """Resolve a signed-in person: the company their session is in, or for the API the one in `X-Company`.

    Raises:
        ForeignCompany: `X-Company` names a company that is not theirs.
    """
    asked = request.headers.get("X-Company") if door == "api" else None
    if asked:
        return of_user(request, user, door, wanted=asked)
    chosen = request.session.get(SESSION_COMPANY)
    return of_user(request, user, door, wanted=None, preferred=chosen)


def of_user(
    request: HttpRequest, user: User, door: Door, *, wanted: str | None, preferred: int | None = None
) -> Caller:
    """Choose the company of a person's request.

    Args:
        wanted: the company that was asked for; it must be theirs.
        preferred: the company they were in last; taken while it is still theirs, else their first one.

    Raises:
        ForeignCompany: `wanted` is not theirs.
    """
    memberships = memberships_of(user)
    chosen = wanted or preferred
    membership = next((row for row in memberships if str(row.company_id) == str(chosen)), None)
    if membership is None and wanted:
        raise ForeignCompany(_("La empresa pedida en X-Company no es suya."))
    membership = membership or (memberships[0] if memberships else None)
    actor = replace(
        _base(request, door),
        kind="user",
        label=user.name or user.email,
        user_id=user.pk,
        permissions=membership.permissions if membership else frozenset(),
        credential=f"user:{user.pk}",
    )
    return Caller(user, membership.company if membership else None, membership, actor, memberships)


def again(credential: str) -> Actor:
    """Return who asked for a job's work, in the active company and with what they may do now.

    Raises:
        InvalidCredential: they left the company, or the key was revoked, since.
    """
    kind, _colon, pk = credential.partition(":")
    if kind == "key":
        key = ApiKey.objects.filter(pk=int(pk)).first()
        if key is None or key.state != "active":
            raise InvalidCredential(_("La clave de API con que se pidió ya no está activa."))
        return Actor("api_key", key.name, "job", frozenset(key.scopes), credential=credential)
    if kind != "user":
        return Actor.job("desk")
    membership = Membership.objects.active().filter(user_id=int(pk)).select_related("user").first()
    if membership is None:
        raise InvalidCredential(_("Quien lo pidió ya no tiene acceso a la empresa."))
    user = membership.user
    label = user.name or user.email
    return Actor("user", label, "job", membership.permissions, user_id=user.pk, credential=credential)


def administrator(request: HttpRequest, user: User) -> Caller:
    """Return the installation administrator in Django admin: of no company, and allowed everything."""
    actor = replace(
        _base(request, "admin"),
        kind="user",
        label=user.name or user.email,
        user_id=user.pk,
        permissions=ALL_PERMISSIONS,
        credential=f"user:{user.pk}",
    )
    return Caller(user, None, None, actor)


def memberships_of(user: User) -> tuple[Membership, ...]:
    """Return where a person belongs now, in the order they came there, each with its company."""
    with all_companies():
        rows = Membership.objects.active().filter(user=user).select_related("company")
        return tuple(rows.order_by("created_at", "pk"))
