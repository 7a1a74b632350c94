"""Reading the log: proving the chain, an object's history, what happened since a position."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.changes import Change, changes_of
from audit.labels import DOORS, label, object_kind, object_url
from audit.models import AuditEntry, AuditHead
from core.actor import Actor
from core.goto import MOST_OF_A_KIND, Hit
from core.tenancy import current_company_id
from core.views import may_open

MOST_PROBLEMS: Final = 100
RECENT: Final = 1_000  # entries of the company among which the go-to box looks for one's own

_WALK = f"""
WITH chain AS (
    SELECT s.position, s.hash, e.id AS entry_id, s.entry_id AS sealed_id, e.action, e.object_label,
           lag(s.hash, 1, ''::bytea) OVER (ORDER BY s.position) AS previous,
           lag(s.position, 1, 0::bigint) OVER (ORDER BY s.position) AS previous_position,
           CASE WHEN e.id IS NOT NULL THEN e END AS entry
    FROM audit_auditseal s LEFT JOIN audit_auditentry e ON e.id = s.entry_id
    WHERE s.company_id = %(company)s
)
SELECT position, sealed_id, action, object_label,
       CASE WHEN entry_id IS NULL THEN 'missing_entry'
            WHEN position <> previous_position + 1 THEN 'missing_position'
            ELSE 'altered' END
FROM chain
WHERE entry_id IS NULL OR position <> previous_position + 1 OR hash <> audit_digest(previous, entry)
ORDER BY position LIMIT {MOST_PROBLEMS}
"""  # noqa: S608

_UNSEALED = f"""
SELECT e.id, e.action, e.object_label FROM audit_auditentry e
WHERE e.company_id = %(company)s AND NOT EXISTS (SELECT FROM audit_auditseal s WHERE s.entry_id = e.id)
ORDER BY e.id LIMIT {MOST_PROBLEMS}
"""  # noqa: S608

# The last seal and the head, read in one statement: a commit between two would look like damage.
_ENDS = """
SELECT coalesce(s.position, 0), coalesce(encode(s.hash, 'hex'), ''),
       coalesce(h.position, 0), coalesce(encode(h.hash, 'hex'), '')
