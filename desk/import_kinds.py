"""What can be imported: each kind says its columns, judges rows, writes them and takes them back. Apps register theirs.

import_kinds.register(Kind("customers", _("Clientes"), COLUMNS, check=…, apply=…, undo=…, …))      in `ready()`
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import FieldError, RuleRefused
from core.search import normalize
from desk.import_values import BadCell
from desk.models import ImportRow, Verdict

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """A column that files may have.

    Args:
        field: its name, which is also the heading that templates and exports give it.
        label: what people call it.
        also: other headings it is recognised by; accents, capitals and signs do not count.
        required: without it the file is refused.
        example: what stands in the template.
        help: one sentence on what to write.
    """

    field: str
    label: Text
    also: tuple[str, ...] = ()
    required: bool = False
    example: str = ""
    help: Text = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row to be judged: its number in the file, and the texts of its columns that are not blank."""

    position: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row would do, or has done; `message` is the reason of an error, or a word of warning.

    Args:
        object_id: what is there already, or was made.
        version_after: the object's version when the row had been applied.
        before: what must be put back to take the row back, JSON-ready.
    """

    verdict: Verdict
    object_id: int | None = None
    code: str = ""
    message: str = ""
    field: str = ""
    version_after: int | None = None
    before: dict[str, Any] | None = None

    @classmethod
    def error(cls, field: str, error: BadCell) -> "Judged":
        """Say that a cell cannot be taken."""
        return cls(Verdict.ERROR, code=error.code, message=error.message, field=field)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, and for which import."""

    actor: Actor
    import_id: int


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of thing that files bring.

    Args:
        name: its code, in addresses and rows; the same for ever.
        label: what people call many of them.
        permissions: any of these is needed, besides `imports.run`.
        key: what may stand only once in a file (by the row's texts), or nothing; `key_field` is its column.
        check: judges rows, in order; writes nothing.
        apply: judges them again under lock and writes them, all in one transaction; one `Judged` for each, in order.
        undo: takes back applied rows nobody has changed or used since; returns why not, by the id of the row.
        row_model: what a row makes, whose page is shown beside it.
        about: one paragraph for who has never done it.
    """

    name: str
    label: Text
    columns: tuple[Column, ...]
    permissions: tuple[str, ...]
    key: Callable[[Mapping[str, str]], str]
    key_field: str
    check: Callable[[Sequence[Row], Context], Sequence[Judged]]
    apply: Callable[[Sequence[Row], Context], Sequence[Judged]]
    undo: Callable[[Sequence[ImportRow], Context], Mapping[int, str]]
    row_model: type[Model]
    about: Text = ""

    def column(self, field: str) -> Column | None:
        """Return a column by its name."""
        return next((column for column in self.columns if column.field == field), None)

    def require(self, actor: Actor) -> None:
        """Refuse who may not import such things.

        Raises:
            Forbidden: naming the permission.
        """
        actor.require("imports.run")
        actor.require(*self.permissions)

    def match(self, headings: Sequence[str]) -> dict[str, str]:
        """Return which column each heading is taken for; what is not recognised is left out."""
        known = {folded(name): column.field for column in self.columns for name in self._names(column)}
        taken: dict[str, str] = {}
        for heading in headings:
            field = known.get(folded(heading))
            if field and field not in taken.values():
                taken[heading] = field
        return taken

    def missing(self, columns: Mapping[str, str]) -> list[Column]:
        """Return the required columns that no heading is taken for."""
        return [column for column in self.columns if column.required and column.field not in columns.values()]

    def _names(self, column: Column) -> tuple[str, ...]:
        return (column.field, str(column.label), *column.also)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; once, in the app's `ready()`."""
    _kinds[kind.name] = kind


def named(name: str) -> Kind:
    """Return a kind.

    Raises:
        Http404: there is none of that name.
    """
    if name not in _kinds:
        raise Http404
    return _kinds[name]


def names() -> list[str]:
    """Return every kind's name."""
    return list(_kinds)


def offered(actor: Actor) -> list[Kind]:
    """Return the kinds that the actor may import."""
    return [kind for kind in _kinds.values() if any(actor.may(permission) for permission in kind.permissions)]


def folded(heading: str) -> str:
    """Return a heading without accents, capitals and signs."""
    return re.sub(r"[^a-z0-9]+", " ", normalize(heading)).strip()


def columns_missing(kind: Kind, columns: Mapping[str, str], headings: Sequence[str]) -> RuleRefused:
    """Say which required columns a file lacks, and which it has."""
    names = [column.field for column in kind.missing(columns)]
    message = _(
        "Faltan columnas en el archivo: %(names)s. El archivo trae: %(headings)s. Ponga esos títulos en su primera"
        " fila, o use la plantilla."
    ) % {"names": ", ".join(names), "headings": ", ".join(headings[:30])}
    return RuleRefused(
        message,
        code="columns_missing",
        fields=[FieldError(field="file", code="columns_missing", message=message)],
        extra={"missing": names, "headings": list(headings)},
    )
