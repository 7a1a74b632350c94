"""The cells of the agenda as HTML, written by hand: forty courts have a thousand of them.

    {% load agenda %}{% cells row %}

What they show is said in `reservations.grid.Cell`; how it looks, in the stylesheet under "day grid".
"""

from collections.abc import Callable
from html import escape

from django import template
from django.utils.safestring import SafeString

from core.chips import icon
from reservations.grid import Cell, Row

register = template.Library()


@register.simple_tag
def cells(row: Row) -> SafeString:
    """Write the cells that begin in a row."""
    return SafeString("".join(_td(cell) for cell in row.cells))


def _td(cell: Cell) -> str:
    span = f' rowspan="{cell.rowspan}"' if cell.rowspan != 1 else ""
    return f"<td{span}>{_SHOWN.get(cell.kind, _other)(cell)}</td>"


def _free(cell: Cell) -> str:
    return (
        f'<a class="slot slot-free" id="s{cell.court}-{cell.at}" href="{escape(cell.url)}" data-court="{cell.court}" '
        f'data-at="{cell.at}" aria-label="{escape(cell.label)}" data-dialog>{icon("plus")}</a>'
    )


def _booked(cell: Cell) -> str:
    move = f' data-move="{cell.move}" data-version="{cell.version}"' if cell.move else ""
    title, detail = escape(cell.title), escape(cell.detail)
    paid = icon("circle-check") if cell.paid else ""
    return (
        f'<a class="slot slot-booked tone-{cell.tone}{" is-paid" if cell.paid else ""}" id="b{cell.url}" '
        f'href="{cell.url}" title="{title}, {detail}" data-court="{cell.court}" data-at="{cell.at}"{move} data-drawer>'
        f"<strong>{title}</strong><span>{icon(cell.icon) if cell.icon else ''}{detail}{paid}</span>"
        f'<span class="visually-hidden">{escape(cell.label)}</span></a>'
    )


def _blocked(cell: Cell) -> str:
    return (
        f'<span class="slot slot-blocked" title="{escape(cell.title)}" data-court="{cell.court}" data-at="{cell.at}">'
        f"<span>{escape(cell.title)}</span></span>"
    )


def _other(cell: Cell) -> str:
    return f'<span class="slot slot-{cell.kind}"><span class="visually-hidden">{escape(cell.label)}</span></span>'


_SHOWN: dict[str, Callable[[Cell], str]] = {"free": _free, "booked": _booked, "blocked": _blocked}
