"""Refusals as RFC 9457 problem documents: one error format for every answer of the API."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from core.errors import FieldError, WorkflowError

PROBLEM = "application/problem+json"

TITLES = {
    400: "Petición mal formada",
    401: "Falta identificarse",
    403: "Sin permiso",
    404: "No encontrado",
    405: "Método no permitido",
    406: "Formato no disponible",
    409: "El estado no lo permite",
    412: "Versión anterior",
    413: "Demasiado grande",
    415: "Formato no admitido",
    422: "Una regla no lo permite",
    429: "Demasiadas peticiones",
    500: "Error interno",
}


def problem_body(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[FieldError] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make the RFC 9457 object of a refusal: our `code`, the request id, and the bad fields if any."""
    body: dict[str, Any] = {
        **(extra or {}),
        "type": f"urn:cuadre:error:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request, "request_id", ""),
    }
    if errors:
        body["errors"] = errors
    return body


def problem(
    request: HttpRequest, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> HttpResponse:
    """Answer a refusal outside DRF (middleware, health, stream)."""
    body = problem_body(request, status, code, detail, **more)
    response = JsonResponse(body, status=status, content_type=PROBLEM, headers=dict(headers or {}))
    response.refusal = (code, detail)  # type: ignore[attr-defined]
    return response


def refusal_response(request: HttpRequest, refusal: WorkflowError) -> HttpResponse:
    """Answer a workflow's refusal outside DRF."""
    return problem(
        request, refusal.status, refusal.code, refusal.message, errors=refusal.fields or None, extra=refusal.extra
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn every refusal into a problem document; anything unforeseen goes on to the 500 page."""
    request = context["request"]._request
    answer = _describe(error)
    if answer is None:
        return None
    status, code, detail, errors, extra = answer
    body = problem_body(request, status, code, detail, errors=errors, extra=extra)
    response = Response(body, status=status, content_type=PROBLEM)
    if isinstance(error, exceptions.APIException):
        if getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            response["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
    response.refusal = (code, detail)  # type: ignore[attr-defined]
    return response


_Answer = tuple[int, str, str, list[FieldError] | None, Mapping[str, Any] | None]


def _describe(error: Exception) -> _Answer | None:
    if isinstance(error, WorkflowError):
        return error.status, error.code, error.message, error.fields or None, error.extra
    if isinstance(error, exceptions.ValidationError):
        errors = list(_field_errors(error.detail))
        return 400, "malformed", _("Revise los datos: hay campos con errores."), errors, None
    if isinstance(error, DjangoValidationError):
        errors = [FieldError(field="", code="invalid", message=message) for message in error.messages]
        return 400, "malformed", _("Revise los datos: hay campos con errores."), errors, None
    if isinstance(error, Http404 | ObjectDoesNotExist | exceptions.NotFound):
        return 404, "not_found", _("No existe, o no es de su empresa."), None, None
    if isinstance(error, exceptions.APIException):
        code = error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else error.default_code
        return error.status_code, str(code), str(error.detail), None, None
    return None


def _field_errors(detail: Any, path: str = "") -> Any:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _field_errors(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, exceptions.ErrorDetail):
                yield FieldError(field=path, code=str(inner.code), message=str(inner))
            else:
                yield from _field_errors(inner, f"{path}.{index}")
