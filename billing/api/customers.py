"""Customers over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import customers, merging, restoring
from billing.filters import CustomerFilterSet
from billing.models import Customer, CustomerCredit, CustomerKind, FiscalStatus, IdentificationType
from billing.queries import credit_of
from core.api import CompanyViewSet
from core.shapes import Id, Money, Shape, Text
from sri import identification


class ContactSerializer(serializers.Serializer):
    """A person at the customer."""

    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(default="", allow_blank=True)
    phone = Text(max_length=30)
    position = Text(max_length=100)
    receives_documents = serializers.BooleanField(default=False)


class CustomerSerializer(Shape):
    """A customer in a list."""

    id = Id()
    identification_type = serializers.ChoiceField(IdentificationType.choices)
    identification = serializers.CharField()
    name = serializers.CharField()
    trade_name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    address = serializers.CharField()
    fiscal_status = serializers.ChoiceField(FiscalStatus.choices)
    kind = Id(source="kind_id", allow_null=True, help_text="Kind of customer: some prices depend on it.")
    payment_days = serializers.IntegerField(allow_null=True)
    credit_limit = Money(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class CustomerDetailSerializer(CustomerSerializer):
    """A customer with contacts."""

    notes = serializers.CharField()
    contacts = ContactSerializer(many=True)


class SavedCustomerSerializer(CustomerDetailSerializer):
    """A customer just saved, and what a person should know about it: warnings never block."""

    warnings = serializers.ListField(child=serializers.CharField())


class CustomerInputSerializer(serializers.Serializer):
    """What is entered for a customer. `contacts` replaces all contacts."""

    identification_type = serializers.ChoiceField(IdentificationType.choices, help_text="SRI table 6.")
    identification = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=300)
    trade_name = Text()
    email = serializers.EmailField(default="", allow_blank=True)
    phone = Text(max_length=30)
    address = Text()
    fiscal_status = serializers.ChoiceField(FiscalStatus.choices, default=FiscalStatus.PERSON)
    kind = Id(allow_null=True, default=None)
    payment_days = serializers.IntegerField(min_value=0, max_value=32_767, allow_null=True, default=None)
    credit_limit = Money(min_value=0, allow_null=True, default=None)
    notes = Text(max_length=10_000)
    contacts = ContactSerializer(many=True, default=list)


class MergeSerializer(serializers.Serializer):
    """Which customer is joined into this one, and of which of the two each field is kept."""

    other = Id()
    choices = serializers.DictField(
        child=serializers.ChoiceField([("keep", "keep"), ("other", "other")]),
        default=dict,
        help_text="`{field: keep | other}`; this one's value stays unless said, the other's where this one's is blank.",
    )


class LookupSerializer(serializers.Serializer):
    """An identification to look at."""

    identification = serializers.CharField(max_length=40)
    type = serializers.ChoiceField(IdentificationType.choices, required=False, help_text="Guessed when left out.")


class FoundSerializer(serializers.Serializer):
    """What an identification is, and the customer who has it."""

    type = serializers.ChoiceField(IdentificationType.choices)
    normalized = serializers.CharField()
    valid = serializers.BooleanField(help_text="Whether SRI takes it; a check digit only warns.")
    error = serializers.CharField(allow_null=True)
    warning = serializers.CharField(allow_null=True)
    customer = CustomerSerializer(allow_null=True)


class CreditSerializer(Shape):
    """Money of the customer's that settles nothing yet."""

    id = Id()
    origin = serializers.ChoiceField(CustomerCredit.Origin.choices)
    amount = Money()
    remaining = Money()
    payment = Id(source="payment_id")
    invoice = Id(source="document_id", allow_null=True)
    created_at = serializers.DateTimeField()


class CustomerCreditSerializer(serializers.Serializer):
    """A customer's credit: the total, and where it is from."""

    available = Money()
    credits = CreditSerializer(many=True)


