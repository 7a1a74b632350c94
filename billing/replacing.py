"""A number or a date that SRI will never have (45, 65): the document is voided and issued anew (law 6).

In one transaction the refused document is voided with that reason, its content is copied to the cent into a new one
linked by `replaces`, its billables move along, the new one is issued, and what had settled the first settles it. What
a note had done to its invoice is undone with it, and done again by the new one.
"""

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.log import record
from billing import billables as billables_door
from billing import closing, numbering, settlement, storing, upkeep, workflow, xml_parts
from billing.closing import Doing
from billing.models import (
    Authorization,
    Billable,
    BillableStatus,
    CustomerCredit,
    Document,
    Series,
    Settlement,
    Status,
)
from billing.telling import story, tell
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import WorkflowError
from core.money import ZERO
from core.tenancy import current_company_id

REASONS: Final = {
    "45": gettext_lazy("El SRI tiene otro comprobante con este número (45)."),
    "65": gettext_lazy("El SRI no admite la fecha de este comprobante (65)."),
}
ACTOR: Final = Actor.job("SRI")


def replace_refused(document_id: int, code: str) -> None:
    """Replace a document by the rule, without a person; where that is refused, people are told why.

    A number taken by another system is stepped over once: if the next one is taken too, the series stops until an
    administrator has confirmed its last number.
    """
    document = Document.objects.filter(pk=document_id, authorization=Authorization.REJECTED).first()
    if document is None or document.status == Status.VOIDED:
        return
    if code == "45" and document.replaces_id:
        _stop_series(document)
        return
    try:
        replace(document_id, reason=str(REASONS[code]), actor=ACTOR)
    except WorkflowError as refusal:
        _cannot(document, refusal.message)


@transaction.atomic
def replace(document_id: int, *, reason: str, actor: Actor) -> Document:
    """Void a document that SRI refused and issue the same anew, with the next number and today's date.

    Raises:
        WorkflowError: `not_rejected`, `has_credit_notes`, `totals_changed`, `series_in_doubt`, `sri_in_flight`.
        RuleRefused: `period_closed`, and what issuing refuses.
    """
    actor.require("billing.issue")
    actor.require("billing.void")
    locked = billables_door.lock(Billable.objects.filter(document_id=document_id).values_list("pk", flat=True))
    old = _lock(document_id)
    moved = [row for row in locked if row.document_id == old.pk and row.status == BillableStatus.INVOICED]
    closing.check_open(old.issue_date, doing=Doing.VOID)
    settled = _let_go(old, reason, actor)
    _void(old, moved, reason, actor)
    new = _copy(old)
    billables_door.put_on(new, billables_door.lock([row.pk for row in moved]), actor=actor)
    tell("created", new, actor=actor, after=story(new))
    issued = _issue(new, actor)
    for row in settled:
        _settle_again(issued, row, actor)
    tell("replaced", old, actor=actor, after={"document": new.pk, "number": issued.number}, reason=reason)
    return Document.objects.get(pk=new.pk)


def _lock(document_id: int) -> Document:
    """Lock the document, a note after its invoice."""
    original = Document.objects.values_list("modifies_id", flat=True).get(pk=document_id)
    locked = settlement.lock_documents([document_id, *([original] if original else [])], "customer", "modifies")
    document = locked[document_id]
    document.modifies = locked[original] if original else None
    if document.authorization != Authorization.REJECTED or document.status not in (Status.ISSUED, Status.PAID):
        raise WorkflowError(
            _("Solo se reemplaza un comprobante que el SRI rechazó; este está «%(state)s».")
            % {"state": document.get_authorization_display()},
            code="not_rejected",
        )
    if document.notes_on_it.live().exclude(status__in=[Status.DRAFT, Status.VOIDED]).exists():
        raise WorkflowError(_("El comprobante tiene notas de crédito."), code="has_credit_notes")
    upkeep.give_up(document)
    return document


def _let_go(old: Document, reason: str, actor: Actor) -> Sequence[Settlement]:
    """Reverse what settled it, and return what did; of a note, take back what it settled."""
    if old.modifies:
        settlement.uncredit(old.modifies, old, reason=reason, actor=actor)
        return []
    live = list(Settlement.objects.live().filter(document=old).order_by("pk"))
    credits = settlement.lock_credits(CustomerCredit.objects.filter(pk__in=[row.credit_id for row in live]))
    for row in live:
        row.credit = credits.get(row.credit_id or 0)
        settlement.reverse(old, row, reason=reason, actor=actor)
    return live


def _settle_again(document: Document, row: Settlement, actor: Actor) -> None:
    settlement.apply(document, row.amount, on=row.settled_on, payment_id=row.payment_id, credit=row.credit, actor=actor)


def _void(old: Document, moved: Sequence[Billable], reason: str, actor: Actor) -> None:
    before = story(old)
    old.status, old.balance = Status.VOIDED, ZERO
    old.void_reason, old.voided_at = reason, clock.now()
    old.version += 1
    old.save()
    numbering.register_gap(old)
    billables_door.take_off(list(moved), actor=actor)
    tell("voided", old, actor=actor, before=before, after=story(old), reason=reason)


def _copy(old: Document) -> Document:
    """Copy header and parts to a new draft, to the cent; buyer and issuer are copied anew at issue."""
    parts = xml_parts.read(old)
    new = Document.objects.get(pk=old.pk)
    new.pk, new._state.adding = None, True
    new.status, new.authorization, new.revision, new.version = Status.DRAFT, Authorization.NONE, 1, 1
    new.sequential, new.number, new.access_key, new.issued_at, new.date_asked = None, "", "", None, None
    new.void_reason, new.voided_at, new.balance = "", None, ZERO
    new.created_at, new.replaces, new.duplicate_of, new.imported_at = clock.now(), old, None, None
    new.save(force_insert=True)
    storing.copy_parts(parts, new)
    return new


def _issue(new: Document, actor: Actor) -> Document:
    if new.is_credit_note:
        from billing import notes

        return notes.issue(new.pk, actor=actor)
    return workflow.issue(new.pk, actor=actor)


@transaction.atomic
def _stop_series(document: Document) -> None:
    """Stop a series that another system seems to use too, and tell people."""
    series = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=document.series_id)
    if series.doubt:
        return
    series.doubt = _("El SRI ya tiene dos números seguidos de esta serie: parece que otro sistema la usa.")
    series.version += 1
    series.save(update_fields=["doubt", "version"])
    record("series.stopped", series, actor=ACTOR, after={"doubt": series.doubt}, document_id=document.pk)


@transaction.atomic
def _cannot(document: Document, why: str) -> None:
    company = Company.objects.get(pk=current_company_id())
    record(
        "sri.replacement_refused",
        company,
        actor=ACTOR,
        after={"document": document.pk, "number": document.number},
        reason=why[:500],
        document_id=document.pk,
    )
