"""The people of a company: their role changes, their access ends, they choose their mails. Joining: `invitations`.

Membership is read on every request, so an access that ends is ended at once: pages, tokens and event streams alike.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit.log import record
from companies import api_keys
from companies.models import ApiKey, Membership
from companies.roles import Role
from core import clock
from core.actor import Actor
from core.errors import WorkflowError, check_version


@transaction.atomic
def change_role(membership_id: int, role: str, *, actor: Actor, expected_version: int | None = None) -> Membership:
    """Give a person another role.

    Raises:
        Forbidden: making or unmaking an owner takes `owners.manage` (D24).
        WorkflowError: `access_ended`, `last_owner`; StaleVersion: somebody saved first.
    """
    actor.require("members.manage")
    membership, owners = _lock(membership_id)
    check_version(membership.version, expected_version)
    _refuse_ended(membership)
    before, after = membership.role, Role(role)
    if before == after:
        return membership
    if Role.OWNER in (before, after):
        actor.require("owners.manage")
    _refuse_losing_last_owner(membership, owners)
    membership.role = after
    membership.version += 1
    membership.save(update_fields=["role", "version"])
    record(
        "membership.role_changed",
        membership,
        actor=actor,
        before={"role": before},
        after={"role": after},
    )
    return membership


@transaction.atomic
def end_access(
    membership_id: int, *, revoke_keys: bool = True, actor: Actor, expected_version: int | None = None
) -> Membership:
    """End a person's access, at once and everywhere; the keys they made end too unless told otherwise.

    Raises:
        Forbidden: ending an owner's takes `owners.manage` (D24).
        WorkflowError: `access_ended`, `last_owner`; StaleVersion: somebody saved first.
    """
    actor.require("members.manage")
    membership, owners = _lock(membership_id)
    check_version(membership.version, expected_version)
    _refuse_ended(membership)
    if membership.role == Role.OWNER:
        actor.require("owners.manage")
    _refuse_losing_last_owner(membership, owners)
    membership.ended_at = clock.now()
    membership.version += 1
    membership.save(update_fields=["ended_at", "version"])
    record("membership.ended", membership, actor=actor, before={"role": membership.role}, after={"ended": True})
    if revoke_keys:
        for key in keys_of(membership).select_for_update(of=("self",), no_key=True).order_by("pk"):
            api_keys.end(key, actor=actor)
    return membership


@transaction.atomic
def choose_mails(*, mails_mentions: bool, actor: Actor, expected_version: int | None = None) -> Membership:
    """Choose what the actor is told by mail in this company.

    Raises:
        WorkflowError: `not_a_person`: a program gets no mails; StaleVersion: somebody saved first.
    """
    actor.require("comments.view")
    membership = own(actor, lock=True)
    check_version(membership.version, expected_version)
    before = {"mails_mentions": membership.mails_mentions}
    if membership.mails_mentions == mails_mentions:
        return membership
    membership.mails_mentions = mails_mentions
    membership.version += 1
    membership.save(update_fields=["mails_mentions", "version"])
    after = {"mails_mentions": mails_mentions}
    record("membership.mails_chosen", membership, actor=actor, before=before, after=after)
    return membership


def own(actor: Actor, *, lock: bool = False) -> Membership:
    """Return the actor's own membership.

    Raises:
        WorkflowError: `not_a_person`.
    """
    rows = Membership.objects.active().select_related("user").filter(user_id=actor.user_id or 0)
    membership = (rows.select_for_update(of=("self",), no_key=True) if lock else rows).first()
    if membership is None:
        raise WorkflowError(
            _("Solo una persona de la empresa recibe correos: entre con su correo y su contraseña."),
            code="not_a_person",
        )
    return membership


def keys_of(membership: Membership) -> QuerySet[ApiKey]:
    """Return the live keys the person made in this company."""
    return ApiKey.objects.filter(created_by_id=membership.user_id, revoked_at=None)


# The rules


def _lock(membership_id: int) -> tuple[Membership, list[Membership]]:
    """Lock the person's row and those of all owners, so that two owners cannot unmake each other at once."""
    rows = (
        Membership.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user")
        .filter(Q(pk=membership_id) | Q(role=Role.OWNER, ended_at=None))
        .order_by("pk")
    )
    locked = {row.pk: row for row in rows}
    if membership_id not in locked:
        raise Membership.DoesNotExist
    owners = [row for row in locked.values() if row.role == Role.OWNER and row.state == "active"]
    return locked[membership_id], owners


def _refuse_ended(membership: Membership) -> None:
    if membership.ended_at:
        raise WorkflowError(
            _("%(person)s ya no tiene acceso. Invítele de nuevo para que vuelva.") % {"person": membership.user},
            code="access_ended",
        )


def _refuse_losing_last_owner(membership: Membership, owners: list[Membership]) -> None:
    if [row.pk for row in owners] == [membership.pk]:
        raise WorkflowError(
            _("%(person)s es la única persona propietaria. Nombre antes a otra.") % {"person": membership.user},
            code="last_owner",
        )
