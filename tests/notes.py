"""Credit notes to test with, made through the front door."""

from decimal import Decimal
from typing import Any

from billing import notes
from billing import series as series_setup
from billing.models import Document, EmissionPoint, Series
from billing.note_drafts import CreditedLine, Mode, NoteInput
from core.actor import Actor
from tests.factories import SYSTEM

WHOLE = NoteInput(Mode.WHOLE, "Devolución")


def make_note_series(**values: Any) -> Series:
    """Make a series of credit notes at the company's first emission point."""
    point = EmissionPoint.objects.order_by("pk")[0]
    return series_setup.add_series(emission_point_id=point.pk, document_type="04", actor=SYSTEM, **values)


def amount(value: str, motive: str = "Descuento") -> NoteInput:
    """Credit an amount."""
    return NoteInput(Mode.AMOUNT, motive, amount=Decimal(value))


def some(invoice: Document, *quantities: str) -> NoteInput:
    """Credit so much of the invoice's first lines."""
    rows = zip(invoice.lines.order_by("position"), quantities, strict=False)
    return NoteInput(Mode.LINES, "Devolución", tuple(CreditedLine(row.pk, Decimal(part)) for row, part in rows))


def draft_note(invoice: Document, entered: NoteInput = WHOLE, *, actor: Actor = SYSTEM) -> Document:
    """Draft a credit note on an invoice."""
    return notes.draft(invoice.pk, entered, actor=actor)


def issue_note(invoice: Document, entered: NoteInput = WHOLE, *, actor: Actor = SYSTEM) -> Document:
    """Issue a credit note on an invoice: of everything that remains, unless told otherwise."""
    return notes.draft_and_issue(invoice.pk, entered, actor=actor)
