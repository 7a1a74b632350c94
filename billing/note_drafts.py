"""Composing a credit note: from what a person entered to the lines and totals it takes back of its invoice.

`compose` is the one function behind the preview on the form, the saved draft and the API's `preview/`, so that they can
never disagree. Which invoices can be credited at all, and what remains of one, is said here too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _

from billing import note_totals as totals
from billing.line_input import TaxKey, TotalsError
from billing.models import Annulment, Authorization, Document, DocumentLine, IdentificationType, Series, Status
from billing.note_totals import NoteTotals, Remainder, SoldLine, TakenLine
from billing.series import note_series
from core import clock
from core.errors import FieldError, RuleRefused, WorkflowError
from core.money import ZERO

LONGEST_MOTIVE: Final = 300  # characters, by SRI's schema
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
    """Everything a person enters for a credit note: `amount` in USD, taxes included.

    Without a series it is the one at the invoice's emission point.
    """

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

    In USD, taxes included: `lowers` is what it takes off the invoice's balance; `frees` the money beyond it, which
    becomes the customer's; `remains` what could still be credited afterwards.
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


def compose(invoice: Document, entered: NoteInput) -> Composition:
    """Work out a whole note on an invoice, changing nothing; the motive is `stated_motive`'s to ask for.

    Raises:
        WorkflowError: `not_issued`, `invoice_voided`, `annulment_requested`, `invoice_not_authorized`.
        RuleRefused: `final_consumer_no_note`, `note_series_missing`, and what cannot be credited; `fields` name the
            place.
        ObjectDoesNotExist: a line is not the invoice's, or the series not this company's.
    """
    check_creditable(invoice)
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


def stated_motive(entered: NoteInput) -> str:
    """Return why the invoice is credited, on one line.

    Raises:
        RuleRefused: `motive_required`, `motive_too_long`.
    """
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


# Which invoices can be credited


def check_creditable(invoice: Document) -> None:
    """Refuse an invoice that no note may be made on.

    Raises:
        WorkflowError, RuleRefused: its `obstacle`.
    """
    found = obstacle(invoice)
    if found is not None:
        raise found


def obstacle(invoice: Document) -> WorkflowError | None:
    """Return why no note may be made on an invoice at all; what remains of it is another question."""
    if invoice.status == Status.DRAFT:
        return WorkflowError(_("Un borrador no se acredita: corríjalo o descártelo."), code="not_issued")
    if invoice.is_sales_note:
        return RuleRefused(
            _("Una nota de venta no se corrige con nota de crédito: anúlela y emita otra."),
            code="sales_note_not_credited",
        )
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


# What remains


def remainder(invoice: Document, lines: Iterable[DocumentLine] | None = None) -> Remainder:
    """Return what no issued note has taken back of an invoice (whose lines may be at hand)."""
    return totals.remainder(_sold(invoice.lines.all() if lines is None else lines), _taken(invoice))


def check_fits(invoice: Document, lines: Sequence[DocumentLine]) -> None:
    """Refuse a note's lines where other notes have meanwhile taken what they take back.

    Raises:
        WorkflowError: `remainder_changed`.
        RuleRefused: `above_remainder`.
    """
    rest = remainder(invoice)
    try:
        totals.check_fits(rest, _as_taken(lines))
    except TotalsError as error:
        kind = WorkflowError if error.code == "remainder_changed" else RuleRefused
        raise kind(str(error), code=error.code) from error


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
