"""The life of a credit note: draft → issue → void, or discard while it is a draft.

A note takes back what an invoice says, in whole or in part, and never more than remains of it. It counts from its issue
(not from SRI's authorization) and stops when voided; drafts do not count. Its buyer and its rates are the invoice's.
The lock order is invoice, note, customer credit, series.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from billing import electronic, files, letters, numbering, public, settlement, upkeep, xml_parts
from billing import note_totals as totals
from billing.issuing import issue_numbered
from billing.line_input import TaxKey, TotalsError
from billing.models import (
    STATUS_STEPS,
    Annulment,
    Authorization,
    Document,
    DocumentLine,
    DocumentTax,
    DocumentType,
    IdentificationType,
    Series,
    Status,
)
from billing.note_totals import NoteTotals, Remainder, SoldLine, TakenLine
from billing.profile import check_complete, issuer_snapshot
from billing.series import note_series
from billing.telling import story, tell
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from core.money import ZERO, cents
from core.tenancy import current_company_id

LONGEST_MOTIVE: Final = 300
ADJUSTMENT: Final = "Ajuste"


class Mode(StrEnum):
    """The three ways to credit an invoice."""

    WHOLE = "whole"
    LINES = "lines"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """So much of one of the invoice's lines."""

    line_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class NoteInput:
    """Everything a person enters for a credit note. Without a series it is the one at the invoice's emission point."""

    mode: Mode
    motive: str = ""
    lines: tuple[CreditedLine, ...] = ()
    amount: Decimal | None = None
    series_id: int | None = None


@dataclass(frozen=True, slots=True)
class ComposedLine:
    """A line of the note and the invoice's line it takes back, if it is of one; else any line of its rate."""

    result: totals.NoteLine
    source: DocumentLine

    @property
    def description(self) -> str:
        """Return what the line says."""
        return ADJUSTMENT if self.result.line_id is None else self.source.description


@dataclass(frozen=True, slots=True)
class Composition:
    """A note as it would be: what the form previews and a draft stores.

    `lowers` is what it takes off the invoice's balance; `frees` the money beyond it, which becomes the customer's.
    """

    invoice: Document
    series: Series
    day: date
    lines: tuple[ComposedLine, ...]
    totals: NoteTotals
    remains: Decimal
    lowers: Decimal
    frees: Decimal
    warnings: tuple[str, ...] = field(default=())


def preview(invoice_id: int, entered: NoteInput, *, actor: Actor) -> Composition:
    """Work out a note without saving anything: lines, totals, what becomes of balance and money, warnings.

    The motive may still be missing.

    Raises:
        WorkflowError, RuleRefused: as `draft`.
        ObjectDoesNotExist: the invoice, a line or the series is not this company's.
    """
    actor.require("billing.notes")
    return _compose(_invoice(invoice_id), entered)


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
    motive = _motive(entered)
    composition = _compose(_invoice(invoice_id), entered)
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
    _store(note, composition)
    tell("created", note, actor=actor, after=_story(note))
    return note


@transaction.atomic
def issue(note_id: int, *, actor: Actor, expected_version: int | None = None) -> Document:
    """Number, date, sign and send a note; from now on it counts against its invoice, whatever SRI says.

    Raises:
        WorkflowError: `already_issued`, `not_a_draft`, `remainder_changed`, `series_inactive`, `series_in_doubt`, and
            as `draft`.
        RuleRefused: `above_remainder`, `profile_incomplete`, `date_goes_back`, `series_exhausted`,
            `certificate_missing`, `certificate_expired`, `document_invalid`, and as `draft`.
    """
    actor.require("billing.notes")
    invoice, note = _lock(note_id, "customer", "series__emission_point__establishment")
    _check_step(note, Status.ISSUED)
    check_version(note.version, expected_version)
    _check_creditable(invoice)
    company = _company()
    check_complete(company, note.series)
    electronic.check_ready(company)
    parts = xml_parts.read(note)
    _check_fits(remainder(invoice), parts.lines)
    freeze(note, invoice, company)
    settlement.hold_credits(invoice)
    issue_numbered(note, company, parts, on=clock.today)
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
        RuleRefused: `reason_required`.
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


# What remains


