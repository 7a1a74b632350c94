"""The life of an invoice: draft → issue → (paid by settlement) → void, or discard while it is a draft.

Each step is one transaction: permission, lock, rules, change, audit entry, queued work. The lock order is
billables, document, series; the number is taken last.
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from billing import billables as billables_door
from billing import (
    closing,
    discounts,
    electronic,
    files,
    held,
    issuing,
    letters,
    numbering,
    public,
    settlement,
    steps,
    upkeep,
    xml_parts,
)
from billing.closing import Doing
from billing.drafts import Composition, DraftInput, compose
from billing.models import (
    Billable,
    BillableStatus,
    Document,
    Settlement,
    Status,
)
from billing.profile import check_complete
from billing.sales_notes import check_type
from billing.series import default_series, document_type_of
from billing.storing import freeze, store
from billing.telling import story, tell
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError, check_version
from core.tenancy import current_company_id


def preview(entered: DraftInput, *, actor: Actor, document_id: int | None = None) -> Composition:
    """Work out a document without saving anything: totals, due date, warnings.

    `document_id` is the draft being edited, so that it is not taken for a duplicate of itself.

    Raises:
        RuleRefused: what was entered cannot be billed.
        ObjectDoesNotExist: the customer, a product, a billable or the series is not this company's.
    """
    actor.require("billing.draft", "billing.draft_reservations")
    present = {row.pk: row for row in Billable.objects.filter(pk__in=entered.billable_ids).order_by("pk")}
    chosen = [_known(present, pk) for pk in sorted(set(entered.billable_ids))]
    company = _company()
    kind = document_type_of(company, entered.series_id)
    composition = compose(entered, company, chosen, document_type=kind, document_id=document_id)
    return discounts.warned(composition, company, actor=actor)


@transaction.atomic
def draft(entered: DraftInput, *, actor: Actor, duplicate_of: Document | None = None) -> Document:
    """Save a new draft; its billables are taken from the waiting list.

    Raises:
        WorkflowError: `billable_drafted` and the like: a billable is already on another document.
        RuleRefused: what was entered cannot be billed; `discount_above_limit`: somebody else must save it.
    """
    chosen = _lock_billables(entered.billable_ids)
    _require_for("draft", actor, chosen, free_lines=bool(entered.lines))
    company = _company()
    series = default_series(company, entered.series_id)
    composition = compose(entered, company, chosen, document_type=series.document_type)
    document = Document(
        duplicate_of=duplicate_of, series=series, document_type=series.document_type, environment=company.environment,
        created_at=clock.now(),
    )  # fmt: skip
    document.discount_approved_by = discounts.approve(composition, company, actor=actor)
    store(document, entered, composition, company)
    billables_door.put_on(document, chosen, actor=actor)
    tell("created", document, actor=actor, after=story(document))
    return document


@transaction.atomic
def update_draft(
    document_id: int, entered: DraftInput, *, actor: Actor, expected_version: int | None = None
) -> Document:
    """Replace a draft's content; billables left out wait again.

    Raises:
        WorkflowError: `not_a_draft`, or a billable is taken; StaleVersion: somebody saved first.
        RuleRefused: what was entered cannot be billed; `discount_above_limit`.
    """
    present = set(Billable.objects.filter(document_id=document_id).values_list("pk", flat=True))
    locked = {row.pk: row for row in billables_door.lock(present | set(entered.billable_ids))}
    document = _lock(document_id)
    steps.require_draft(document)
    check_version(document.version, expected_version)
    chosen = [_known(locked, pk) for pk in dict.fromkeys(entered.billable_ids)]
    _require_for("draft", actor, chosen, free_lines=bool(entered.lines))
    billables_door.take_off([row for pk, row in locked.items() if pk in present and row not in chosen], actor=actor)
    _check_waiting([row for row in chosen if row.document_id != document.pk])
    before, company = story(document), _company()
    document.series = default_series(company, entered.series_id or document.series_id)
    document.document_type = document.series.document_type
    composition = compose(entered, company, chosen, document_type=document.document_type, document_id=document.pk)
    document.discount_approved_by = discounts.approve(composition, company, actor=actor)
    store(document, entered, composition, company)
    billables_door.put_on(document, [row for row in chosen if row.document_id != document.pk], actor=actor)
    tell("updated", document, actor=actor, before=before, after=story(document))
    return document


@transaction.atomic
def issue(document_id: int, *, actor: Actor, expected_version: int | None = None) -> Document:
    """Give a draft its number, its date, its frozen buyer and issuer; its key and signature, and hand it to SRI.

    Raises:
        WorkflowError: `already_issued`, `not_a_draft`, `totals_changed`, `series_inactive`, `series_in_doubt`.
        RuleRefused: `profile_incomplete`, `document_type_not_allowed`, `date_not_today`, `date_outside_open_month`,
            `date_goes_back`, `period_closed`, `discount_above_limit`, `final_consumer_limit`, `series_exhausted`,
            `certificate_missing`, `certificate_expired`, `document_invalid`.
    """
    locked = billables_door.lock(Billable.objects.filter(document_id=document_id).values_list("pk", flat=True))
    document = _lock(document_id, "customer", "series__emission_point__establishment")
    steps.check_step(document, Status.ISSUED)
    check_version(document.version, expected_version)
    on_it = [row for row in locked if row.document_id == document.pk and row.status == BillableStatus.DRAFTED]
    parts = xml_parts.read(document)
    _require_for("issue", actor, on_it, free_lines=any(line.billable_id is None for line in parts.lines))
    company = _company()
    check_type(document.document_type, company)
    check_complete(company, document.series)
    electronic.check_ready(document, company)
    discounts.check(document, list(parts.lines), company, actor=actor)
    issuing.check_buyer(document)
    issuing.settle_date(document, company, clock.today())
    freeze(document, company)
    waiting = held.lock_for(on_it)

    def on() -> date:
        day = issuing.settle_date(document, company, clock.today())
        closing.check_open(day, doing=Doing.ISSUE)
        if not document.is_sales_note:
            issuing.check_rates({(line.tax_category, line.rate_code, line.rate) for line in parts.lines}, day)
        return day

    issuing.issue_numbered(document, company, parts, on=on)
    billables_door.mark_invoiced(document, on_it, actor=actor)
    tell("issued", document, actor=actor, before={"status": Status.DRAFT}, after=story(document))
    held.apply(document, waiting, actor=actor)
    public.open_link(document)
    files.request(document)
    if not document.is_electronic:
        letters.request(document)
    return document


@transaction.atomic
def discard(document_id: int, *, actor: Actor) -> Document:
    """Throw a draft away: it leaves the lists, its billables wait again, its row stays (D7).

    Raises:
        WorkflowError: `not_a_draft`.
    """
    locked = billables_door.lock(Billable.objects.filter(document_id=document_id).values_list("pk", flat=True))
    document = _lock(document_id)
    steps.require_draft(document)
    on_it = [row for row in locked if row.document_id == document.pk]
    _require_for("draft", actor, on_it, free_lines=document.lines.filter(billable=None).exists())
    document.deleted_at = clock.now()
    document.version += 1
    document.save(update_fields=["deleted_at", "version"])
    billables_door.take_off(on_it, actor=actor)
    tell("discarded", document, actor=actor, before={"status": Status.DRAFT}, after={"discarded": True})
    return document


def void(document_id: int, *, reason: str, void_payments: bool = False, actor: Actor) -> Document:
    """Void an issued document that SRI has not got; where it may have it, it is asked first (D7).

    Its number goes to the gap register, its billables wait again (D10), and its money becomes the customer's
    credit or, with `void_payments`, is voided too (D8).

    Raises:
        WorkflowError: `already_voided`, `already_paid`, `not_issued`, `authorization_not_voidable`,
            `has_credit_notes`, `sri_in_flight`, `sri_unknown`.
        RuleRefused: `reason_required`, `period_closed`.
    """
    actor.require("billing.void")
    upkeep.ask_if_sent(document_id)
    return void_once_asked(document_id, reason=reason, void_payments=void_payments, actor=actor)


@transaction.atomic
def void_once_asked(document_id: int, *, reason: str, void_payments: bool, actor: Actor) -> Document:
    """Void a document about which SRI was asked before, where it had to be: the part of `void` in one transaction.

    Raises:
        WorkflowError, RuleRefused: as `void`.
    """
    actor.require("billing.void")
    if void_payments:
        actor.require("payments.void_any")
    if not reason.strip():
        raise RuleRefused(_("Escriba el motivo de la anulación."), code="reason_required")
    locked = billables_door.lock(Billable.objects.filter(document_id=document_id).values_list("pk", flat=True))
    document = _lock_with_shared_payments(document_id) if void_payments else _lock(document_id)
    steps.check_voidable(document)
    closing.check_open(document.issue_date, doing=Doing.VOID)
    upkeep.give_up(document)
    settlement.release(document, void_payments=void_payments, reason=reason, actor=actor)
    before = story(document)
    document.status, document.balance = Status.VOIDED, document.total - document.total
    document.void_reason, document.voided_at = reason.strip(), clock.now()
    document.version += 1
    document.save()
    numbering.register_gap(document)
    billables_door.take_off([row for row in locked if row.document_id == document.pk], actor=actor)
    tell("voided", document, actor=actor, before=before, after=story(document), reason=document.void_reason)
    files.request(document)
    return document


def duplicate(document_id: int, *, actor: Actor) -> Document:
    """Make a new draft with the same customer, lines, discount and terms; without the billables.

    Raises:
        RuleRefused: a line can no longer be billed (its rate has gone, for instance).
    """
    from billing.entered import as_entered

    original = Document.objects.invoices().get(pk=document_id)
    return draft(as_entered(original, free=True), actor=actor, duplicate_of=original)


# The rules


def _require_for(step: str, actor: Actor, chosen: Sequence[Billable], *, free_lines: bool) -> None:
    """The front desk drafts and issues from reservations only (D24)."""
    if chosen and not free_lines and all(row.source_type == "reservation" for row in chosen):
        actor.require(f"billing.{step}", f"billing.{step}_reservations")
    else:
        actor.require(f"billing.{step}")


# Locks and reads


def _company() -> Company:
    return Company.objects.get(pk=current_company_id())


def _lock(document_id: int, *related: str) -> Document:
    return _invoice_of(settlement.lock_documents([document_id], *related), document_id)


def _invoice_of(locked: dict[int, Document], document_id: int) -> Document:
    """Return the locked invoice; a note goes through `billing.notes`."""
    document = locked.get(document_id)
    if document is None or document.is_credit_note:
        raise Document.DoesNotExist
    return document


def _lock_with_shared_payments(document_id: int) -> Document:
    """Lock the document and every other that its payments also settle, in id order: they reopen with it.

    Raises:
        WorkflowError: `changed`: while waiting for the locks, one of the payments settled yet another document.
    """
    locked = settlement.lock_documents({document_id, *_settled_with(document_id)})
    document = _invoice_of(locked, document_id)
    if not _settled_with(document_id) <= locked.keys():
        raise WorkflowError(_("Los cobros de la factura cambiaron mientras tanto. Intente de nuevo."), code="changed")
    return document


def _settled_with(document_id: int) -> set[int]:
    direct = Settlement.objects.live().filter(document_id=document_id, payment_id__isnull=False)
    payments = {pk for pk in direct.values_list("payment_id", flat=True) if pk}
    return set(Settlement.objects.live().of_payments(payments).values_list("document_id", flat=True))


def _lock_billables(ids: Sequence[int]) -> list[Billable]:
    locked = {row.pk: row for row in billables_door.lock(ids)}
    chosen = [_known(locked, pk) for pk in dict.fromkeys(ids)]
    _check_waiting(chosen)
    return chosen


def _known(locked: dict[int, Billable], pk: int) -> Billable:
    if pk not in locked:
        raise Billable.DoesNotExist
    return locked[pk]


def _check_waiting(chosen: Sequence[Billable]) -> None:
    for billable in chosen:
        if billable.status != BillableStatus.WAITING:
            raise billables_door.not_waiting(billable)
