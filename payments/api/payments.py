"""Payments over the API: money in, over one invoice or several; a customer's credit and statement."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from audit import log
from audit.models import AccessEntry
from billing import letters
from billing.api.invoice_shapes import InvoiceDetailSerializer, SettlementSerializer
from billing.api.letters import LetterSerializer
from billing.models import Customer, Document, Settlement
from core import clock
from core.api import CompanyViewSet
from core.shapes import Day, Id, Money, Number, Shape, Text
from payments import papers, workflow
from payments.allocation import Allocation, propose, to_one
from payments.filters import PaymentFilterSet
from payments.models import Payment, PaymentMethod, PaymentStatus
from payments.statement import ORDER, statement


class PaymentSerializer(Shape):
    """A payment in a list."""

    id = Id()
    customer = Id(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    method = Id(source="method_id")
    method_name = serializers.CharField(source="method.name")
    amount = Money()
    tendered = Money(allow_null=True, help_text="Cash handed over.")
    change = Money(allow_null=True, help_text="Cash given back of it.")
    paid_on = serializers.DateField()
    reference = serializers.CharField()
    receipt = Id(source="receipt_id")
    receipt_number = serializers.CharField(source="receipt.number")
    status = serializers.ChoiceField(PaymentStatus.choices)
    created_at = serializers.DateTimeField()


class AppliedSerializer(SettlementSerializer):
    """So much of the payment settled this invoice, directly or through the credit it left."""

    invoice = Id(source="document_id")


class PaymentDetailSerializer(PaymentSerializer):
    """A payment and what it settled."""

    notes = serializers.CharField()
    recorded_by = Id(source="recorded_by_id", allow_null=True)
    void_reason = serializers.CharField()
    voided_at = serializers.DateTimeField(allow_null=True)
    applied = serializers.SerializerMethodField()

    @extend_schema_field(AppliedSerializer(many=True))
    def get_applied(self, payment: Payment) -> Any:
        """Return what it settled, the reversed rows too."""
        rows = Settlement.objects.filter(Q(payment_id=payment.pk) | Q(credit__payment_id=payment.pk)).order_by("pk")
        return AppliedSerializer(rows, many=True).data


class AllocationSerializer(serializers.Serializer):
    """So much of a payment to one invoice."""

    invoice = Id()
    amount = Number()


class PaymentInputSerializer(serializers.Serializer):
    """What a cashier enters. Without `allocations` and `invoice` the oldest invoices are settled first."""

    customer = Id(required=False, help_text="Who pays; the buyer of `invoice` when left out.")
    method = Id()
    amount = Number(help_text="USD.")
    paid_on = Day(required=False, allow_null=True, help_text="Today when left out.")
    reference = Text(max_length=100)
    notes = Text(max_length=500)
    allocations = AllocationSerializer(many=True, required=False)
    invoice = Id(required=False, help_text="Short for one allocation of as much as the invoice can take.")
    leave_credit = serializers.BooleanField(default=False, help_text="Keep what is left over as the customer's credit.")
    tendered = Number(required=False, allow_null=True, help_text="Cash handed over, of which the rest is change.")
    confirm_repeated = serializers.BooleanField(
        default=False, help_text="A reference that was seen before is of another deposit."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Take one way to say what is paid, not two."""
        if "invoice" in values and "allocations" in values:
            raise serializers.ValidationError({"invoice": _("Use «invoice» o «allocations», no ambos.")})
        if "customer" not in values and "invoice" not in values:
            raise serializers.ValidationError({"customer": _("Diga quién paga, o qué factura.")}, code="required")
        return values


class VoidPaymentSerializer(serializers.Serializer):
    """Why a payment is voided."""

    reason = serializers.CharField(max_length=500, allow_blank=True)


class ProposalQuerySerializer(serializers.Serializer):
    """Whose money, and how much."""

    customer = Id()
    amount = Money(min_value=0)


class ProposalSerializer(serializers.Serializer):
    """Which invoices a payment would settle, the oldest due first, and what would be left over."""

    allocations = AllocationSerializer(many=True)
    left_over = Money()


