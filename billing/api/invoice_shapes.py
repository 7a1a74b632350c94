"""The shapes of invoices: what goes in, what comes out. The rules are the workflow's."""

from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.document_shapes import (
    DocumentDetailSerializer,
    DocumentSerializer,
    InfoSerializer,
    PreviewTaxSerializer,
)
from billing.api.sri_shapes import SriSerializer, standing
from billing.drafts import Composition, DraftInput, DraftLine, PaymentTerm
from billing.models import SALES, Document, Settlement, TaxCategory
from billing.totals import NO_DISCOUNT, Discount, LineTotals
from core.shapes import Day, Figure, Id, Money, Number, Percent, Shape, Text

# What goes in


class _DiscountedSerializer(serializers.Serializer):
    """Something with a discount, by amount or by percent."""

    discount = Number(required=False, allow_null=True, help_text="USD.")
    discount_percent = Number(required=False, allow_null=True, help_text="0 to 100.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Take one discount, not two."""
        if values.get("discount") and values.get("discount_percent"):
            raise serializers.ValidationError({"discount": "Elija descuento en valor o en porcentaje, no ambos."})
        return values


class LineInputSerializer(_DiscountedSerializer):
    """A free line: of a product (whose text, price and tax are taken where left out) or typed."""

    product = Id(required=False, allow_null=True)
    code = Text(max_length=25)
    description = Text()
    quantity = Number(default=Decimal(1))
    unit_price = Number(required=False, allow_null=True)
    price_includes_tax = serializers.BooleanField(required=False, allow_null=True)
    tax_category = serializers.ChoiceField(TaxCategory.choices, required=False, allow_blank=True)


class PaymentTermInputSerializer(serializers.Serializer):
    """How the buyer is to pay; one row without amount takes the whole total."""

    sri_method = serializers.CharField(max_length=2, help_text="SRI table 24.")
    amount = Money(required=False, allow_null=True)
    term_days = serializers.IntegerField(min_value=0, max_value=32_767, required=False, allow_null=True)


class InvoiceInputSerializer(_DiscountedSerializer):
    """An invoice as entered. The lines of its billables come first, then the free ones."""

    customer = Id()
    series = Id(
        required=False,
        allow_null=True,
        help_text="A receipt book, which decides the type of document; the first active one when left out.",
    )
    issue_date = Day(required=False, allow_null=True, help_text="The day of issue when left out.")
    payment_days = serializers.IntegerField(min_value=0, max_value=32_767, required=False, allow_null=True)
    billables = serializers.ListField(child=Id(), required=False, max_length=500)
    lines = LineInputSerializer(many=True, required=False)
    payment_terms = PaymentTermInputSerializer(many=True, required=False)
    additional_info = InfoSerializer(many=True, required=False)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class CorrectionSerializer(InvoiceInputSerializer):
    """What an invoice that SRI refused should say; number, series and date stay, and so do customer and billables."""

    series = None  # type: ignore[assignment]
    issue_date = None  # type: ignore[assignment]


class NewInvoiceSerializer(InvoiceInputSerializer):
    """A new invoice, which may be issued in the same step."""

    issue = serializers.BooleanField(default=False, help_text="Issue it at once: all or nothing.")


_PLAIN = {
    "customer": "customer_id",
    "series": "series_id",
    "issue_date": "date_asked",
    "payment_days": "payment_days",
    "notes": "notes",
}


def draft_values(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a validated body into the fields of `DraftInput` it sets."""
    values: dict[str, Any] = {field: body[name] for name, field in _PLAIN.items() if name in body}
    if "billables" in body:
        values["billable_ids"] = tuple(body["billables"])
    if "lines" in body:
        values["lines"] = tuple(draft_line(line) for line in body["lines"])
    if {"discount", "discount_percent"} & body.keys():
        values["discount"] = _discount(body)
    if "payment_terms" in body:
        values["payment_terms"] = tuple(PaymentTerm(**row) for row in body["payment_terms"])
    if "additional_info" in body:
        values["additional_info"] = tuple((row["name"], row["value"]) for row in body["additional_info"])
    return values


def draft_input(body: dict[str, Any]) -> DraftInput:
    """Turn a validated body into what a person would have entered."""
    return DraftInput(**draft_values(body))


def draft_line(line: dict[str, Any]) -> DraftLine:
    """Turn a validated line into what a person would have entered."""
    return DraftLine(
        quantity=line["quantity"],
        product_id=line.get("product"),
        code=line["code"],
        description=line["description"],
        unit_price=line.get("unit_price"),
        price_includes_tax=line.get("price_includes_tax"),
        tax_category=line.get("tax_category", ""),
        discount=_discount(line),
    )


def _discount(values: dict[str, Any]) -> Discount:
    if values.get("discount_percent"):
        return Discount.percent(values["discount_percent"])
    return Discount.amount(values["discount"]) if values.get("discount") else NO_DISCOUNT


# What comes out


class InvoiceSerializer(DocumentSerializer):
    """An invoice in a list."""

    document_type = serializers.ChoiceField(
        [(kind.value, kind.label) for kind in SALES], help_text="SRI table 3: factura, or nota de venta (RIMPE)."
    )
    due_date = serializers.DateField()
    balance = Money(help_text="What is still owed; zero for drafts and voided ones.")


class EnteredDiscount(Shape):
    """A discount as it was entered: by amount or by percent."""

    discount = serializers.SerializerMethodField()
    discount_percent = serializers.SerializerMethodField()

    def get_discount(self, row: Any) -> str | None:
        """Return the amount, where one was entered."""
        return None if row.discount_is_percent else f"{row.discount_value:.2f}"

    def get_discount_percent(self, row: Any) -> str | None:
        """Return the percentage, where one was entered."""
        return f"{row.discount_value:.2f}" if row.discount_is_percent else None


class InvoiceLineSerializer(EnteredDiscount):
    """A line: as entered, and what it came to. `base`, `net_unit_price` and `net_discount` are without tax."""

    position = serializers.IntegerField()
    product = Id(source="product_id", allow_null=True)
    billable = Id(source="billable_id", allow_null=True)
    code = serializers.CharField()
    description = serializers.CharField()
    quantity = Figure()
    unit_price = Figure()
    price_includes_tax = serializers.BooleanField()
    tax_category = serializers.ChoiceField(TaxCategory.choices)
    rate_code = serializers.CharField(help_text="SRI table 17.")
    rate = Percent()
    net_unit_price = Figure()
    net_discount = Money(help_text="With its share of the document's discount.")
    base = Money()
    tax = Money()
    total = Money()


class PaymentTermSerializer(Shape):
    """How the buyer is to pay."""

    sri_method = serializers.CharField()
    amount = Money()
    term_days = serializers.IntegerField()


class InvoiceDetailSerializer(InvoiceSerializer, DocumentDetailSerializer, EnteredDiscount):
    """An invoice with everything on it."""

    addresses: ClassVar = {"self": "api:invoice-detail", "pdf": "api:invoice-pdf", "page": "billing:invoice"}

    payment_days = serializers.IntegerField()
    lines = InvoiceLineSerializer(many=True)
    payment_terms = PaymentTermSerializer(many=True)
    notes = serializers.CharField()
    discount_approved_by = serializers.CharField(
        help_text="Who saved a discount above the company's limit; empty where nothing had to be approved."
    )
    duplicate_of = Id(source="duplicate_of_id", allow_null=True)
    revision = serializers.IntegerField(help_text="Grows when what SRI refused is corrected.")
    sri = serializers.SerializerMethodField()

    @extend_schema_field(SriSerializer(allow_null=True))
    def get_sri(self, document: Document) -> dict[str, Any] | None:
        """Return where the invoice stands with SRI; null where it does not go there."""
        return standing(document)


class PreviewLine(NamedTuple):
    """A line of a preview."""

    description: str
    totals: LineTotals


class PreviewLineSerializer(Shape):
    """What a line would come to."""

    description = serializers.CharField()
    quantity = Figure(source="totals.entered.quantity")
    unit_price = Figure(source="totals.entered.unit_price")
    rate = Percent(source="totals.entered.tax.rate")
    base = Money(source="totals.base")
    tax = Money(source="totals.tax")
    total = Money(source="totals.total")


class PreviewSerializer(Shape):
    """What an invoice would be; nothing was saved."""

    issue_date = serializers.DateField()
    due_date = serializers.DateField()
    payment_days = serializers.IntegerField()
    subtotal = Money(source="totals.subtotal_without_tax")
    total_discount = Money(source="totals.net_discount")
    tax_total = Money(source="totals.tax_total")
    total = Money(source="totals.total")
    taxes = PreviewTaxSerializer(many=True, source="totals.taxes")
    lines = serializers.SerializerMethodField()
    payment_terms = PaymentTermSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())

    @extend_schema_field(PreviewLineSerializer(many=True))
    def get_lines(self, composition: Composition) -> Any:
        """Return each line with what it comes to."""
        pairs = zip(composition.lines, composition.totals.lines, strict=True)
        return PreviewLineSerializer([PreviewLine(line.description, totals) for line, totals in pairs], many=True).data


class SettlementSerializer(Shape):
    """So much of the invoice was settled by this; reversed, never deleted."""

    id = Id()
    kind = serializers.ChoiceField(Settlement.Kind.choices)
    payment = Id(source="payment_id", allow_null=True)
    credit = Id(source="credit_id", allow_null=True)
    amount = Money()
    settled_on = serializers.DateField()
    created_at = serializers.DateTimeField()
    reversed_at = serializers.DateTimeField(allow_null=True)
    reversal_reason = serializers.CharField()
