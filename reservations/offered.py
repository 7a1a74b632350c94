"""What billing asks about the bookings that its billables come from."""

from collections.abc import Collection
from typing import Final

from django.utils.translation import gettext as _

from billing.models import Billable
from core.actor import Actor
from core.errors import WorkflowError
from core.money import ZERO
from reservations import deposits
from reservations.models import SOURCE_TYPE, Reservation, ReservationStatus
from reservations.records import lock
from reservations.rules import wrong_state

OVER: Final = (ReservationStatus.COMPLETED, ReservationStatus.CANCELLED, ReservationStatus.NO_SHOW)
FREED: Final = (ReservationStatus.CANCELLED, ReservationStatus.NO_SHOW)


class Bookings:
    """Answers within billing's own transaction: see `billing.sources.Source`."""

    def check_stands(self, billable: Billable) -> None:
        """Lock a booking, and refuse to offer again what it does not ask for by now.

        Raises:
            WorkflowError: `reservation_cancelled` and the like: it costs nothing; `booking_changed`: it costs
                something else, or is divided otherwise.
        """
        reservation = lock(billable.source_id)
        if reservation.status in FREED and reservation.fee == ZERO:
            raise wrong_state(reservation, _("volver a facturar"))
        if billable.key not in _asked_for(reservation):
            raise WorkflowError(
                _("La reserva %(code)s cambió desde entonces y ya no pide ese cobro: facture lo que pide ahora.")
                % {"code": reservation},
                code="booking_changed",
            )

    def invoiced(self, source_ids: Collection[int], *, actor: Actor) -> None:
        """Let go of what bookings that are over no longer wait for; one still to come may be given another price."""
        over = Reservation.objects.filter(pk__in=source_ids, status__in=OVER).select_related("court")
        for reservation in over.order_by("pk"):
            deposits.let_go_when_invoiced(reservation, actor=actor)


def _asked_for(reservation: Reservation) -> set[str]:
    """Return the keys of what a booking asks to be paid now: its fee, its shares, or the whole."""
    whole = f"{SOURCE_TYPE}:{reservation.pk}"
    fee = f"{whole}:fee"
    offered = Billable.objects.of_source(SOURCE_TYPE, reservation.pk)
    if reservation.status in FREED and offered.filter(key=fee).exists():
        return {fee}
    return {share.key for share in reservation.shares.present()} or {whole}
