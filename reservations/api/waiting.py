"""The waiting list over the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Customer, Product, Series
from core.api import CompanyViewSet
from core.shapes import Id, Moment, Shape, Text
from payments.models import PaymentMethod
from reservations import waiting
from reservations.api import booking_shapes as shapes
from reservations.filters import WaitingFilterSet
from reservations.models import Court, Reservation, Venue, WaitingEntry
from reservations.waiting import WaitingInput

MANAGING = ("reservations.manage",)


class WaitingEntrySerializer(Shape):
    """Somebody who would play on a court (`resource`), or any of a venue, some time within a period."""

    id = Id()
    venue = Id(source="venue_id")
    resource = Id(source="court_id", allow_null=True)
    customer = Id(source="customer_id", allow_null=True)
    name = serializers.CharField()
    phone = serializers.CharField()
    starts_at = serializers.DateTimeField(source="period.lower")
    ends_at = serializers.DateTimeField(source="period.upper")
    note = serializers.CharField()
    status = serializers.ChoiceField(WaitingEntry.Status.choices)
    reservation = Id(source="reservation_id", allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class WaitingEntryInputSerializer(serializers.Serializer):
    """Who waits, where and when: a customer, or a name and a phone number."""

    starts_at = Moment()
    ends_at = Moment()
    resource = Id(allow_null=True, default=None)
    venue = Id(allow_null=True, default=None)
    customer = Id(allow_null=True, default=None)
    name = Text()
    phone = Text(max_length=30)
    note = Text(max_length=500)


class WaitingViewSet(CompanyViewSet):
    """Who waits for a court: waiting → offered when one becomes free → booked; or dropped."""

    view_permission = "reservations.view"
    permissions = dict.fromkeys(("create", "book", "drop"), MANAGING)
    references = {
        "resource": Court,
        "venue": Venue,
        "customer": Customer,
        "extras.product": Product,
        "charge.method": PaymentMethod,
        "charge.series": Series,
    }
    serializer_class = WaitingEntrySerializer
    filterset_class = WaitingFilterSet
    default_ordering = "id"

    def get_queryset(self) -> QuerySet:
        """Return the entries."""
        return WaitingEntry.objects.all()

    @extend_schema(request=WaitingEntryInputSerializer, responses={201: WaitingEntrySerializer})
    def create(self, request: Request) -> Response:
        """Put somebody on the list."""
        body = self.validated(WaitingEntryInputSerializer)
        entered = WaitingInput(
            starts_at=body["starts_at"],
            ends_at=body["ends_at"],
            court_id=body["resource"],
            venue_id=body["venue"],
            customer_id=body["customer"],
            name=body["name"],
            phone=body["phone"],
            note=body["note"],
        )
        return self.created(waiting.add(entered, actor=self.actor))

    @extend_schema(request=shapes.BookSerializer, responses=shapes.ReservationDetailSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def book(self, request: Request, pk: str) -> Response:
        """Book a court for who waits; the entry is done."""
        booked = waiting.book(int(pk), shapes.book_input(self.validated(shapes.BookSerializer)), actor=self.actor)
        found = Reservation.objects.with_billing().select_related("court").get(pk=booked.pk)
        return Response(shapes.ReservationDetailSerializer(found, context=self.get_serializer_context()).data)

    @extend_schema(request=shapes.ReasonSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def drop(self, request: Request, pk: str) -> Response:
        """Take somebody off the list."""
        return self.answer(waiting.drop(int(pk), **self.validated(shapes.ReasonSerializer), actor=self.actor))
