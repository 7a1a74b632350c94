"""The base of every API resource: doors of ten lines."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.actor import Actor
from core.errors import Malformed, StaleVersion


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