class PaymentViewSet(CompanyViewSet):
    """Money received. A payment that never happened is voided; nothing is deleted."""

    view_permission = "payments.view"
    permissions = {"create": ("payments.record",), "void": ("payments.void", "payments.void_any")}
    references = {
        "customer": Customer,
        "method": PaymentMethod,
        "invoice": Document,
        "allocations.invoice": Document,
    }
    queryset = Payment.objects.select_related("customer", "method", "receipt")
    serializer_class = PaymentSerializer
    detail_serializer_class = PaymentDetailSerializer
    filterset_class = PaymentFilterSet
    ordering_fields = ("id", "paid_on", "amount")

    @extend_schema(request=PaymentInputSerializer, responses={201: PaymentDetailSerializer})
    def create(self, request: Request) -> Response:
        """Record money received and settle invoices with it."""
        body = self.validated(PaymentInputSerializer)
        payer = body.pop("customer", None) or Document.objects.get(pk=body["invoice"]).customer_id
        entered = workflow.PaymentInput(
            customer_id=payer, method_id=body.pop("method"), allocations=_allocations(body), **body
        )
        return self.created(workflow.record(entered, actor=self.actor))

    @extend_schema(request=VoidPaymentSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def void(self, request: Request, pk: str) -> Response:
        """Void a payment: it never happened, and what it settled is owed again."""
        return self.answer(workflow.void(int(pk), **self.validated(VoidPaymentSerializer), actor=self.actor))

    @extend_schema(parameters=[ProposalQuerySerializer], responses=ProposalSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def propose(self, request: Request) -> Response:
        """Propose which invoices an amount would settle, the oldest due first; changes nothing."""
        asked = self.validated_query(ProposalQuerySerializer)
        customer = get_object_or_404(Customer.objects.live(), pk=asked["customer"])
        rows, left = propose(customer.pk, asked["amount"])
        allocations = [{"invoice": row.document_id, "amount": row.amount} for row in rows]
        return Response(ProposalSerializer({"allocations": allocations, "left_over": left}).data)


def _allocations(body: dict[str, Any]) -> tuple[Allocation, ...] | None:
    """Take what is paid out of the body: several invoices, one, or nothing said."""
    invoice, rows = body.pop("invoice", None), body.pop("allocations", None)
    if invoice is not None:
        return to_one(invoice, body["amount"], keep_rest=body["leave_credit"])
    return None if rows is None else tuple(Allocation(row["invoice"], row["amount"]) for row in rows)


class CreditApplicationSerializer(serializers.Serializer):
    """How much of the customer's credit."""

    amount = Number(help_text="USD.")


class CreditApplicationViewSet(CompanyViewSet):
    """The customer's credit, applied to an invoice."""

    permissions = {"create": ("payments.record",)}
    queryset = Document.objects.invoices()
    serializer_class = InvoiceDetailSerializer
    pagination_class = None

    @extend_schema(request=CreditApplicationSerializer, responses={200: InvoiceDetailSerializer})
    def create(self, request: Request, pk: str) -> Response:
        """Settle an invoice with its customer's credit, the oldest first."""
        amount = self.validated(CreditApplicationSerializer)["amount"]
        return self.answer(workflow.apply_credit(int(pk), amount, actor=self.actor))


class StatementQuerySerializer(serializers.Serializer):
    """Of which days; both are included."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Declare `from`, which is no name in Python."""
        return {"from": Day(required=False), "to": Day(required=False)}


class StatementMailSerializer(StatementQuerySerializer):
    """Which days, and whom it goes to."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add the addresses to the days."""
        return super().get_fields() | {"recipients": serializers.ListField(child=serializers.CharField(), default=list)}


class StatementRowSerializer(Shape):
    """One movement: invoices and refunds add to what is owed, payments and credit notes take from it."""

    kind = serializers.ChoiceField(ORDER)
    id = Id()
    on = serializers.DateField()
    number = serializers.CharField(help_text="That of the document, the receipt or the refund.")
    label = serializers.CharField(help_text="The document's number, or how it was paid.")  # type: ignore[assignment]
    amount = Money()
    balance = Money(help_text="What is owed after this movement; negative is credit.")


class StatementSerializer(serializers.Serializer):
    """A customer's account, movement by movement."""

    opening = Money(help_text="What was owed before the first movement; negative is credit.")
    balance = Money(help_text="What is owed after the last movement.")
    rows = StatementRowSerializer(many=True, source="movements")


class StatementViewSet(CompanyViewSet):
    """A customer's account."""

    view_permission = "payments.view"
    permissions = {"send_email": ("billing.mail",)}
    queryset = Customer.objects.live()
    serializer_class = StatementSerializer
    pagination_class = None

    @extend_schema(parameters=[StatementQuerySerializer], responses=StatementSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """List invoices and payments with the balance after each, oldest first."""
        asked = self.validated_query(StatementQuerySerializer)
        told = statement(self.get_object().pk, since=asked.get("from"), until=asked.get("to"))
        return Response(StatementSerializer(told).data)

    @extend_schema(parameters=[StatementQuerySerializer], responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the printed statement of account."""
        asked = self.validated_query(StatementQuerySerializer)
        customer, until = self.get_object(), asked.get("to") or clock.today()
        log.access(AccessEntry.Kind.READ, actor=self.actor, request=request._request, obj=customer)
        told = statement(customer.pk, since=asked.get("from"), until=until)
        content = papers.statement_pdf(customer, told, since=asked.get("from"), until=until)
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{papers.statement_name(customer, until)}"'
        return response

    @extend_schema(request=StatementMailSerializer, responses={202: LetterSerializer})
    def send_email(self, request: Request, pk: str) -> Response:
        """Mail the statement to these addresses, or to those the customer has now."""
        body = self.validated(StatementMailSerializer)
        since, until = body.pop("from", None), body.pop("to", None) or clock.today()
        sent = letters.send_statement(int(pk), since=since, until=until, **body, actor=self.actor)
        return Response(LetterSerializer(sent).data, status=202)
