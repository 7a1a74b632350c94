"""The life of a credit note: draft → issue → void, or discard while it is a draft.

A note takes back what an invoice says, in whole or in part, and never more than remains of it. It counts from its issue
(not from SRI's authorization) and stops when voided; drafts do not count. Its buyer and its rates are the invoice's.
The lock order is invoice, note, customer credit, series.
"""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from billing import closing, electronic, files, letters, numbering, public, settlement, upkeep, xml_parts
from billing.closing import Doing
from billing.issuing import issue_numbered
from billing.models import STATUS_STEPS, Authorization, Document, DocumentType, Status
from billing.note_drafts import Composition, NoteInput, check_creditable, check_fits, compose, stated_motive
from billing.note_storing import freeze, store
from billing.profile import check_complete
from billing.telling import story, tell
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError, check_version
from core.tenancy import current_company_id


def preview(invoice_id: int, entered: NoteInput, *, actor: Actor) -> Composition:
    """Work out a note without saving anything: lines, totals, what becomes of balance and money, warnings.

    The motive may still be missing.

    Raises:
        WorkflowError, RuleRefused: as `draft`.
        ObjectDoesNotExist: the invoice, a line or the series is not this company's.
    """
    actor.require("billing.notes")
    return compose(_invoice(invoice_id), entered)


@transaction.atomic
def draft(invoice_id: int, entered: NoteInput, *, actor: Actor) -> Document:
    """Save a new draft of a credit note on an invoice.

    Raises:
        WorkflowError: `not_issued`, `invoice_voided`, `annulment_requested`, `invoice_not_authorized`.
        RuleRefused: `motive_required`, `motive_too_long`, `final_consumer_no_note`, `note_series_missing`,
            `nothing_left`, `above_remainder`, `no_lines`, `quantity_not_valid`, `repeated_line`, `amount_required`,
            `amount_not_valid`, `total_not_positive`, `tax_too_far`.
    """
    actor.require("billing.notes")
    motive = stated_motive(entered)
    composition = compose(_invoice(invoice_id), entered)
    company = _company()
    note = Document(
        document_type=DocumentType.CREDIT_NOTE,
        modifies=composition.invoice,
        motive=motive,
        environment=company.environment,
        series=composition.series,
        issue_date=composition.day,
        due_date=composition.day,
        payment_days=0,
        created_at=clock.now(),
    )
    freeze(note, composition.invoice, company)
    store(note, composition)
    tell("created", note, actor=actor, after=_story(note))
    return note


@transaction.atomic
def issue(note_id: int, *, actor: Actor, expected_version: int | None = None) -> Document:
    """Number, date, sign and send a note; from now on it counts against its invoice, whatever SRI says.

    Raises:
        WorkflowError: `already_issued`, `not_a_draft`, `remainder_changed`, `series_inactive`, `series_in_doubt`, and
            as `draft`.
        RuleRefused: `above_remainder`, `profile_incomplete`, `date_goes_back`, `period_closed`, `series_exhausted`,
            `certificate_missing`, `certificate_expired`, `document_invalid`, and as `draft`.
    """
    actor.require("billing.notes")
    invoice, note = _lock(note_id, "customer", "series__emission_point__establishment")
    _check_step(note, Status.ISSUED)
    check_version(note.version, expected_version)
    check_creditable(invoice)
    company = _company()
    check_complete(company, note.series)
    electronic.check_ready(note, company)
    parts = xml_parts.read(note)
    check_fits(invoice, parts.lines)
    freeze(note, invoice, company)
    settlement.hold_credits(invoice)

    def on() -> date:
        day = clock.today()
        closing.check_open(day, doing=Doing.ISSUE)
        return day

    issue_numbered(note, company, parts, on=on)
    settlement.credit(invoice, note, actor=actor)
    tell("issued", note, actor=actor, before={"status": Status.DRAFT}, after=_story(note))
    public.open_link(note)
    files.request(note)
    if not note.is_electronic:
        letters.request(note)
    return note


@transaction.atomic
def draft_and_issue(invoice_id: int, entered: NoteInput, *, actor: Actor) -> Document:
    """Make a note and issue it in one act: it sees exactly what remains, for the invoice is locked first.

    Raises:
        WorkflowError, RuleRefused: as `draft` and `issue`.
    """
    actor.require("billing.notes")
    settlement.lock_documents([invoice_id])
    return issue(draft(invoice_id, entered, actor=actor).pk, actor=actor)


