"""Reservations: what is booked becomes billable when it is confirmed."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    """Venues, courts, prices, bookings."""

    name = "reservations"
    verbose_name = "Reservas"
