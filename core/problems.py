"""Refusals as RFC 9457 problem documents: one error format for every answer of the API."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from core.errors import FieldError, WorkflowError

API_PREFIX: Final = "/api/"
PROBLEM: Final = "application/problem+json"

TITLES: Final = {
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
    plain = {"ensure_ascii": False}
    response = JsonResponse(body, status=status, content_type=PROBLEM, headers=headers, json_dumps_params=plain)
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
    answer = _not_there(error, context) or _describe(error)
    if answer is None:
        return None
    status, code, detail, errors, extra = answer
    errors = _as_the_body_calls_them(errors or [], getattr(context["view"], "aliases", {}))
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
        return 404, "not_found", _absent(), None, None
    if isinstance(error, exceptions.APIException):
        code = error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else error.default_code
        return error.status_code, str(code), str(error.detail), None, None
    return None


def _absent() -> str:
    return _("No existe, o no es de su empresa.")


def _not_there(error: Exception, context: Mapping[str, Any]) -> _Answer | None:
    """Describe an id in the body that names nothing of this company: 404 like any other, and which field it was."""
    if not isinstance(error, ObjectDoesNotExist):
        return None
    references: Mapping[str, Any] = getattr(context["view"], "references", {})
    request = context["request"]
    given = {*request.query_params, *(request.data if isinstance(request.data, Mapping) else {})}
    candidates = (name for name, model in references.items() if isinstance(error, model.DoesNotExist))
    field = next((name for name in candidates if name.partition(".")[0] in given), "")
    if not field:
        return None
    return 404, "not_found", _absent(), [FieldError(field=field, code="not_found", message=_absent())], None


def _as_the_body_calls_them(errors: list[FieldError], aliases: Mapping[str, str]) -> list[FieldError]:
    """Name the fields of a workflow's refusal as the resource does."""
    return [{**error, "field": aliases.get(error["field"], error["field"])} for error in errors]


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


# What Django answers by itself: a problem under /api/, a page elsewhere. `config.urls` names these.

_Handler = Callable[..., HttpResponse]


def _outside_drf(status: int, code: str, page: _Handler) -> Callable[[Callable[..., str]], _Handler]:
    """Make a handler of Django's own refusals from the function that words them."""

    def decorate(sentence: Callable[..., str]) -> _Handler:
        @wraps(sentence)
        def handler(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.path.startswith(API_PREFIX):
                return problem(request, status, code, sentence(request, *args, **kwargs))
            return page(request, *args, **kwargs)

        return handler

    return decorate


@_outside_drf(404, "not_found", defaults.page_not_found)
def not_found(request: HttpRequest, exception: Exception) -> str:
    """Word the 404 of an address no view answers."""
    if not request.path.endswith("/"):
        return _("No hay nada en esta dirección. Las direcciones de la API terminan en «/».")
    return _("No hay nada en esta dirección. Vea /api/v1/docs/.")


@_outside_drf(500, "internal_error", defaults.server_error)
def server_error(request: HttpRequest) -> str:
    """Word the 500: nothing was changed, and the request id finds the cause in the logs."""
    return _("Ocurrió un error inesperado y no se guardó nada. Informe el número de petición (request_id).")


@_outside_drf(403, "permission_denied", defaults.permission_denied)
def permission_denied(request: HttpRequest, exception: Exception) -> str:
    """Word the 403 of Django's own checks."""
    return _("No tiene permiso para esta acción.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request Django itself takes for malformed or too big."""
    if not request.path.startswith(API_PREFIX):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return problem(request, 413, "too_large", _("La petición es demasiado grande."))
    return problem(request, 400, "malformed", _("La petición está mal formada."))
