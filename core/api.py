"""The API's shape: one error format, one pagination, one way to authenticate, doors of ten lines."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, pagination, permissions, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actor import Actor
from core.errors import FieldError, Forbidden, Malformed, StaleVersion, WorkflowError
from core.paging import MAX_SIZE, paginate

PROBLEM = "application/problem+json"
COUNT_LIMIT = 100_000

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
    """Lets in callers who belong to a company and hold the view's `view_permission`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Refuse with the missing permission's name.

        Raises:
            Forbidden: the reading permission is missing, or the person belongs to no company.
        """
        http = request._request
        if not request.user or not request.user.is_authenticated:
            return False
        if http.company is None:  # type: ignore[attr-defined]
            raise Forbidden("company.view")
        wanted = getattr(view, "view_permission", None)
        if wanted:
            http.actor.require(wanted)  # type: ignore[attr-defined]
        return True


class KeysetPagination(pagination.BasePagination):
    """`{next, previous, results}` by cursor; with `?page=` numbered pages and a bounded count."""

    default_size = 50

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any]:
        """Return one page of rows.

        Raises:
            Malformed: a size, page or cursor that is none.
        """
        self.request, self.count, self.count_is_minimum = request, None, False
        self.next, self.previous = None, None
        size = min(_positive(request, "page_size", self.default_size), MAX_SIZE)
        ordering = view.chosen_ordering() if view else "-id"
        if "page" in request.query_params:
            return self._numbered(queryset, ordering, _positive(request, "page", 1), size)
        page = paginate(queryset, ordering, request.query_params.get("cursor"), size)
        self.next, self.previous = self._link(cursor=page.next), self._link(cursor=page.previous)
        return page.rows

    def _numbered(self, queryset: QuerySet, ordering: str, number: int, size: int) -> list[Any]:
        counted = queryset.order_by()[: COUNT_LIMIT + 1].count()
        self.count, self.count_is_minimum = min(counted, COUNT_LIMIT), counted > COUNT_LIMIT
        tie = "-pk" if ordering.startswith("-") else "pk"
        start = (number - 1) * size
        rows = list(queryset.order_by(ordering, tie)[start : start + size + 1])
        self.next = self._link(page=str(number + 1)) if len(rows) > size else None
        self.previous = self._link(page=str(number - 1)) if number > 1 else None
        return rows[:size]

    def _link(self, **changed: str | None) -> str | None:
        if None in changed.values():
            return None
        params = self.request.query_params.copy()
        for name, value in changed.items():
            params[name] = value
        return f"{self.request.build_absolute_uri(self.request.path)}?{params.urlencode()}"

    def get_paginated_response(self, data: Any) -> Response:
        """Wrap the rows with the links, and the count where it was asked for."""
        body = {"next": self.next, "previous": self.previous, "results": data}
        if self.count is not None:
            body["count"] = self.count
            if self.count_is_minimum:
                body["count_is_minimum"] = True
        return Response(body)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the envelope for OpenAPI."""
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link,
                "previous": link,
                "results": schema,
                "count": {"type": "integer", "description": "Only with `page`; exact up to 100,000."},
                "count_is_minimum": {"type": "boolean"},
            },
        }


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) < 1 or len(text) > 9:
        raise Malformed(
            _("«%(name)s» debe ser un entero positivo.") % {"name": name},
            code="malformed",
            fields=[FieldError(field=name, code="invalid", message=_("Debe ser un entero positivo."))],
        )
    return int(text)


class CompanyViewSet(viewsets.GenericViewSet):
    """Base of every resource: scoped reads, shape-only serializers, one workflow call for each action.

    Subclasses name `view_permission`, `queryset`, `serializer_class`, `filterset_class` and the indexed
    `ordering_fields`; the first of `ordering_fields` with its sign in `default_ordering` is the default.
    """

    view_permission: str = ""
    ordering_fields: tuple[str, ...] = ("id",)
    default_ordering = "-id"
    lookup_value_regex = r"\d{1,18}"

    @property
    def actor(self) -> Actor:
        """Return who is asking."""
        return self.request._request.actor  # type: ignore[attr-defined]

    def chosen_ordering(self) -> str:
        """Return `?ordering=` if the resource lists it, else the default.

        Raises:
            Malformed: a field that is not listed (`invalid_ordering`).
        """
        wanted = self.request.query_params.get("ordering") or self.default_ordering
        if wanted.lstrip("-") not in self.ordering_fields:
            listed = ", ".join(self.ordering_fields)
            raise Malformed(_("Ordene por uno de: %(listed)s.") % {"listed": listed}, code="invalid_ordering")
        return wanted

    def expected_version(self) -> int | None:
        """Return the version in `If-Match`, or None when the caller does not check.

        Raises:
            StaleVersion: the header is not one of our ETags.
        """
        header = self.request.headers.get("If-Match")
        if header is None or header.strip() == "*":
            return None
        text = header.strip().removeprefix("W/").strip('"')
        if not text.isdecimal():
            raise StaleVersion(0)
        return int(text)

    def list(self, request: Request) -> Response:
        """List the filtered rows by cursor."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one row."""
        return self.answer(self.get_object())

    def validated(self, serializer_class: Callable[..., Any], **options: Any) -> dict[str, Any]:
        """Return the body's values after checking their shape.

        Raises:
            rest_framework.exceptions.ValidationError: wrong shape.
        """
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context(), **options)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, obj: Any, status: int = 200) -> Response:
        """Answer with one object and its ETag."""
        response = Response(self.get_serializer(obj).data, status=status)
        if getattr(obj, "version", None) is not None:
            response["ETag"] = f'"{obj.version}"'
        return response
