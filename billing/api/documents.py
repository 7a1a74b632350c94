"""What invoices and credit notes offer alike over the API: each one's page, its PDF, and its steps before SRI."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from audit import log
from audit.models import AccessEntry
from billing import files
from billing.api.sri import SriActions
from billing.models import Document


class DocumentViewSet(SriActions):
    """A resource of documents of one type; its `permissions` take in those of `SriActions`."""

    view_permission = "billing.view"
    if_match_actions = ("issue", "correct")
    ordering_fields = ("id", "issue_date", "due_date", "total", "buyer_name")

    def shown(self, document: Document) -> Response:
        """Answer a document that is looked at, and write the look to the access log."""
        log.access(AccessEntry.Kind.READ, actor=self.actor, request=self.request._request, obj=document)
        return self.answer(document)

    @extend_schema(
        parameters=[OpenApiParameter("download", bool, description="As an attachment instead of inline.")],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=True, pagination_class=None)
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the printed form (RIDE); a draft's carries a watermark."""
        document = self.get_object()
        log.access(AccessEntry.Kind.READ, actor=self.actor, request=request._request, obj=document)
        response = HttpResponse(files.pdf(document), content_type="application/pdf")
        kind = "attachment" if request.query_params.get("download") == "true" else "inline"
        response["Content-Disposition"] = f'{kind}; filename="{files.file_name(document)}"'
        return response
