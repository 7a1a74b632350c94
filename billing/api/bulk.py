"""Many invoices at once over the API, and the zips made of them."""

from collections.abc import Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from audit import log
from audit.models import AccessEntry
from billing import bulk, downloads
from billing.api.filters import ApiInvoiceFilterSet
from billing.api.invoices import ISSUING
from billing.models import Authorization, BulkDownload, Document, FileState
from core.api import CompanyViewSet
from core.errors import FieldError, Malformed, WorkflowError
from core.shapes import Id, Shape

DOWNLOAD, ISSUE, RETRY, CHECK = "download", "issue", "retry", "check"
STEPS = {ISSUE: (bulk.issue, bulk.MOST), RETRY: (bulk.retry, bulk.MOST_AT_SRI), CHECK: (bulk.check, bulk.MOST_AT_SRI)}


class BulkSerializer(serializers.Serializer):
    """What to do with which invoices: some ids, or all that a filter finds."""

    action = serializers.ChoiceField([DOWNLOAD, ISSUE, RETRY, CHECK])
    ids = serializers.ListField(child=Id(), required=False, max_length=downloads.MOST)
    filter = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Parameters of the list, such as `status` and `from`."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Take one way to choose, not two and not none."""
        if ("ids" in values) == ("filter" in values):
            raise serializers.ValidationError({"ids": _("Elija las facturas por «ids» o por «filter».")})
        return values


class OutcomeSerializer(serializers.Serializer):
    """What became of one invoice."""

    id = Id()
    status = serializers.CharField(help_text="As it is now; as it was, where the step was refused.")
    authorization = serializers.ChoiceField(Authorization.choices)
    number = serializers.CharField()
    code = serializers.CharField(help_text="Empty, or the refusal's code.")
    detail = serializers.CharField(help_text="Empty, or what to do about the refusal.")


class OutcomesSerializer(serializers.Serializer):
    """What became of each invoice; a refused one leaves the others alone."""

    results = OutcomeSerializer(many=True)


class DownloadSerializer(Shape):
    """A zip of PDFs in the making."""

    id = Id()
    state = serializers.ChoiceField(FileState.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes, when ready.")
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    file = serializers.SerializerMethodField(help_text="Where to fetch it, once it is ready.")

    def get_file(self, download: BulkDownload) -> str | None:
        """Return the address of the zip."""
        if download.state != FileState.READY:
            return None
        return reverse("api:download-file", [download.pk], request=self.context["request"])


class BulkViewSet(CompanyViewSet):
    """One action on many invoices."""

    permissions = {"create": (*ISSUING, "exports.make")}
    references = {"ids": Document}
    queryset = Document.objects.invoices()
    serializer_class = DownloadSerializer
    pagination_class = None

    @extend_schema(request=BulkSerializer, responses={200: OutcomesSerializer, 202: DownloadSerializer})
    def create(self, request: Request) -> Response:
        """Download PDF and XML as a zip (202, a job), or take a step one by one (200, what became of each).

        `issue` issues drafts; `retry` has the same bytes sent to SRI again; `check` has SRI asked, which is recorded
        as the answers come.
        """
        asked = self.validated(BulkSerializer)
        if asked["action"] == DOWNLOAD:
            chosen = self._chosen(asked)[: downloads.MOST + 1]
            return self._accepted(downloads.start([document.pk for document in chosen], actor=self.actor))
        take, most = STEPS[asked["action"]]
        outcomes = take(self._chosen(asked)[: most + 1], actor=self.actor)
        return Response({"results": [self._outcome(outcome) for outcome in outcomes]})

    def _chosen(self, asked: dict[str, Any]) -> Sequence[Document]:
        if "filter" in asked:
            filterset = ApiInvoiceFilterSet(asked["filter"], queryset=self.get_queryset(), request=self.request)
            if not filterset.is_valid():
                raise _bad_filter(filterset)
            return filterset.qs.order_by("pk")
        found = self.get_queryset().in_bulk(asked["ids"])
        if len(found) < len(set(asked["ids"])):
            raise Document.DoesNotExist
        return [found[pk] for pk in dict.fromkeys(asked["ids"])]

    def _accepted(self, download: BulkDownload) -> Response:
        response = self.answer(download, status=202)
        response["Location"] = reverse("api:download-detail", [download.pk], request=self.request)
        return response

    def _outcome(self, outcome: bulk.Outcome) -> dict[str, Any]:
        refusal = outcome.refusal
        if refusal:
            self._note(outcome.document, refusal)
        return {
            "id": outcome.document.pk,
            "status": outcome.document.status,
            "authorization": outcome.document.authorization,
            "number": outcome.document.number,
            "code": refusal.code if refusal else "",
            "detail": refusal.message if refusal else "",
        }

    def _note(self, document: Document, refusal: WorkflowError) -> None:
        log.access(
            AccessEntry.Kind.REFUSED,
            actor=self.actor,
            request=self.request._request,
            obj=document,
            code=refusal.code,
            detail=refusal.message,
        )


def _bad_filter(filterset: ApiInvoiceFilterSet) -> Malformed:
    fields = [
        FieldError(field=f"filter.{name}", code=error.code or "invalid", message=str(error.message))
        for name, errors in filterset.errors.as_data().items()
        for error in errors
    ]
    return Malformed(_("Revise el filtro: hay campos con errores."), code="malformed", fields=fields)


class DownloadViewSet(CompanyViewSet):
    """The zips asked for with `invoices/bulk/`."""

    view_permission = "exports.make"
    queryset = BulkDownload.objects.all()
    serializer_class = DownloadSerializer

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def file(self, request: Request, pk: str) -> FileResponse:
        """Fetch the zip; 404 until it is ready."""
        download = self.get_object()
        if download.state != FileState.READY or not default_storage.exists(download.path):
            raise Http404
        name = f"facturas-{download.pk}.zip"
        return FileResponse(default_storage.open(download.path), as_attachment=True, filename=name)
