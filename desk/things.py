"""The things that people may write beside: which they are, who sees them, where they are. Upper apps register theirs.

things.register("invoice", "billing.view", Document.objects.invoices)      in the app's `ready()`
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import FieldError, Malformed


class AnyThing:
    """What a body names by `object_id`, whatever its type: for the `references` of a resource."""

    DoesNotExist = ObjectDoesNotExist


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: its name for ever, the permission to see it, and the rows there are."""

    name: str
    permission: str
    rows: Callable[[], QuerySet[Any]]


_kinds: dict[str, Kind] = {}


def register(name: str, permission: str, rows: Callable[[], QuerySet[Any]]) -> None:
    """Let people write beside the things that `rows()` are; each needs `get_absolute_url`."""
    _kinds[name] = Kind(name, permission, rows)


def names() -> list[str]:
    """Return every kind there is."""
    return list(_kinds)


def seen_by(actor: Actor) -> list[str]:
    """Return the kinds that the actor may see."""
    return [kind.name for kind in _kinds.values() if actor.may(kind.permission)]


def permission_of(name: str) -> str:
    """Return the permission without which nobody sees things of the kind."""
    return _kinds[name].permission


def find(name: str, pk: int, actor: Actor) -> Model:
    """Return a thing.

    Raises:
        Malformed: `unknown_object_type`.
        Forbidden: the actor may not see such things.
        ObjectDoesNotExist: no such thing in this company.
    """
    kind = _kinds.get(name)
    if kind is None:
        message = _("No hay nada de tipo «%(name)s».") % {"name": name}
        fields = [FieldError(field="object_type", code="unknown_object_type", message=message)]
        raise Malformed(message, code="unknown_object_type", fields=fields)
    actor.require(kind.permission)
    found: Model = kind.rows().get(pk=pk)
    return found


def page_of(name: str, pk: int) -> str:
    """Return the address of a thing's page, at its notes; "" where it is no more."""
    kind = _kinds.get(name)
    found = kind.rows().filter(pk=pk).first() if kind else None
    return f"{found.get_absolute_url()}#notas" if found is not None else ""
