"""Blackouts, holidays and the rules of booking, over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CompanyViewSet
from core.shapes import Day, Id, Moment, Number, Percent, Shape
from reservations import closures, policies
from reservations.models import Blackout, BookingPolicy, Court, Holiday, Venue
from reservations.policies import Rules, Tier

SETTING_UP = ("reservations.setup",)


class InsideSerializer(Shape):
    """A live booking inside a blackout."""

    id = Id()
    code = serializers.CharField()
    resource = Id(source="court_id")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    customer_name = serializers.CharField()
    status = serializers.CharField()


class BlackoutSerializer(Shape):
    """A while in which nobody books a court (`resource`), a venue, or (both null) anything."""

    id = Id()
    venue = Id(source="venue_id", allow_null=True)
    resource = Id(source="court_id", allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)


class BlackoutDetailSerializer(BlackoutSerializer):
    """A blackout with the live bookings inside it, which stay."""

    reservations = InsideSerializer(many=True, source="inside")


class BlackoutInputSerializer(serializers.Serializer):
    """What is blocked, from when to when, and why."""

    venue = Id(allow_null=True, default=None)
    resource = Id(allow_null=True, default=None)
    starts_at = Moment()
    ends_at = Moment()
    reason = serializers.CharField(max_length=200)


class HolidaySerializer(Shape):
    """A day with holiday prices, or one on which nothing opens."""

    id = Id()
    day = serializers.DateField()
    name = serializers.CharField()
    closed = serializers.BooleanField()
    version = serializers.IntegerField()


class HolidayInputSerializer(serializers.Serializer):
    """A holiday as it is entered."""

    day = Day()
    name = serializers.CharField(max_length=100)
    closed = serializers.BooleanField(default=False)


class TierSerializer(Shape):
    """Cancelling less than so many hours before the beginning costs so much of the price."""

    hours_before = serializers.IntegerField()
    percent = Percent()


class PolicySerializer(Shape):
    """A version of the rules of booking."""

    id = Id()
    hold_minutes = serializers.IntegerField()
    no_show_percent = Percent()
    tiers = TierSerializer(many=True)
    created_at = serializers.DateTimeField()


class TierInputSerializer(serializers.Serializer):
    """What cancelling with less notice than that costs."""

    hours_before = serializers.IntegerField(min_value=1, max_value=32767)
    percent = Number()


class PolicyInputSerializer(serializers.Serializer):
    """Rules to put in force."""

    hold_minutes = serializers.IntegerField(min_value=1, max_value=32767, default=Rules().hold_minutes)
    no_show_percent = Number(default=Rules().no_show_percent)
    tiers = TierInputSerializer(many=True, default=list)


class BlackoutViewSet(CompanyViewSet):
    """Blackouts: what is booked before stays; nobody books after."""

    view_permission = "reservations.view"
    permissions = dict.fromkeys(("create", "cancel"), SETTING_UP)
    references = {"venue": Venue, "resource": Court}
    serializer_class = BlackoutSerializer
    detail_serializer_class = BlackoutDetailSerializer

    def get_queryset(self) -> QuerySet:
        """Return the blackouts."""
        return Blackout.objects.all()

    def answer(self, obj: Blackout, status: int = 200) -> Response:
        """Answer with a blackout and the bookings inside."""
        obj.inside = closures.inside(obj)  # type: ignore[attr-defined]
        return super().answer(obj, status)

    @extend_schema(request=BlackoutInputSerializer, responses={201: BlackoutDetailSerializer})
    def create(self, request: Request) -> Response:
        """Block a court, a venue or everything for a while; the answer lists the bookings inside."""
        body = self.validated(BlackoutInputSerializer)
        values: dict[str, Any] = {name: body[name] for name in ("starts_at", "ends_at", "reason")}
        made = closures.add_blackout(venue_id=body["venue"], court_id=body["resource"], **values, actor=self.actor)
        return self.created(made)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Let people book again."""
        return self.answer(closures.cancel_blackout(int(pk), actor=self.actor))


class HolidayViewSet(CompanyViewSet):
    """Holidays: with their own prices, or closed."""

    view_permission = "reservations.view"
    permissions = dict.fromkeys(("create", "partial_update", "destroy"), SETTING_UP)
    queryset = Holiday.objects.all()
    serializer_class = HolidaySerializer

    @extend_schema(request=HolidayInputSerializer, responses={201: HolidaySerializer})
    def create(self, request: Request) -> Response:
        """Add a holiday."""
        return self.created(closures.add_holiday(**self.validated(HolidayInputSerializer), actor=self.actor))

    @extend_schema(request=HolidayInputSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a holiday."""
        values = self.validated(HolidayInputSerializer, partial=True)
        version = self.expected_version()
        return self.answer(closures.update_holiday(int(pk), values, actor=self.actor, expected_version=version))

    def destroy(self, request: Request, pk: str) -> Response:
        """Make it a day like any other."""
        closures.remove_holiday(int(pk), actor=self.actor)
        return Response(status=204)


class PolicyViewSet(CompanyViewSet):
    """The rules of holds, cancellations and no-shows: versions, of which the latest is in force.

    Where there is none, a hold lasts 15 minutes, cancelling is free and not coming costs the price.
    """

    view_permission = "reservations.view"
    permissions = {"create": SETTING_UP}
    queryset = BookingPolicy.objects.prefetch_related("tiers")
    serializer_class = PolicySerializer

    @extend_schema(request=PolicyInputSerializer, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Put rules in force; what is booked keeps those it was booked under."""
        body = self.validated(PolicyInputSerializer)
        tiers = tuple(Tier(row["hours_before"], row["percent"]) for row in body["tiers"])
        rules = Rules(body["hold_minutes"], body["no_show_percent"], tiers)
        return self.created(policies.set_rules(rules, actor=self.actor))
