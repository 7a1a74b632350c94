"""Reservations' rows, one module for each noun."""

from reservations.models.billing_state import SOURCE_TYPE, BillingState
from reservations.models.bookings import (
    CHANGEABLE,
    LIVE,
    RESERVATION_STEPS,
    STANDINGS,
    NumberCounter,
    Reservation,
    ReservationLine,
    ReservationStatus,
)
from reservations.models.closures import Blackout, Holiday
from reservations.models.policies import HOLD_MINUTES, NO_SHOW_PERCENT, BookingPolicy, PolicyTier
from reservations.models.rates import PricePer, Rate
from reservations.models.repetitions import Repetition
from reservations.models.shares import Share
from reservations.models.venues import SLOT_MINUTES, Court, OpeningHours, Venue, Weekday
from reservations.models.waiting import WaitingEntry

__all__ = [
    "CHANGEABLE",
    "HOLD_MINUTES",
    "LIVE",
    "NO_SHOW_PERCENT",
    "RESERVATION_STEPS",
    "SLOT_MINUTES",
    "SOURCE_TYPE",
    "STANDINGS",
    "BillingState",
    "Blackout",
    "BookingPolicy",
    "Court",
    "Holiday",
    "NumberCounter",
    "OpeningHours",
    "PolicyTier",
    "PricePer",
    "Rate",
    "Repetition",
    "Reservation",
    "ReservationLine",
    "ReservationStatus",
    "Share",
    "Venue",
    "WaitingEntry",
    "Weekday",
]
