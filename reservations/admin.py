"""Reservations in Django admin: bookings are view-only, places and prices change through their workflow."""

from django.contrib import admin

from core.admin import ViewAdmin, WorkflowAdmin
from reservations import setup
from reservations.models import (
    Blackout,
    BookingPolicy,
    Court,
    Holiday,
    NumberCounter,
    OpeningHours,
    PolicyTier,
    Rate,
    Repetition,
    Reservation,
    ReservationLine,
    Share,
    Venue,
    WaitingEntry,
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


@admin.register(BookingPolicy)
class BookingPolicyAdmin(ViewAdmin):
    """The versions of the rules of booking."""

    list_display = ("created_at", "hold_minutes", "no_show_percent", "created_by")


@admin.register(PolicyTier)
class PolicyTierAdmin(ViewAdmin):
    """What cancelling late costs, version by version."""

    list_display = ("policy", "hours_before", "percent")
    ordering = ("-id",)


@admin.register(Blackout)
class BlackoutAdmin(ViewAdmin):
    """When nobody may book."""

    list_display = ("reason", "venue", "court", "period", "cancelled_at")
    ordering = ("-id",)


@admin.register(Holiday)
class HolidayAdmin(ViewAdmin):
    """Days with holiday prices, or on which nothing opens."""

    list_display = ("day", "name", "closed")


@admin.register(Share)
class ShareAdmin(ViewAdmin):
    """Who pays which part of a booking."""

    list_display = ("reservation", "generation", "position", "customer", "amount", "superseded_at")
    ordering = ("-id",)


@admin.register(Repetition)
class RepetitionAdmin(ViewAdmin):
    """Who plays every week."""

    list_display = ("customer", "court", "weekday", "hours", "first_on", "until", "status")


@admin.register(WaitingEntry)
class WaitingEntryAdmin(ViewAdmin):
    """Who would play if a court came free."""

    list_display = ("name", "venue", "court", "period", "status")
    ordering = ("-id",)