def remainder(invoice: Document, lines: Iterable[DocumentLine] | None = None) -> Remainder:
    """Return what no issued note has taken back of an invoice (whose lines may be at hand)."""
    return totals.remainder(_sold(invoice.lines.all() if lines is None else lines), _taken(invoice))


def _sold(lines: Iterable[DocumentLine]) -> list[SoldLine]:
    return [
        SoldLine(
            id=line.pk,
            tax=_tax_of(line),
            quantity=line.quantity,
            unit_price=line.net_unit_price,
            discount=line.net_discount,
            base=line.base,
            tax_amount=line.tax,
        )
        for line in lines
    ]


def _taken(invoice: Document) -> list[TakenLine]:
    live = DocumentLine.objects.filter(document__modifies=invoice, document__deleted_at=None)
    return _as_taken(live.exclude(document__status__in=[Status.DRAFT, Status.VOIDED]))


def _as_taken(lines: Iterable[DocumentLine]) -> list[TakenLine]:
    return [
        TakenLine(line_id=line.credits_id, tax=_tax_of(line), quantity=line.quantity, base=line.base,
                  tax_amount=line.tax)
        for line in lines
    ]  # fmt: skip


def _tax_of(line: DocumentLine) -> TaxKey:
    return TaxKey(line.tax_code, line.rate_code, line.rate)


# Composing


def _compose(invoice: Document, entered: NoteInput) -> Composition:
    _check_creditable(invoice)
    series = note_series(invoice, entered.series_id)
    lines = list(invoice.lines.all())
    rest = remainder(invoice, lines)
    worked_out = _work_out(rest, lines, entered)
    lowers = min(worked_out.total, invoice.balance)
    by_id = {line.pk: line for line in lines}
    by_rate = {_tax_of(line): line for line in reversed(lines)}
    return Composition(
        invoice=invoice,
        series=series,
        day=clock.today(),
        lines=tuple(
            ComposedLine(row, by_id[row.line_id] if row.line_id is not None else by_rate[row.tax])
            for row in worked_out.lines
        ),
        totals=worked_out,
        remains=rest.total - worked_out.total,
        lowers=lowers,
        frees=worked_out.total - lowers,
        warnings=tuple(_warnings(invoice)),
    )


def _work_out(rest: Remainder, lines: Sequence[DocumentLine], entered: NoteInput) -> NoteTotals:
    try:
        if entered.mode == Mode.WHOLE:
            return totals.whole(rest)
        if rest.total == ZERO:
            totals.whole(rest)  # says that nothing is left
        if entered.mode == Mode.AMOUNT:
            return totals.by_amount(rest, _amount(entered))
        known = {line.pk for line in lines}
        if any(row.line_id not in known for row in entered.lines):
            raise DocumentLine.DoesNotExist
        return totals.by_line(rest, [(row.line_id, row.quantity) for row in entered.lines])
    except TotalsError as error:
        place = "lines" if error.line is None else f"lines.{error.line}"
        name = f"{place}.{error.field}" if error.line is not None else error.field or place
        fields = [FieldError(field=name, code=error.code, message=str(error))]
        raise RuleRefused(str(error), code=error.code, fields=fields) from error


def _amount(entered: NoteInput) -> Decimal:
    if entered.amount is None:
        text = _("Escriba el valor por acreditar.")
        fields = [FieldError(field="amount", code="required", message=text)]
        raise RuleRefused(text, code="amount_required", fields=fields)
    return entered.amount


def _warnings(invoice: Document) -> list[str]:
    """Say what a person should know and may still do."""
    if clock.today() <= _a_year_after(invoice.issue_date):
        return []
    return [
        _("La factura se emitió el %(day)s, hace más de doce meses. Confirme con su contador que todavía se acredita.")
        % {"day": invoice.issue_date.strftime("%d/%m/%Y")}
    ]


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)


# The rules


def _check_creditable(invoice: Document) -> None:
    found = obstacle(invoice)
    if found is not None:
        raise found


