"""The API resources of desk."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from desk.api.comments import AttachmentViewSet, CommentViewSet
from desk.api.imports import ImportViewSet
from desk.api.tasks import JobViewSet

router = SimpleRouter()
router.register("comments", CommentViewSet, "comment")
router.register("attachments", AttachmentViewSet, "attachment")
router.register("imports", ImportViewSet, "import")
router.register("jobs", JobViewSet, "job")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