@transaction.atomic
def discard(note_id: int, *, actor: Actor) -> Document:
    """Throw a draft away: it leaves the lists, its row stays (D7).

    Raises:
        WorkflowError: `not_a_draft`.
    """
    actor.require("billing.notes")
    _invoice_of_it, note = _lock(note_id)
    if note.status != Status.DRAFT or note.deleted_at:
        raise _wrong_state(note, "not_a_draft")
    note.deleted_at = clock.now()
    note.version += 1
    note.save(update_fields=["deleted_at", "version"])
    tell("discarded", note, actor=actor, before={"status": Status.DRAFT}, after={"discarded": True})
    return note


def void(note_id: int, *, reason: str, actor: Actor) -> Document:
    """Void a note that SRI has not got, and undo what it did; where SRI may have it, it is asked first (D7).

    Raises:
        WorkflowError: `already_voided`, `not_issued`, `authorization_not_voidable`, `sri_in_flight`, `sri_unknown`.
        RuleRefused: `reason_required`, `period_closed`.
    """
    actor.require("billing.notes")
    upkeep.ask_if_sent(note_id)
    return _void(note_id, reason=reason, actor=actor)


@transaction.atomic
def _void(note_id: int, *, reason: str, actor: Actor) -> Document:
    actor.require("billing.notes")
    if not reason.strip():
        raise RuleRefused(_("Escriba el motivo de la anulación."), code="reason_required")
    invoice, note = _lock(note_id)
    _check_voidable(note)
    closing.check_open(note.issue_date, doing=Doing.VOID)
    upkeep.give_up(note)
    settlement.uncredit(invoice, note, reason=reason.strip(), actor=actor)
    before = _story(note)
    note.status, note.void_reason, note.voided_at = Status.VOIDED, reason.strip(), clock.now()
    note.version += 1
    note.save()
    numbering.register_gap(note)
    tell("voided", note, actor=actor, before=before, after=_story(note), reason=note.void_reason)
    files.request(note)
    return note


# The rules


def _check_step(note: Document, to: Status) -> None:
    if note.deleted_at is None and (note.status, to) in STATUS_STEPS:
        return
    if note.status == Status.ISSUED:
        raise WorkflowError(
            _("La nota de crédito ya fue emitida con el número %(number)s.") % {"number": note.number},
            code="already_issued",
        )
    raise _wrong_state(note, "not_a_draft")


def _check_voidable(note: Document) -> None:
    if note.status == Status.VOIDED:
        raise WorkflowError(_("La nota de crédito ya está anulada."), code="already_voided")
    if note.status != Status.ISSUED:
        raise _wrong_state(note, "not_issued")
    if note.authorization in (Authorization.SENT, Authorization.AUTHORIZED):
        raise WorkflowError(
            _("La nota de crédito está «%(state)s» ante el SRI: no se anula aquí.")
            % {"state": note.get_authorization_display()},
            code="authorization_not_voidable",
        )


def _wrong_state(note: Document, code: str) -> WorkflowError:
    state = _("Descartada") if note.deleted_at else note.get_status_display()
    return WorkflowError(
        _("«%(note)s» está en estado «%(state)s»: no admite esta acción.") % {"note": note, "state": state}, code=code
    )


# Locks and reads


def _company() -> Company:
    return Company.objects.get(pk=current_company_id())


def _invoice(invoice_id: int) -> Document:
    return Document.objects.invoices().get(pk=invoice_id)


def _lock(note_id: int, *related: str) -> tuple[Document, Document]:
    """Lock a note's invoice, then the note (the invoice is the older row)."""
    original: int | None = Document.objects.filter(document_type=DocumentType.CREDIT_NOTE).values_list(
        "modifies_id", flat=True
    ).get(pk=note_id)  # fmt: skip
    locked = settlement.lock_documents([original or 0, note_id], *related)
    invoice, note = locked[original or 0], locked[note_id]
    note.modifies = invoice
    return invoice, note


def _story(note: Document) -> dict[str, object]:
    return story(note) | {"invoice": note.modifies.number if note.modifies else "", "motive": note.motive}
