"""Writing the log: `record()` (or `record_many()`) in the workflow's own transaction, `access()` beside it.

`record()` drives history, live events and cross-app reactions: an app above subscribes by name to an
action, and its job is queued in the same transaction (going up without importing up).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.http import HttpRequest

from audit.models import AccessEntry, AuditEntry
from core import clock
from core.actor import Actor
from core.jobs import enqueue
from core.tenancy import active_company_id, all_companies, current_company_id

CHANNEL = "cuadre_events"

_rings: ContextVar[bool] = ContextVar("rings", default=True)
_subscribers: defaultdict[str, list[str]] = defaultdict(list)


def subscribe(action: str, job: str) -> None:
    """Have `job` (a dotted path taking the entry id) queued whenever `action` is recorded."""
    if job not in _subscribers[action]:
        _subscribers[action].append(job)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one object of many: the same as `record()` takes."""

    obj: models.Model
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    document_id: int | None = None
    public: Mapping[str, Any] | None = None


def record(
    action: str,
    obj: models.Model,
    *,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    document_id: int | None = None,
    public: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one audit entry for one changed object, in the caller's transaction.

    Args:
        action: `noun.verb_in_past`, for example `invoice.issued`.
        before, after: the values that changed, JSON-ready (money as strings).
        document_id: the document this is part of the story of, for its timeline.
        public: what goes out in events; nothing else does.
    """
    entry = _entry(action, Change(obj, before, after, document_id, public), actor, reason)
    entry.save(force_insert=True)
    _follow_up([entry])
    return entry


def record_many(action: str, changes: Sequence[Change], *, actor: Actor, reason: str = "") -> list[AuditEntry]:
    """Write an entry for each of many objects that one step changed in the same way, sealed like all, in order."""
    entries = AuditEntry.objects.bulk_create(_entry(action, change, actor, reason) for change in changes)
    if entries:
        _follow_up(entries)
    return entries


def _entry(action: str, change: Change, actor: Actor, reason: str) -> AuditEntry:
    return AuditEntry(
        at=clock.now(),
        actor_kind=actor.kind,
        actor_label=actor.label,
        actor_user_id=actor.user_id,
        door=actor.door,
        action=action,
        object_type=change.obj._meta.label_lower,
        object_id=change.obj.pk,
        object_label=str(change.obj)[:200],
        document_id=change.document_id,
        before=_plain(change.before),
        after=_plain(change.after),
        reason=reason,
        public=_plain(change.public),
        request_id=actor.request_id,
        correlation_id=actor.correlation_id,
        address=actor.address,
    )


def _follow_up(entries: Sequence[AuditEntry]) -> None:
    """Queue what apps above do about these entries, and wake the event streams."""
    for entry in entries:
        for job in _subscribers[entry.action]:
            enqueue(job, entry.pk)
    _ring_at_commit(current_company_id())


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Make values JSON-ready: everything JSON has no type for (Decimal, date) becomes its text."""
    if values is None:
        return None
    return {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


@contextmanager
def quietly() -> Iterator[None]:
    """Write entries without ringing for the event streams: while a demo loads nobody can listen."""
    token = _rings.set(False)
    try:
        yield
    finally:
        _rings.reset(token)


def _ring_at_commit(company_id: int) -> None:
    """Wake the event streams after the commit, once per transaction and in a statement of its own.

    Inside the transaction NOTIFY would hold a lock of the whole server; a lost bell costs one poll.
    """
    if not _rings.get() or any(getattr(hook[1], "rings_for", None) == company_id for hook in connection.run_on_commit):
        return

    def ring() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(company_id)])

    ring.rings_for = company_id  # type: ignore[attr-defined]
    transaction.on_commit(ring, robust=True)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reduce two states of one object to the keys whose values differ."""
    changed = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in changed}, {key: after[key] for key in changed}


def access(
    kind: str,
    *,
    actor: Actor | None,
    request: HttpRequest | None = None,
    obj: models.Model | None = None,
    code: str = "",
    detail: str = "",
) -> None:
    """Note a read, a refusal or a sign-in in the access log (never in the chain).

    Where no company is active the line belongs to none, and only installation administrators see it.
    """
    entry = AccessEntry(
        company_id=active_company_id(),
        kind=kind,
        actor_label=actor.label if actor else "",
        door=actor.door if actor else "page",
        method=(request.method or "")[:8] if request else "",
        path=_path(request)[:300] if request else "",
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=obj.pk if obj is not None else None,
        code=code[:60],
        detail=_storable(detail)[:500],
        request_id=actor.request_id if actor else "",
        correlation_id=actor.correlation_id if actor else "",
        address=actor.address if actor else None,
    )
    with nullcontext() if active_company_id() else all_companies():  # to write a row is also to read it back
        entry.save(force_insert=True)


def _path(request: HttpRequest) -> str:
    """Return the path that was asked for, without the secret that a link carries in it."""
    match = request.resolver_match
    secret = match.kwargs.get("token") if match else ""
    return _storable(request.path.replace(secret, "…") if secret else request.path)


def _storable(text: str) -> str:
    """Leave out what is not a character people can see: a refused request may have held what no table takes (NUL)."""
    return "".join(char for char in text if char.isprintable())
