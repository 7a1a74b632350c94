"""The API's lists: `{next, previous, results}` by cursor, or numbered pages with a bounded count."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import pagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import FieldError, Malformed
from core.paging import MAX_SIZE, column, paginate

COUNT_LIMIT = 100_000


class KeysetPagination(pagination.BasePagination):
    """`{next, previous, results}` by cursor; with `?page=` numbered pages and a bounded count."""

    default_size = 50

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return one page of rows.

        Raises:
            Malformed: a size, page or cursor that is none.
        """
        self.request = request
        self.count: int | None = None
        self.count_is_minimum = False
        self.next: str | None = None
        self.previous: str | None = None
        size = min(positive(request, "page_size", self.default_size), MAX_SIZE)
        ordering = view.chosen_ordering() if view else "-id"
        if "page" in request.query_params:
            return self._numbered(queryset, ordering, positive(request, "page", 1), size)
        page = paginate(queryset, ordering, request.query_params.get("cursor"), size)
        self.next, self.previous = self._link("cursor", page.next), self._link("cursor", page.previous)
        return page.rows

    def _numbered(self, queryset: QuerySet, ordering: str, number: int, size: int) -> list[Any]:
        counted = queryset.order_by()[: COUNT_LIMIT + 1].count()
        self.count, self.count_is_minimum = min(counted, COUNT_LIMIT), counted > COUNT_LIMIT
        sign = "-" if ordering.startswith("-") else ""
        start = (number - 1) * size
        rows = list(queryset.order_by(f"{sign}{column(queryset, ordering)}", f"{sign}pk")[start : start + size + 1])
        self.next = self._link("page", str(number + 1)) if len(rows) > size else None
        self.previous = self._link("page", str(number - 1)) if number > 1 else None
        return rows[:size]

    def _link(self, name: str, value: str | None) -> str | None:
        if value is None:
            return None
        params = self.request.query_params.copy()
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

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameters for OpenAPI."""
        fields = [f"{sign}{name}" for name in view.ordering_fields for sign in ("", "-")]
        shapes = {
            "cursor": ({"type": "string"}, "From `next` or `previous` of an earlier page, with the same ordering."),
            "page": ({"type": "integer", "minimum": 1}, "Numbered pages instead of a cursor; adds `count`."),
            "page_size": ({"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": self.default_size}, ""),
        }
        if view.action == "list":
            shapes["ordering"] = ({"type": "string", "enum": fields, "default": view.default_ordering}, "")
        return [
            {"name": name, "in": "query", "required": False, "schema": schema, "description": text}
            for name, (schema, text) in shapes.items()
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the envelope for OpenAPI."""
        link = {"type": ["string", "null"], "format": "uri"}
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


def positive(request: Request, name: str, default: int) -> int:
    """Return a parameter that must be a positive integer.

    Raises:
        Malformed: it is not.
    """
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise Malformed(
            _("«%(name)s» debe ser un entero positivo.") % {"name": name},
            code="malformed",
            fields=[FieldError(field=name, code="invalid", message=_("Debe ser un entero positivo."))],
        )
    return int(text)
