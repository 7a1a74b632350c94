"""Who is asking: a session, a JWT or an API key becomes a person, a company and an actor."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from companies.models import ApiKey, Company, Membership, User
from core import clock
from core.actor import Actor, Door
from core.crypto import digest
from core.tenancy import all_companies

API_KEY_PREFIXES = {"1": "cdr_test_", "2": "cdr_live_"}
SESSION_COMPANY = "company_id"

# `last_used_at` is shown to people, who do not need it to the second: one write a minute at most.
LAST_USED_EVERY = timedelta(minutes=1)


class InvalidCredential(Exception):
    """The bearer token is unknown, expired or revoked (HTTP 401)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a credential resolves to; `company` is None for somebody who belongs to none."""

    user: User | None
    company: Company | None
    membership: Membership | None
    actor: Actor


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def _base(request: HttpRequest, door: Door) -> Actor:
    return Actor(
        "user",
        "",
        door,
        request_id=getattr(request, "request_id", ""),
        correlation_id=getattr(request, "correlation_id", ""),
        address=_address(request),
    )


def from_api_key(request: HttpRequest, secret: str) -> Caller:
    """Resolve an API key by its hash.

    Raises:
        InvalidCredential: unknown, revoked or expired.
    """
    with all_companies():
        key = ApiKey.objects.select_related("company").filter(secret_hash=digest(secret), revoked_at=None).first()
        now = clock.now()
        if key is None or (key.expires_at and key.expires_at <= now):
            raise InvalidCredential(_("La clave de API no existe, venció o fue revocada."))
        if key.last_used_at is None or now - key.last_used_at > LAST_USED_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
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
        InvalidCredential: expired, forged, or its person is no longer active.
    """
    try:
        user_id = AccessToken(token)["user_id"]  # type: ignore[arg-type]
    except TokenError as error:
        raise InvalidCredential(_("El token venció o no es válido.")) from error
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise InvalidCredential(_("La persona del token ya no tiene acceso."))
    return of_user(request, user, "api", wanted=request.headers.get("X-Company"))


def of_user(request: HttpRequest, user: User, door: Door, *, wanted: str | None) -> Caller:
    """Choose the company of a person's request: the one asked for if it is theirs, else their first.

    Raises:
        InvalidCredential: a company was asked for that is not theirs.
    """
    with all_companies():
        memberships = list(
            Membership.objects.active().filter(user=user).select_related("company").order_by("created_at", "pk")
        )
    membership = next((m for m in memberships if str(m.company_id) == str(wanted)), None)
    if membership is None and wanted and door == "api":
        raise InvalidCredential(_("La empresa pedida en X-Company no es suya."))
    membership = membership or (memberships[0] if memberships else None)
    actor = replace(
        _base(request, door),
        label=user.name or user.email,
        user_id=user.pk,
        permissions=membership.permissions if membership else frozenset(),
        credential=f"user:{user.pk}",
    )
    return Caller(user, membership.company if membership else None, membership, actor)
