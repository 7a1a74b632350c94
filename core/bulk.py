"""What the marked rows of a list, or all that its filters match, can go through: declared by the list, done by desk.

    class InvoiceList(ListPage):
        bulk = (BulkAction("void", _("Anular"), "ban", "billing.void", ("billing.void",), VoidManyForm, danger=True),)

Each starts a task of that kind (`desk.tasks.register`) after a page that says how many and what will happen; what the
form asks for becomes the task's parameters.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.urls import reverse

from core.editing import ConfirmForm
from core.views import Text

STREAMED: Final = 1_000


@dataclass(frozen=True, slots=True)
class BulkAction:
    """One thing that can be done to many rows.

    Args:
        name: its part of the address, the same for ever.
        kind: the kind of task it starts.
        permissions: any of these is needed; none: whoever sees the list.
        form: what the confirming page asks for.
        consequences: what will happen, a sentence each.
        danger: it ends or gives away something.
    """

    name: str
    label: Text
    icon: str
    kind: str
    permissions: tuple[str, ...] = ()
    form: type[BaseForm] = ConfirmForm
    consequences: Sequence[Text] = ()
    danger: bool = False

    def button(self, list_name: str, query: str) -> dict[str, Any]:
        """Return its button in components/bulk_bar.html."""
        url = f"{reverse('desk:bulk', args=[list_name, self.name])}?{query}"
        return {"label": self.label, "url": url, "icon": self.icon}


_added: dict[str, list[BulkAction]] = {}


def add(list_name: str, act: BulkAction) -> None:
    """Have the list at this address offer an act of an app above it; for `ready()`."""
    if act not in _added.setdefault(list_name, []):
        _added[list_name].append(act)


def added(list_name: str) -> Sequence[BulkAction]:
    """Return the acts that apps above have added to a list."""
    return _added.get(list_name, ())


def things(rows: QuerySet[Any]) -> Iterator[tuple[int, str]]:
    """Stream rows as a task takes them, the oldest first; within the transaction that freezes them."""
    for row in rows.order_by("pk").iterator(STREAMED):
        yield row.pk, str(row)


def as_parameters(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form was told in values that JSON has: ids, ISO dates, amounts as text."""
    return {name: _plain(value) for name, value in entered.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
