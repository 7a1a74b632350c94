"""The shapes of bookings. The rules are the workflow's."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.document_shapes import PreviewTaxSerializer
from billing.api.invoice_shapes import PreviewLine, PreviewLineSerializer
from billing.models import IdentificationType, TaxCategory
from core.shapes import Day, Figure, Id, Moment, Money, Number, Shape, Text
from reservations.account import offered_by, parts_of
from reservations.api.setup_shapes import RateSerializer
from reservations.deposits import held_amount
from reservations.invoicing import ChargeInput
from reservations.models import BillingState, Reservation, ReservationLine, ReservationStatus
from reservations.pricing import ExtraInput, Quote
from reservations.workflow import BookInput

# What comes out


class ReservationSerializer(Shape):
    """A booking. `billing_state` and `invoice` are read from its billables and their documents."""

    id = Id()
    code = serializers.CharField()
    status = serializers.ChoiceField(ReservationStatus.choices)
    billing_state = serializers.ChoiceField(BillingState.choices)
    invoice = Id(source="invoice_id", allow_null=True, help_text="The one it is on; null while its account is split.")
    resource = Id(source="court_id")
    resource_name = serializers.CharField(source="court.name")
    venue = Id(source="court.venue_id")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    held_until = serializers.DateTimeField(allow_null=True, help_text="A hold frees itself then.")
    customer = Id(source="customer_id", allow_null=True, help_text="Null while it is held for a name only.")
    customer_name = serializers.CharField(help_text="As it was when booked, or the name the booking is in.")
    customer_email = serializers.CharField()
    customer_phone = serializers.CharField()
    total = Money(help_text="With taxes.")
    price_reason = serializers.CharField(help_text="Why it does not cost what the rates say; empty while it does.")
    fee = Money(allow_null=True, help_text="What it still costs once it was cancelled or nobody came.")
    notes = serializers.CharField()
    cancel_reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class LineSerializer(Shape):
    """One line of a booking: court time priced by a rate, or an extra."""

    position = serializers.IntegerField()
    kind = serializers.ChoiceField(ReservationLine.Kind.choices)
    rate = Id(source="rate_id", allow_null=True)
    product = Id(source="product_id", allow_null=True)
    code = serializers.CharField()
    description = serializers.CharField()
    quantity = Figure()
    unit_price = Figure()
    price_includes_tax = serializers.BooleanField()
    tax_category = serializers.ChoiceField(TaxCategory.choices)


class ShareSerializer(Shape):
    """Who pays a part of a booking, and how far its money has got."""

    id = Id(source="share.pk")
    position = serializers.IntegerField(source="share.position")
    customer = Id(source="share.customer_id")
    customer_name = serializers.CharField(source="share.customer.name")
    amount = Money(source="share.amount", help_text="With taxes.")
    state = serializers.ChoiceField(BillingState.choices)
    invoice = Id(source="document_id", allow_null=True, help_text="The document it is on.")


class ReservationDetailSerializer(ReservationSerializer):
    """A booking with its lines, the deposit held for it, and the parts of its account where it is divided."""

    shares = serializers.SerializerMethodField()
    deposit = serializers.SerializerMethodField()
    lines = LineSerializer(many=True)

    @extend_schema_field(ShareSerializer(many=True))
    def get_shares(self, reservation: Reservation) -> Any:
        """Return who pays which part."""
        return ShareSerializer(parts_of(reservation, offered_by(reservation)), many=True).data

    @extend_schema_field(Money())
    def get_deposit(self, reservation: Reservation) -> str:
        """Return what is held for its invoice."""
        return f"{held_amount(reservation.pk):.2f}"


class SlotSerializer(Shape):
    """A slot of a court's day: whether it can be booked, and the rate that prices it (none: it cannot)."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    available = serializers.BooleanField(source="bookable")
    rate = RateSerializer(allow_null=True)


class QuoteSerializer(Shape):
    """What a booking would cost, with the taxes of today; nothing was saved."""

    resource = Id(source="court.pk")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    lines = serializers.SerializerMethodField()
    taxes = PreviewTaxSerializer(many=True, source="totals.taxes")
    subtotal = Money(source="totals.subtotal_without_tax")
    tax_total = Money(source="totals.tax_total")
    total = Money(source="totals.total")

    @extend_schema_field(PreviewLineSerializer(many=True))
    def get_lines(self, quote: Quote) -> Any:
        """Return each line with what it comes to."""
        pairs = zip(quote.lines, quote.totals.lines, strict=True)
        shown = [PreviewLine(line.offered.description, totals) for line, totals in pairs]
        return PreviewLineSerializer(shown, many=True).data


# What goes in


