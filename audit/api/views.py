"""The log and the events over the API."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import queries
from audit.api.serializers import AuditEventSerializer, EventListSerializer, VerdictSerializer
from audit.events import Audience, as_sent
from audit.filters import AuditFilterSet
from audit.heads import verify_against_published
from audit.models import AuditEntry
from audit.stream import Grant
from core.api import CompanyViewSet
from core.errors import Malformed
from core.pagination import positive
from core.paging import MAX_SIZE
from core.tenancy import current_company_id

LAST = "last"
FIRST_POSITION, MOST_DIGITS = 0, 18
PAGE_SIZE = 50

_PARAMETERS = [
    OpenApiParameter("event_types", str, description="Types separated by commas; without it, all you may hear of."),
    OpenApiParameter("messages", bool, description="Adds `message` and `level` to what is worth announcing."),
]


class AuditEventViewSet(CompanyViewSet):
    """Who did what, when, why and through which door. Read only: the log cannot be edited."""

    view_permission = "audit.view"
    queryset = AuditEntry.objects.select_related("seal")
    serializer_class = AuditEventSerializer
    filterset_class = AuditFilterSet

    @extend_schema(responses=VerdictSerializer)
    @action(detail=False, pagination_class=None, filter_backends=[])
    def verify(self, request: Request) -> Response:
        """Walk the company's chain and name every entry that was edited, removed or slipped in."""
        return Response(VerdictSerializer(verify_against_published()).data)


class EventListView(APIView):
    """Stored events, oldest first: replay, or poll by position."""

    @extend_schema(
        responses=EventListSerializer,
        parameters=[
            OpenApiParameter("after", str, description="A position: what came after it. `last`: nothing, only where."),
            OpenApiParameter("page_size", int, description=f"At most {MAX_SIZE}."),
            *_PARAMETERS,
        ],
    )
    def get(self, request: Request) -> Response:
        """List the events after a position."""
        audience, head = _audience(request), queries.head_position()
        after = _position(request.query_params.get("after", ""), head, default=FIRST_POSITION)
        size = min(positive(request, "page_size", PAGE_SIZE), MAX_SIZE)
        entries = list(queries.since(after).filter(audience.condition())[: size + 1])
        more, entries = len(entries) > size, entries[:size]
        last = entries[-1].seal.position if entries else after
        position = last if more else max(last, head)
        results = [sent for entry in entries if (sent := as_sent(entry, audience))]
        following = _with(request, after=str(position)) if more else None
        return Response({"next": following, "previous": None, "position": position, "results": results})


class EventStreamView(APIView):
    """The door of the live stream: says who may listen, and to what.

    The stream itself is answered by `audit.stream`, in front of Django. A server without it gets 204: nothing to
    listen to here.
    """

    @extend_schema(
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
        parameters=[
            OpenApiParameter("Last-Event-ID", int, OpenApiParameter.HEADER, description="Resume after this position."),
            OpenApiParameter("after", int, description="The same, for clients that cannot send the header."),
            *_PARAMETERS,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Grant leave to listen from the asked position on, or from now."""
        credential = request._request.actor.credential  # type: ignore[attr-defined]
        stays = getattr(request._request, "is_heartbeat", False)
        position = 0 if stays else _first_position(request)
        response = HttpResponse(status=204)
        response.grant = Grant(current_company_id(), credential, _audience(request), position)  # type: ignore[attr-defined]
        return response


def _audience(request: Request) -> Audience:
    asked = [name.strip() for name in request.query_params.get("event_types", "").split(",") if name.strip()]
    wants_messages = request.query_params.get("messages") == "true"
    return Audience.of(request._request.actor, asked, wants_messages=wants_messages)  # type: ignore[attr-defined]


def _first_position(request: Request) -> int:
    """Return from where a new listener hears: after the last event it has, or from now on."""
    head = queries.head_position()
    asked = request.headers.get("Last-Event-ID") or request.query_params.get("after", "")
    return min(_position(asked, head, default=head), head)


def _position(text: str, head: int, *, default: int) -> int:
    if not text:
        return default
    if text == LAST:
        return head
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise Malformed(_("«after» debe ser una posición o «last»."), code="invalid_cursor")
    return int(text)


def _with(request: Request, **changed: str) -> str:
    params = request.query_params.copy()
    for name, value in changed.items():
        params[name] = value
    return f"{request.build_absolute_uri(request.path)}?{params.urlencode()}"
