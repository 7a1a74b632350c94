"""People as the installation sees them: who may come in at all, who administers it. Roles are in `members`."""

from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import User
from core.actor import Actor
from core.errors import Forbidden, WorkflowError

EDITABLE: Final = ("name", "is_active", "is_superuser")


@transaction.atomic
def change_person(user_id: int, values: dict[str, Any], *, actor: Actor) -> User:
    """Change a person of the installation; one who is not active has left every company at once.

    A person is no company's, so this leaves no audit entry: the caller says who did it, in the installation's log.

    Raises:
        Forbidden: the actor is a company's, not the installation's.
        WorkflowError: `own_access`, `last_administrator`.
    """
    if not actor.may("*"):
        raise Forbidden("installation")
    administrators = (
        User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True).order_by("pk")
    )
    others = [row.pk for row in administrators if row.pk != user_id]
    person = User.objects.select_for_update(no_key=True).get(pk=user_id)
    for name in EDITABLE:
        setattr(person, name, values.get(name, getattr(person, name)))
    if not (person.is_active and person.is_superuser):
        _refuse_lockout(person, others, actor)
    person.is_staff = person.is_superuser
    person.save(update_fields=[*EDITABLE, "is_staff"])
    return person


def _refuse_lockout(person: User, others: list[int], actor: Actor) -> None:
    if person.pk == actor.user_id:
        raise WorkflowError(_("No puede quitarse a sí mismo: pídalo a otra persona."), code="own_access")
    if not others:
        raise WorkflowError(_("Es la única persona que administra la instalación."), code="last_administrator")
