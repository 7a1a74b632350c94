"""The account of a booking over the API: dividing it, each part's invoice and payment, several bookings on one."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.invoice_shapes import InvoiceDetailSerializer
from billing.models import Document, Series
from core.api import CompanyViewSet
from core.shapes import Id, Number
from payments.models import PaymentMethod
from reservations import grouping, splitting
from reservations.api import booking_shapes as shapes
from reservations.api.changes import ChangeActions
from reservations.models import Share
from reservations.splitting import ShareInput

BILLING = ("billing.draft", "billing.draft_reservations")
PERMISSIONS = {
    **dict.fromkeys(("split", "join"), ("reservations.manage",)),
    "group_invoice": BILLING,
}


class ShareInputSerializer(serializers.Serializer):
    """Who pays a part, and how much; without any amount all pay the same, the first takes the cents."""

    customer = Id()
    amount = Number(allow_null=True, default=None)


class SplitSerializer(serializers.Serializer):
    """How an account is divided. Parts on a document stay; these sum to the rest."""

    shares = ShareInputSerializer(many=True)


class GroupSerializer(shapes.MakeInvoiceSerializer):
    """Bookings of one customer that go on one invoice."""

    reservations = serializers.ListField(child=Id(), max_length=1000)


class AccountActions(ChangeActions):
    """The actions on a booking's account; part of its resource."""

    @extend_schema(request=SplitSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def split(self, request: Request, pk: str) -> Response:
        """Divide what is on no document yet among several customers; each part is invoiced and paid by itself."""
        rows: list[dict[str, Any]] = self.validated(SplitSerializer)["shares"]
        shares = [ShareInput(row["customer"], row["amount"]) for row in rows]
        splitting.split(int(pk), shares, actor=self.actor)
        return self.answer(self.get_queryset().get(pk=pk))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def join(self, request: Request, pk: str) -> Response:
        """Put a divided account back to one; a part on a document is in the way (`share_on_document`)."""
        return self.changed(splitting.join(int(pk), actor=self.actor))

    @extend_schema(request=GroupSerializer, responses=InvoiceDetailSerializer)
    @action(detail=False, methods=["post"], url_path="group-invoice", pagination_class=None)
    def group_invoice(self, request: Request) -> Response:
        """Put several bookings of one customer on one invoice; what is in the way is listed."""
        body = self.validated(GroupSerializer)
        made = grouping.group_invoice(
            body["reservations"], series_id=body["series"], issue=body["issue"], actor=self.actor
        )
        return invoice_answer(self, made)


class ShareViewSet(CompanyViewSet):
    """The parts of divided accounts: each is invoiced to its customer and paid by itself."""

    permissions = {"make_invoice": BILLING, "charge": ("payments.record",)}
    references = {"method": PaymentMethod, "series": Series}
    serializer_class = InvoiceDetailSerializer

    def get_queryset(self) -> QuerySet:
        """Return the parts."""
        return Share.objects.all()

    @extend_schema(request=shapes.MakeInvoiceSerializer, responses=InvoiceDetailSerializer)
    def make_invoice(self, request: Request, pk: str) -> Response:
        """Make the invoice of a part, or answer the one it has."""
        body = self.validated(shapes.MakeInvoiceSerializer)
        share = self.get_object()
        made = splitting.invoice_share(
            share.reservation_id, share.pk, series_id=body["series"], issue=body["issue"], actor=self.actor
        )
        return invoice_answer(self, made)

    @extend_schema(request=shapes.ChargeSerializer, responses=InvoiceDetailSerializer)
    def charge(self, request: Request, pk: str) -> Response:
        """Issue the invoice of a part and settle it with the money received, all or nothing."""
        entered = shapes.charge_input(self.validated(shapes.ChargeSerializer))
        share = self.get_object()
        return invoice_answer(self, splitting.charge_share(share.reservation_id, share.pk, entered, actor=self.actor))


def invoice_answer(view: CompanyViewSet, document: Document) -> Response:
    """Answer with an invoice."""
    shape = InvoiceDetailSerializer(document, context=view.get_serializer_context())
    return Response(shape.data, headers={"ETag": f'"{document.version}"'})
