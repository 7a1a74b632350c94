"""Payment methods over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CompanyViewSet
from core.shapes import Id, Shape
from payments import methods
from payments.models import PaymentMethod, ReferenceKind, ReferenceRule


class PaymentMethodSerializer(Shape):
    """A way to pay."""

    id = Id()
    name = serializers.CharField()
    sri_code = serializers.CharField(help_text="SRI table 24.")
    reference_rule = serializers.ChoiceField(ReferenceRule.choices)
    reference_kind = serializers.ChoiceField(ReferenceKind.choices)
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class PaymentMethodInputSerializer(serializers.Serializer):
    """What is entered for a way to pay."""

    name = serializers.CharField(max_length=100)
    sri_code = serializers.CharField(max_length=2)
    reference_rule = serializers.ChoiceField(ReferenceRule.choices, default=ReferenceRule.OPTIONAL)
    reference_kind = serializers.ChoiceField(
        ReferenceKind.choices,
        default=ReferenceKind.FREE,
        help_text="What the reference is, which says how it must look.",
    )
    active = serializers.BooleanField(default=True)


class PaymentMethodViewSet(CompanyViewSet):
    """The ways to pay a company takes. One that is no longer taken is made inactive."""

    view_permission = "payments.view"
    permissions = dict.fromkeys(("create", "update", "partial_update"), ("payments.setup",))
    queryset = PaymentMethod.objects.all()
    serializer_class = PaymentMethodSerializer
    default_ordering = "id"

    @extend_schema(request=PaymentMethodInputSerializer, responses={201: PaymentMethodSerializer})
    def create(self, request: Request) -> Response:
        """Add a way to pay."""
        return self.created(methods.create(self.validated(PaymentMethodInputSerializer), actor=self.actor))

    @extend_schema(request=PaymentMethodInputSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a way to pay: what is left out takes its default."""
        return self._save(pk, self.validated(PaymentMethodInputSerializer))

    @extend_schema(request=PaymentMethodInputSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a way to pay, or take it out of use."""
        return self._save(pk, self.validated(PaymentMethodInputSerializer, partial=True))

    def _save(self, pk: str, values: dict[str, object]) -> Response:
        saved = methods.update(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        return self.answer(saved)
