"""The shapes of venues, courts and rates. The rules are the setup workflow's."""

from datetime import time
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import TaxCategory
from core.shapes import Day, Figure, Id, Shape, Text
from reservations.models import PricePer
from reservations.week import Span, end_after, minutes_of, time_of

HOUR = "`HH:MM`, on a quarter of an hour."
HOUR_OR_NEXT_DAYS = "`HH:MM`; not later than the beginning means the next day."


@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}"})
class HourField(serializers.TimeField):
    """A time of day, written `HH:MM`; also that of a number of minutes after a midnight."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"format": "%H:%M"} | options)

    def to_representation(self, value: int | time) -> Any:
        """Write the time of day."""
        return super().to_representation(value if isinstance(value, time) else time_of(value))


class WeekdaysField(serializers.ListField):
    """Some days of the week; 0 is Monday."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, **options)


# What comes out


class VenueSerializer(Shape):
    """A place with courts."""

    id = Id()
    name = serializers.CharField()
    address = serializers.CharField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class HoursSerializer(Shape):
    """A stretch in which a court is open; weekday 0 is Monday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    opens = HourField(help_text=HOUR)
    closes = HourField(help_text=HOUR_OR_NEXT_DAYS)


class CourtSerializer(Shape):
    """What is booked, in slots counted from each opening."""

    id = Id()
    venue = Id(source="venue_id")
    name = serializers.CharField()
    detail = serializers.CharField()
    slot_minutes = serializers.IntegerField()
    position = serializers.IntegerField(help_text="Its place in the day grid.")
    active = serializers.BooleanField()
    hours = HoursSerializer(many=True)
    version = serializers.IntegerField()


class CalendarSerializer(serializers.Serializer):
    """Where other programs read a court's calendar."""

    url = serializers.URLField(allow_null=True, help_text="Whoever knows it reads it, until it is replaced or removed.")


class RateSerializer(Shape):
    """A price in a band of hours on some weekdays, for one court (`resource`) or every court of the venue."""

    id = Id()
    venue = Id(source="venue_id")
    resource = Id(source="court_id", allow_null=True)
    name = serializers.CharField()
    weekdays = WeekdaysField()
    starts = HourField()
    ends = HourField()
    unit_price = Figure()
    per = serializers.ChoiceField(PricePer.choices)
    price_includes_tax = serializers.BooleanField()
    tax_category = serializers.ChoiceField(TaxCategory.choices)
    product = Id(source="product_id", allow_null=True)
    customer_kind = Id(source="customer_kind_id", allow_null=True, help_text="Only for customers of this kind.")
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True, help_text="Both days included.")
    on_holidays = serializers.BooleanField(help_text="Only on holidays.")
    active = serializers.BooleanField()
    version = serializers.IntegerField()


# What goes in


class VenueInputSerializer(serializers.Serializer):
    """What is entered for a venue."""

    name = serializers.CharField(max_length=150)
    address = Text()


class VenueChangeSerializer(VenueInputSerializer):
    """What may change of a venue; an inactive one takes no new bookings."""

    active = serializers.BooleanField()


class CourtInputSerializer(serializers.Serializer):
    """What is entered for a court."""

    venue = Id()
    name = serializers.CharField(max_length=100)
    detail = Text(max_length=100)
    slot_minutes = serializers.IntegerField(min_value=1, max_value=1440, default=60)
    position = serializers.IntegerField(min_value=0, max_value=999, default=0)
    hours = HoursSerializer(many=True, default=list)


class CourtChangeSerializer(CourtInputSerializer):
    """What may change of a court; `hours`, where given, replaces all of them. It stays in its venue."""

    venue = None  # type: ignore[assignment]
    active = serializers.BooleanField()


class RateInputSerializer(serializers.Serializer):
    """What is entered for a rate."""

    venue = Id()
    resource = Id(allow_null=True, default=None)
    name = serializers.CharField(max_length=100)
    weekdays = WeekdaysField()
    starts = HourField(help_text=HOUR)
    ends = HourField(help_text=HOUR_OR_NEXT_DAYS)
    unit_price = Figure()
    per = serializers.ChoiceField(PricePer.choices, default=PricePer.HOUR)
    price_includes_tax = serializers.BooleanField(default=True)
    tax_category = serializers.ChoiceField(TaxCategory.choices, default=TaxCategory.GENERAL)
    product = Id(allow_null=True, default=None)
    customer_kind = Id(allow_null=True, default=None)
    valid_from = Day(allow_null=True, default=None)
    valid_until = Day(allow_null=True, default=None)
    on_holidays = serializers.BooleanField(default=False)


class RateChangeSerializer(RateInputSerializer):
    """What may change of a rate. It stays in its venue."""

    venue = None  # type: ignore[assignment]
    active = serializers.BooleanField()


_IDS = {"venue": "venue_id", "resource": "court_id", "product": "product_id", "customer_kind": "customer_kind_id"}


def court_values(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a validated body into what the setup workflow takes."""
    values = {_IDS.get(name, name): value for name, value in body.items()}
    if "hours" in values:
        values["hours"] = [_span(row["weekday"], row["opens"], row["closes"]) for row in values["hours"]]
    return values


def rate_values(body: dict[str, Any], starts: int = 0, ends: int = 0) -> dict[str, Any]:
    """Turn a validated body into what the setup workflow takes; a half of the band that is left out stays.

    Args:
        starts, ends: the band as it is, in minutes.
    """
    values = {_IDS.get(name, name): value for name, value in body.items()}
    if {"starts", "ends"} & values.keys():
        band = _span(0, values.get("starts", time_of(starts)), values.get("ends", time_of(ends)))
        values |= {"starts": band.starts, "ends": band.ends}
    return values


def _span(weekday: int, starts: time, ends: time) -> Span:
    first = minutes_of(starts)
    return Span(weekday, first, end_after(first, ends))
