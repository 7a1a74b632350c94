"""Receipts over the API: money received in one act, by one method or several; its paper."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from audit import log
from audit.models import AccessEntry
from billing.models import Customer, Document
from core.api import CompanyViewSet
from core.shapes import Day, Id, Money, Number, Shape, Text
from payments import papers, workflow
from payments.allocation import Allocation
from payments.api.payments import AllocationSerializer, PaymentSerializer, VoidPaymentSerializer
from payments.filters import ReceiptFilterSet
from payments.models import Payment, PaymentMethod, Receipt, Refund

PDF = extend_schema(
    parameters=[OpenApiParameter("download", bool, description="As an attachment instead of inline.")],
    responses={(200, "application/pdf"): OpenApiTypes.BINARY},
)


def pdf_response(viewset: CompanyViewSet, row: Receipt | Refund, content: bytes) -> HttpResponse:
    """Send a paper, and write the look to the access log."""
    request = viewset.request
    log.access(AccessEntry.Kind.READ, actor=viewset.actor, request=request._request, obj=row)
    response = HttpResponse(content, content_type="application/pdf")
    kind = "attachment" if request.query_params.get("download") == "true" else "inline"
    response["Content-Disposition"] = f'{kind}; filename="{papers.file_name(row)}"'
    return response


class ReceiptSerializer(Shape):
    """A receipt in a list."""

    id = Id()
    number = serializers.CharField(help_text="`REC-000000001`; consecutive, and kept when voided.")
    customer = Id(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    received_on = serializers.DateField()
    total = Money()
    voided_at = serializers.DateTimeField(allow_null=True)
    void_reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReceiptDetailSerializer(ReceiptSerializer):
    """A receipt and its payments, one for each method."""

    payments = PaymentSerializer(many=True)


class PartInputSerializer(serializers.Serializer):
    """What came in by one method."""

    method = Id(source="method_id")
    amount = Number(help_text="USD.")
    reference = Text(max_length=100)
    tendered = Number(required=False, allow_null=True, help_text="Cash handed over, of which the rest is change.")


class ReceiptInputSerializer(serializers.Serializer):
    """Money received in one act. Without `allocations` the oldest invoices are settled first."""

    customer = Id()
    parts = PartInputSerializer(many=True)
    received_on = Day(required=False, allow_null=True, help_text="Today when left out.")
    notes = Text(max_length=500)
    allocations = AllocationSerializer(many=True, required=False, help_text="Empty: an advance, for no invoice yet.")
    leave_credit = serializers.BooleanField(default=False, help_text="Keep what is left over as the customer's credit.")
    confirm_repeated = serializers.BooleanField(
        default=False, help_text="A reference that was seen before is of another deposit."
    )


class ReceiptViewSet(CompanyViewSet):
    """What customers are given for money. Numbers are consecutive; a voided receipt keeps its own."""

    view_permission = "payments.view"
    permissions = {"create": ("payments.record",), "void": ("payments.void", "payments.void_any")}
    references = {"customer": Customer, "parts.method": PaymentMethod, "allocations.invoice": Document}
    queryset = Receipt.objects.select_related("customer").prefetch_related(
        Prefetch("payments", Payment.objects.select_related("customer", "method", "receipt").order_by("pk"))
    )
    serializer_class = ReceiptSerializer
    detail_serializer_class = ReceiptDetailSerializer
    filterset_class = ReceiptFilterSet
    ordering_fields = ("id",)

    @extend_schema(request=ReceiptInputSerializer, responses={201: ReceiptDetailSerializer})
    def create(self, request: Request) -> Response:
        """Record money received by one method or several, and settle invoices with it."""
        body = self.validated(ReceiptInputSerializer)
        rows = body.pop("allocations", None)
        entered = workflow.ReceiptInput(
            customer_id=body.pop("customer"),
            parts=tuple(workflow.PartInput(**part) for part in body.pop("parts")),
            allocations=None if rows is None else tuple(Allocation(row["invoice"], row["amount"]) for row in rows),
            **body,
        )
        return self.created(self._in_order(workflow.receive(entered, actor=self.actor)))

    @extend_schema(request=VoidPaymentSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def void(self, request: Request, pk: str) -> Response:
        """Void a receipt with every payment on it; it keeps its number."""
        body = self.validated(VoidPaymentSerializer)
        return self.answer(self._in_order(workflow.void_receipt(int(pk), **body, actor=self.actor)))

    def _in_order(self, receipt: Receipt) -> Receipt:
        """Return the receipt with its payments as they were entered."""
        return self.get_queryset().get(pk=receipt.pk)

    @PDF
    @action(detail=True, pagination_class=None)
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the printed receipt; a voided one says so across the page."""
        receipt: Any = self.get_object()
        return pdf_response(self, receipt, papers.receipt_pdf(receipt))
