"""Tasks over the API: how the queue is, what runs and what came of it, thing by thing."""

from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.api import CompanyViewSet
from core.errors import FieldError, Malformed
from core.shapes import Id, Shape
from desk import tasks
from desk.filters import TaskFilterSet
from desk.models import ItemState, Task, TaskState
from desk.views.tasks import visible


class JobSerializer(Shape):
    """Work on many things in the background: how far it is, and where its file is."""

    id = Id()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(TaskState.choices)
    progress = serializers.IntegerField(source="percent", help_text="Percent.")
    total = serializers.IntegerField()
    processed = serializers.IntegerField(source="done")
    successful = serializers.IntegerField(source="succeeded")
    failed = serializers.IntegerField(source="refused", help_text="Things that a rule refused; see `items/`.")
    error = serializers.CharField(help_text="Empty, or why the job as a whole ended.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    file = serializers.SerializerMethodField(help_text="Where to fetch the file it was for, once it is done.")

    def get_file(self, task: Task) -> str | None:
        """Return the address of the file."""
        if task.state != TaskState.DONE or not task.path:
            return None
        return reverse("api:job-file", [task.pk], request=self.context["request"])


class JobItemSerializer(Shape):
    """What became of one thing."""

    position = serializers.IntegerField()
    id = Id(source="object_id", help_text="Of the thing itself: an invoice, a letter …")
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(ItemState.choices)
    code = serializers.CharField(help_text="Empty, or the refusal's code.")
    detail = serializers.CharField(source="message", help_text="Empty, or what to do about the refusal.")


class QueueSerializer(serializers.Serializer):
    """How many jobs are in each state, and how many things wait."""

    running = serializers.IntegerField()
    done = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    failed = serializers.IntegerField()
    waiting_items = serializers.IntegerField(help_text="Things that running jobs have before them.")


class JobViewSet(CompanyViewSet):
    """The caller's jobs; everybody's for who may manage the company."""

    serializer_class = JobSerializer
    filterset_class = TaskFilterSet
    queryset = Task.objects.all()

    def get_queryset(self) -> Any:
        """Return the jobs this caller may see."""
        return visible(self.actor)

    @extend_schema(responses=QueueSerializer, filters=False)
    @action(detail=False, url_path="queue-stats", pagination_class=None)
    def queue_stats(self, request: Request) -> Response:
        """Say how the queue is."""
        counted = dict(self.get_queryset().order_by().values_list("state").annotate(Count("pk")))
        running = self.get_queryset().running().values_list("total", "done")
        figures = {state: counted.get(state, 0) for state in TaskState.values}
        return Response(figures | {"waiting_items": sum(total - done for total, done in running)})

    @extend_schema(
        parameters=[OpenApiParameter("state", enum=ItemState.values)],
        responses=JobItemSerializer(many=True),
        filters=False,
    )
    @action(detail=True, filterset_class=None)  # of the jobs, `state` means something else
    def items(self, request: Request, pk: str) -> Response:
        """List what became of each thing, in order; `?state=refused` for those left out."""
        rows = self.get_object().items.all()
        state = request.query_params.get("state")
        if state and state not in ItemState.values:
            listed = _("Debe ser uno de: %(listed)s.") % {"listed": ", ".join(ItemState.values)}
            field = FieldError(field="state", code="invalid_choice", message=listed)
            raise Malformed(listed, code="malformed", fields=[field])
        return self.sublist(rows.filter(state=state) if state else rows, JobItemSerializer, ordering="position")

    @extend_schema(request=None, responses={202: JobSerializer}, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def retry(self, request: Request, pk: str) -> Response:
        """Try once more, as a new job, what was refused (202)."""
        return accepted(self, tasks.retry(self.get_object().pk, actor=self.actor))

    @extend_schema(request=None, responses=JobSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop a job: what is done stays done."""
        return self.answer(tasks.cancel(self.get_object().pk, actor=self.actor))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None)
    def file(self, request: Request, pk: str) -> FileResponse:
        """Fetch the file a job was for; 404 until it is done."""
        task = self.get_object()
        permissions = tasks.kind_of(task).permissions
        if permissions:
            self.actor.require(*permissions)
        if task.state != TaskState.DONE or not task.path or not default_storage.exists(task.path):
            raise Http404
        return FileResponse(default_storage.open(task.path), as_attachment=True, filename=task.file_name)


def accepted(view: CompanyViewSet, task: Task) -> Response:
    """Answer 202 with a job and where it is watched."""
    shape = JobSerializer(task, context=view.get_serializer_context())
    location = reverse("api:job-detail", [task.pk], request=view.request)
    return Response(shape.data, status=202, headers={"Location": location})
