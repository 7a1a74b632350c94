"""The base of every API resource: doors of ten lines."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.actor import Actor
from core.errors import Malformed
from core.ids import whole

NO_VERSION = -1  # what an `If-Match` that is none of our ETags stands for: it matches nothing


class CompanyViewSet(viewsets.GenericViewSet):
    """Base of every resource: scoped reads, shape-only serializers, one workflow call for each action.

    Subclasses name `view_permission`, `queryset`, `serializer_class` (`detail_serializer_class` where one object
    says more than a row of the list), `filterset_class`, the indexed `ordering_fields` and the `default_ordering`.
    `permissions` says, action by action, which of several permissions opens it where reading is not enough (the
    workflow asks again). `references` says which body field names a row of which model: an id that names none
    is answered 404 with that field; `aliases` how the body calls what the workflow calls otherwise.
    """

    view_permission: str = ""
    permissions: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    references: ClassVar[Mapping[str, type[Model]]] = {}
    aliases: ClassVar[Mapping[str, str]] = {}
    if_match_actions: ClassVar[tuple[str, ...]] = ()  # besides PUT and PATCH
    detail_serializer_class: Any = None
    ordering_fields: tuple[str, ...] = ("id",)
    default_ordering = "-id"
    lookup_value_regex = r"\d{1,18}"
    fixed_ordering = ""

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """Make the view; a POST without its last slash is not redirected, which would make a GET of it."""
        view: Any = super().as_view(actions, **initkwargs)
        view.should_append_slash = False
        return view

    def required_permissions(self) -> tuple[str, ...]:
        """Return the permissions of which the caller needs one for the present action."""
        single = (self.view_permission,) if self.view_permission else ()
        return self.permissions.get(self.action, single)

    @property
    def actor(self) -> Actor:
        """Return who is asking."""
        return self.request._request.actor  # type: ignore[attr-defined]

    def get_serializer_class(self) -> Any:
        """Return the shape of a list's row, or of one object."""
        return self.serializer_class if self.action == "list" else self.detail_serializer_class or self.serializer_class

    def chosen_ordering(self) -> str:
        """Return `?ordering=` if the resource lists it, else what suits the filters, else the default.

        A list within a resource has its own.

        Raises:
            Malformed: a field that is not listed (`invalid_ordering`).
        """
        if self.fixed_ordering:
            return self.fixed_ordering
        wanted = self.request.query_params.get("ordering") or self._suiting() or self.default_ordering
        if wanted.removeprefix("-") not in self.ordering_fields:
            listed = ", ".join(self.ordering_fields)
            raise Malformed(_("Ordene por uno de: %(listed)s.") % {"listed": listed}, code="invalid_ordering")
        return wanted

    def _suiting(self) -> str:
        suiting = getattr(getattr(self, "filterset_class", None), "ordering_for", None)
        suits = suiting(self.request.query_params) if suiting else ""
        return suits if suits.removeprefix("-") in self.ordering_fields else ""

    def expected_version(self) -> int | None:
        """Return the version in `If-Match`, or None when the caller does not check."""
        header = self.request.headers.get("If-Match")
        if header is None or header.strip() == "*":
            return None
        text = header.strip().removeprefix("W/").strip('"')
        version = whole(text)
        return NO_VERSION if version is None else version

    def list(self, request: Request) -> Response:
        """List the filtered rows by cursor."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one row."""
        return self.answer(self.get_object())

    def validated(self, serializer_class: Callable[..., Any], *, partial: bool = False) -> dict[str, Any]:
        """Return the body's values after checking their shape; with `partial` only those that are given.

        DRF's own `partial` would let what is inside a given list or object be incomplete too.

        Raises:
            rest_framework.exceptions.ValidationError: wrong shape.
        """
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        if partial and isinstance(self.request.data, Mapping):
            for name in serializer.fields.keys() - self.request.data.keys():
                del serializer.fields[name]
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def validated_query(self, serializer_class: Callable[..., Any]) -> dict[str, Any]:
        """Return the query's values after checking their shape.

        Raises:
            rest_framework.exceptions.ValidationError: wrong shape.
        """
        serializer = serializer_class(data=self.request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, obj: Any, status: int = 200) -> Response:
        """Answer with one object and its ETag."""
        response = Response(self.get_serializer(obj).data, status=status)
        if getattr(obj, "version", None) is not None:
            response["ETag"] = f'"{obj.version}"'
        return response

    def created(self, obj: Any) -> Response:
        """Answer 201 with a new object and where it is from now on."""
        response = self.answer(obj, status=201)
        response["Location"] = reverse(f"api:{self.basename}-detail", [obj.pk], request=self.request)
        return response

    def sublist(self, rows: Any, serializer_class: Any, *, ordering: str = "id") -> Response:
        """Answer a list of other rows than the resource's own, by cursor in a fixed order."""
        self.fixed_ordering = ordering
        found = self.paginate_queryset(rows)
        serializer = serializer_class(found, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(serializer.data)
