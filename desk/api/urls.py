"""The API resources of desk."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from desk.api.comments import AttachmentViewSet, CommentViewSet
from desk.api.imports import ImportViewSet

router = SimpleRouter()
router.register("comments", CommentViewSet, "comment")
router.register("attachments", AttachmentViewSet, "attachment")
router.register("imports", ImportViewSet, "import")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
