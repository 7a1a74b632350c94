"""Credit notes over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import notes
from billing.api import note_shapes as shapes
from billing.api.documents import DocumentViewSet
from billing.api.filters import ApiNoteFilterSet
from billing.api.sri import PERMISSIONS, ReplaceSerializer
from billing.models import Document, DocumentLine, Series
from core.actor import Actor
from core.api import CompanyViewSet

CREDITING = ("billing.notes",)


class VoidNoteSerializer(serializers.Serializer):
    """Why a credit note is voided."""

    reason = serializers.CharField(max_length=500, allow_blank=True)


class CreditNoteViewSet(DocumentViewSet):
    """Credit notes: draft → issued → voided. They count against their invoice from their issue on."""

    permissions = {**dict.fromkeys(("create", "preview", "destroy", "issue", "void"), CREDITING), **PERMISSIONS}
    references = {"invoice": Document, "series": Series, "lines.line": DocumentLine}
    queryset = Document.objects.credit_notes().select_related("modifies")
    serializer_class = shapes.NoteSerializer
    detail_serializer_class = shapes.NoteDetailSerializer
    filterset_class = ApiNoteFilterSet

    def retrieve(self, request: Request, pk: str) -> Response:
        """Show a credit note with lines, taxes and addresses."""
        return self.shown(self.get_object())

    @extend_schema(request=shapes.NewNoteSerializer, responses={201: shapes.NoteDetailSerializer})
    def create(self, request: Request) -> Response:
        """Save a draft on an invoice; with `issue` it is issued in the same step."""
        body = self.validated(shapes.NewNoteSerializer)
        return self.created(_make(body["invoice"], body, self.actor))

    def destroy(self, request: Request, pk: str) -> Response:
        """Discard a draft."""
        notes.discard(int(pk), actor=self.actor)
        return Response(status=204)

    @extend_schema(request=shapes.PreviewNoteSerializer, responses=shapes.NotePreviewSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Work out what a credit note would be, and what it would do; nothing is saved. The motive may be missing."""
        body = self.validated(shapes.PreviewNoteSerializer)
        composition = notes.preview(body["invoice"], shapes.note_input(body), actor=self.actor)
        return Response(shapes.NotePreviewSerializer(composition).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def issue(self, request: Request, pk: str) -> Response:
        """Give a draft its number, date and access key; from now on it counts. It never changes again."""
        return self.answer(notes.issue(int(pk), actor=self.actor, expected_version=self.expected_version()))

    @extend_schema(request=VoidNoteSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def void(self, request: Request, pk: str) -> Response:
        """Void a note SRI has not got: what it did to its invoice is undone."""
        return self.answer(notes.void(int(pk), **self.validated(VoidNoteSerializer), actor=self.actor))

    @extend_schema(request=ReplaceSerializer, responses={201: shapes.NoteDetailSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def replace(self, request: Request, pk: str) -> Response:
        """Void what SRI will never have (45, 65), and issue the same with the next number and today's date."""
        return self.replaced(pk)


class InvoiceNotesViewSet(CompanyViewSet):
    """The credit notes on one invoice."""

    view_permission = "billing.view"
    permissions = {"create": CREDITING}
    references = {"series": Series, "lines.line": DocumentLine}
    queryset = Document.objects.invoices()
    serializer_class = shapes.NoteDetailSerializer

    @extend_schema(responses=shapes.NoteSerializer(many=True), filters=False)
    def list(self, request: Request, pk: str) -> Response:  # type: ignore[override]
        """List the credit notes on the invoice, drafts and voided ones too."""
        rows: QuerySet = Document.objects.credit_notes().filter(modifies=self.get_object()).select_related("modifies")
        return self.sublist(rows, shapes.NoteSerializer)

    @extend_schema(request=shapes.IssuedNoteInputSerializer, responses={201: shapes.NoteDetailSerializer})
    def create(self, request: Request, pk: str) -> Response:
        """Save a draft on the invoice; with `issue` it is issued in the same step."""
        return self.created(_make(int(pk), self.validated(shapes.IssuedNoteInputSerializer), self.actor))


def _make(invoice_id: int, body: dict[str, Any], actor: Actor) -> Document:
    make = notes.draft_and_issue if body["issue"] else notes.draft
    return make(invoice_id, shapes.note_input(body), actor=actor)
