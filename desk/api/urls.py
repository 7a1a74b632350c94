"""The API resources of desk."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from desk.api.comments import AttachmentViewSet, CommentViewSet

router = SimpleRouter()
router.register("comments", CommentViewSet, "comment")
router.register("attachments", AttachmentViewSet, "attachment")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
