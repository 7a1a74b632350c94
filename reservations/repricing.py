"""Giving a booking another price: its lines, what it offered, and its shares follow.

The caller holds the booking's lock. What is on a document costs what that document says.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext as _

from billing.billables import estimate
from billing.models import Billable
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError
from core.money import CENT, ZERO
from reservations import fees, invoicing, splitting
from reservations.models import SOURCE_TYPE, Reservation, ReservationStatus
from reservations.pricing import Kind, PricedLine
from reservations.records import write_lines


def put_on(reservation: Reservation, lines: Sequence[PricedLine], total: Decimal) -> bool:
    """Give a booking other lines and their price, and say whether it must be offered again; it is not saved yet.

    Raises:
        WorkflowError: `price_is_invoiced`: something of it is on a document, and the price would change.
    """
    if fees.is_on_a_document(reservation):
        if total != reservation.total:
            raise _is_invoiced(reservation)
        return False
    write_lines(reservation, lines)
    reservation.total = total
    return reservation.status == ReservationStatus.CONFIRMED


def _is_invoiced(reservation: Reservation) -> WorkflowError:
    billables = Billable.objects.live().of_source(SOURCE_TYPE, reservation.pk).exclude(document=None)
    document = billables.select_related("document")[0].document
    return WorkflowError(
        _(
            "La reserva %(code)s ya está en «%(document)s» y su precio cambiaría: haga una nota de crédito o cobre la "
            "diferencia aparte."
        )
        % {"code": reservation, "document": document},
        code="price_is_invoiced",
        extra={"document_id": document.pk if document else None},
    )


def offer_again(reservation: Reservation, *, reason: str, actor: Actor) -> None:
    """Take back what a saved booking offered and offer it at its present price, in shares if it has any.

    Raises:
        WorkflowError: `shares_typed`: the shares of another price must be typed again.
    """
    if splitting.is_split(reservation):
        return splitting.resplit(reservation, actor=actor)
    invoicing.withdraw(reservation, reason=reason, actor=actor)
    invoicing.offer(reservation, actor=actor)
    return None


def at_price(lines: Sequence[PricedLine], total: Decimal) -> list[PricedLine]:
    """Make the court lines come to an agreed total (USD, with taxes); extras keep their prices.

    An agreed price has its tax inside, so that it is kept to the cent.

    Raises:
        RuleRefused: `price_too_low`: nothing would be left for the court.
    """
    extras = [line.offered for line in lines if line.kind == Kind.EXTRA]
    court = [line for line in lines if line.kind == Kind.COURT]
    target = total - (estimate(extras, clock.today()).total if extras else ZERO)
    if target < CENT * len(court):
        raise RuleRefused(
            _("El precio no alcanza para los adicionales y al menos un centavo por la cancha."), code="price_too_low"
        )
    parts = iter(_divided(target, [estimate([line.offered], clock.today()).total for line in court]))
    return [_priced_at(line, next(parts)) if line.kind == Kind.COURT else line for line in lines]


def _divided(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide an amount in proportion, in whole cents and at least one each; the last part takes the rest."""
    whole = sum(weights, ZERO)
    parts: list[Decimal] = []
    for number, weight in enumerate(weights[:-1], start=1):
        most = amount - sum(parts, ZERO) - CENT * (len(weights) - number)
        share = (amount * weight / whole).quantize(CENT, rounding=ROUND_DOWN)
        parts.append(min(max(share, CENT), most))
    return [*parts, amount - sum(parts, ZERO)]


def _priced_at(line: PricedLine, amount: Decimal) -> PricedLine:
    unit = (amount / line.offered.quantity).quantize(Decimal("0.000001"))
    return replace(line, offered=replace(line.offered, unit_price=unit, price_includes_tax=True))
