"""A document before SRI over the API: ask, send again, correct, replace, and its XML. Invoices and notes share it."""

from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from audit import log
from audit.models import AccessEntry
from billing import correcting, replacing, sri_xml, upkeep
from billing.models import Document
from core.api import CompanyViewSet
from core.errors import WorkflowError
from core.problems import PROBLEM
from core.schema import Problem

PERMISSIONS: Final[dict[str, tuple[str, ...]]] = {
    "check": ("billing.issue", "billing.void"),
    "retry": ("billing.issue",),
    "correct": ("billing.issue",),
    "replace": ("billing.void",),
}


class ReplaceSerializer(serializers.Serializer):
    """Why a document is issued anew."""

    reason = serializers.CharField(max_length=500)


class SriActions(CompanyViewSet):
    """What a viewset of documents offers about SRI; its `permissions` take in `PERMISSIONS`."""

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def check(self, request: Request, pk: str) -> Response:
        """Ask SRI now what it has of the document, and record it."""
        return self.answer(upkeep.check(self._own(pk), actor=self.actor))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def retry(self, request: Request, pk: str) -> Response:
        """Send the same bytes again, now: what SRI refused, or what waits for its next attempt."""
        return self.answer(upkeep.retry(self._own(pk), actor=self.actor))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def correct(self, request: Request, pk: str) -> Response:
        """Sign what SRI refused again with what customer and company say now; number and date stay."""
        return self.answer(
            correcting.correct(self._own(pk), actor=self.actor, expected_version=self.expected_version())
        )

    def replaced(self, pk: str) -> Response:
        """Do what `replace` does; each viewset says the shape of what it answers."""
        body = self.validated(ReplaceSerializer)
        return self.created(replacing.replace(self._own(pk), reason=body["reason"], actor=self.actor))

    @extend_schema(
        parameters=[
            OpenApiParameter("signed", bool, description="The bytes that were signed here, authorized or not.")
        ],
        responses={
            (200, "application/xml"): OpenApiTypes.BINARY,
            (409, PROBLEM): OpenApiResponse(Problem, "`not_authorized_yet`, or `not_electronic`"),
        },
    )
    @action(detail=True, pagination_class=None)
    def xml(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the XML as SRI authorized it, in its wrapper; before that, 409 `not_authorized_yet`."""
        document = self.get_object()
        found = _xml(document, signed=request.query_params.get("signed") == "true")
        log.access(AccessEntry.Kind.READ, actor=self.actor, request=request._request, obj=document, detail="XML")
        response = HttpResponse(found.content, content_type="application/xml")
        response["Content-Disposition"] = f'attachment; filename="{found.name}"'
        return response

    def _own(self, pk: str) -> int:
        """Return the id of a document of this resource: an invoice's id is no note's."""
        return int(self.get_object().pk)


def _xml(document: Document, *, signed: bool) -> sri_xml.XmlFile:
    """Return the XML that is asked for.

    Raises:
        WorkflowError: `not_electronic`, `not_authorized_yet`.
    """
    sri_xml.check_electronic(document)
    found = sri_xml.signed(document) if signed else sri_xml.authorized(document)
    if found is None:
        raise WorkflowError(
            _("El SRI todavía no ha autorizado %(document)s; con «?signed=true» se obtiene el XML firmado.")
            % {"document": document},
            code="not_authorized_yet",
        )
    return found
