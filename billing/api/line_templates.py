"""Templates of lines over the API."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import line_templates
from billing.api.invoice_shapes import EnteredDiscount, LineInputSerializer, draft_line
from billing.drafts import DraftLine
from billing.line_templates import TemplateInput
from billing.models import Document, LineTemplate, Product
from core.api import CompanyViewSet
from core.shapes import Figure, Id, Shape


class TemplateLineSerializer(EnteredDiscount):
    """A line as entered; what is null or empty is the product's when the line is used."""

    position = serializers.IntegerField()
    product = Id(source="product_id", allow_null=True)
    description = serializers.CharField()
    quantity = Figure()
    unit_price = Figure(allow_null=True)
    price_includes_tax = serializers.BooleanField(allow_null=True)
    tax_category = serializers.CharField()


class LineTemplateSerializer(Shape):
    """A named set of lines; they go into an invoice's `lines` as they are."""

    id = Id()
    name = serializers.CharField()
    active = serializers.BooleanField()
    lines = TemplateLineSerializer(many=True)
    version = serializers.IntegerField()


class LineTemplateInputSerializer(serializers.Serializer):
    """What is entered for a template."""

    name = serializers.CharField(max_length=100, allow_blank=True)
    active = serializers.BooleanField(default=True)
    lines = LineInputSerializer(many=True)


class KeepSerializer(serializers.Serializer):
    """Whose lines are kept, and under which name."""

    invoice = Id()
    name = serializers.CharField(max_length=100, allow_blank=True)


class LineTemplateViewSet(CompanyViewSet):
    """Lines that are billed again and again, under a name. Those that are put away stay, with `active` false."""

    view_permission = "products.view"
    permissions = dict.fromkeys(("create", "update", "partial_update", "from_invoice"), ("products.manage",))
    references = {"lines.product": Product, "invoice": Document}
    queryset = LineTemplate.objects.prefetch_related("lines")
    serializer_class = LineTemplateSerializer
    default_ordering = "id"

    @extend_schema(request=LineTemplateInputSerializer, responses={201: LineTemplateSerializer})
    def create(self, request: Request) -> Response:
        """Keep lines under a name."""
        entered = _entered(self.validated(LineTemplateInputSerializer))
        return self.created(line_templates.create(entered, actor=self.actor))

    @extend_schema(request=LineTemplateInputSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a template."""
        return self._save(int(pk), _entered(self.validated(LineTemplateInputSerializer)))

    @extend_schema(request=LineTemplateInputSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change parts of a template; `lines` are replaced as a whole."""
        body = self.validated(LineTemplateInputSerializer, partial=True)
        row = cast(LineTemplate, self.get_object())
        lines = tuple(map(draft_line, body["lines"])) if "lines" in body else line_templates.lines_of(row)
        entered = TemplateInput(body.get("name", row.name), lines, body.get("active", row.active))
        return self._save(row.pk, entered)

    @extend_schema(request=KeepSerializer, responses={201: LineTemplateSerializer})
    @action(detail=False, methods=["post"], url_path="from-invoice", pagination_class=None)
    def from_invoice(self, request: Request) -> Response:
        """Keep the lines of a draft or an invoice, at the prices they have there."""
        body = self.validated(KeepSerializer)
        return self.created(line_templates.keep(body["invoice"], body["name"], actor=self.actor))

    def _save(self, pk: int, entered: TemplateInput) -> Response:
        return self.answer(
            line_templates.update(pk, entered, actor=self.actor, expected_version=self.expected_version())
        )


def _entered(body: dict[str, Any]) -> TemplateInput:
    lines: tuple[DraftLine, ...] = tuple(map(draft_line, body["lines"]))
    return TemplateInput(body["name"], lines, body["active"])
