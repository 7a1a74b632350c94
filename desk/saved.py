"""Lists as people like them, under a name: keep, change, delete. One's own, or shared with the company.

A view is the list's address (filters, order, columns). One of one's own may open with the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.log import record
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, check_version
from core.list_tools import VIEW, KeptView
from desk.models import SavedView

MOST = 50  # of one person on one list


@dataclass(frozen=True, slots=True)
class ViewInput:
    """What a view is to be."""

    name: str
    query: str
    shared: bool = False
    is_default: bool = False


@transaction.atomic
def keep(list_name: str, entered: ViewInput, *, actor: Actor) -> SavedView:
    """Keep a list's address under a name.

    Raises:
        RuleRefused: `name_required`, `name_taken`, `too_many_views`.
    """
    mine = _locked(list_name, actor.user_id)
    if len(mine) >= MOST:
        raise RuleRefused(
            _("Ya tiene %(most)d vistas de esta lista: borre alguna.") % {"most": MOST}, code="too_many_views"
        )
    _check_name(entered.name, mine)
    if entered.is_default:
        _unset_default(mine, actor)
    view = SavedView.objects.create(
        list_name=list_name,
        name=entered.name.strip(),
        query=entered.query,
        shared=entered.shared,
        is_default=entered.is_default,
        owner_id=actor.user_id or 0,  # whoever keeps views is a person: the page says so, and so does the row
        created_at=clock.now(),
    )
    record("saved_view.created", view, actor=actor, after=_told(view))
    return view


@transaction.atomic
def change(pk: int, entered: ViewInput, *, expected_version: int | None, actor: Actor) -> SavedView:
    """Rename a view, give it another address, share it or not, have it open with the list or not.

    Raises:
        Forbidden: somebody else's, without `company.manage`.
        StaleVersion: somebody saved first.
        RuleRefused: `name_required`, `name_taken`.
    """
    view = _own(pk, actor)
    check_version(view.version, expected_version)
    mine = [other for other in _locked(view.list_name, view.owner_id) if other.pk != view.pk]
    _check_name(entered.name, mine)
    if entered.is_default:
        _unset_default(mine, actor)
    before = _told(view)
    view.name, view.query = entered.name.strip(), entered.query
    view.shared, view.is_default = entered.shared, entered.is_default
    view.version += 1
    view.save()
    record("saved_view.updated", view, actor=actor, before=before, after=_told(view))
    return view


@transaction.atomic
def delete(pk: int, *, actor: Actor) -> None:
    """Forget a view.

    Raises:
        Forbidden: somebody else's, without `company.manage`.
    """
    view = _own(pk, actor)
    record("saved_view.deleted", view, actor=actor, before=_told(view), after={"deleted": True})
    view.delete()


def may_change(view: SavedView, actor: Actor) -> bool:
    """Say whether a view is the actor's, or shared and theirs to manage."""
    return view.owner_id == actor.user_id or (view.shared and actor.may("company.manage"))


def offered(list_name: str, actor: Actor) -> Sequence[KeptView]:
    """Return the views of a list a person may open: their own first, then those that others share."""
    if actor.user_id is None:
        return ()
    rows = SavedView.objects.filter(Q(owner_id=actor.user_id) | Q(shared=True), list_name=list_name)
    found = [
        KeptView(
            row.pk,
            row.name,
            row.query,
            mine=row.owner_id == actor.user_id,
            shared=row.shared,
            is_default=row.is_default and row.owner_id == actor.user_id,
        )
        for row in rows
    ]
    return sorted(found, key=lambda view: not view.mine)


def address(view: SavedView) -> str:
    """Return the address of the list as the view keeps it.

    Raises:
        NoReverseMatch: there is no such list any more.
    """
    own = f"{VIEW}={view.pk}"
    return f"{reverse(view.list_name)}?{view.query}&{own}" if view.query else f"{reverse(view.list_name)}?{own}"


def _own(pk: int, actor: Actor) -> SavedView:
    visible = SavedView.objects.filter(Q(owner_id=actor.user_id) | Q(shared=True))
    view: SavedView = visible.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    if view.owner_id != actor.user_id:
        actor.require("company.manage")
    return view


def _locked(list_name: str, owner_id: int | None) -> list[SavedView]:
    rows = SavedView.objects.filter(list_name=list_name, owner_id=owner_id)
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _check_name(name: str, others: Sequence[SavedView]) -> None:
    if not name.strip():
        raise RuleRefused(_("Escriba el nombre de la vista."), code="name_required")
    if any(other.name == name.strip() for other in others):
        raise RuleRefused(_("Ya tiene una vista con ese nombre."), code="name_taken")


def _unset_default(views: Sequence[SavedView], actor: Actor) -> None:
    for view in views:
        if view.is_default:
            view.is_default = False
            view.version += 1
            view.save(update_fields=["is_default", "version"])
            record("saved_view.updated", view, actor=actor, before={"is_default": True}, after={"is_default": False})


def _told(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "query": view.query, "shared": view.shared, "is_default": view.is_default}
