"""What can be done with a row of a list, behind its three dots: declared by its table.

    class ProductTable(Table):
        acts = (
            RowAct(_("Ver"), "eye", "billing:product"),
            RowAct(_("Editar"), "pencil", "billing:product_edit", ("products.manage",)),
        )
        icons = IconsColumn()

Each act is written once for a page of rows and then only takes the id of each row: no address is looked up for a row,
and no query is made. A POST goes through the form `row-acts` beside the rows (components/list_page.html), since the
rows stand in the form of the marked ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from uuid import uuid4

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.actor import Actor
from core.addresses import address_of
from core.chips import icon
from core.views import Text
from core.words import gettext as _

FORM: Final = "row-acts"
_ID, _KEY = 987_654_321_987, "one-key-a-button"  # what each row puts its own in the place of

_LINK = '<a class="menu-item{}" href="{}"{}>{}{}</a>'
# The key is the button's own: a page of rows may be gone back to, and then asks for something else.
_BUTTON = '<button class="menu-item{}" form="{}" formaction="{}" name="_key" value="{}">{}{}</button>'
_MENU = (
    '<details class="menu row-menu" data-menu><summary class="btn-icon" aria-label="{} {}">{}</summary>'
    '<div class="menu-panel menu-end">{}</div></details>'
)


@dataclass(frozen=True, slots=True)
class RowAct:
    """One act of a row's menu.

    Args:
        url_name: its address, which takes the row's id; with `param` the id stands in the query under that name.
        permissions: any of these is needed; none: whoever sees the list.
        when: whether the row's state, and what the person may do, allow it; it must not query.
        of: the row's attribute that is the id.
        post: a button that does it; otherwise a link, to a page that asks first where the act needs it.
        drawer: the link opens in the drawer.
        danger: it ends something.
    """

    label: Text
    icon: str
    url_name: str
    permissions: tuple[str, ...] = ()
    when: Callable[[Any, Actor], bool] | None = None
    of: str = "pk"
    param: str = ""
    post: bool = False
    drawer: bool = False
    danger: bool = False

    def may_be_done(self, actor: Actor) -> bool:
        """Say whether the person may do it to any row."""
        return not self.permissions or any(map(actor.may, self.permissions))

    def html(self) -> str:
        """Return the entry with `_ID` for the row's id."""
        url = f"{reverse(self.url_name)}?{self.param}={_ID}" if self.param else address_of(self.url_name, _ID)
        tone, drawn = " is-danger" if self.danger else "", icon(self.icon)
        if self.post:
            return format_html(_BUTTON, tone, FORM, url, _KEY, drawn, self.label)
        return format_html(_LINK, tone, url, SafeString(" data-drawer" if self.drawer else ""), drawn, self.label)


def row_menu(acts: Sequence[RowAct], actor: Actor) -> Callable[[Any], str]:
    """Return what makes a row's menu, "" where nothing can be done, of the acts that a person may do."""
    written = [(act, act.html().split(str(_ID))) for act in acts if act.may_be_done(actor)]
    dots, name = icon("dots"), escape(_("Acciones de"))

    def make(record: Any) -> str:
        entries = [
            str(getattr(record, act.of)).join(pieces)
            for act, pieces in written
            if act.when is None or act.when(record, actor)
        ]
        if not entries:
            return ""
        html = _MENU.format(name, escape(str(record)), dots, "".join(entries))
        return html.replace(_KEY, uuid4().hex)

    return make
