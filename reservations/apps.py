"""Reservations: what is booked becomes billable when it is confirmed."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    """Venues, courts, prices, bookings."""

    name = "reservations"
    verbose_name = "Reservas"

    def ready(self) -> None:
        """Tell companies what the menu counts and finds."""
        from companies import hooks
        from core import goto
        from desk import things
        from reservations import finders, queries
        from reservations.models import Reservation

        things.register("reservation", "reservations.view", Reservation.objects.all)
        hooks.add_badge("reservations", "reservations.view", queries.to_confirm)
        goto.add_finder("reservations.view", "calendar", finders.reservations)
