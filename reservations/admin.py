"""Reservations in Django admin: bookings are view-only, places and prices change through their workflow."""

from django.contrib import admin

from core.admin import ViewAdmin, WorkflowAdmin
from reservations import setup
from reservations.models import (
    Court,
    NumberCounter,
    OpeningHours,
    Rate,
    Reservation,
    ReservationLine,
    Venue,
)


@admin.register(Reservation)
class ReservationAdmin(ViewAdmin):
    """Bookings."""

    list_display = ("code", "court", "starts_at", "status", "customer_name", "total")
    list_filter = ("status",)
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(ReservationLine)
class ReservationLineAdmin(ViewAdmin):
    """What bookings come to."""

    list_display = ("reservation", "position", "description", "quantity", "unit_price")
    ordering = ("-id",)


@admin.register(Venue)
class VenueAdmin(WorkflowAdmin):
    """Places."""

    editable = ("name", "address", "active")
    update = setup.update_venue
    list_display = ("name", "address", "active")


@admin.register(Court)
class CourtAdmin(WorkflowAdmin):
    """Courts; their opening hours change on the company's own page."""

    editable = ("name", "detail", "position", "active")
    update = setup.update_court
    list_display = ("name", "venue", "slot_minutes", "active")


@admin.register(OpeningHours)
class OpeningHoursAdmin(ViewAdmin):
    """When courts are open."""

    list_display = ("court", "weekday", "opens", "closes")


@admin.register(Rate)
class RateAdmin(ViewAdmin):
    """Prices by weekday and hour; they change on the company's own page, which shows where they meet."""

    list_display = ("name", "venue", "court", "unit_price", "per", "active")


@admin.register(NumberCounter)
class NumberCounterAdmin(ViewAdmin):
    """Where reservation codes come from."""

    list_display = ("company", "last_number")
