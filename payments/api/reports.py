"""Reports of payments over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Document
from core import clock
from core.api import CompanyViewSet
from core.shapes import Id, Money
from payments import ageing


class AgeingRowSerializer(serializers.Serializer):
    """What a customer owes, by how long it has been overdue."""

    customer = Id(source="customer_id", allow_null=True, help_text="Null in the total.")
    customer_name = serializers.CharField(source="name")
    not_due = Money(source="by_band.current")
    days_1_30 = Money(source="by_band.30")
    days_31_60 = Money(source="by_band.60")
    days_61_90 = Money(source="by_band.90")
    days_over_90 = Money(source="by_band.older")
    total = Money()


class AgeingSerializer(serializers.Serializer):
    """What is owed on a date: a row for each customer who owes, who owes most first, and the sum."""

    on = serializers.DateField()
    rows = AgeingRowSerializer(many=True)
    total = AgeingRowSerializer()


class AgeingViewSet(CompanyViewSet):
    """Who owes what and for how long."""

    view_permission = "reports.view"
    queryset = Document.objects.invoices()
    serializer_class = AgeingSerializer
    pagination_class = None

    @extend_schema(responses=AgeingSerializer, filters=False)
    def aging(self, request: Request) -> Response:
        """Add up what is owed today by customer and age."""
        today = clock.today()
        rows = ageing.ageing(today)
        told: dict[str, Any] = {"on": today, "rows": rows, "total": ageing.together(rows)}
        return Response(AgeingSerializer(told).data)
