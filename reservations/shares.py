"""What the parts of a split booking offer to billing: a line for each kind of money, as tax categories tell them apart.

The caller holds the booking's lock.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

from billing import billables
from billing.billables import OfferedLine
from billing.models import Billable, BillableLine
from core import clock
from core.actor import Actor
from core.money import ZERO, cents, spread
from reservations import invoicing
from reservations.models import SOURCE_TYPE, Reservation, Share


def offer(
    reservation: Reservation,
    key: str,
    customer_id: int,
    description: str,
    amounts: dict[str, Decimal],
    *,
    actor: Actor,
) -> None:
    """Offer a line for each kind of money (tax category and amount, tax inside) there is any of."""
    samples = {line.tax_category: line for line in reversed(invoicing.lines_of(reservation))}
    billables.offer(
        source_type=SOURCE_TYPE,
        source_id=reservation.pk,
        source_label=reservation.code,
        key=key,
        customer_id=customer_id,
        description=description,
        service_date=clock.local(reservation.starts_at).date(),
        lines=[
            _line(samples[category], amount, description, several=len(amounts) > 1)
            for category, amount in amounts.items()
            if amount > ZERO
        ],
        source_amount=reservation.total,
        actor=actor,
    )


def _line(sample: OfferedLine, amount: Decimal, description: str, *, several: bool) -> OfferedLine:
    """Make the line of one kind of money; where there are several, each says what it is for."""
    return replace(
        sample,
        description=f"{description} · {sample.description}"[:300] if several else description,
        quantity=Decimal(1),
        unit_price=amount,
        price_includes_tax=True,
    )


def kinds(reservation: Reservation) -> dict[str, Decimal]:
    """Return how much of a booking's price is of each tax category."""
    lines = invoicing.lines_of(reservation)
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line, totals in zip(lines, billables.estimate(lines, clock.today()).lines, strict=True):
        amounts[line.tax_category] += totals.total
    # A rate that changed since it was confirmed changes no price that was agreed.
    return dict(zip(amounts, spread(reservation.total, list(amounts.values())), strict=True))


def kinds_of(shares: Sequence[Share]) -> dict[str, Decimal]:
    """Return how much of each tax category some shares have."""
    offered = Billable.objects.filter(source_type=SOURCE_TYPE, key__in=[share.key for share in shares])
    latest = offered.order_by("key", "-pk").distinct("key").values("pk")  # a cancelled one may have been offered again
    rows = BillableLine.objects.filter(billable__in=latest).order_by("pk")
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for category, amount in rows.values_list("tax_category", "unit_price"):
        amounts[category] += cents(amount)
    return dict(amounts)


def offer_whole(reservation: Reservation, *, actor: Actor) -> None:
    """Offer a booking as one, at the price that was agreed."""
    if billables.estimate(invoicing.lines_of(reservation), clock.today()).total == reservation.total:
        invoicing.offer(reservation, actor=actor)
    else:  # a rate changed since it was confirmed; the price that was agreed did not
        key, said = f"{SOURCE_TYPE}:{reservation.pk}", invoicing.said_of(reservation)
        offer(reservation, key, cast(int, reservation.customer_id), said, kinds(reservation), actor=actor)
