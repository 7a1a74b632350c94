"""Rate limits: so many requests to the API a minute for each credential and address, so many tries at a secret.

One statement a request counts both, in a table the database does not log: exact over all web processes, without
waiting for the disk. A crash forgets the counts, which harms nobody.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import clock
from core.callers import address_of
from core.problems import API_PREFIX, problem

WINDOW: Final = 60  # seconds

# Only the present minute counts; the credential comes first in every statement, so that two cannot deadlock.
_COUNT: Final = """
    INSERT INTO core_ratelimit AS counted (name, minute, used) VALUES {rows}
    ON CONFLICT (name) DO UPDATE SET
        used = CASE WHEN counted.minute = EXCLUDED.minute THEN counted.used + 1 ELSE 1 END, minute = EXCLUDED.minute
    RETURNING name, used
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands against one limit in the present minute; `resets_in` seconds it begins anew."""

    limit: int
    used: int
    resets_in: int

    @property
    def remaining(self) -> int:
        """Return how many requests are left."""
        return max(self.limit - self.used, 0)

    @property
    def exceeded(self) -> bool:
        """Say whether this request is one too many."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """Return the standing as `RateLimit-*` headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.resets_in),
        }


class RateLimits:
    """Counts each request to the API before its credential is looked up, and refuses those over a limit.

    The event stream's own question whether a listener may stay is nobody's request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request with the tighter of its standings in the headers, or answer 429."""
        if not request.path.startswith(API_PREFIX) or getattr(request, "is_heartbeat", False):
            return self.get_response(request)
        standing = min(count(_names(request)), key=lambda each: (not each.exceeded, each.remaining / each.limit))
        response = _too_many(request, standing) if standing.exceeded else self.get_response(request)
        for name, value in standing.headers().items():
            response[name] = value
        return response


def count(names: Sequence[tuple[str, str]]) -> list[Standing]:
    """Count one request for each (kind, who), where kind is a key of `settings.API_RATE_LIMITS`."""
    return tried({f"{kind}:{who}": settings.API_RATE_LIMITS[kind] for kind, who in names})


def tried(limits: Mapping[str, int], window: timedelta = timedelta(seconds=WINDOW)) -> list[Standing]:
    """Count one try under each name, which may be this many in a window (whole minutes); always in the same order."""
    seconds = int(window.total_seconds())
    number, passed = divmod(int(clock.now().timestamp()), seconds)
    minute = number * seconds // WINDOW  # in which the window began
    with connection.cursor() as cursor:
        values = [value for name in limits for value in (name, minute)]
        cursor.execute(_COUNT.format(rows=", ".join(["(%s, %s, 1)"] * len(limits))), values)
        return [Standing(limits[name], used, seconds - passed) for name, used in cursor.fetchall()]


def forget_old() -> None:
    """Remove the counts of past windows, none of which is longer than a day; a daily job."""
    with connection.cursor() as cursor:
        day_ago = clock.now() - timedelta(days=1)
        cursor.execute("DELETE FROM core_ratelimit WHERE minute < %s", [int(day_ago.timestamp()) // WINDOW])


def _names(request: HttpRequest) -> list[tuple[str, str]]:
    credential = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    names = [("address", network(address_of(request) or ""))]
    if credential:
        names.insert(0, ("credential", hashlib.sha256(credential.encode()).hexdigest()))
    return names


def network(address: str) -> str:
    """Return whom an address stands for: an IPv6 caller has a whole /64 to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return ":".join(parsed.exploded.split(":")[:4]) if isinstance(parsed, IPv6Address) else address


def _too_many(request: HttpRequest, standing: Standing) -> HttpResponse:
    detail = _("Superó el límite de %(limit)d peticiones por minuto. Espere %(seconds)d segundos y repita la petición.")
    return problem(
        request,
        429,
        "rate_limited",
        detail % {"limit": standing.limit, "seconds": standing.resets_in},
        headers={"Retry-After": str(standing.resets_in)},
    )
