"""Month close: the books are closed up to a day, reopened with a reason, and meanwhile nothing of those days changes.

Whoever issues, receives, voids or gives back holds the company's gate open (a shared advisory lock) until its
transaction ends; whoever closes needs it for itself alone. So nothing slips in beside a closing: it either committed
before, or sees the new day. The database's own triggers hold the same gate (`billing.models.closing.day_is_open`).
"""

import time
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.log import record
from billing.models import Document, PeriodClose, Status
from billing.models.closing import GATE
from billing.sri_state import unfinished
from companies.roles import ROLES, Role
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError
from core.money import ZERO
from core.tenancy import current_company_id

PAUSE: Final = 0.02  # seconds between two looks at the gate
PATIENCE: Final = 250  # looks, so 5 seconds


class Doing:
    """What a closed day forbids, as the refusal says it."""

    ISSUE, VOID, RECEIVE, GIVE_BACK, CORRECT = "issue", "void", "receive", "give_back", "correct"


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Unfinished documents of one sort, of the days that a closing would cover, and what they come to (USD)."""

    name: str
    count: int
    amount: Decimal


@transaction.atomic
def close(until: date, *, reason: str, actor: Actor) -> PeriodClose:
    """Close the books up to a local day, that day included.

    Raises:
        WorkflowError: `period_already_closed`; `period_busy`: documents or payments are being written right now.
        RuleRefused: `reason_required`, `date_in_future`.
    """
    actor.require("periods.close")
    stated = _stated(reason)
    if until > clock.today():
        raise _refused("closed_until", "date_in_future", _("Se cierra hasta hoy o hasta un día anterior."))
    _shut_the_gate()
    present = closed_until()
    if present and until <= present:
        raise WorkflowError(
            _("El período ya está cerrado hasta el %(day)s.") % {"day": _day(present)}, code="period_already_closed"
        )
    return _enter("period.closed", until, present, stated, actor)


@transaction.atomic
def reopen(until: date | None, *, reason: str, actor: Actor) -> PeriodClose:
    """Open the books again: they stay closed up to an earlier day, or not at all (None).

    Raises:
        WorkflowError: `nothing_closed`; `period_busy`.
        RuleRefused: `reason_required`; `day_not_earlier`: that day is not before the one in force.
    """
    actor.require("periods.reopen")
    stated = _stated(reason)
    _shut_the_gate()
    present = closed_until()
    if present is None:
        raise WorkflowError(_("No hay ningún período cerrado."), code="nothing_closed")
    if until and until >= present:
        message = _("Está cerrado hasta el %(day)s: al reabrir, elija un día anterior.") % {"day": _day(present)}
        raise _refused("closed_until", "day_not_earlier", message)
    return _enter("period.reopened", until, present, stated, actor)


def check_open(day: date, *, doing: str) -> None:
    """Refuse what is dated on a closed day, and keep anybody from closing until the transaction ends.

    Args:
        day: the local date the document or the money bears.
        doing: a constant of `Doing`.

    Raises:
        RuleRefused: `period_closed`, naming the day in force and who may reopen.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [GATE + current_company_id()])
    present = closed_until()
    if present is None or day > present:
        return
    raise RuleRefused(
        _("Los libros están cerrados hasta el %(until)s: no se puede %(doing)s con fecha %(day)s. %(who)s")
        % {"until": _day(present), "doing": _said(doing), "day": _day(day), "who": _who_reopens()},
        code="period_closed",
        extra={"closed_until": present.isoformat()},
    )


def closed_until() -> date | None:
    """Return the last closed day in force, None while everything is open."""
    day: date | None = PeriodClose.objects.newest().values_list("closed_until", flat=True).first()
    return day


def open_work(until: date) -> list[OpenWork]:
    """Return what is unfinished up to a local day: drafts, documents SRI has not authorized, balances to collect."""
    documents = Document.objects
    return [
        _sum("drafts", documents.invoices().filter(status=Status.DRAFT, issue_date__lte=until), "total"),
        _sum("note_drafts", documents.credit_notes().filter(status=Status.DRAFT, issue_date__lte=until), "total"),
        _sum("unauthorized", unfinished().filter(issue_date__lte=until), "total"),
        _sum("uncollected", documents.with_balance().filter(issue_date__lte=until), "balance"),
    ]


def proposed() -> date:
    """Return the day a person most likely wants to close up to: the end of the month before this one."""
    return clock.today().replace(day=1) - timedelta(days=1)


def _sum(name: str, rows: QuerySet, amount: str) -> OpenWork:
    found = rows.aggregate(count=Count("pk"), amount=Sum(amount))
    return OpenWork(name, found["count"], found["amount"] or ZERO)


def _shut_the_gate() -> None:
    """Wait until nobody writes documents or money, and let nobody begin until the transaction ends.

    It looks again and again: a request waiting in PostgreSQL's queue would hold up everybody who comes after it, some
    of them with documents locked for which those it waits for may wait.

    Raises:
        WorkflowError: `period_busy`.
    """
    for _look in range(PATIENCE):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [GATE + current_company_id()])
            (alone,) = cursor.fetchone()
        if alone:
            return
        time.sleep(PAUSE)
    raise WorkflowError(
        _("En este momento se están emitiendo documentos o registrando cobros. Intente de nuevo en unos segundos."),
        code="period_busy",
    )


def _enter(action: str, until: date | None, present: date | None, reason: str, actor: Actor) -> PeriodClose:
    row = PeriodClose.objects.create(
        closed_until=until, reason=reason, closed_by_id=actor.user_id, created_at=clock.now()
    )
    record(action, row, actor=actor, before={"closed_until": present}, after={"closed_until": until}, reason=row.reason)
    return row


def _stated(reason: str) -> str:
    if not reason.strip():
        raise _refused("reason", "reason_required", _("Escriba el motivo."))
    return reason.strip()


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _said(doing: str) -> str:
    return {
        Doing.ISSUE: _("emitir"),
        Doing.VOID: _("anular"),
        Doing.RECEIVE: _("registrar un cobro"),
        Doing.GIVE_BACK: _("devolver dinero"),
        Doing.CORRECT: _("corregir"),
    }[doing]


def _who_reopens() -> str:
    roles = [str(Role(role).label).lower() for role, permissions in ROLES.items() if "periods.reopen" in permissions]
    return ngettext("Puede reabrirlos: %(roles)s.", "Pueden reabrirlos: %(roles)s.", len(roles)) % {
        "roles": ", ".join(roles)
    }


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")
