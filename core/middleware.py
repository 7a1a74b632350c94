"""What every answer carries: its ids, and the headers that tell a browser what not to do."""

import logging
import re
import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from core import context

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# No inline script or style anywhere; `data:` lets CSS carry its small images.
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class RequestIds:
    """Gives each request an id, takes or makes its correlation id, and answers both."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request under its ids; a correlation id of a strange shape is replaced."""
        request_id, given = uuid4().hex, request.headers.get("X-Correlation-ID", "")
        correlation_id = given if _ID.fullmatch(given) else request_id
        request.request_id, request.correlation_id = request_id, correlation_id  # type: ignore[attr-defined]
        with context.called(request=request_id, correlation=correlation_id):
            begun = time.perf_counter()
            response = self.get_response(request)
            _log(request, response, time.perf_counter() - begun)
        response["X-Request-ID"], response["X-Correlation-ID"] = request_id, correlation_id
        return response


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Note what was asked of which route: never the path itself, where secrets of links may stand."""
    if getattr(request, "is_heartbeat", False):  # the event stream's own question, for each listener again and again
        return
    if request.resolver_match or response.status_code >= 400:
        route = request.resolver_match.route if request.resolver_match else ""
        told = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        logger.info("Answered", extra=told)


class SecurityHeaders:
    """Adds the security headers Django does not."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; a view that set one of the headers itself keeps its own."""
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response
