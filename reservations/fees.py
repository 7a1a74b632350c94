"""What cancelling or not coming costs, by the rules a booking was made under, and asking for it.

The caller holds the booking's lock.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext as _

from billing import billables
from billing.billables import OfferedLine
from billing.models import Billable, BillableStatus
from core import clock
from core.actor import Actor
from core.money import ZERO, cents, format_money
from reservations import invoicing, policies
from reservations.models import SOURCE_TYPE, Reservation, ReservationLine, ReservationStatus
from reservations.pricing import said


@dataclass(frozen=True, slots=True)
class Fee:
    """How much (USD, tax inside) and why, as people are told before and after."""

    amount: Decimal
    why: str = ""
    is_whole_price: bool = False


NONE = Fee(ZERO)


def of_cancelling(reservation: Reservation) -> Fee:
    """Return what cancelling a booking now costs; what was never confirmed costs nothing."""
    if reservation.status != ReservationStatus.CONFIRMED:
        return NONE
    before = reservation.starts_at - clock.now()
    percent = policies.rules_of(reservation.policy).cancel_percent(before)
    if percent == ZERO:
        return NONE
    hours = max(0, int(before.total_seconds() // 3600))
    why = _("se cancela %(hours)d h antes del inicio: %(percent)s %% de %(total)s") % {
        "hours": hours,
        "percent": policies.percent_said(percent),
        "total": format_money(reservation.total),
    }
    return _of(reservation, percent, why)


def of_not_coming(reservation: Reservation) -> Fee:
    """Return what it costs not to come: by the house's rules, the whole price."""
    percent = policies.rules_of(reservation.policy).no_show_percent
    figures = {"percent": policies.percent_said(percent), "total": format_money(reservation.total)}
    return _of(reservation, percent, _("no asistió: %(percent)s %% de %(total)s") % figures)


def _of(reservation: Reservation, percent: Decimal, why: str) -> Fee:
    return Fee(cents(reservation.total * percent / 100), why, is_whole_price=percent == 100)


def is_on_a_document(reservation: Reservation) -> bool:
    """Say whether something of the booking is drafted or invoiced."""
    return (
        Billable.objects.of_source(SOURCE_TYPE, reservation.pk)
        .filter(status__in=[BillableStatus.DRAFTED, BillableStatus.INVOICED])
        .exists()
    )


def ask_for(reservation: Reservation, fee: Fee, label: str, *, reason: str, actor: Actor) -> None:
    """Take back what a booking offered and offer its fee instead, if there is one.

    Raises:
        WorkflowError: `billable_drafted` or `billable_invoiced`, naming the document in the way.
    """
    invoicing.withdraw(reservation, reason=reason, actor=actor)
    reservation.fee = fee.amount
    if fee.amount == ZERO:
        return
    start, end = clock.local(reservation.starts_at), clock.local(reservation.ends_at)
    description = f"{label}: {reservation.court.name}, {said(start, end)}"
    category = reservation.lines.filter(kind=ReservationLine.Kind.COURT).values_list("tax_category", flat=True)[0]
    billables.offer(
        source_type=SOURCE_TYPE,
        source_id=reservation.pk,
        source_label=reservation.code,
        key=f"{SOURCE_TYPE}:{reservation.pk}:fee",
        customer_id=cast(int, reservation.customer_id),  # who was promised a court is known: a law of the database
        description=description,
        service_date=clock.today(),
        lines=[
            OfferedLine(
                description=description,
                quantity=Decimal(1),
                unit_price=fee.amount,
                price_includes_tax=True,
                tax_category=category,
            )
        ],
        source_amount=reservation.total,
        actor=actor,
    )
