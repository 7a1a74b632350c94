"""Reports of reservations over the API."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import sheets
from core.api import CompanyViewSet
from core.shapes import Day, Id, Money
from reservations import occupancy
from reservations.models import Reservation, Venue, Weekday
from reservations.occupancy import CourtFigures, Report
from reservations.views.occupancy import LONGEST, as_file


class OccupancyQuerySerializer(serializers.Serializer):
    """Which days (both included, a year at most), of which venue, and in which form."""

    venue = Id(required=False)
    format = serializers.ChoiceField(["json", *sheets.TYPES], default="json")

    def get_fields(self) -> dict[str, Any]:
        """Declare the days, whose names Python keeps for itself."""
        return super().get_fields() | {"from": Day(), "to": Day()}

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Take days in their order, and not too many."""
        if not values["from"] <= values["to"] <= values["from"] + LONGEST:
            raise serializers.ValidationError({"to": _("Pida desde un día hasta otro posterior, un año como máximo.")})
        return values


class FigureSerializer(serializers.Serializer):
    """Minutes booked of minutes open, and the share in percent with one decimal; null where nothing was open."""

    booked_minutes = serializers.IntegerField()
    open_minutes = serializers.IntegerField()
    percent = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)


class HourSerializer(FigureSerializer):
    """The same of one hour of the day, by the company's clock."""

    hour = serializers.IntegerField(min_value=0, max_value=23)


class WeekdaySerializer(FigureSerializer):
    """The same of one day of the week; 0 is Monday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)


class CourtOccupancySerializer(FigureSerializer):
    """The same of one court, with what its bookings are worth."""

    resource = Id()
    name = serializers.CharField()
    bookings = serializers.IntegerField()
    income = Money()
    hours = HourSerializer(many=True)


class OccupancySerializer(FigureSerializer):
    """The occupancy of a period."""

    bookings = serializers.IntegerField()
    income = Money()
    resources = CourtOccupancySerializer(many=True)
    weekdays = WeekdaySerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Declare the days, whose names Python keeps for itself."""
        days = {"from": serializers.DateField(), "to": serializers.DateField()}
        return days | super().get_fields()


class OccupancyViewSet(CompanyViewSet):
    """How full the courts were."""

    view_permission = "reports.view"
    references = {"venue": Venue}
    queryset = Reservation.objects.none()
    serializer_class = OccupancySerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        operation_id="reports_occupancy_retrieve",
        parameters=[OccupancyQuerySerializer],
        responses={(200, "application/json"): OccupancySerializer, (200, "text/csv"): OpenApiTypes.BINARY},
    )
    def occupancy(self, request: Request) -> Response | HttpResponse:
        """Show booked and open time by court, hour and weekday; as a file with `format=csv` or `xlsx`."""
        asked = self.validated_query(OccupancyQuerySerializer)
        venue = Venue.objects.get(pk=asked["venue"]) if "venue" in asked else None
        made = occupancy.report(asked["from"], asked["to"], venue_id=venue.pk if venue else None)
        if asked["format"] in sheets.TYPES:
            return as_file(made, asked["format"])
        return Response(OccupancySerializer(_told(made)).data)


def _told(made: Report) -> dict[str, Any]:
    days: dict[str, date] = {"from": made.first, "to": made.last}
    return days | {
        **_figure(made),
        "bookings": made.bookings,
        "income": made.income,
        "resources": [_court(made, row) for row in made.courts],
        "weekdays": [{"weekday": day.value, **_figure(made, weekday=day.value)} for day in Weekday],
    }


def _court(made: Report, row: CourtFigures) -> dict[str, Any]:
    return {
        "resource": row.court.pk,
        "name": row.court.name,
        **_figure(made, court=row),
        "bookings": row.bookings,
        "income": row.income,
        "hours": [{"hour": hour, **_figure(made, court=row, hour=hour)} for hour in made.hours],
    }


def _figure(made: Report, **of: Any) -> dict[str, Any]:
    figure = made.figure(**of)
    return {"booked_minutes": figure.booked, "open_minutes": figure.opened, "percent": figure.percent}
