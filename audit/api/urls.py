"""The API resources of audit."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from audit.api.views import AuditEventViewSet, EventListView, EventStreamView

router = SimpleRouter()
router.register("audit-events", AuditEventViewSet, basename="audit_event")
urlpatterns = [
    path("events/", EventListView.as_view(), name="events"),
    path("events/stream/", EventStreamView.as_view(), name="event_stream"),
    *router.urls,
]
