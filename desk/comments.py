"""What people write beside a thing: add, with colleagues named in it (`@Ana Torres`), read, withdraw.

A colleague who is named gets a row of their own: counted in the top bar until it is read, told while it happens, and
by mail unless they want none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.log import record
from companies import alerts
from companies.models import Membership, User
from companies.roles import ROLES
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError
from core.search import normalize
from desk import things
from desk.models import Attachment, Comment, Mention

LONGEST: Final = 4000
_AT: Final = re.compile(r"@(?=\w)")


@transaction.atomic
def add(object_type: str, object_id: int, text: str, *, actor: Actor) -> Comment:
    """Write a note beside a thing, and tell the colleagues it names.

    Raises:
        Forbidden: the actor may not write, or not see the thing.
        RuleRefused: `comment_empty`, `comment_too_long`.
    """
    actor.require("comments.write")
    thing = things.find(object_type, object_id, actor)
    comment = Comment.objects.create(
        object_type=object_type,
        object_id=object_id,
        text=_checked(text),
        author_id=actor.user_id,
        author_name=actor.label[:200],
        created_at=clock.now(),
    )
    about = {"object_type": object_type, "object_id": object_id}
    after = about | {"thing": str(thing), "text": comment.text}
    record("comment.added", comment, actor=actor, after=after, public={"comment_id": comment.pk, **about})
    for person in _named(comment.text, object_type, actor.user_id):
        mention = Mention.objects.create(comment=comment, user=person)
        to = {"to_user_id": person.pk}
        after = {"user": str(person), "thing": str(thing)}
        public = {"mention_id": mention.pk, "comment_id": comment.pk, **about, **to}
        entry = record("mention.created", mention, actor=actor, after=after, public=public)
        alerts.mail_to(entry.pk, [person.email])
    return comment


@transaction.atomic
def withdraw(comment_id: int, *, actor: Actor) -> Comment:
    """Take one's own note back; it is not shown any more, its row stays.

    Raises:
        WorkflowError: `not_your_comment`, `comment_withdrawn`.
    """
    actor.require("comments.write")
    comment = _locked(comment_id, actor)
    if comment.withdrawn_at:
        raise WorkflowError(_("La nota ya está retirada."), code="comment_withdrawn")
    comment.withdrawn_at = clock.now()
    return _changed("comment.withdrawn", comment, actor)


@transaction.atomic
def restore(comment_id: int, *, actor: Actor) -> Comment:
    """Show one's own note again.

    Raises:
        WorkflowError: `not_your_comment`, `comment_not_withdrawn`.
    """
    actor.require("comments.write")
    comment = _locked(comment_id, actor)
    if comment.withdrawn_at is None:
        raise WorkflowError(_("La nota no está retirada."), code="comment_not_withdrawn")
    comment.withdrawn_at = None
    return _changed("comment.restored", comment, actor)


@transaction.atomic
def read(mention_ids: Iterable[int], *, actor: Actor) -> list[Mention]:
    """Note that the actor has read what names them; what is read already stays so."""
    unread = mentions_of(actor.user_id).filter(pk__in=list(mention_ids), read_at=None).order_by("pk")
    rows = list(unread.select_for_update(of=("self",), no_key=True))
    for mention in rows:
        mention.read_at = clock.now()
        mention.save(update_fields=["read_at"])
        record("mention.read", mention, actor=actor, after={"read": True})
    return rows


# Reads


@dataclass(frozen=True, slots=True)
class Panel:
    """What a page shows beside a thing: notes and files, the newest first, and whether one may add to them."""

    object_type: str
    object_id: int
    comments: list[Comment]
    attachments: list[Attachment]
    may_write: bool
    user_id: int | None

    @property
    def count(self) -> int:
        """Return how much there is."""
        return len(self.comments) + len(self.attachments)


def panel(object_type: str, object_id: int, actor: Actor) -> Panel:
    """Return what stands beside a thing that the actor is looking at, in two queries."""
    here = {"object_type": object_type, "object_id": object_id, "withdrawn_at": None}
    return Panel(
        object_type,
        object_id,
        list(Comment.objects.filter(**here)),
        list(Attachment.objects.filter(**here).select_related("uploaded_by")),
        actor.may("comments.write"),
        actor.user_id,
    )


def mentions_of(user_id: int | None) -> QuerySet[Mention]:
    """Return the notes that name a person and stand, the newest first."""
    mine = Mention.objects.filter(user_id=user_id or 0, comment__withdrawn_at=None)
    return mine.select_related("comment").order_by("-pk")


def unread(actor: Actor) -> QuerySet[Mention]:
    """Return what names the actor and was not read."""
    return Mention.objects.filter(user_id=actor.user_id or 0, read_at=None, comment__withdrawn_at=None)


def colleagues(text: str) -> list[User]:
    """Return the people of the company whose name or address has the text, for the box where one writes."""
    wanted = normalize(text)
    return [row for row in _people() if wanted in normalize(f"{row.name} {row.email}")]


def _people() -> list[User]:
    rows = Membership.objects.active().select_related("user").order_by("user__name", "user_id")
    return [row.user for row in rows]


def _named(text: str, object_type: str, author_id: int | None) -> list[User]:
    """Return the colleagues a text names who may see the thing: by whole name, or by a first name only one has."""
    if not _AT.search(text):
        return []
    permission = things.permission_of(object_type)
    rows = Membership.objects.active().select_related("user").order_by("pk")
    people = [row.user for row in rows if permission in ROLES[row.role] and row.user_id != author_id]
    found: dict[int, User] = {}
    for match in _AT.finditer(text):
        person = _person_at(normalize(text[match.end() :]), people)
        if person is not None:
            found[person.pk] = person
    return list(found.values())


def _person_at(rest: str, people: list[User]) -> User | None:
    whole = [person for person in people if re.match(rf"{re.escape(normalize(str(person)))}\b", rest)]
    if whole:
        return max(whole, key=lambda person: len(str(person)))
    first = [person for person in people if re.match(rf"{re.escape(normalize(str(person)).split()[0])}\b", rest)]
    return first[0] if len(first) == 1 else None


def _checked(text: str) -> str:
    text = text.strip()
    if not normalize(text):  # nor only what does not print
        raise _refused("comment_empty", _("Escriba la nota."))
    if len(text) > LONGEST:
        raise _refused("comment_too_long", _("La nota admite %(most)d caracteres.") % {"most": LONGEST})
    return text


def _refused(code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field="text", code=code, message=message)])


def _locked(comment_id: int, actor: Actor) -> Comment:
    visible = Comment.objects.filter(object_type__in=things.seen_by(actor))
    comment = visible.select_for_update(of=("self",), no_key=True).get(pk=comment_id)
    if comment.author_id is None or comment.author_id != actor.user_id:
        raise WorkflowError(_("Solo quien escribió la nota puede retirarla."), code="not_your_comment")
    return comment


def _changed(action: str, comment: Comment, actor: Actor) -> Comment:
    comment.save(update_fields=["withdrawn_at"])
    public = {"comment_id": comment.pk, "object_type": comment.object_type, "object_id": comment.object_id}
    record(action, comment, actor=actor, after={"withdrawn": bool(comment.withdrawn_at)}, public=public)
    return comment
