"""Weekly bookings, over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Customer, Product
from core.api import CompanyViewSet
from core.shapes import Day, Id, Money, Shape, Text
from reservations import repeating
from reservations.api import booking_shapes as shapes
from reservations.filters import RepetitionFilterSet
from reservations.models import Court, Repetition, Weekday
from reservations.plan import RepeatInput, State
from reservations.repeating import ChangeInput, Outcome
from reservations.week import end_after, minutes_of

MANAGING = ("reservations.manage",)


class RepetitionSerializer(Shape):
    """A customer has a court every week."""

    id = Id()
    customer = Id(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    resource = Id(source="court_id")
    weekday = serializers.ChoiceField(Weekday.choices, help_text="0 is Monday.")
    starts = serializers.TimeField(source="starts_time")
    ends = serializers.TimeField(source="ends_time")
    first_on = serializers.DateField()
    until = serializers.DateField()
    status = serializers.ChoiceField(Repetition.Status.choices)
    notes = serializers.CharField()
    version = serializers.IntegerField()


class RepetitionDetailSerializer(RepetitionSerializer):
    """A repetition with each of its bookings."""

    reservations = serializers.SerializerMethodField()

    def get_reservations(self, repetition: Repetition) -> list[int]:
        """Return the ids of its bookings, in order of time."""
        return list(repetition.reservations.order_by("starts_at", "pk").values_list("pk", flat=True))


class PlannedDateSerializer(Shape):
    """A date as it would be: free at a price, or why not."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    state = serializers.ChoiceField([state.value for state in State])
    why = serializers.CharField()
    reservation = Id(source="taken_by_id", allow_null=True, help_text="The booking that is there.")
    total = Money(help_text="With taxes.")


class PlanSerializer(Shape):
    """Every date before anything is booked, and what the free ones cost together."""

    dates = PlannedDateSerializer(many=True)
    total = Money()


class LeftSerializer(Shape):
    """A date that was not booked or stayed as it was, and why."""

    starts_at = serializers.DateTimeField()
    why = serializers.CharField()
    reservation = Id(source="reservation_id", allow_null=True)


class OutcomeSerializer(Shape):
    """What a step did: the repetition, the bookings it made or changed, and what it left alone."""

    repetition = RepetitionDetailSerializer()
    done = serializers.SerializerMethodField()
    left = LeftSerializer(many=True)

    def get_done(self, outcome: Outcome) -> list[int]:
        """Return the ids of the bookings."""
        return [row.pk for row in outcome.done]


class RepeatSerializer(serializers.Serializer):
    """A court every week from `first_on`, which says the weekday, `until` a day or `count` times; one of the two."""

    resource = Id()
    customer = Id()
    first_on = Day()
    starts = serializers.TimeField()
    ends = serializers.TimeField(help_text="Not after `starts`: on the next day.")
    until = Day(allow_null=True, default=None)
    count = serializers.IntegerField(min_value=1, max_value=999, allow_null=True, default=None)
    extras = shapes.ExtraInputSerializer(many=True, default=list)
    notes = Text(max_length=5000)


class StartSerializer(RepeatSerializer):
    """A weekly booking; with `skip_others` the dates that are not free are left out, else they refuse all."""

    skip_others = serializers.BooleanField(default=False)


class ChangeRestSerializer(serializers.Serializer):
    """Another court, weekday or hour from a date on; what is left out stays."""

    resource = Id(allow_null=True, default=None)
    weekday = serializers.ChoiceField(Weekday.choices, allow_null=True, default=None)
    starts = serializers.TimeField(allow_null=True, default=None)
    from_date = Day(allow_null=True, default=None, help_text="Null: all that are still to come.")
    keep_exceptions = serializers.BooleanField(default=True, help_text="Leave alone what was changed by itself.")
    skip_others = serializers.BooleanField(default=False, help_text="What is not free stays where it is.")


class EndRestSerializer(shapes.ReasonSerializer):
    """From which date on the bookings are cancelled, and why."""

    from_date = Day(allow_null=True, default=None, help_text="Null: all that are still to come.")


class RepetitionViewSet(CompanyViewSet):
    """Who has a court every week."""

    view_permission = "reservations.view"
    permissions = dict.fromkeys(("create", "change", "end"), MANAGING)
    references = {"resource": Court, "customer": Customer, "extras.product": Product}
    serializer_class = RepetitionSerializer
    detail_serializer_class = RepetitionDetailSerializer
    filterset_class = RepetitionFilterSet
    if_match_actions = ("change", "end")

    def get_queryset(self) -> QuerySet:
        """Return the repetitions."""
        return Repetition.objects.select_related("customer")

    @extend_schema(request=StartSerializer, responses={201: OutcomeSerializer})
    def create(self, request: Request) -> Response:
        """Book and confirm every free date."""
        body = self.validated(StartSerializer)
        outcome = repeating.start(repeat_input(body), skip_others=body["skip_others"], actor=self.actor)
        return Response(OutcomeSerializer(outcome).data, status=201)

    @extend_schema(request=RepeatSerializer, responses=PlanSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Look at every date; nothing is saved."""
        return Response(
            PlanSerializer(repeating.preview(repeat_input(self.validated(RepeatSerializer)), actor=self.actor)).data
        )

    @extend_schema(request=ChangeRestSerializer, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def change(self, request: Request, pk: str) -> Response:
        """Change what is still to come, from a date on; that goes on as a repetition of its own."""
        body: dict[str, Any] = self.validated(ChangeRestSerializer)
        starts = None if body["starts"] is None else minutes_of(body["starts"])
        outcome = repeating.change(
            int(pk),
            ChangeInput(body["resource"], body["weekday"], starts),
            from_date=body["from_date"],
            keep_exceptions=body["keep_exceptions"],
            skip_others=body["skip_others"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self._answer(outcome)

    @extend_schema(request=EndRestSerializer, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def end(self, request: Request, pk: str) -> Response:
        """Cancel what is still to come, from a date on; what is on a document stays."""
        body = self.validated(EndRestSerializer)
        outcome = repeating.cancel_rest(int(pk), **body, expected_version=self.expected_version(), actor=self.actor)
        return self._answer(outcome)

    def _answer(self, outcome: Outcome) -> Response:
        return Response(OutcomeSerializer(outcome).data, headers={"ETag": f'"{outcome.repetition.version}"'})


def repeat_input(body: dict[str, Any]) -> RepeatInput:
    """Turn a validated weekly booking into what the workflow takes."""
    starts = minutes_of(body["starts"])
    return RepeatInput(
        court_id=body["resource"],
        customer_id=body["customer"],
        first_on=body["first_on"],
        starts=starts,
        minutes=end_after(starts, body["ends"]) - starts,
        until=body["until"],
        count=body["count"],
        extras=shapes.extra_inputs(body["extras"]),
        notes=body["notes"],
    )
