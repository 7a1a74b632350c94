"""Reservations: what is booked becomes billable when it is confirmed."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    """Venues, courts, prices, bookings."""

    name = "reservations"
    verbose_name = "Reservas"

    def ready(self) -> None:
        """Tell companies what the menu counts."""
        from companies import hooks
        from reservations import queries

        hooks.add_badge("reservations", "reservations.view", queries.to_confirm)
