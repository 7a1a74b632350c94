"""Reservations in Django admin: bookings are shown, what can be booked is changed through the setup workflow."""

from django.contrib import admin

from core.admin import ViewAdmin, WorkflowAdmin
from reservations import setup
from reservations.models import Court, OpeningHours, Rate, Reservation, ReservationLine, Venue


class _ShownInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        """Add nothing."""
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        """Change nothing."""
        return False


class HoursInline(_ShownInline):
    """The hours a court opens, in minutes after midnight."""

    model = OpeningHours
    fields = ("weekday", "opens", "closes")


class LineInline(_ShownInline):
    """The lines of a booking."""

    model = ReservationLine
    fields = ("position", "kind", "description", "quantity", "unit_price", "price_includes_tax", "tax_category")


@admin.register(Venue)
class VenueAdmin(WorkflowAdmin):
    """Venues."""

    list_display = ("name", "address", "active")
    search_fields = ("name",)
    editable = ("name", "address", "active")
    update = staticmethod(setup.update_venue)


@admin.register(Court)
class CourtAdmin(WorkflowAdmin):
    """Courts."""

    list_display = ("name", "venue", "slot_minutes", "active")
    list_filter = ("active",)
    search_fields = ("name",)
    editable = ("name", "detail", "slot_minutes", "position", "active")
    update = staticmethod(setup.update_court)
    inlines = (HoursInline,)


@admin.register(Rate)
class RateAdmin(WorkflowAdmin):
    """Rates."""

    list_display = ("name", "venue", "court", "hours", "unit_price", "per", "active")
    list_filter = ("active", "per")
    search_fields = ("name",)
    editable = ("name", "unit_price", "per", "price_includes_tax", "tax_category", "active")
    update = staticmethod(setup.update_rate)


@admin.register(Reservation)
class ReservationAdmin(ViewAdmin):
    """Bookings: they change through their own steps only."""

    list_display = ("code", "court", "starts_at", "ends_at", "customer_name", "status", "total")
    list_filter = ("status",)
    search_fields = ("code",)
    inlines = (LineInline,)