class ExtraInputSerializer(serializers.Serializer):
    """An extra: of a product (whose text, price and tax are taken where left out) or typed.

    A typed price has the tax inside unless `price_includes_tax` says otherwise.
    """

    quantity = Number(default=Decimal(1))
    product = Id(allow_null=True, default=None)
    description = Text()
    unit_price = Number(allow_null=True, default=None)
    price_includes_tax = serializers.BooleanField(allow_null=True, default=None)
    tax_category = serializers.ChoiceField(TaxCategory.choices, allow_blank=True, default="")


class PeriodSerializer(serializers.Serializer):
    """A period on a court, with extras."""

    resource = Id()
    starts_at = Moment()
    ends_at = Moment()
    extras = ExtraInputSerializer(many=True, default=list)


class NewCustomerSerializer(serializers.Serializer):
    """Somebody who is not a customer yet."""

    identification_type = serializers.ChoiceField(IdentificationType.choices)
    identification = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=300)
    email = serializers.EmailField(allow_blank=True, default="")
    phone = Text(max_length=30)


class ChargeSerializer(serializers.Serializer):
    """How the customer pays; without an amount, all that is owed."""

    method = Id()
    amount = Number(allow_null=True, default=None)
    reference = Text(max_length=100)
    series = Id(allow_null=True, default=None, help_text="The receipt book of the invoice; the first active one.")


class WhoSerializer(serializers.Serializer):
    """For whom it is booked: for a `customer`, or for a `new_customer` who is added with it.

    With `confirm` it is confirmed at once; with `charge` it is also invoiced and paid. All or nothing.
    """

    customer = Id(allow_null=True, default=None)
    new_customer = NewCustomerSerializer(allow_null=True, default=None)
    customer_name = Text()
    customer_email = serializers.EmailField(allow_blank=True, default="")
    customer_phone = Text(max_length=30)
    notes = Text(max_length=5000)
    confirm = serializers.BooleanField(default=False)
    charge = ChargeSerializer(allow_null=True, default=None)


class BookSerializer(WhoSerializer, PeriodSerializer):
    """A booking as it is entered."""


class WantedSerializer(PeriodSerializer):
    """What is to be priced; for a `customer`, at the prices of its kind."""

    customer = Id(allow_null=True, default=None)


class ChangeSerializer(serializers.Serializer):
    """What may change while a booking is requested: extras that are given replace all; court time is priced anew."""

    extras = ExtraInputSerializer(many=True, required=False)
    notes = serializers.CharField(allow_blank=True, max_length=5000, required=False)


class ReasonSerializer(serializers.Serializer):
    """Why."""

    reason = Text(max_length=500)


class WaiveSerializer(serializers.Serializer):
    """Why the fee of the rules is waived (needs `reservations.setup`); left out, it is asked for."""

    waive = Text(max_length=500)


class CancelSerializer(WaiveSerializer):
    """Why it is cancelled."""

    reason = Text(max_length=500)


class MakeInvoiceSerializer(serializers.Serializer):
    """How the invoice is made."""

    series = Id(allow_null=True, default=None, help_text="Its receipt book; the first active one when left out.")
    issue = serializers.BooleanField(default=False, help_text="Give it its number in the same step.")


class DaySerializer(serializers.Serializer):
    """A court's local date."""

    resource = Id()
    date = Day()
    customer = Id(required=False, help_text="At the prices of this customer's kind.")


def extra_inputs(rows: list[dict[str, Any]]) -> tuple[ExtraInput, ...]:
    """Turn validated extras into what the workflow takes."""
    return tuple(
        ExtraInput(product_id=row["product"], **{name: value for name, value in row.items() if name != "product"})
        for row in rows
    )


def charge_input(body: dict[str, Any]) -> ChargeInput:
    """Turn a validated payment into what the workflow takes."""
    return ChargeInput(body["method"], body["amount"], body["reference"], body["series"])


def who_values(body: dict[str, Any]) -> dict[str, Any]:
    """Turn who books, validated, into what `BookInput` and `TakeInput` take."""
    same = ("new_customer", "customer_name", "customer_email", "customer_phone", "notes", "confirm")
    charge = charge_input(body["charge"]) if body["charge"] else None
    return {"customer_id": body["customer"], "charge": charge, **{name: body[name] for name in same}}


def book_input(body: dict[str, Any]) -> BookInput:
    """Turn a validated booking into what the workflow takes."""
    return BookInput(
        court_id=body["resource"],
        starts_at=body["starts_at"],
        ends_at=body["ends_at"],
        extras=extra_inputs(body["extras"]),
        **who_values(body),
    )


def change_values(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a validated change into the arguments of `workflow.update_lines()`."""
    return body | ({"extras": extra_inputs(body["extras"])} if "extras" in body else {})
