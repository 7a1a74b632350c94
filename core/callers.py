"""Who is calling, from where, and whether they may be here."""

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework import authentication, permissions
from rest_framework.request import Request

from core.actor import Actor
from core.errors import Forbidden


def address_of(request: HttpRequest) -> str | None:
    """Return the address a request comes from: behind TRUSTED_PROXIES, what the outermost of them saw."""
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    text = seen[-proxies] if proxies and seen[0] and len(seen) >= proxies else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(text))
    except ValueError:
        return None  # a Unix socket, or a proxy that writes something else


class CallerAuthentication(authentication.BaseAuthentication):
    """Takes the caller that `CompanyMiddleware` resolved; a session additionally needs its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the person (or the actor of an API key) behind the request."""
        http = request._request
        actor: Actor = http.actor  # type: ignore[attr-defined]
        if actor.kind == "api_key":
            return _KeyPrincipal(actor), None
        if not http.user.is_authenticated:
            return None
        if not getattr(http, "bearer", False):
            authentication.SessionAuthentication().enforce_csrf(request)
        return http.user, None

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that an anonymous request is answered 401."""
        return "Bearer"


class _KeyPrincipal:
    is_authenticated = True
    is_active = True

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.pk = actor.credential


class InCompany(permissions.BasePermission):
    """Lets in callers who belong to a company and hold what the view asks for."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse with the missing permission's name.

        Raises:
            Forbidden: the permission is missing, or the person belongs to no company.
        """
        http = request._request
        if not request.user or not request.user.is_authenticated:
            return False
        if http.company is None:  # type: ignore[attr-defined]
            raise Forbidden("company.view")
        wanted = _wanted(view)
        if wanted:
            http.actor.require(*wanted)  # type: ignore[attr-defined]
        return True


def _wanted(view: Any) -> tuple[str, ...]:
    if hasattr(view, "required_permissions"):
        return tuple(view.required_permissions())
    single = getattr(view, "view_permission", "")
    return (single,) if single else ()
