"""The base of every list: a django-tables2 table drawn by our template, and the columns that say how values look.

    class InvoiceTable(Table):
        number = LinkColumn(_("Número"))
        buyer_name = tables.Column(_("Cliente"))
        issue_date = DayColumn(_("Emisión"))
        status = ChipColumn(_("Estado"))
        balance = MoneyColumn(_("Saldo"))

Rows open by their `get_absolute_url()`: the link is in the LinkColumn, and a click anywhere else follows it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html import escape, unescape
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django_tables2.data import TableData

from core.cells import as_html, cell_maker, row_opening
from core.chips import chip, icon
from core.row_acts import RowAct, row_menu
from core.templatetags import cuadre as show
from core.words import gettext
from core.words import gettext_lazy as _

NUMBERS = {"th": {"class": "num"}, "td": {"class": "num"}, "tf": {"class": "num"}}


def _address(record: Model) -> str | None:
    find = getattr(record, "get_absolute_url", None)
    return find() if find else None


def _value(row: Any, column: Any) -> Any:
    if getattr(column.column, "valued", False):  # as it is stored
        return column.accessor.resolve(row.record, quiet=True)
    value = row.get_cell_value(column.name)
    if value is None or isinstance(value, int | Decimal | date):
        return value
    return unescape(strip_tags(value)).strip() if isinstance(value, SafeString) else str(value).strip()


class Table(tables.Table):
    """Sticky header, amounts to the right, one link per row, sorting by the query string (`?sort=`)."""

    spare: ClassVar[tuple[str, ...]] = ()  # columns that are there for who asks for them
    acts: ClassVar[Sequence[RowAct]] = ()  # the menu of each row, in its IconsColumn

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take django-tables2's options; ours are the defaults, whether or not a subclass has a Meta.

        An ordering needs an index, so columns are not sortable unless they say `orderable=True`.
        """
        ours = {
            "template_name": "components/table.html",
            "orderable": False,
            "row_attrs": {"data-href": _address} | (self._meta.row_attrs or {}),
        }
        super().__init__(*args, **ours | options)

    def headings(self) -> list[str]:
        """Return the columns' names, for a file."""
        return [str(column.header) for column in self._exported()]

    def values_of_rows(self) -> Iterator[list[Any]]:
        """Yield what each row says, for a file: numbers and dates as such, all else as its text without markup."""
        columns = self._exported()
        for row in self.rows:
            yield [_value(row, column) for column in columns]

    @cached_property
    def menu_of(self) -> Callable[[Any], str]:
        """Return what makes a row's menu for the person who looks at the table."""
        return row_menu(self.acts, self.request.actor) if self.acts else lambda record: ""

    def _exported(self) -> list[Any]:
        return [column for column in self.columns if not column.column.exclude_from_export and str(column.header)]

    def body(self) -> SafeString:
        """Return the rows as HTML."""
        records = list(self.data)
        if not records:
            return SafeString("")
        opening = row_opening(self)
        columns = [
            (f"<td {column.attrs['td'].as_html()}>", cell_maker(self, column, records[0])) for column in self.columns
        ]
        lines = (
            f"{opening(record)}{''.join(f'{td}{make(record)}</td>' for td, make in columns)}</tr>" for record in records
        )
        return SafeString("\n".join(lines))


class SortedRows(TableData):
    """The rows of a page as the database sorted them: a table's `order_by` only draws the arrow."""

    def __len__(self) -> int:
        return len(self.data)

    def order_by(self, aliases: Sequence[str]) -> None:
        """Leave the rows as they are."""


class LinkColumn(tables.Column):
    """What names the row, as the link that opens it."""

    def render(self, value: Any, record: Model) -> SafeString:
        """Render the value as the row's link."""
        return SafeString(f'<a class="row-link" href="{escape(_address(record) or "")}">{as_html(value)}</a>')


class MoneyColumn(tables.Column):
    """An amount in dollars."""

    valued = True  # a file takes the value itself
    attrs = NUMBERS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"attrs": NUMBERS} | options)

    def render(self, value: Decimal) -> str:
        """Render the amount as Ecuador writes it."""
        return show.money(value)


class QuantityColumn(MoneyColumn):
    """A quantity or unit price, with the decimals it has."""

    def render(self, value: Decimal) -> str:
        """Render the quantity."""
        return show.quantity(value)


class DayColumn(tables.Column):
    """A local date."""

    valued = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"attrs": {"td": {"class": "nowrap"}}} | options)

    def render(self, value: date) -> str:
        """Render the date."""
        return show.day(value)


class AgoColumn(DayColumn):
    """A date or moment by its distance from now."""

    def render(self, value: date) -> str:
        """Render the distance, the exact value as its title."""
        return show.ago(value)


class ChipColumn(tables.Column):
    """A state: the model's label where the field has choices, the default one otherwise."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"attrs": {"td": {"class": "tight"}}} | options)

    def render(self, record: Any, bound_column: Any) -> SafeString:
        """Render the chip of the state's code."""
        code = getattr(record, bound_column.accessor)
        return chip(code, _label(record.__class__, bound_column.accessor, code))


@lru_cache(maxsize=1024)
def _label(model: Hashable, name: str, code: Any) -> str:
    """Return what a model's choices call a code, "" where they say nothing of it."""
    try:
        choices = model._meta.get_field(name).flatchoices  # type: ignore[attr-defined]
    except (AttributeError, FieldDoesNotExist):
        return ""
    return str(dict(choices).get(code, ""))


_ICON = '<a class="btn-icon" href="{}" title="{}">{}</a>'
_PREVIEW = '<a class="btn-icon" href="{}" data-drawer>{}</a>'


class IconsColumn(tables.Column):
    """Small links at the end of a row, and its menu: the table's `icons_of(record)`, [(url, icon, label)], and `acts`.

    With `preview` the first one shows the row's page in the drawer.
    """

    def __init__(self, *args: Any, preview: bool = False, **options: Any) -> None:
        self.preview = preview
        attrs = {"td": {"class": "actions"}, "th": {"class": "actions"}}
        ours = {"empty_values": (), "attrs": attrs, "verbose_name": _("Acciones"), "exclude_from_export": True}
        super().__init__(*args, **ours | options)

    def render(self, record: Model, table: Any) -> SafeString:
        """Render the row's links."""
        offered = table.icons_of(record) if hasattr(table, "icons_of") else ()
        links = [_ICON.format(escape(url), escape(str(label)), icon(name, label)) for url, name, label in offered]
        if self.preview:
            links.insert(0, _PREVIEW.format(_address(record), icon("eye", gettext("Vista previa"))))
        return SafeString("".join(links) + table.menu_of(record))


class CheckColumn(tables.Column):
    """The box that marks a row for a bulk action (name `pk`)."""

    def __init__(self, **options: Any) -> None:
        attrs = {"td": {"class": "tight"}, "th": {"class": "tight"}}
        super().__init__(**{"accessor": "pk", "attrs": attrs, "exclude_from_export": True} | options)

    @property
    def header(self) -> SafeString:
        """Head the column with the box that marks every row of the page."""
        return SafeString('<input type="checkbox" data-check-all aria-label="Marcar todas las filas de la página">')

    def render(self, value: Any, record: Model) -> SafeString:
        """Render the row's box."""
        pk, name = escape(str(value)), escape(str(record))
        return SafeString(f'<input type="checkbox" name="pk" value="{pk}" aria-label="Marcar {name}">')