FROM (VALUES (%(company)s::bigint)) AS c (id)
LEFT JOIN LATERAL (
    SELECT position, hash FROM audit_auditseal WHERE company_id = c.id ORDER BY position DESC LIMIT 1
) AS s ON true
LEFT JOIN audit_audithead AS h ON h.company_id = c.id
"""

_HASH_AT = """
SELECT encode(hash, 'hex') FROM audit_auditseal WHERE company_id = %(company)s AND position = %(position)s
"""

SENTENCES: Final = {
    "altered": _("La entrada {entry} (posición {position}) fue alterada o su sello no corresponde: {what}."),
    "missing_entry": _("La entrada {entry} (posición {position}) fue borrada."),
    "missing_position": _("Faltan entradas antes de la posición {position} (entrada {entry})."),
    "unsealed": _("La entrada {entry} no tiene sello: {what}."),
    "head": _("La cabeza del registro dice posición {position}, que no es la última entrada sellada."),
    "published": _("La posición {position} no coincide con la cabeza publicada fuera de la base de datos."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken link: a stable code, where, and a sentence naming the entry."""

    code: str
    position: int
    entry_id: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of walking one company's chain: its length and last hash (hex), and what is wrong with it.

    `published` is the position of the head, stored outside the database, that the chain was compared with
    (0: there was none).
    """

    length: int
    head: str
    published: int
    problems: tuple[Problem, ...]

    @property
    def intact(self) -> bool:
        """Say whether nothing was edited, removed or slipped in."""
        return not self.problems


def _problem(code: str, position: int, entry_id: int | None, what: str = "") -> Problem:
    return Problem(code, position, entry_id, str(SENTENCES[code]).format(entry=entry_id, position=position, what=what))


def verify(published: tuple[int, str] | None = None) -> Verdict:
    """Walk the active company's chain and name every entry that was edited, removed or slipped in.

    Args:
        published: a head (position, hash in hex) stored earlier outside the database; the chain must still
            pass through it, which catches a chain that was cut or rewritten as a whole.
    """
    problems = [
        _problem(code, position, entry_id, f"{action} {name}")
        for position, entry_id, action, name, code in _rows(_WALK)
    ]
    problems += [_problem("unsealed", 0, entry_id, f"{action} {name}") for entry_id, action, name in _rows(_UNSEALED)]
    length, last_hash, head_position, head_hash = _rows(_ENDS)[0]
    if (length, last_hash) != (head_position, head_hash):
        problems.append(_problem("head", head_position, None))
    if published and _rows(_HASH_AT, position=published[0]) != [(published[1],)]:
        problems.append(_problem("published", published[0], None))
    return Verdict(length, last_hash, published[0] if published else 0, tuple(problems))


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": current_company_id(), **values})
        return cursor.fetchall()


def history(object_type: str, object_id: int, *, document_id: int | None = None) -> QuerySet[AuditEntry]:
    """Return what happened to one object, oldest first; with `document_id` also to all that is part of its story."""
    chosen = Q(object_type=object_type, object_id=object_id)
    if document_id is not None:
        chosen |= Q(document_id=document_id)
    return AuditEntry.objects.filter(chosen).order_by("id")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry as pages tell it (`components/timeline.html`, `audit/_history.html`).

    `kind` says what sort of thing changed, `url` is its page ("" if it has none).
    """

    entry: AuditEntry
    label: str
    icon: str
    tone: str
    door: str
    kind: str
    url: str
    changes: list[Change]

    @property
    def who(self) -> str:
        """Return who did it."""
        return self.entry.actor_label

    @property
    def at(self) -> Any:
        """Return when, as an aware moment."""
        return self.entry.at

    @property
    def note(self) -> str:
        """Return why, where a reason was given."""
        return self.entry.reason


def told(entry: AuditEntry) -> Step:
    """Return an entry in words."""
    look = label(entry.action)
    return Step(
        entry,
        label=str(look.text),
        icon=look.icon,
        tone=look.tone,
        door=str(DOORS.get(entry.door, entry.door)),
        kind=object_kind(entry.object_type),
        url=object_url(entry.object_type, entry.object_id),
        changes=changes_of(entry),
    )


def timeline(object_type: str, object_id: int, *, document_id: int | None = None) -> list[Step]:
    """Return an object's history in words, oldest first, in one query (see `history`)."""
    return [told(entry) for entry in history(object_type, object_id, document_id=document_id)]


def touched_by(actor: Actor) -> list[Hit]:
    """Return the things an actor changed last, for the go-to box: each once, those that have a page."""
    latest = AuditEntry.objects.order_by("-id").values("pk")[:RECENT]
    mine = AuditEntry.objects.filter(pk__in=latest, actor_user_id=actor.user_id).order_by("-id")
    found: dict[str, Hit] = {}
    for kind, pk, name in mine.values_list("object_type", "object_id", "object_label"):
        url = object_url(kind, pk)
        if url and may_open(actor, url) and url not in found:
            found[url] = Hit(url, name, object_kind(kind), "history")
        if len(found) == MOST_OF_A_KIND:
            break
    return list(found.values())


def since(position: int) -> QuerySet[AuditEntry]:
    """Return public entries sealed after `position`, in commit order, each with its `seal`."""
    sealed = {"seal__company_id": current_company_id(), "seal__position__gt": position}
    entries = AuditEntry.objects.filter(public__isnull=False, **sealed)
    return entries.select_related("seal").defer("before", "after").order_by("seal__position")


def head() -> AuditHead | None:
    """Return the end of the active company's log, None while it is empty."""
    return AuditHead.objects.filter(company_id=current_company_id()).first()


def head_position() -> int:
    """Return the active company's last position, 0 for an empty log."""
    last = head()
    return last.position if last else 0
