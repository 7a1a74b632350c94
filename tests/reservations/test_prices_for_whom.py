"""Prices by kind of customer, season and holiday: the most specific wins, and two of one rank never meet."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import CustomerKind
from core.errors import WorkflowError
from reservations import closures, holding, workflow
from reservations.holding import TakeInput
from reservations.models import Rate
from reservations.pricing import quote
from reservations.queries import availability
from tests.factories import SYSTEM, make_customer
from tests.reservations.factories import (
    FRIDAY,
    MONDAY,
    at,
    book,
    hold,
    make_court,
    make_priced_court,
    make_rate,
    make_venue,
)

pytestmark = pytest.mark.usefixtures("company")

SATURDAY = FRIDAY + timedelta(days=1)


def member(kind):
    customer = make_customer()
    customer.kind = kind
    customer.save()
    return customer


def kind(name="Socio"):
    return CustomerKind.objects.create(name=name)


def price(court, customer=None, *, day=MONDAY, hour="18:00", end="19:00"):
    return quote(court, at(hour, day), at(end, day), customer=customer).totals.total


def test_a_kind_of_customer_has_its_price_in_the_quote_the_preview_and_the_booking():
    court, socio = make_priced_court("20.00"), kind()
    make_rate(court.venue, "12.00", customer_kind_id=socio.pk)
    ana, other = member(socio), member(kind("Estudiante"))
    assert [price(court), price(court, other), price(court, ana)] == [
        Decimal("20.00"), Decimal("20.00"), Decimal("12.00"),
    ]  # fmt: skip
    preview = workflow.preview(court.pk, at("18:00"), at("19:00"), [], ana.pk, actor=SYSTEM)
    assert preview.totals.total == Decimal("12.00")
    assert availability(court, MONDAY, ana)[-1].rate.unit_price == Decimal("12")
    assert book(court, customer_id=ana.pk).total == Decimal("12.00")
    held = hold(court, "20:00", "21:00", customer_name="Ana")
    assert held.total == Decimal("20.00")
    assert holding.take(held.pk, TakeInput(ana.pk), actor=SYSTEM).total == Decimal("12.00")


def test_a_season_has_its_price_from_its_first_to_its_last_day():
    court = make_priced_court("20.00")
    make_rate(court.venue, "30.00", valid_from=FRIDAY, valid_until=SATURDAY)
    prices = [price(court, day=FRIDAY + timedelta(days=number)) for number in (-1, 0, 1, 2)]
    assert prices == [Decimal("20.00"), Decimal("30.00"), Decimal("30.00"), Decimal("20.00")]


def test_a_holiday_has_its_price_until_the_band_that_began_on_it_ends():
    court = make_court(opens="18:00", closes="02:00")
    make_rate(court.venue, "20.00", starts="18:00", ends="02:00")
    make_rate(court.venue, "50.00", starts="18:00", ends="02:00", on_holidays=True)
    closures.add_holiday(day=FRIDAY, name="Feriado", actor=SYSTEM)
    night = {"hour": "25:00", "end": "26:00"}
    thursday = FRIDAY - timedelta(days=1)
    assert [price(court, day=thursday, **night), price(court, day=FRIDAY), price(court, day=FRIDAY, **night)] == [
        Decimal("20.00"), Decimal("50.00"), Decimal("50.00"),
    ]  # fmt: skip
    assert price(court, day=SATURDAY) == Decimal("20.00")
    assert availability(court, FRIDAY)[0].rate.on_holidays


def test_kind_comes_before_holiday_before_season_before_court():
    court, socio = make_priced_court("1.00"), kind()
    closures.add_holiday(day=FRIDAY, name="Feriado", actor=SYSTEM)
    ana, expected = member(socio), Decimal("1.00")
    for amount, values in (
        ("2.00", {"court_id": court.pk}),
        ("3.00", {"valid_from": MONDAY}),
        ("4.00", {"on_holidays": True}),
        ("5.00", {"customer_kind_id": socio.pk}),
    ):
        assert price(court, ana, day=FRIDAY) == expected
        make_rate(court.venue, amount, **values)
        expected = Decimal(amount)
    assert price(court, ana, day=FRIDAY) == expected


@pytest.mark.parametrize(
    ("first", "second", "tie"),
    [
        ({"valid_until": FRIDAY}, {"valid_from": FRIDAY}, True),
        ({"valid_until": FRIDAY}, {"valid_from": SATURDAY}, False),
        ({"valid_from": FRIDAY}, {}, False),
        ({"on_holidays": True}, {"on_holidays": True}, True),
        ({"on_holidays": True}, {}, False),
    ],
)
def test_two_rates_of_one_rank_never_meet(first, second, tie):
    venue = make_venue()
    make_rate(venue, **first)
    if not tie:
        assert make_rate(venue, **second).pk
        return
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        make_rate(venue, **second)
    assert refused.value.code == "rate_tie"


def test_rates_of_two_kinds_never_meet_and_of_one_kind_do():
    venue, socio = make_venue(), kind()
    make_rate(venue, customer_kind_id=socio.pk)
    assert make_rate(venue, customer_kind_id=kind("Estudiante").pk).pk
    with pytest.raises(WorkflowError, match="igual de específica"), transaction.atomic():
        make_rate(venue, customer_kind_id=socio.pk)


def test_a_season_ends_after_it_begins():
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        make_rate(make_venue(), valid_from=FRIDAY, valid_until=FRIDAY - timedelta(days=1))
    assert refused.value.code == "season_backwards"
    rate = make_rate(make_venue(), valid_from=FRIDAY)
    with pytest.raises(IntegrityError, match="rate_season_ends"), transaction.atomic():
        Rate.objects.filter(pk=rate.pk).update(valid_until=date(2020, 1, 1))
