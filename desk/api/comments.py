"""Notes and files beside things over the API."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CompanyViewSet
from core.parsers import JsonBody
from core.shapes import Id, Shape
from desk import attachments, comments, things
from desk.models import Attachment, Comment
from desk.views.comments import send_file

WRITING = ("comments.write",)


class CommentSerializer(Shape):
    """A note on a thing; one that was withdrawn is not listed any more."""

    id = Id()
    object_type = serializers.CharField()
    object_id = Id()
    text = serializers.CharField()
    author = serializers.CharField(source="author_name")
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class _ThingSerializer(serializers.Serializer):
    object_type = serializers.CharField(max_length=40, help_text="Such as `invoice` or `customer`.")
    object_id = Id()


class CommentInputSerializer(_ThingSerializer):
    """A note to write; `@` and the name of a colleague mentions them."""

    text = serializers.CharField(max_length=comments.LONGEST)


class AttachmentSerializer(Shape):
    """A file beside a thing."""

    id = Id()
    object_type = serializers.CharField()
    object_id = Id()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class AttachmentInputSerializer(_ThingSerializer):
    """A file to keep."""

    file = serializers.FileField(allow_empty_file=True)


class _ThingFilterSet(django_filters.FilterSet):
    object_type = django_filters.CharFilter(label=_("Tipo"))
    object_id = django_filters.NumberFilter(label=_("Id"))


class CommentFilterSet(_ThingFilterSet):
    """Which notes."""

    class Meta:
        model = Comment
        fields: list[str] = []


class AttachmentFilterSet(_ThingFilterSet):
    """Which files."""

    class Meta:
        model = Attachment
        fields: list[str] = []


class _BesideThings(CompanyViewSet):
    """What stands beside the things that the caller may see."""

    view_permission = "comments.view"
    permissions = dict.fromkeys(("create", "withdraw"), WRITING)
    references: ClassVar[Any] = {"object_id": things.AnyThing}

    def get_queryset(self) -> QuerySet[Any]:
        """Leave out what stands beside things that the caller may not see."""
        return super().get_queryset().filter(object_type__in=things.seen_by(self.actor))


class CommentViewSet(_BesideThings):
    """Notes of colleagues beside customers, documents, payments and bookings."""

    queryset = Comment.objects.filter(withdrawn_at=None)
    serializer_class = CommentSerializer
    filterset_class = CommentFilterSet

    @extend_schema(request=CommentInputSerializer, responses={201: CommentSerializer})
    def create(self, request: Request) -> Response:
        """Write a note beside a thing."""
        body = self.validated(CommentInputSerializer)
        return self.created(comments.add(body["object_type"], body["object_id"], body["text"], actor=self.actor))

    @extend_schema(request=None, responses=CommentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take one's own note back."""
        return self.answer(comments.withdraw(int(pk), actor=self.actor))


class AttachmentViewSet(_BesideThings):
    """Files kept beside customers, documents, payments and bookings."""

    queryset = Attachment.objects.filter(withdrawn_at=None)
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilterSet
    parser_classes = (MultiPartParser,)

    @extend_schema(request=AttachmentInputSerializer, responses={201: AttachmentSerializer})
    def create(self, request: Request) -> Response:
        """Keep a file beside a thing: a PDF, image, text, XML, DOCX or XLSX of at most 10 MB."""
        body = self.validated(AttachmentInputSerializer)
        upload = body["file"]
        content = upload.read(attachments.MAX_BYTES + 1)
        made = attachments.add(body["object_type"], body["object_id"], upload.name, content, actor=self.actor)
        return self.created(made)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> HttpResponse:
        """Take the file."""
        return send_file(request._request, self.get_object())

    @extend_schema(request=None, responses=AttachmentSerializer)
    @action(detail=True, methods=["post"], parser_classes=(JsonBody,))
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take a file off; its bytes are kept."""
        return self.answer(attachments.withdraw(int(pk), actor=self.actor))
