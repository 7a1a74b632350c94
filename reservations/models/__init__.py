"""Reservations' rows, one module for each noun."""

from reservations.models.bookings import (
    LIVE,
    RESERVATION_STEPS,
    SOURCE_TYPE,
    BillingState,
    NumberCounter,
    Reservation,
    ReservationLine,
    ReservationStatus,
)
from reservations.models.rates import PricePer, Rate
from reservations.models.venues import SLOT_MINUTES, Court, OpeningHours, Venue, Weekday

__all__ = [
    "LIVE",
    "RESERVATION_STEPS",
    "SLOT_MINUTES",
    "SOURCE_TYPE",
    "BillingState",
    "Court",
    "NumberCounter",
    "OpeningHours",
    "PricePer",
    "Rate",
    "Reservation",
    "ReservationLine",
    "ReservationStatus",
    "Venue",
    "Weekday",
]
