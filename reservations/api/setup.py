"""Venues, courts (resources), their calendars and rates over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import CustomerKind, Product
from core.api import CompanyViewSet
from reservations import feeds, setup
from reservations.api import setup_shapes as shapes
from reservations.filters import CourtFilterSet, RateFilterSet
from reservations.models import Court, Rate, Venue

SETTING_UP = dict.fromkeys(("create", "partial_update"), ("reservations.setup",))


class VenueViewSet(CompanyViewSet):
    """Places with courts. Nothing is deleted: what is not used any more is made inactive."""

    view_permission = "reservations.view"
    permissions = SETTING_UP
    queryset = Venue.objects.all()
    serializer_class = shapes.VenueSerializer

    @extend_schema(request=shapes.VenueInputSerializer, responses={201: shapes.VenueSerializer})
    def create(self, request: Request) -> Response:
        """Open a venue."""
        return self.created(setup.add_venue(**self.validated(shapes.VenueInputSerializer), actor=self.actor))

    @extend_schema(request=shapes.VenueChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a venue."""
        values = self.validated(shapes.VenueChangeSerializer, partial=True)
        return self.answer(
            setup.update_venue(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        )


class CourtViewSet(CompanyViewSet):
    """Courts: what is booked, with the hours they open."""

    view_permission = "reservations.view"
    permissions = SETTING_UP
    references = {"venue": Venue}
    queryset = Court.objects.prefetch_related("hours")
    serializer_class = shapes.CourtSerializer
    filterset_class = CourtFilterSet

    @extend_schema(request=shapes.CourtInputSerializer, responses={201: shapes.CourtSerializer})
    def create(self, request: Request) -> Response:
        """Add a court to a venue."""
        values = shapes.court_values(self.validated(shapes.CourtInputSerializer))
        return self.created(setup.add_court(**values, actor=self.actor))

    @extend_schema(request=shapes.CourtChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a court; what is booked stays booked."""
        values = shapes.court_values(self.validated(shapes.CourtChangeSerializer, partial=True))
        hours, version = values.pop("hours", None), self.expected_version()
        return self.answer(setup.update_court(int(pk), values, hours=hours, actor=self.actor, expected_version=version))


class CourtCalendarViewSet(CompanyViewSet):
    """The secret address at which other programs read a court's calendar (iCalendar)."""

    view_permission = "reservations.setup"
    queryset = Court.objects.all()
    serializer_class = shapes.CalendarSerializer
    pagination_class = None

    def retrieve(self, request: Request, pk: str) -> Response:
        """Show the address, `null` where there is none."""
        return self._address(self.get_object())

    @extend_schema(request=None, responses={201: shapes.CalendarSerializer})
    def create(self, request: Request, pk: str) -> Response:
        """Make the address, or another in its place: whoever has the earlier one finds nothing any more."""
        return self._address(feeds.open_feed(int(pk), actor=self.actor), status=201)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take the address back; 409 `no_feed` where there is none."""
        feeds.close_feed(int(pk), actor=self.actor)
        return Response(status=204)

    def _address(self, court: Court, status: int = 200) -> Response:
        said = self.get_serializer({"url": feeds.address(court) or None}).data
        return Response(said, status=status, headers={"Cache-Control": "no-store"})


class RateViewSet(CompanyViewSet):
    """Rates: what an hour or a slot costs. The most specific wins; two that could not be told apart are refused."""

    view_permission = "reservations.view"
    permissions = SETTING_UP
    references = {"venue": Venue, "resource": Court, "product": Product, "customer_kind": CustomerKind}
    aliases = {"court": "resource"}
    queryset = Rate.objects.all()
    serializer_class = shapes.RateSerializer
    filterset_class = RateFilterSet

    @extend_schema(request=shapes.RateInputSerializer, responses={201: shapes.RateSerializer})
    def create(self, request: Request) -> Response:
        """Add a rate to a venue."""
        values: dict[str, Any] = shapes.rate_values(self.validated(shapes.RateInputSerializer))
        return self.created(setup.add_rate(**values, actor=self.actor))

    @extend_schema(request=shapes.RateChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a rate; what is booked keeps its price."""
        rate = self.get_object()
        values = shapes.rate_values(self.validated(shapes.RateChangeSerializer, partial=True), rate.starts, rate.ends)
        return self.answer(
            setup.update_rate(rate.pk, values, actor=self.actor, expected_version=self.expected_version())
        )
