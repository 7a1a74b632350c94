"""Rows of a table as HTML, fast: what django-tables2 finds out again for every cell is found out once for a column.

The rules are its own: the accessor leads to the value, a field with choices says its label, an empty value becomes the
default, `render_<name>` or the column renders it with the arguments it names, and a link may go around it.
"""

from collections.abc import Callable
from html import escape
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django_tables2 import Column
from django_tables2.rows import BoundRow
from django_tables2.utils import signature

Cell = Callable[[Any], str]
Getter = Callable[[Any], Any]
_MISSING: Final = object()


def cell_maker(table: Any, bound: Any, sample: Any) -> Cell:
    """Return what makes a record's cell in a column, as HTML without its <td>.

    Args:
        sample: a record like those that will come.
    """
    get, render = _getter(bound, sample), _renderer(table, bound)
    empty, default = bound.column.empty_values, bound.default

    def make(record: Any) -> str:
        value = get(record)
        return as_html(default if value in empty else render(value, record))

    return make


def as_html(shown: Any) -> str:
    """Escape what is shown, unless it is HTML; nearly all of it is one or the other, and neither is lazy."""
    kind = type(shown)
    if kind is SafeString:
        return shown
    return escape(shown) if kind is str else conditional_escape(shown)


def _getter(bound: Any, sample: Any) -> Getter:
    """Return what reads a column's value; None where there is none. A choice's label is read where it is shown."""
    accessor = bound.accessor
    bits = accessor.bits
    names, takes_all = signature(bound.render)
    if isinstance(sample, Model) and ("value" in names or takes_all):
        try:
            field = accessor.get_field(sample)
        except FieldDoesNotExist:
            field = None
        says = f"get_{bits[-1]}_display"
        if getattr(field, "choices", None) and hasattr(field.model, says):
            bits = [*bits[:-1], says]

    def get(record: Any) -> Any:
        found = record
        for bit in bits:
            step = getattr(found, bit, _MISSING)
            if step is _MISSING:
                return accessor.resolve(record, quiet=True)
            found = step() if callable(step) and not getattr(step, "alters_data", False) else step
            if found is None:
                return None
        return found

    return get


def _renderer(table: Any, bound: Any) -> Callable[[Any, Any], Any]:
    """Return what renders a value, given the arguments that its function names."""
    render = bound.render
    if getattr(render, "__func__", None) is Column.render and not bound.link:
        return lambda value, record: value
    names, takes_all = signature(render)
    fixed = {"column": bound.column, "bound_column": bound, "table": table}
    wanted = set(names) if not takes_all else {"value", "record", "bound_row", *fixed}
    known = {name: thing for name, thing in fixed.items() if name in wanted}

    def with_arguments(value: Any, record: Any) -> Any:
        arguments = dict(known)
        if "value" in wanted:
            arguments["value"] = value
        if "record" in wanted:
            arguments["record"] = record
        if "bound_row" in wanted:
            arguments["bound_row"] = BoundRow(record, table=table)
        return render(**arguments)

    if not bound.link:
        return with_arguments
    return lambda value, record: bound.link(
        with_arguments(value, record), value=value, record=record, bound_row=None, **fixed
    )


def row_opening(table: Any) -> Cell:
    """Return what makes the <tr> of a record, with the attributes of the table's rows."""
    attributes = list(table.row_attrs.items())

    def make(record: Any) -> str:
        said = ((name, value(record) if callable(value) else value) for name, value in attributes)
        return "<tr" + "".join(f' {name}="{escape(str(value))}"' for name, value in said if value) + ">"

    return make
