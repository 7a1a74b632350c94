"""Giving a booking another court, another time, or a price that was agreed with the customer."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import changes
from billing import discounts
from billing.line_input import MAX_AMOUNT
from companies.models import Company
from core.actor import Actor
from core.errors import WorkflowError, check_version
from core.money import ZERO, cents, format_money, format_number
from core.tenancy import current_company_id
from reservations import repricing, vacancies
from reservations.models import Reservation
from reservations.pricing import PricedLine, Quote, quote
from reservations.records import lock, save_change, save_unless_taken, story, tell
from reservations.rules import check_changeable, open_court, refused
from reservations.workflow import ask_for_slot, extras_of


@transaction.atomic
def move(
    reservation_id: int,
    court_id: int,
    starts_at: datetime,
    *,
    actor: Actor,
    expected_version: int | None = None,
    expected_total: Decimal | None = None,
) -> Reservation:
    """Give a booking another court or time, as long as before, at the price of today's rates.

    A price that was agreed with the customer stays. Who has been told what it will cost says so with
    `expected_total`; another price is then asked about before anything is done.

    Raises:
        WorkflowError: `reservation_completed` and the like: it has begun or is over; `hold_expired`; `slot_taken`;
            `court_inactive`; `price_is_invoiced`: it would cost something else than its document says;
            `price_changes`: it would cost something else than is expected; StaleVersion: somebody saved first.
        RuleRefused: `slot_past`, `blacked_out`, `closed_for_holiday`, codes of `pricing.quote()`.
    """
    actor.require("reservations.manage")
    court = open_court(court_id)
    reservation = lock(reservation_id)
    check_changeable(reservation)
    check_version(reservation.version, expected_version)
    before = story(reservation)
    left, start, end = reservation.court, reservation.starts_at, reservation.ends_at
    ends_at = starts_at + (reservation.ends_at - reservation.starts_at)
    priced = ask_for_slot(court, starts_at, ends_at, extras_of(reservation), customer=reservation.customer, actor=actor)
    lines, total = _price_of(reservation, priced)
    if expected_total is not None and total != expected_total:
        raise _price_changes(reservation.total, total)
    offered_again = repricing.put_on(reservation, lines, total)
    reservation.court, reservation.period = court, (priced.starts_at, priced.ends_at)
    reservation.version += 1
    save_unless_taken(reservation)
    reservation.refresh_from_db(fields=["period", "starts_at", "ends_at"])
    if offered_again:
        repricing.offer_again(reservation, reason=_("La reserva se movió."), actor=actor)
    _tell("reservation.moved", reservation, before, actor=actor)
    vacancies.offer(left, start, end, actor=actor)
    return reservation


def _price_of(reservation: Reservation, priced: Quote) -> tuple[list[PricedLine], Decimal]:
    if reservation.price_reason:
        return repricing.at_price(priced.lines, reservation.total), reservation.total
    return list(priced.lines), priced.totals.total


def _price_changes(before: Decimal, after: Decimal) -> WorkflowError:
    return WorkflowError(
        _("Allí costaría %(after)s; ahora cuesta %(before)s. Confirme el precio nuevo para mover la reserva.")
        % {"after": format_money(after), "before": format_money(before)},
        code="price_changes",
        extra={"total": str(after)},
    )


@transaction.atomic
def change_price(
    reservation_id: int, total: Decimal, *, reason: str, actor: Actor, expected_version: int | None = None
) -> Reservation:
    """Give a booking the price (USD, with taxes) that was agreed; the price of the rates needs no reason.

    Raises:
        WorkflowError: `reservation_completed` and the like: it has begun or is over; `hold_expired`;
            `price_is_invoiced`; StaleVersion: somebody saved first.
        RuleRefused: `reason_required`, `amount_not_positive`, `amount_too_large`, `amount_too_precise`,
            `price_too_low`, `discount_above_limit`; codes of `pricing.quote()`.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_changeable(reservation)
    check_version(reservation.version, expected_version)
    _check_amount(total)
    before = story(reservation)
    priced = rates_price(reservation)
    agreed = total != priced.totals.total
    if agreed and not reason.strip():
        quoted = format_money(priced.totals.total)
        message = _("Por las tarifas cuesta %(quoted)s. Escriba por qué cambia el precio.") % {"quoted": quoted}
        raise refused("reason", "reason_required", message)
    _check_discount(priced.totals.total, total, actor)
    lines = repricing.at_price(priced.lines, total) if agreed else list(priced.lines)
    offered_again = repricing.put_on(reservation, lines, total)
    reservation.price_reason = reason.strip() if agreed else ""
    save_change(reservation)
    if offered_again:
        repricing.offer_again(reservation, reason=reason.strip() or _("El precio cambió."), actor=actor)
    _tell("reservation.repriced", reservation, before, actor=actor, reason=reservation.price_reason)
    return reservation


def _check_discount(quoted: Decimal, total: Decimal, actor: Actor) -> None:
    """Refuse to take off more than the company lets everybody, to who may not."""
    limit = Company.objects.get(pk=current_company_id()).discount_limit
    if limit is None or actor.may(discounts.ANY) or quoted - total <= cents(quoted * limit / 100):
        return
    message = _("El descuento de %(given)s pasa el máximo de %(limit)s %%, que aquí son %(most)s.") % {
        "given": format_money(quoted - total),
        "limit": format_number(limit),
        "most": format_money(cents(quoted * limit / 100)),
    }
    raise refused("total", "discount_above_limit", message)


def rates_price(reservation: Reservation) -> Quote:
    """Return what a booking would cost by today's rates.

    Raises:
        RuleRefused: codes of `pricing.quote()`.
    """
    return quote(
        reservation.court,
        reservation.starts_at,
        reservation.ends_at,
        extras_of(reservation),
        customer=reservation.customer,
    )


def _check_amount(total: Decimal) -> None:
    if total <= ZERO:
        raise refused("total", "amount_not_positive", _("El precio debe ser mayor que cero."))
    if total > MAX_AMOUNT:
        largest = _("El precio supera el máximo de %(largest)s.") % {"largest": format_money(MAX_AMOUNT)}
        raise refused("total", "amount_too_large", largest)
    if total != cents(total):
        raise refused("total", "amount_too_precise", _("El precio admite hasta dos decimales."))


def _tell(action: str, reservation: Reservation, before: dict[str, Any], *, actor: Actor, reason: str = "") -> None:
    old, new = changes(before, story(reservation))
    tell(action, reservation, actor=actor, before=old, after=new, reason=reason)
