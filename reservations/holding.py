"""Holding a slot for a while for somebody who is making up their mind, and turning that into a booking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Customer
from core import clock
from core.actor import Actor
from reservations import policies
from reservations.invoicing import ChargeInput
from reservations.models import Reservation, ReservationStatus
from reservations.pricing import ExtraInput, quote
from reservations.records import lock, next_code, save_unless_taken, step, story, tell, write_lines
from reservations.rules import check_step, open_court, who_books
from reservations.workflow import ask_for_slot, charge, extras_of, promise


@dataclass(frozen=True, slots=True)
class HoldInput:
    """Which slot is held, and for whom: a customer, somebody who is only a name, or whoever holds it."""

    court_id: int
    starts_at: datetime
    ends_at: datetime
    customer_name: str = ""
    phone: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class TakeInput:
    """Who books what was held, as in `workflow.BookInput`; `extras` that are None stay as they are."""

    customer_id: int | None = None
    new_customer: Mapping[str, Any] | None = None
    customer_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    notes: str = ""
    extras: tuple[ExtraInput, ...] | None = None
    confirm: bool = False
    charge: ChargeInput | None = None


@transaction.atomic
def hold(entered: HoldInput, *, actor: Actor) -> Reservation:
    """Keep a slot from everybody else until the time of the rules in force is over; then it frees itself.

    Raises:
        WorkflowError: `slot_taken`, naming the booking that is there; `court_inactive`.
        RuleRefused: `slot_past`, `blacked_out`, `closed_for_holiday`, or the period has no price (codes of
            `pricing.quote()`).
    """
    actor.require("reservations.manage")
    court = open_court(entered.court_id)
    customer = Customer.objects.live().get(pk=entered.customer_id) if entered.customer_id else None
    priced = ask_for_slot(court, entered.starts_at, entered.ends_at, customer=customer, actor=actor)
    policy = policies.in_force()
    held_until = clock.now() + policies.rules_of(policy).hold_time
    reservation = Reservation(
        code=next_code(),
        court=court,
        period=(priced.starts_at, priced.ends_at),
        status=ReservationStatus.HELD,
        held_until=held_until,
        customer=customer,
        customer_name=entered.customer_name.strip() or (customer.name if customer else actor.label),
        customer_email=customer.email if customer else "",
        customer_phone=entered.phone.strip() or (customer.phone if customer else ""),
        total=priced.totals.total,
        policy=policy,
        created_at=clock.now(),
    )
    save_unless_taken(reservation)
    write_lines(reservation, priced.lines)
    told = story(reservation) | {"held_until": clock.local(held_until).isoformat()}
    tell("reservation.held", reservation, actor=actor, after=told)
    return reservation


@transaction.atomic
def take(reservation_id: int, entered: TakeInput, *, actor: Actor) -> Reservation:
    """Book what was held, for a customer, at the price of today's rates for them and under today's rules.

    Raises:
        WorkflowError: `reservation_confirmed` and the like: it is not held; `hold_expired`.
        RuleRefused: `customer_required`, or the lines have no price (codes of `pricing.quote()`).
        Both: as `workflow.charge()`, where it is to be paid at once; then it stays held.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    check_step(reservation, ReservationStatus.REQUESTED)
    customer_id = entered.customer_id or (None if entered.new_customer else reservation.customer_id)
    customer = who_books(customer_id, entered.new_customer, actor)
    _name(reservation, customer, entered)
    extras = extras_of(reservation) if entered.extras is None else entered.extras
    priced = quote(reservation.court, reservation.starts_at, reservation.ends_at, extras, customer=customer)
    write_lines(reservation, priced.lines)
    reservation.total, reservation.price_reason = priced.totals.total, ""
    reservation.policy = policies.in_force()
    reservation.notes = entered.notes.strip() or reservation.notes
    reservation.save(update_fields=["customer", "customer_name", "customer_email", "customer_phone", "policy", "total"])
    step(reservation, ReservationStatus.REQUESTED, actor=actor, after=story(reservation))
    if entered.confirm or entered.charge:
        promise(reservation, actor=actor)
    if entered.charge:
        charge(reservation.pk, entered.charge, actor=actor)
    return reservation


def _name(reservation: Reservation, customer: Customer, entered: TakeInput) -> None:
    reservation.customer = customer
    reservation.customer_name = entered.customer_name.strip() or customer.name
    reservation.customer_email = entered.customer_email or customer.email
    reservation.customer_phone = entered.customer_phone or reservation.customer_phone or customer.phone
