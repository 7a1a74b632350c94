"""Keyset pages: as fast at row 999,900 as at row 1, because nothing is skipped and nothing is counted."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from core.errors import Malformed
from core.searchable import SearchableModel

MAX_SIZE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows and the cursors to its neighbours (None at an end)."""

    rows: list[Any]
    next: str | None
    previous: str | None


def paginate(queryset: QuerySet, ordering: str, cursor: str | None, size: int) -> Page:
    """Return the page of `queryset` after (or before) a cursor.

    Args:
        ordering: one non-null field, `-` for descending; the id breaks ties in the same direction.
        cursor: as an earlier page gave it, for the same ordering.

    Raises:
        Malformed: the cursor was not made here for this ordering (`invalid_cursor`).
    """
    field, descending = column(queryset, ordering), ordering.startswith("-")
    backwards, position = _decode(cursor, ordering)
    if position is not None:
        queryset = queryset.filter(_beyond(field, position, lower=descending != backwards))
    falling = descending != backwards
    keys = [field] if field in ("id", "pk") else [field, "pk"]
    if issubclass(queryset.model, SearchableModel):
        queryset = queryset.defer("search_text", "search_grams")  # nobody looks at them
    try:
        rows = list(queryset.order_by(*(f"-{key}" if falling else key for key in keys))[: size + 1])
    except (ValidationError, ValueError, TypeError) as error:
        raise _invalid_cursor() from error
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (position is not None, more) if backwards else (more, position is not None)
    return Page(
        rows,
        _encode(rows[-1], field, ordering, "n") if rows and has_next else None,
        _encode(rows[0], field, ordering, "p") if rows and has_previous else None,
    )


def neighbours(queryset: QuerySet, ordering: str, row: Any) -> tuple[Any | None, Any | None]:
    """Return the ids of the rows before and after `row` in a sorted list (None at an end).

    Args:
        ordering: as for `paginate`; `row` has the field, and need not be in the list itself.
    """
    field, descending = column(queryset, ordering), ordering.startswith("-")
    position = [_value(row, field), row.pk]

    def nearest(*, lower: bool) -> Any | None:
        keys = [field] if field in ("id", "pk") else [field, "pk"]
        beyond = queryset.filter(_beyond(field, position, lower=lower))
        return beyond.order_by(*(f"-{key}" if lower else key for key in keys)).values_list("pk", flat=True).first()

    return nearest(lower=not descending), nearest(lower=descending)


def column(queryset: QuerySet, ordering: str) -> str:
    """Return the field that rows are sorted by: the one asked for, or the one its model says stands in for it."""
    field = ordering.removeprefix("-")
    return getattr(queryset.model, "SORTED_AS", {}).get(field, field)


def _beyond(field: str, position: list[Any], *, lower: bool) -> Any:
    if field in ("id", "pk"):
        return _simple(position[-1], lower)
    compare = TupleLessThan if lower else TupleGreaterThan
    return compare(Tuple(F(field), F("pk")), tuple(position))


def _simple(pk: Any, lower: bool) -> Any:
    from django.db.models import Q

    return Q(pk__lt=pk) if lower else Q(pk__gt=pk)


def _encode(row: Any, field: str, ordering: str, direction: str) -> str:
    raw = json.dumps([direction, ordering, str(_value(row, field)), row.pk])
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _value(row: Any, field: str) -> Any:
    for part in field.split("__"):
        row = getattr(row, part)
    return row


def _decode(cursor: str | None, ordering: str) -> tuple[bool, list[Any] | None]:
    if not cursor:
        return False, None
    try:
        direction, made_for, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position = [value, int(pk)]
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _invalid_cursor() from error
    if made_for != ordering or direction not in ("n", "p"):
        raise _invalid_cursor()
    return direction == "p", position


def _invalid_cursor() -> Malformed:
    return Malformed(_("El cursor no es de esta lista. Vuelva a la primera página."), code="invalid_cursor")