class CustomerViewSet(CompanyViewSet):
    """Who buys. Hidden customers are gone from here; their documents stay."""

    view_permission = "customers.view"
    permissions = dict.fromkeys(("create", "update", "partial_update", "destroy", "restore"), ("customers.manage",)) | {
        "merge": ("customers.merge",)
    }
    if_match_actions = ("merge",)
    references = {"kind": CustomerKind, "other": Customer}
    queryset = Customer.objects.live()
    serializer_class = CustomerSerializer
    detail_serializer_class = CustomerDetailSerializer
    filterset_class = CustomerFilterSet
    ordering_fields = ("id", "name")

    @extend_schema(request=CustomerInputSerializer, responses={201: SavedCustomerSerializer})
    def create(self, request: Request) -> Response:
        """Add a customer."""
        saved = customers.create(_entered(self.validated(CustomerInputSerializer)), actor=self.actor)
        return _with_warnings(self.created(saved.customer), saved)

    @extend_schema(request=CustomerInputSerializer, responses=SavedCustomerSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a customer: what is left out is emptied."""
        return self._save(pk, self.validated(CustomerInputSerializer))

    @extend_schema(request=CustomerInputSerializer, responses=SavedCustomerSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a customer."""
        return self._save(pk, self.validated(CustomerInputSerializer, partial=True))

    def _save(self, pk: str, values: dict[str, Any]) -> Response:
        saved = customers.update(int(pk), _entered(values), actor=self.actor, expected_version=self.expected_version())
        return _with_warnings(self.answer(saved.customer), saved)

    def destroy(self, request: Request, pk: str) -> Response:
        """Hide a customer; nothing is deleted."""
        customers.hide(int(pk), actor=self.actor)
        return Response(status=204)

    @extend_schema(request=None, responses=CustomerDetailSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: str) -> Response:
        """Put a hidden customer back; refused where somebody else took its identification meanwhile."""
        return self.answer(restoring.restore_customer(int(pk), actor=self.actor))

    @extend_schema(request=MergeSerializer, responses=CustomerDetailSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Join another customer into this one, for good: all its rows come here, it is hidden and leads here.

        Issued documents go on saying what they said. `If-Match` is about this customer.
        """
        asked = self.validated(MergeSerializer)
        kept = merging.merge(
            int(pk), asked["other"], asked["choices"], actor=self.actor, keep_version=self.expected_version()
        )
        return self.answer(kept)

    @extend_schema(parameters=[LookupSerializer], responses=FoundSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def lookup(self, request: Request) -> Response:
        """Say what an identification is (type, shape, check digit) and who has it."""
        asked = self.validated_query(LookupSerializer)
        kind = asked.get("type") or identification.guess_type(asked["identification"]) or IdentificationType.PASSPORT
        checked = identification.check(kind, asked["identification"])
        customer = customers.identified(checked.type, checked.normalized)
        return Response(
            {
                "type": checked.type,
                "normalized": checked.normalized,
                "valid": checked.valid_shape,
                "error": checked.error,
                "warning": checked.warning,
                "customer": CustomerSerializer(customer).data if customer else None,
            }
        )

    @extend_schema(responses=CustomerCreditSerializer)
    @action(detail=True, pagination_class=None)
    def credit(self, request: Request, pk: str) -> Response:
        """Say what credit the customer has, and where it is from."""
        customer = self.get_object()
        rows: QuerySet = CustomerCredit.objects.filter(customer=customer).available().order_by("pk")
        return Response(CustomerCreditSerializer({"available": credit_of(customer.pk), "credits": rows}).data)


def _entered(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the kind itself in the place of its id."""
    if values.get("kind") is not None:
        values["kind"] = CustomerKind.objects.get(pk=values["kind"])
    return values


def _with_warnings(response: Response, saved: customers.Saved) -> Response:
    response.data["warnings"] = list(saved.warnings)
    return response
