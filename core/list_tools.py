"""What people do to a list itself: which columns it shows, under which name they keep it.

The columns stand in the address (`?cols=number&cols=total`), and so does the kept view (`?vista=3`): every state of a
list can be sent to a colleague. Who keeps views (desk) says so with `keep_views`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.filter_bar import PLACE_IN_LIST
from core.sheets import CSV, XLSX
from core.tables import CheckColumn, IconsColumn, LinkColumn, Table
from core.views import Text

COLUMNS: Final = "cols"
VIEW: Final = "vista"
TOOLS: Final = frozenset({"sort", COLUMNS, VIEW, *PLACE_IN_LIST})  # what says how, not which


@dataclass(frozen=True, slots=True)
class KeptView:
    """A list's address under a name."""

    pk: int
    name: str
    query: str  # without `vista`
    mine: bool
    shared: bool
    is_default: bool

    @property
    def url(self) -> str:
        """Return the address that shows it."""
        return f"?{self.query}&{VIEW}={self.pk}" if self.query else f"?{VIEW}={self.pk}"


_views_of: list[Callable[[str, Actor], Sequence[KeptView]]] = []


def keep_views(views_of: Callable[[str, Actor], Sequence[KeptView]]) -> None:
    """Have lists offer what `views_of(list name, actor)` returns: one's own views and the shared ones."""
    _views_of[:] = [views_of]


def views_of(list_name: str, actor: Actor) -> Sequence[KeptView]:
    """Return the views a person may choose from."""
    return _views_of[0](list_name, actor) if _views_of and list_name else ()


@dataclass(frozen=True, slots=True)
class Export:
    """A file a list can become: what it shows, or the headings and values of its own that an import reads back."""

    code: str
    label: Text
    kind: str  # of core.sheets
    icon: str
    headings: Sequence[str] = ()
    values: Callable[[Any], list[Any]] | None = None  # none for a row that is left out


EXPORTS: Final = (
    Export("csv", _("CSV: filas y columnas que se ven"), CSV, "file-text"),
    Export("xlsx", _("Excel (XLSX): filas y columnas que se ven"), XLSX, "table"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A column that may be shown or not."""

    name: str
    label: Any
    shown: bool


def choices(table: type[Table], params: QueryDict, never: set[str]) -> tuple[Choice, ...]:
    """Return the columns one may choose from; what names the row, its box and its links are always there.

    Args:
        never: what this company or person has no use for.
    """
    wanted = set(params.getlist(COLUMNS))
    return tuple(
        Choice(name, column.header or name, name in wanted if wanted else name not in table.spare)
        for name, column in table.base_columns.items()
        if name not in never and not isinstance(column, CheckColumn | IconsColumn | LinkColumn)
    )


def plain_query(params: QueryDict, *without: str) -> str:
    """Return a list's query without its place in the list and the names given."""
    query = params.copy()
    for name in (*PLACE_IN_LIST, *without):
        query.pop(name, None)
    return query.urlencode()
