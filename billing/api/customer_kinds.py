"""Kinds of customer over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import customer_kinds
from billing.models import CustomerKind
from core.api import CompanyViewSet
from core.shapes import Id, Shape


class CustomerKindSerializer(Shape):
    """What a customer is to the business; some rates depend on it."""

    id = Id()
    name = serializers.CharField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class CustomerKindInputSerializer(serializers.Serializer):
    """What is entered for a kind."""

    name = serializers.CharField(max_length=60, allow_blank=True)
    active = serializers.BooleanField(default=True)


class CustomerKindViewSet(CompanyViewSet):
    """Kinds of customer. Those that are put away stay, with `active` false."""

    view_permission = "customers.view"
    permissions = dict.fromkeys(("create", "partial_update"), ("products.manage",))
    queryset = CustomerKind.objects.all()
    serializer_class = CustomerKindSerializer
    default_ordering = "id"

    @extend_schema(request=CustomerKindInputSerializer, responses={201: CustomerKindSerializer})
    def create(self, request: Request) -> Response:
        """Add a kind."""
        return self.created(customer_kinds.create(self.validated(CustomerKindInputSerializer), actor=self.actor))

    @extend_schema(request=CustomerKindInputSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a kind or put it away."""
        values = self.validated(CustomerKindInputSerializer, partial=True)
        saved = customer_kinds.update(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        return self.answer(saved)
