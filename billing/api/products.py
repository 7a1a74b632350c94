"""Products and tax rates over the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import products, restoring
from billing.filters import ProductFilterSet
from billing.models import Product, TaxCategory, TaxRate
from core.api import CompanyViewSet
from core.shapes import Figure, Id, Percent, Shape, Text


class ProductSerializer(Shape):
    """A good or service."""

    id = Id()
    code = serializers.CharField()
    auxiliary_code = serializers.CharField()
    name = serializers.CharField()
    unit_price = Figure()
    price_includes_tax = serializers.BooleanField()
    tax_category = serializers.ChoiceField(TaxCategory.choices)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ProductInputSerializer(serializers.Serializer):
    """What is entered for a product."""

    code = serializers.CharField(max_length=25)
    auxiliary_code = Text(max_length=25)
    name = serializers.CharField(max_length=300)
    unit_price = Figure()
    price_includes_tax = serializers.BooleanField(default=False)
    tax_category = serializers.ChoiceField(TaxCategory.choices, default=TaxCategory.GENERAL)


class ProductViewSet(CompanyViewSet):
    """What is sold. Hidden products are gone from here; documents keep what they were made with."""

    view_permission = "products.view"
    permissions = dict.fromkeys(("create", "update", "partial_update", "destroy", "restore"), ("products.manage",))
    queryset = Product.objects.live()
    serializer_class = ProductSerializer
    filterset_class = ProductFilterSet
    ordering_fields = ("id", "name")

    @extend_schema(request=ProductInputSerializer, responses={201: ProductSerializer})
    def create(self, request: Request) -> Response:
        """Add a product."""
        return self.created(products.create(self.validated(ProductInputSerializer), actor=self.actor))

    @extend_schema(request=ProductInputSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a product: what is left out takes its default."""
        return self._save(pk, self.validated(ProductInputSerializer))

    @extend_schema(request=ProductInputSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a product."""
        return self._save(pk, self.validated(ProductInputSerializer, partial=True))

    def _save(self, pk: str, values: dict[str, Any]) -> Response:
        saved = products.update(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        return self.answer(saved)

    def destroy(self, request: Request, pk: str) -> Response:
        """Hide a product; nothing is deleted."""
        products.hide(int(pk), actor=self.actor)
        return Response(status=204)

    @extend_schema(request=None, responses=ProductSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: str) -> Response:
        """Put a hidden product back; refused where somebody else took its code meanwhile."""
        return self.answer(restoring.restore_product(int(pk), actor=self.actor))


class TaxRateSerializer(Shape):
    """One category's SRI codes and rate between two dates."""

    id = Id()
    category = serializers.ChoiceField(TaxCategory.choices)
    tax_code = serializers.CharField(source="code", help_text="SRI table 16.")
    rate_code = serializers.CharField(help_text="SRI table 17.")
    rate = Percent()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    law = serializers.CharField(source="source", help_text="What it rests on.")


class TaxRateFilterSet(django_filters.FilterSet):
    """Filters of the dated tax table."""

    category = django_filters.ChoiceFilter(choices=TaxCategory.choices)
    on = django_filters.DateFilter(method="in_force_on")

    class Meta:
        model = TaxRate
        fields: list[str] = []

    def in_force_on(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Keep the rates in force on a local date."""
        return queryset.in_force(value)  # type: ignore[attr-defined]


class TaxRateViewSet(CompanyViewSet):
    """The dated table of tax rates, the same for every company; kept by the installation's administrators."""

    view_permission = "products.view"
    queryset = TaxRate.objects.all()
    serializer_class = TaxRateSerializer
    filterset_class = TaxRateFilterSet
    default_ordering = "id"
