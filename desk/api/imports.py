"""Imports over the API: bring a file, see what each row would do, apply, take back."""

import json
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.api import CompanyViewSet
from core.errors import FieldError, Malformed
from core.parsers import JsonBody
from core.shapes import Id, Shape
from core.sheets import CSV, TYPES
from desk import import_batches, import_files, import_kinds, import_writing, imports
from desk.filters import ImportFilterSet, ImportRowFilterSet
from desk.models import Import, ImportRow, ImportState, Verdict

MAY = ("imports.run",)


class ImportSerializer(Shape):
    """A file that was brought."""

    id = Id()
    kind = serializers.CharField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    state = serializers.ChoiceField(ImportState.choices)
    rows_read = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class CountsSerializer(serializers.Serializer):
    """How many rows: by verdict, and by what became of them."""

    create = serializers.IntegerField()  # type: ignore[assignment]  # the verdicts' own names
    update = serializers.IntegerField()  # type: ignore[assignment]
    same = serializers.IntegerField()
    error = serializers.IntegerField()
    unread = serializers.IntegerField(help_text="Not judged yet.")
    warned = serializers.IntegerField(help_text="With a word of warning; warnings never block.")
    applied = serializers.IntegerField()
    undone = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="Not taken back by `undo/`; each row says why.")


class ImportDetailSerializer(ImportSerializer):
    """A file that was brought, and what came of its rows."""

    columns = serializers.DictField(child=serializers.CharField(), help_text="Which field each heading is taken for.")
    headings = serializers.ListField(child=serializers.CharField())
    task_id = Id(allow_null=True, help_text="The work under way, or the last.")
    counts = serializers.SerializerMethodField()

    @extend_schema_field(CountsSerializer)
    def get_counts(self, imported: Import) -> dict[str, int]:
        """Return the figures."""
        return import_batches.tally(imported)


class ImportInputSerializer(serializers.Serializer):
    """A CSV or XLSX file of at most 20 MB and 60,000 rows, its headings in the first row."""

    kind = serializers.CharField(max_length=40, help_text="Such as `customers`.")
    file = serializers.FileField(allow_empty_file=True)
    columns = serializers.CharField(
        required=False, help_text="JSON `{heading: field}`; headings are recognised by themselves when left out."
    )


class ColumnsSerializer(serializers.Serializer):
    """Which field each heading of the file is; headings that are left out are not imported."""

    columns = serializers.DictField(child=serializers.CharField(max_length=40, allow_blank=True))


class ImportRowSerializer(Shape):
    """A row: what stood there, the verdict, and what it made."""

    row = serializers.IntegerField(source="position", help_text="As the spreadsheet counts: headings are row 1.")
    cells = serializers.ListField(
        child=serializers.CharField(allow_blank=True), help_text="In the order of `headings`."
    )
    verdict = serializers.CharField(help_text="`create`, `update`, `same` or `error`; empty while it is not judged.")
    code = serializers.CharField()
    field = serializers.CharField(help_text="At fault, where one is.")
    message = serializers.CharField(help_text="Why it has an error, or a word of warning.")
    object_id = Id(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    kept = serializers.CharField(help_text="Why `undo/` left it.")


class ImportViewSet(CompanyViewSet):
    """Files that were brought. Nothing is written before `apply/`."""

    view_permission = MAY[0]
    queryset = Import.objects.all()
    serializer_class = ImportSerializer
    detail_serializer_class = ImportDetailSerializer
    filterset_class = ImportFilterSet
    parser_classes = (MultiPartParser, JsonBody)

    @extend_schema(request={"multipart/form-data": ImportInputSerializer}, responses={202: ImportDetailSerializer})
    def create(self, request: Request) -> Response:
        """Bring a file: it is read at once, or refused; its rows are judged in the background (poll the import)."""
        asked = self.validated(ImportInputSerializer)
        if asked["kind"] not in import_kinds.names():
            listed = ", ".join(import_kinds.names())
            message = _("No se importa «%(kind)s»: elija uno de %(listed)s.") % {
                "kind": asked["kind"],
                "listed": listed,
            }
            raise Malformed(
                message, code="malformed", fields=[FieldError(field="kind", code="invalid", message=message)]
            )
        file = asked["file"]
        imported = imports.start(
            asked["kind"],
            file.name,
            file.read(import_files.MAX_BYTES + 1),
            columns=_columns(asked.get("columns")),
            actor=self.actor,
        )
        response = self.answer(imported, status=202)
        response["Location"] = reverse("api:import-detail", [imported.pk], request=request)
        return response

    @extend_schema(request=ColumnsSerializer, responses={202: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def columns(self, request: Request, pk: str) -> Response:
        """Say which field each heading is, and have the rows judged anew."""
        chosen = self.validated(ColumnsSerializer)["columns"]
        return self.answer(imports.choose_columns(int(pk), chosen, actor=self.actor), status=202)

    @extend_schema(request=None, responses={202: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        """Write what the rows say, but for those with an error; one that was stopped goes on."""
        return self.answer(imports.apply(int(pk), actor=self.actor), status=202)

    @extend_schema(request=None, responses={202: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take back what nobody has changed or used since; the other rows say why they stay."""
        return self.answer(imports.undo(int(pk), actor=self.actor), status=202)

    @extend_schema(
        parameters=[OpenApiParameter("verdict", enum=Verdict.values), OpenApiParameter("code", str)],
        responses=ImportRowSerializer(many=True),
        filters=False,
    )
    @action(detail=True)
    def rows(self, request: Request, pk: str) -> Response:
        """List the rows in the file's order."""
        imported = self.get_object()
        found: QuerySet = ImportRow.objects.filter(source=imported)
        filterset = ImportRowFilterSet(request.query_params, queryset=found, request=request)
        return self.sublist(filterset.qs if filterset.is_valid() else found.none(), ImportRowSerializer)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None)
    def rejected(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the rows with an error as CSV, each with its reason: to put right and bring again."""
        imported, file = self.get_object(), BytesIO()
        import_writing.rejected(imported, file)
        response = HttpResponse(file.getvalue(), content_type=TYPES[CSV])
        response["Content-Disposition"] = f'attachment; filename="con-error-{imported.pk}.csv"'
        return response


def _columns(text: str | None) -> dict[str, str] | None:
    """Read which field each heading is.

    Raises:
        Malformed: it is no JSON object of texts.
    """
    if text is None:
        return None
    try:
        columns: Any = json.loads(text)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(field, str) for field in columns.values()):
        message = _('Escriba «columns» como un objeto JSON: {"título": "campo"}.')
        raise Malformed(
            message, code="malformed", fields=[FieldError(field="columns", code="invalid", message=message)]
        )
    return columns
