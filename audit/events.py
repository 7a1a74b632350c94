"""Events: what goes out of the log to those who listen, and who may hear of what.

An entry is an event when its step gave `record(…, public={…})`; nothing else of the entry leaves. Its `id` is its
position in the company's chain: gap-free commit order, so "after position n" misses nothing and repeats nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.labels import ANNOUNCED, label, subject_of
from audit.models import AuditEntry
from core.actor import Actor
from core.errors import FieldError, Malformed

# What an event is about, and the permission without which nobody hears of it.
READERS: Final = {
    "invoice": "billing.view",
    "credit_note": "billing.view",
    "sri": "billing.view",
    "import": "imports.run",
    "letter": "billing.view",
    "bulk_job": "billing.view",
    "billable": "billables.view",
    "payment": "payments.view",
    "receipt": "payments.view",
    "refund": "payments.view",
    "payment_method": "payments.view",
    "customer": "customers.view",
    "product": "products.view",
    "reservation": "reservations.view",
    "waiting": "reservations.view",
    "comment": "comments.view",
    "mention": "comments.view",
    "attachment": "comments.view",
}

# Other names a subscriber may use (D16); an event arrives under the name it was asked for.
ALIASES: Final = {"invoice.cancelled": "invoice.voided"}

# How a tone of the labels is called where pages show messages.
LEVELS: Final = {"good": "success", "warn": "warning", "bad": "danger"}


@dataclass(frozen=True, slots=True)
class Audience:
    """One who listens: which subjects they may hear of, which types they asked for, and in what form."""

    subjects: frozenset[str]
    names: tuple[tuple[str, str], ...] = ()  # action → the name it was asked for by; empty: every type
    user_id: int | None = None
    wants_messages: bool = False

    @classmethod
    def of(cls, actor: Actor, asked: Iterable[str] = (), *, wants_messages: bool = False) -> "Audience":
        """Return the audience an actor is, asking for these event types (none: all it may hear of).

        Raises:
            Forbidden: the permission to hear of a type asked for is missing.
            Malformed: a type that no event has (`unknown_event_type`).
        """
        names = tuple((ALIASES.get(name, name), name) for name in asked)
        for action, name in names:
            actor.require(_permission(action, name))
        subjects = frozenset(subject for subject, permission in READERS.items() if actor.may(permission))
        return cls(subjects, names, actor.user_id, wants_messages)

    def name_of(self, action: str) -> str:
        """Return the type under which an action reaches this audience, "" if it does not."""
        if self.names:
            return dict(self.names).get(action, "")
        return action if subject_of(action) in self.subjects else ""

    def condition(self) -> Q:
        """Return the same choice for a query."""
        if self.names:
            return Q(action__in=[action for action, _name in self.names])
        chosen = Q(pk__in=[])
        for subject in sorted(self.subjects):
            chosen |= Q(action__startswith=f"{subject}.")
        return chosen

    def hears_message(self, entry: AuditEntry) -> bool:
        """Say whether the event comes with a sentence for the screen: not of what one did oneself.

        One that names a person (`to_user_id`) is said to them alone.
        """
        if not self.wants_messages or entry.action not in ANNOUNCED:
            return False
        addressee = (entry.public or {}).get("to_user_id")
        if addressee is not None and addressee != self.user_id:
            return False
        return self.user_id is None or entry.actor_user_id != self.user_id


def _permission(action: str, name: str) -> str:
    permission = READERS.get(subject_of(action))
    if permission is None:
        message = _("No hay eventos de tipo «%(name)s».") % {"name": name}
        raise Malformed(
            message,
            code="unknown_event_type",
            fields=[FieldError(field="event_types", code="unknown_event_type", message=message)],
        )
    return permission


def envelope(entry: AuditEntry, name: str) -> dict[str, Any]:
    """Return what is sent of an entry read with its seal, under this event type."""
    return {
        "id": entry.seal.position,
        "type": name,
        "company_id": entry.company_id,
        "occurred_at": entry.at.isoformat(),
        "correlation_id": entry.correlation_id,
        "data": entry.public,
    }


def message(entry: AuditEntry) -> dict[str, str]:
    """Return the sentence that tells an event on a screen, and how much it matters."""
    told = label(entry.action)
    level = LEVELS.get(told.tone, "info")
    return {"message": f"{told.text}: {entry.object_label} · {entry.actor_label}", "level": level}


def as_sent(entry: AuditEntry, audience: Audience) -> dict[str, Any] | None:
    """Return the event an entry is for this audience, None if it is none."""
    name = audience.name_of(entry.action)
    if not name:
        return None
    extra = message(entry) if audience.hears_message(entry) else {}
    return envelope(entry, name) | extra
