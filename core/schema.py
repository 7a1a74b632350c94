"""The OpenAPI document: what every operation of the API has in common is said once, here.

Each operation gains the headers it takes, the permission it asks for and the problems it may answer; a view
only names what it takes and what it gives (`extend_schema`).
"""

from functools import cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.idempotency import takes_key
from core.problems import PROBLEM

DESCRIPTION: Final = """
The API of Cuadre: everything a person can do on a page, a program can do here, under the same rules and refusals.

**Who calls.** `Authorization: Bearer <token>`: an API key (`cdr_test_…`, `cdr_live_…`) or a JWT from `/auth/token/`.
The company comes from the credential; somebody with several says which in `X-Company: <id>`. Another company's ids
answer 404.

**Values.** Money is a string with two decimals (`"103.50"`); on input numbers are taken too. Dates are ISO 8601,
times carry their offset.

**Refusals** are RFC 9457 problems with a stable `code` and a sentence in Spanish: 400 malformed, 401, 403 (the missing
permission is named), 404, 409 wrong state or a key still running, 412 stale version, 422 a rule refuses the content,
429 with `Retry-After`.

**Safe retries.** Send an `Idempotency-Key` with every POST: for 24 hours the same key and body get the first answer
again, with `Idempotent-Replayed: true`.

**Tracing.** `X-Correlation-ID` is accepted, echoed, and stands on everything the request causes; `X-Request-ID` is
always answered. `RateLimit-*` headers say how many requests are left.
"""

_MEANINGS: Final = {
    "400": "Malformed: `errors` names the fields.",
    "401": "No credential, or one that is unknown, expired or revoked.",
    "403": "The permission that is missing is named.",
    "404": "It does not exist, or belongs to another company; also a company in X-Company that is not yours.",
    "409": "The present state does not allow it, or the same Idempotency-Key is still running.",
    "412": "Somebody else saved a newer version (If-Match).",
    "422": "A rule refuses the content.",
    "429": "Too many requests: see Retry-After.",
}
_CHANGES: Final = {"POST", "PUT", "PATCH", "DELETE"}


class FieldProblem(serializers.Serializer):
    """One bad input."""

    field = serializers.CharField(help_text="Its path, for example `lines.0.quantity`.")
    code = serializers.CharField()
    message = serializers.CharField(help_text="What to do about it, in Spanish.")


class Problem(serializers.Serializer):
    """Why a request was refused (RFC 9457). Some codes add members of their own, such as `balance`."""

    type = serializers.CharField(help_text="`urn:cuadre:error:<code>`")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence a person can act on, in Spanish.")
    code = serializers.CharField(help_text="Stable: for programs.")
    request_id = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `errors`, which is a property of DRF's serializers."""
        return super().get_fields() | {"errors": FieldProblem(many=True, required=False)}


class CallerScheme(OpenApiAuthenticationExtension):
    """Describes `core.callers.CallerAuthentication`."""

    target_class = "core.callers.CallerAuthentication"
    name = ["bearer", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """Return the two ways in: a token for programs, the session for our own pages."""
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key or a JWT."},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": "With CSRF token."},
        ]


class Schema(AutoSchema):
    """Describes one operation."""

    def get_override_parameters(self) -> list[Any]:
        """Add the headers of safe retries and stale edits."""
        headers = []
        if self.method == "POST" and takes_key(self.path):
            headers.append(OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER,
                description="Makes a retry safe: the same key and body get the first answer again for 24 hours.",
            ))  # fmt: skip
        if self._takes_if_match():
            headers.append(OpenApiParameter(
                "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` the change was made on.",
            ))  # fmt: skip
        return headers

    def get_summary(self) -> str | None:
        """Return the docstring's first line."""
        return (super().get_description() or "").partition("\n")[0].rstrip(".") or None

    def get_description(self) -> str:  # type: ignore[override]
        """Return what the docstring says beyond its first line, and the permission."""
        text = (super().get_description() or "").partition("\n")[2].strip()
        wanted = self._permissions()
        return f"{text}\n\nPermission: {' or '.join(f'`{name}`' for name in wanted)}." if wanted else text

    def get_extensions(self) -> dict[str, Any]:
        """Name the permissions for programs too."""
        wanted = self._permissions()
        return {"x-permissions": list(wanted)} if wanted else {}

    def _takes_if_match(self) -> bool:
        return self.method in ("PUT", "PATCH") or getattr(self.view, "action", "") in getattr(
            self.view, "if_match_actions", ()
        )

    def _permissions(self) -> tuple[str, ...]:
        ask = getattr(self.view, "required_permissions", None)
        return ask() if ask else ()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            described = OpenApiResponse(Problem, _MEANINGS[status])
            bodies.setdefault(status, self._get_response_for_code(described, status, [PROBLEM]))
        return bodies

    def _problem_statuses(self) -> list[str]:
        changes = self.method in _CHANGES
        statuses = {
            "400": True,
            "401": True,
            "403": True,
            "404": True,
            "409": changes,
            "412": self._takes_if_match(),
            "422": changes,
            "429": True,
        }
        return [status for status, possible in statuses.items() if possible]

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> dict[str, Any]:
        mapped: dict[str, Any] = super()._map_serializer_field(field, direction, bypass_extensions)
        if direction == "request" and isinstance(field, serializers.DecimalField):
            mapped["type"] = ["string", "number", *(["null"] if field.allow_null else [])]
        return mapped


def introduce(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Put what holds for the whole API first (a hook of drf-spectacular), and take its working notes out."""
    result["info"]["description"] = DESCRIPTION
    return _without_notes(result)


def _without_notes(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_notes(value) for key, value in part.items() if key != "x-spec-enum-id"}
    return [_without_notes(item) for item in part] if isinstance(part, list) else part


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document, made once in each process."""
    return SchemaGenerator().get_schema(request=None, public=True)


def schema(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


def docs(request: HttpRequest) -> HttpResponse:
    """Show the OpenAPI document to people."""
    return render(request, "api/docs.html")