def obstacle(invoice: Document) -> WorkflowError | None:
    """Return why no note may be made on an invoice at all; what remains of it is another question."""
    if invoice.status == Status.DRAFT:
        return WorkflowError(_("Un borrador no se acredita: corríjalo o descártelo."), code="not_issued")
    if invoice.status == Status.VOIDED or invoice.annulment == Annulment.ANNULLED:
        return WorkflowError(_("La factura está anulada: no queda nada que acreditar."), code="invoice_voided")
    if invoice.annulment == Annulment.REQUESTED:
        return WorkflowError(
            _("La factura tiene una anulación pedida al SRI: espere su respuesta."), code="annulment_requested"
        )
    if invoice.buyer_identification_type == IdentificationType.FINAL_CONSUMER:
        return RuleRefused(
            _("El SRI no admite notas de crédito a consumidor final. Si devuelve dinero, regístrelo como reembolso."),
            code="final_consumer_no_note",
        )
    if invoice.is_electronic and invoice.authorization != Authorization.AUTHORIZED:
        return WorkflowError(
            _("La factura está «%(state)s» ante el SRI: se acredita cuando esté autorizada.")
            % {"state": invoice.get_authorization_display()},
            code="invoice_not_authorized",
        )
    return None


def _motive(entered: NoteInput) -> str:
    motive = " ".join(entered.motive.split())
    problem = ""
    if not motive:
        code, problem = "motive_required", _("Escriba el motivo de la nota de crédito.")
    elif len(motive) > LONGEST_MOTIVE:
        code = "motive_too_long"
        problem = _("El motivo admite hasta %(most)d caracteres.") % {"most": LONGEST_MOTIVE}
    if problem:
        raise RuleRefused(problem, code=code, fields=[FieldError(field="motive", code=code, message=problem)])
    return motive


def _check_fits(rest: Remainder, lines: Sequence[DocumentLine]) -> None:
    """Refuse to issue what another note has taken meanwhile."""
    try:
        totals.check_fits(rest, _as_taken(lines))
    except TotalsError as error:
        kind = WorkflowError if error.code == "remainder_changed" else RuleRefused
        raise kind(str(error), code=error.code) from error


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


# Storing


def freeze(note: Document, invoice: Document, company: Company) -> None:
    """Copy the buyer from the invoice, whatever the customer says now, and the issuer as it is now."""
    note.customer_id = invoice.customer_id
    note.buyer_identification_type = invoice.buyer_identification_type
    note.buyer_identification = invoice.buyer_identification
    note.buyer_name, note.buyer_address = invoice.buyer_name, invoice.buyer_address
    note.buyer_email, note.buyer_phone = invoice.buyer_email, invoice.buyer_phone
    note.issuer = issuer_snapshot(company, note.series)


def _store(note: Document, composition: Composition) -> None:
    worked_out = composition.totals
    note.subtotal, note.total_discount = worked_out.subtotal, worked_out.discount
    note.tax_total, note.total = worked_out.tax_total, worked_out.total
    note.save()
    DocumentLine.objects.bulk_create(
        _line(note, position, row) for position, row in enumerate(composition.lines, start=1)
    )
    DocumentTax.objects.bulk_create(
        DocumentTax(document=note, position=position, tax_code=row.tax.code, rate_code=row.tax.rate_code,
                    rate=row.tax.rate, base=row.base, tax=row.tax_amount)
        for position, row in enumerate(worked_out.taxes, start=1)
    )  # fmt: skip


def _line(note: Document, position: int, row: ComposedLine) -> DocumentLine:
    """Make a line with the rate of the invoice's (D4), its price without tax."""
    result, source = row.result, row.source
    copied = {"product_id": source.product_id, "code": source.code, "auxiliary_code": source.auxiliary_code}
    return DocumentLine(
        document=note,
        position=position,
        credits_id=result.line_id,
        description=row.description,
        quantity=result.quantity,
        unit_price=result.unit_price,
        price_includes_tax=False,
        discount_value=result.discount,
        tax_category=source.tax_category,
        tax_code=result.tax.code,
        rate_code=result.tax.rate_code,
        rate=result.tax.rate,
        gross=cents(result.quantity * result.unit_price),
        discount=result.discount,
        document_discount_share=ZERO,
        net_unit_price=result.unit_price,
        net_discount=result.discount,
        base=result.base,
        tax=result.tax_amount,
        total=result.total,
        **(copied if result.line_id is not None else {}),
    )


def _story(note: Document) -> dict[str, object]:
    return story(note) | {"invoice": note.modifies.number if note.modifies else "", "motive": note.motive}


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
