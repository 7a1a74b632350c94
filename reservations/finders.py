"""What the go-to box finds in reservations."""

from core import clock
from core.goto import MOST_OF_A_KIND, Hit
from reservations.models import Reservation


def reservations(text: str) -> list[Hit]:
    """Find bookings by code, customer or court, the newest first."""
    found = Reservation.objects.search(text).order_by("-pk")[:MOST_OF_A_KIND]
    return [
        Hit(row.get_absolute_url(), row.code, f"{row.customer_name} · {clock.local(row.starts_at):%d/%m/%Y %H:%M}")
        for row in found
    ]
