"""The shapes of credit notes: what goes in, what comes out. The rules are the workflow's."""

from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

from billing.api.document_shapes import DocumentDetailSerializer, DocumentSerializer, PreviewTaxSerializer
from billing.models import Status, TaxCategory
from billing.note_drafts import CreditedLine, Mode, NoteInput
from core.shapes import Figure, Id, Money, Number, Percent, Shape, Text

STATUSES = [(status.value, status.label) for status in (Status.DRAFT, Status.ISSUED, Status.VOIDED)]

# What goes in


class CreditedLineSerializer(serializers.Serializer):
    """So much of one of the invoice's lines."""

    line = Id(help_text="The id of the invoice's line.")
    quantity = Number(default=Decimal(1))


class NoteInputSerializer(serializers.Serializer):
    """One of three ways to credit an invoice: all that remains, lines, or an amount with taxes."""

    mode = serializers.ChoiceField([mode.value for mode in Mode], default=Mode.WHOLE.value)
    lines = CreditedLineSerializer(many=True, required=False, help_text="With `mode: lines`.")
    amount = Number(required=False, allow_null=True, help_text="With `mode: amount`; USD, taxes included.")
    motive = Text(max_length=1_000, help_text="Why; up to 300 characters, printed and sent.")
    series = Id(
        required=False,
        allow_null=True,
        help_text="A receipt book of credit notes; that of the invoice's emission point when left out.",
    )


class IssuedNoteInputSerializer(NoteInputSerializer):
    """A credit note on an invoice, which may be issued in the same step."""

    issue = serializers.BooleanField(default=False, help_text="Issue it at once: all or nothing.")


class PreviewNoteSerializer(NoteInputSerializer):
    """A credit note to be worked out."""

    invoice = Id()


class NewNoteSerializer(IssuedNoteInputSerializer):
    """A new credit note, which may be issued in the same step."""

    invoice = Id()


def note_input(body: dict[str, Any]) -> NoteInput:
    """Turn a validated body into what a person would have entered; what belongs to another way is not looked at."""
    mode = Mode(body["mode"])
    lines = tuple(CreditedLine(row["line"], row["quantity"]) for row in body.get("lines", ()))
    return NoteInput(
        mode=mode,
        motive=body["motive"],
        lines=lines if mode == Mode.LINES else (),
        amount=body.get("amount") if mode == Mode.AMOUNT else None,
        series_id=body.get("series"),
    )


# What comes out


class NoteSerializer(DocumentSerializer):
    """A credit note in a list."""

    status = serializers.ChoiceField(STATUSES)
    invoice = Id(source="modifies_id")
    invoice_number = serializers.CharField(source="modifies.number")
    motive = serializers.CharField()


class NoteLineSerializer(Shape):
    """A line: prices and amounts without tax, at the rate of the invoice's line."""

    position = serializers.IntegerField()
    line = Id(source="credits_id", allow_null=True, help_text="The invoice's line it takes back; null for an amount.")
    code = serializers.CharField()
    description = serializers.CharField()
    quantity = Figure()
    net_unit_price = Figure()
    net_discount = Money()
    tax_category = serializers.ChoiceField(TaxCategory.choices)
    rate_code = serializers.CharField(help_text="SRI table 17.")
    rate = Percent()
    base = Money()
    tax = Money()
    total = Money()


class NoteDetailSerializer(NoteSerializer, DocumentDetailSerializer):
    """A credit note with everything on it."""

    addresses: ClassVar = {
        "self": "api:credit-note-detail",
        "pdf": "api:credit-note-pdf",
        "page": "billing:credit_note",
    }

    lines = NoteLineSerializer(many=True)


class PreviewNoteLineSerializer(Shape):
    """What a line would be."""

    line = Id(source="result.line_id", allow_null=True)
    description = serializers.CharField()
    quantity = Figure(source="result.quantity")
    net_unit_price = Figure(source="result.unit_price")
    net_discount = Money(source="result.discount")
    rate = Percent(source="result.tax.rate")
    base = Money(source="result.base")
    tax = Money(source="result.tax_amount")
    total = Money(source="result.total")


class NotePreviewSerializer(Shape):
    """What a credit note would be, and what it would do; nothing was saved."""

    issue_date = serializers.DateField(source="day")
    series = Id(source="series.pk")
    lines = PreviewNoteLineSerializer(many=True)
    taxes = PreviewTaxSerializer(many=True, source="totals.taxes")
    subtotal = Money(source="totals.subtotal")
    total_discount = Money(source="totals.discount")
    tax_total = Money(source="totals.tax_total")
    total = Money(source="totals.total")
    lowers_balance = Money(source="lowers", help_text="What it takes off the invoice's balance.")
    frees_money = Money(source="frees", help_text="Collected money that becomes the customer's credit.")
    remains = Money(help_text="What could still be credited afterwards.")
    warnings = serializers.ListField(child=serializers.CharField())
