"""Refunds over the API: money given back, of credit or of what a consumidor final paid; its paper."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Customer, Document
from core.api import CompanyViewSet
from core.shapes import Day, Id, Money, Number, Shape, Text
from payments import papers, refunds
from payments.api.payments import VoidPaymentSerializer
from payments.api.receipts import PDF, pdf_response
from payments.filters import RefundFilterSet
from payments.models import Payment, PaymentMethod, PaymentStatus, Refund


class RefundSerializer(Shape):
    """Money given back."""

    id = Id()
    number = serializers.CharField(help_text="`DEV-000000001`; consecutive, and kept when voided.")
    customer = Id(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    method = Id(source="method_id")
    method_name = serializers.CharField(source="method.name")
    amount = Money()
    refunded_on = serializers.DateField()
    reference = serializers.CharField()
    reason = serializers.CharField()
    kind = serializers.ChoiceField(Refund.Kind.choices, help_text="Of credit, or internal: of a consumidor final's.")
    invoice = Id(source="document_id", allow_null=True)
    status = serializers.ChoiceField(PaymentStatus.choices)
    void_reason = serializers.CharField()
    voided_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class MoneyBackSerializer(serializers.Serializer):
    """How much goes out, how, and why."""

    method = Id()
    amount = Number(help_text="USD.")
    reference = Text(max_length=100)
    reason = serializers.CharField(max_length=500, allow_blank=True)
    refunded_on = Day(required=False, allow_null=True, help_text="Today when left out.")


class RefundInputSerializer(MoneyBackSerializer):
    """Money given back of a customer's credit; with `invoice`, of what a consumidor final paid on it."""

    customer = Id(required=False, help_text="Whose credit; the buyer of `invoice` when left out.")
    invoice = Id(required=False, allow_null=True)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Ask whose money it is."""
        if "customer" not in values and values.get("invoice") is None:
            raise serializers.ValidationError({"customer": _("Diga de quién es el dinero.")}, code="required")
        return values


class RefundViewSet(CompanyViewSet):
    """Money given back. One that never went out is voided; nothing is deleted."""

    view_permission = "payments.view"
    permissions = {"create": ("payments.refund",), "void": ("payments.refund",)}
    references = {"customer": Customer, "method": PaymentMethod, "invoice": Document}
    queryset = Refund.objects.select_related("customer", "method")
    serializer_class = RefundSerializer
    filterset_class = RefundFilterSet
    ordering_fields = ("id", "refunded_on")

    @extend_schema(request=RefundInputSerializer, responses={201: RefundSerializer})
    def create(self, request: Request) -> Response:
        """Give money back, never more than there is."""
        body = self.validated(RefundInputSerializer)
        invoice = body.pop("invoice", None)
        whose = body.pop("customer", None) or Document.objects.get(pk=invoice).customer_id
        entered = refunds.RefundInput(customer_id=whose, method_id=body.pop("method"), document_id=invoice, **body)
        return self.created(refunds.refund(entered, actor=self.actor))

    @extend_schema(request=VoidPaymentSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def void(self, request: Request, pk: str) -> Response:
        """Void a refund: the money never went out, and its credit is there again."""
        return self.answer(refunds.void(int(pk), **self.validated(VoidPaymentSerializer), actor=self.actor))

    @PDF
    @action(detail=True, pagination_class=None)
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the printed refund."""
        made: Any = self.get_object()
        return pdf_response(self, made, papers.refund_pdf(made))


class PaymentMoneyViewSet(CompanyViewSet):
    """What may be asked of one payment: its receipt, and to give back credit of whoever paid."""

    view_permission = "payments.view"
    permissions = {"refund": ("payments.refund",)}
    references = {"method": PaymentMethod}
    queryset = Payment.objects.select_related("receipt")
    serializer_class = RefundSerializer
    pagination_class = None

    @PDF
    def receipt(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the printed receipt of a payment."""
        paid: Any = self.get_object()
        return pdf_response(self, paid.receipt, papers.receipt_pdf(paid.receipt))

    @extend_schema(request=MoneyBackSerializer, responses={201: RefundSerializer})
    def refund(self, request: Request, pk: str) -> Response:
        """Give money back to whoever made a payment, of the credit they have."""
        paid: Any = self.get_object()
        body = self.validated(MoneyBackSerializer)
        entered = refunds.RefundInput(customer_id=paid.customer_id, method_id=body.pop("method"), **body)
        return self.answer(refunds.refund(entered, actor=self.actor), status=201)
