"""Closings of the books over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import closing
from billing.models import PeriodClose
from core.api import CompanyViewSet
from core.shapes import Day, Id, Money, Shape


class PeriodCloseSerializer(Shape):
    """One closing, or reopening: from then on the books are closed up to `closed_until`."""

    id = Id()
    closed_until = serializers.DateField(allow_null=True, help_text="Null: nothing is closed.")
    reason = serializers.CharField()
    closed_by = serializers.CharField(allow_null=True, help_text="Who did it.")
    created_at = serializers.DateTimeField()


class CloseSerializer(serializers.Serializer):
    """Up to which day, that day included, and why."""

    closed_until = Day()
    reason = serializers.CharField(max_length=500)


class ReopenSerializer(serializers.Serializer):
    """Up to which earlier day the books stay closed (null: nothing), and why."""

    closed_until = Day(allow_null=True, default=None)
    reason = serializers.CharField(max_length=500)


class OpenWorkQuerySerializer(serializers.Serializer):
    """Up to which day."""

    until = Day()


class OpenWorkSerializer(Shape):
    """Unfinished documents of one sort."""

    name = serializers.ChoiceField(["drafts", "note_drafts", "unauthorized", "uncollected"])
    count = serializers.IntegerField()
    amount = Money(help_text="What they come to; of those to collect, their balance.")


class PeriodCloseViewSet(CompanyViewSet):
    """Closings, the one in force first. Nothing dated up to it is issued, received, voided or given back."""

    view_permission = "company.view"
    permissions = {"create": ("periods.close",), "reopen": ("periods.reopen",)}
    queryset = PeriodClose.objects.select_related("closed_by")
    serializer_class = PeriodCloseSerializer

    @extend_schema(request=CloseSerializer, responses={201: PeriodCloseSerializer})
    def create(self, request: Request) -> Response:
        """Close the books up to a day."""
        values = self.validated(CloseSerializer)
        return self.created(closing.close(values["closed_until"], reason=values["reason"], actor=self.actor))

    @extend_schema(request=ReopenSerializer, responses={201: PeriodCloseSerializer})
    @action(detail=False, methods=["post"], pagination_class=None)
    def reopen(self, request: Request) -> Response:
        """Open the books again, from the day after `closed_until` on."""
        values = self.validated(ReopenSerializer)
        return self.created(closing.reopen(values["closed_until"], reason=values["reason"], actor=self.actor))

    @extend_schema(parameters=[OpenWorkQuerySerializer], responses=OpenWorkSerializer(many=True))
    @action(detail=False, url_path="open-work", pagination_class=None)
    def open_work(self, request: Request) -> Response:
        """Say what is unfinished up to a day, before closing it."""
        rows = closing.open_work(self.validated_query(OpenWorkQuerySerializer)["until"])
        return Response(OpenWorkSerializer(rows, many=True).data)
