"""Billables over the API: what waits to be invoiced."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import billables, restoring
from billing.filters import BillableFilterSet
from billing.models import Billable, BillableStatus, TaxCategory
from billing.queries import waiting_by_customer
from core.api import CompanyViewSet
from core.money import ZERO
from core.shapes import Figure, Id, Money, Shape, Text


class BillableSerializer(Shape):
    """A billable in a list."""

    id = Id()
    customer = Id(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    source_type = serializers.CharField()
    source_id = Id()
    source_label = serializers.CharField()
    description = serializers.CharField()
    service_date = serializers.DateField()
    amount = Money(help_text="With taxes, as estimated when it was offered.")
    status = serializers.ChoiceField(BillableStatus.choices)
    invoice = Id(source="document_id", allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class BillableLineSerializer(Shape):
    """A line the billable will put on its invoice."""

    position = serializers.IntegerField()
    product = Id(source="product_id", allow_null=True)
    code = serializers.CharField()
    description = serializers.CharField()
    quantity = Figure()
    unit_price = Figure()
    price_includes_tax = serializers.BooleanField()
    discount = Money()
    tax_category = serializers.ChoiceField(TaxCategory.choices)


class BillableDetailSerializer(BillableSerializer):
    """A billable with its lines."""

    cancel_reason = serializers.CharField()
    lines = BillableLineSerializer(many=True)


class WaitingSerializer(Shape):
    """What waits of one customer's."""

    customer = Id()
    customer_name = serializers.CharField()
    count = serializers.IntegerField()
    total = Money()


class SummarySerializer(serializers.Serializer):
    """What waits to be invoiced, by customer and in all."""

    count = serializers.IntegerField()
    total = Money()
    customers = WaitingSerializer(many=True)


class CancelSerializer(serializers.Serializer):
    """Why a billable is cancelled."""

    reason = Text(max_length=500)


class BillableViewSet(CompanyViewSet):
    """What was delivered or agreed and waits to be invoiced. They are made by their sources, not here."""

    view_permission = "billables.view"
    permissions = dict.fromkeys(("destroy", "restore"), ("billables.manage",))
    queryset = Billable.objects.select_related("customer")
    serializer_class = BillableSerializer
    detail_serializer_class = BillableDetailSerializer
    filterset_class = BillableFilterSet

    @extend_schema(parameters=[CancelSerializer])
    def destroy(self, request: Request, pk: str) -> Response:
        """Cancel a waiting billable; its source can be billed again."""
        billables.cancel(int(pk), **self.validated_query(CancelSerializer), actor=self.actor)
        return Response(status=204)

    @extend_schema(request=None, responses={201: BillableDetailSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: str) -> Response:
        """Let what was cancelled wait to be invoiced again: as a new billable; the cancelled one stays cancelled.

        Refused where its source no longer asks for it, or something else took its place.
        """
        return self.created(restoring.restore_billable(int(pk), actor=self.actor))

    @extend_schema(responses=BillableSerializer(many=True))
    @action(detail=False)
    def available(self, request: Request) -> Response:
        """List what can be put on an invoice now."""
        waiting = self.get_queryset().filter(status=BillableStatus.WAITING)
        return self.sublist(self.filter_queryset(waiting), BillableSerializer)

    @extend_schema(responses=SummarySerializer)
    @action(detail=False, pagination_class=None)
    def summary(self, request: Request) -> Response:
        """Add up what can be put on an invoice now, by customer and in all."""
        rows = waiting_by_customer(self.filter_queryset(self.get_queryset()))
        body = {
            "count": sum(row.count for row in rows),
            "total": sum((row.total for row in rows), start=ZERO),
            "customers": rows,
        }
        return Response(SummarySerializer(body).data)
