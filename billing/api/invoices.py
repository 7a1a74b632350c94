"""Invoices over the API."""

from dataclasses import replace

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from audit.models import AuditEntry
from billing import correcting, workflow
from billing.api import invoice_shapes as shapes
from billing.api.documents import DocumentViewSet
from billing.api.filters import ApiInvoiceFilterSet
from billing.api.sri import PERMISSIONS, ReplaceSerializer
from billing.entered import as_entered
from billing.models import Billable, Customer, Document, Product, Series, Settlement
from core.shapes import Id, Shape

DRAFTING = ("billing.draft", "billing.draft_reservations")
ISSUING = ("billing.issue", "billing.issue_reservations")


class VoidInvoiceSerializer(serializers.Serializer):
    """Why an invoice is voided, and what becomes of its money."""

    reason = serializers.CharField(max_length=500, allow_blank=True)
    void_payments = serializers.BooleanField(
        default=False, help_text="Void its payments too, instead of keeping the money as the customer's credit."
    )


class InvoiceEventSerializer(Shape):
    """One thing that happened to an invoice, or because of it."""

    id = Id()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    actor = serializers.CharField(source="actor_label")
    door = serializers.CharField(help_text="page, api, job, command or admin")
    object_type = serializers.CharField()
    object_id = Id()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    reason = serializers.CharField()
    correlation_id = serializers.CharField()


class InvoiceViewSet(DocumentViewSet):
    """Invoices: draft → issued → paid or voided. Issued ones never change."""

    permissions = {
        **dict.fromkeys(("create", "update", "partial_update", "destroy", "preview"), DRAFTING),
        "duplicate": ("billing.draft",),
        "issue": ISSUING,
        "void": ("billing.void",),
        **PERMISSIONS,
    }
    references = {"customer": Customer, "series": Series, "billables": Billable, "lines.product": Product}
    aliases = {"billable_ids": "billables", "document_discount": "discount"}
    queryset = Document.objects.invoices()
    serializer_class = shapes.InvoiceSerializer
    detail_serializer_class = shapes.InvoiceDetailSerializer
    filterset_class = ApiInvoiceFilterSet

    def retrieve(self, request: Request, pk: str) -> Response:
        """Show an invoice with lines, taxes, payment terms and addresses."""
        return self.shown(self.get_object())

    @extend_schema(
        parameters=[OpenApiParameter("number", str, OpenApiParameter.PATH, pattern=r"\d{3}-\d{3}-\d{9}")], filters=False
    )
    @action(detail=False, url_path=r"number/(?P<number>\d{3}-\d{3}-\d{9})", pagination_class=None)
    def number(self, request: Request, number: str) -> Response:
        """Show the invoice with a number such as `001-001-000000123`."""
        return self.shown(self.get_queryset().get(number=number))

    @extend_schema(request=shapes.NewInvoiceSerializer, responses={201: shapes.InvoiceDetailSerializer})
    def create(self, request: Request) -> Response:
        """Save a draft of billables and free lines; with `issue` it is issued in the same step."""
        body = self.validated(shapes.NewInvoiceSerializer)
        with transaction.atomic():
            document = workflow.draft(shapes.draft_input(body), actor=self.actor)
            if body["issue"]:
                document = workflow.issue(document.pk, actor=self.actor)
        return self.created(document)

    @extend_schema(request=shapes.InvoiceInputSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a draft: what is left out takes its default, and billables left out wait again."""
        entered = shapes.draft_input(self.validated(shapes.InvoiceInputSerializer))
        return self.answer(
            workflow.update_draft(int(pk), entered, actor=self.actor, expected_version=self.expected_version())
        )

    @extend_schema(request=shapes.InvoiceInputSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change parts of a draft; `lines`, `billables` and other lists are replaced as a whole."""
        changed = shapes.draft_values(self.validated(shapes.InvoiceInputSerializer, partial=True))
        document = self.get_object()
        version = self.expected_version()
        entered = replace(as_entered(document), **changed)
        return self.answer(
            workflow.update_draft(
                document.pk,
                entered,
                actor=self.actor,
                expected_version=document.version if version is None else version,
            )
        )

    def destroy(self, request: Request, pk: str) -> Response:
        """Discard a draft: its billables wait again."""
        workflow.discard(int(pk), actor=self.actor)
        return Response(status=204)

    @extend_schema(request=shapes.InvoiceInputSerializer, responses=shapes.PreviewSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Work out what an invoice would come to; nothing is saved."""
        entered = shapes.draft_input(self.validated(shapes.InvoiceInputSerializer))
        return Response(shapes.PreviewSerializer(workflow.preview(entered, actor=self.actor)).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def issue(self, request: Request, pk: str) -> Response:
        """Give a draft its number, date and access key. It never changes again."""
        return self.answer(workflow.issue(int(pk), actor=self.actor, expected_version=self.expected_version()))

    @extend_schema(request=VoidInvoiceSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def void(self, request: Request, pk: str) -> Response:
        """Void an issued invoice SRI has not got; its money becomes credit unless its payments are voided too."""
        return self.answer(workflow.void(int(pk), **self.validated(VoidInvoiceSerializer), actor=self.actor))

    @extend_schema(request=None, responses={201: shapes.InvoiceDetailSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def duplicate(self, request: Request, pk: str) -> Response:
        """Make a new draft with the same customer, lines, discount and terms; without the billables."""
        return self.created(workflow.duplicate(int(pk), actor=self.actor))

    @extend_schema(request=shapes.CorrectionSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def correct(self, request: Request, pk: str) -> Response:  # type: ignore[override]
        """Correct what SRI refused and send it under the same number; what the body leaves out stays as it is.

        Without a body the lines stay, and buyer and issuer are copied anew from what customer and company say now.
        """
        changed = shapes.draft_values(self.validated(shapes.CorrectionSerializer, partial=True))
        document = self.get_object()
        version = self.expected_version()
        entered = replace(as_entered(document), **changed) if changed else None
        return self.answer(
            correcting.correct(
                document.pk,
                entered,
                actor=self.actor,
                expected_version=document.version if version is None else version,
            )
        )

    @extend_schema(request=ReplaceSerializer, responses={201: shapes.InvoiceDetailSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def replace(self, request: Request, pk: str) -> Response:
        """Void what SRI will never have (45, 65), and issue the same with the next number and today's date."""
        return self.replaced(pk)

    @extend_schema(responses=shapes.InvoiceLineSerializer(many=True))
    @action(detail=True)
    def lines(self, request: Request, pk: str) -> Response:
        """List the lines."""
        return self.sublist(self.get_object().lines.all(), shapes.InvoiceLineSerializer)

    @extend_schema(responses=shapes.SettlementSerializer(many=True))
    @action(detail=True)
    def payments(self, request: Request, pk: str) -> Response:
        """List what settled the invoice: payments and applied credit, the reversed ones too."""
        return self.sublist(Settlement.objects.filter(document=self.get_object()), shapes.SettlementSerializer)

    @extend_schema(responses=InvoiceEventSerializer(many=True))
    @action(detail=True)
    def events(self, request: Request, pk: str) -> Response:
        """List what happened to the invoice and because of it, oldest first."""
        entries: QuerySet = AuditEntry.objects.filter(document_id=self.get_object().pk)
        return self.sublist(entries, InvoiceEventSerializer)
