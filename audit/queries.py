"""Reading the log: proving the chain, an object's history, what happened since a position."""

from dataclasses import dataclass

from django.db import connection

from audit.models import AuditEntry, AuditHead
from core.tenancy import CompanyQuerySet, current_company_id

_WALK = """
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
ORDER BY position LIMIT 100
"""

_UNSEALED = """
SELECT e.id, e.action, e.object_label FROM audit_auditentry e
WHERE e.company_id = %(company)s AND NOT EXISTS (SELECT FROM audit_auditseal s WHERE s.entry_id = e.id)
ORDER BY e.id LIMIT 100
"""

SENTENCES = {
    "altered": "La entrada {entry} (posición {position}) fue alterada o su sello no corresponde: {what}.",
    "missing_entry": "La entrada {entry} (posición {position}) fue borrada.",
    "missing_position": "Faltan entradas antes de la posición {position} (entrada {entry}).",
    "unsealed": "La entrada {entry} no tiene sello: {what}.",
    "head": "La cabeza del registro dice posición {position}, que no es la última entrada sellada.",
    "published": "La posición {position} no coincide con la cabeza publicada fuera de la base de datos.",
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
    """The outcome of walking one company's chain."""

    length: int
    head: str
    problems: tuple[Problem, ...]

    @property
    def intact(self) -> bool:
        """Say whether nothing was edited, removed or slipped in."""
        return not self.problems


def _problem(code: str, position: int, entry_id: int | None, what: str = "") -> Problem:
    return Problem(code, position, entry_id, SENTENCES[code].format(entry=entry_id, position=position, what=what))


def verify(published: tuple[int, str] | None = None) -> Verdict:
    """Walk the active company's chain and name every entry that was edited, removed or slipped in.

    Args:
        published: a head (position, hash in hex) stored earlier outside the database; the chain must still
            pass through it, which catches a chain that was rewritten as a whole.
    """
    company = current_company_id()
    problems: list[Problem] = []
    with connection.cursor() as cursor:
        cursor.execute(_WALK, {"company": company})
        for position, entry_id, action, label, code in cursor.fetchall():
            problems.append(_problem(code, position, entry_id, f"{action} {label}"))
        cursor.execute(_UNSEALED, {"company": company})
        for entry_id, action, label in cursor.fetchall():
            problems.append(_problem("unsealed", 0, entry_id, f"{action} {label}"))
        cursor.execute(
            "SELECT position, encode(hash, 'hex') FROM audit_auditseal WHERE company_id = %s "
            "ORDER BY position DESC LIMIT 1",
            [company],
        )
        last = cursor.fetchone() or (0, "")
        if published and published[0]:
            cursor.execute(
                "SELECT encode(hash, 'hex') FROM audit_auditseal WHERE company_id = %s AND position = %s",
                [company, published[0]],
            )
            if cursor.fetchone() != (published[1],):
                problems.append(_problem("published", published[0], None))
    head = AuditHead.objects.filter(company_id=company).first()
    if (head.position, bytes(head.hash).hex()) != last if head else last[0]:
        problems.append(_problem("head", head.position if head else 0, None))
    return Verdict(last[0], last[1], tuple(problems))


def history(object_type: str, object_id: int) -> CompanyQuerySet:
    """Return what happened to one object, oldest first."""
    return AuditEntry.objects.filter(object_type=object_type, object_id=object_id).order_by("id")


def since(position: int, *, actions: list[str] | None = None) -> CompanyQuerySet:
    """Return public entries sealed after `position`, in commit order, each with its `position`."""
    entries = AuditEntry.objects.filter(seal__position__gt=position, public__isnull=False)
    if actions:
        entries = entries.filter(action__in=actions)
    return entries.select_related("seal").order_by("seal__position")


def head_position() -> int:
    """Return the active company's last position, 0 for an empty log."""
    head = AuditHead.objects.filter(company_id=current_company_id()).first()
    return head.position if head else 0
