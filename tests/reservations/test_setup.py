"""Setting up venues, courts, hours and rates."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from audit.queries import history
from companies.roles import Role
from core.errors import Forbidden, StaleVersion, WorkflowError
from reservations import setup
from reservations.models import Court, OpeningHours, Rate, Venue
from reservations.week import DAY, Span
from tests.factories import SYSTEM, actor, make_product
from tests.reservations.factories import book, make_court, make_priced_court, make_rate, make_venue, spans

pytestmark = pytest.mark.usefixtures("company")


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def last_entry(row):
    return history(row._meta.label_lower, row.pk).last()


def test_a_venue_is_opened_and_changed_and_both_are_told():
    venue = make_venue(name="Complejo Norte")
    assert last_entry(venue).action == "venue.created"
    setup.update_venue(venue.pk, {"name": "Complejo Sur", "active": False}, actor=SYSTEM, expected_version=1)
    assert (last_entry(venue).before, last_entry(venue).after) == (
        {"name": "Complejo Norte", "active": True},
        {"name": "Complejo Sur", "active": False},
    )
    assert Venue.objects.get().version == 2


@pytest.mark.parametrize(
    "make", [lambda: make_venue(name="Norte"), lambda: make_court(Venue.objects.get(), name="Uno")]
)
def test_a_name_is_used_once(make):
    make_court(make_venue(name="Norte"), name="Uno")
    assert refusal_of(lambda actor: make()).code == "already_exists"


def test_the_same_court_name_in_another_venue_is_another_court():
    make_court(name="Uno")
    assert make_court(name="Uno").pk


def test_a_court_keeps_its_hours_in_order_and_tells_them():
    court = make_court(hours=[Span(5, 420, 26 * 60), Span(0, 360, 720), Span(0, 900, 1380)])
    assert [str(row) for row in OpeningHours.objects.filter(court=court)] == [
        "lunes 06:00–12:00",
        "lunes 15:00–23:00",
        "sábado 07:00–02:00",
    ]
    assert last_entry(court).after["hours"][2] == "sábado 07:00–02:00"


def test_new_hours_take_the_place_of_the_old_ones_and_bookings_stay():
    court = make_priced_court()
    reservation = book(court, "18:00", "19:00")
    changed = setup.update_court(court.pk, {"slot_minutes": 90}, hours=spans("06:00", "12:00", [0]), actor=SYSTEM)
    assert (changed.slot_minutes, OpeningHours.objects.filter(court=court).count()) == (90, 1)
    reservation.refresh_from_db()
    assert reservation.is_live


def test_changing_a_court_without_hours_leaves_them_alone():
    court = make_court()
    setup.update_court(court.pk, {"name": "Otra"}, actor=SYSTEM)
    assert OpeningHours.objects.filter(court=court).count() == 7


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ([Span(0, 360, 720), Span(0, 700, 800)], "not_a_quarter_hour"),
        ([Span(0, 360, 720), Span(0, 705, 800 - 5)], "hours_overlap"),
        ([Span(4, 1080, 1560), Span(5, 60, 300)], "hours_overlap"),
        ([Span(6, 1200, 1560), Span(0, 0, 300)], "hours_overlap"),
        ([Span(0, 360, 360)], "band_too_long"),
        ([Span(0, 360, 360 + DAY + 15)], "band_too_long"),
        ([Span(0, DAY, DAY + 60)], "band_too_long"),
    ],
)
def test_hours_that_make_no_sense_are_refused(hours, code):
    venue = make_venue()
    assert refusal_of(setup.add_court, venue_id=venue.pk, name="Uno", hours=hours).code == code
    assert not Court.objects.exists()


def test_the_database_refuses_hours_that_overlap():
    court = make_court(hours=[Span(4, 1080, 1560)])
    with pytest.raises(IntegrityError, match="hours_of_a_court_do_not_overlap"), transaction.atomic():
        OpeningHours.objects.create(court=court, weekday=5, opens=60, closes=120)


def test_a_slot_has_a_known_length():
    court = make_court()
    assert refusal_of(setup.update_court, court.pk, {"slot_minutes": 50}).code == "unknown_slot_length"


def test_two_rates_that_could_not_be_told_apart_are_refused_naming_the_other():
    venue = make_venue()
    rival = make_rate(venue, name="Noche", starts="18:00", ends="23:00", weekdays=[0, 1])
    refusal = refusal_of(lambda actor: make_rate(venue, starts="20:00", ends="01:00", weekdays=[1, 2]))
    assert (refusal.code, refusal.status, refusal.extra["rate_id"]) == ("rate_tie", 422, rival.pk)
    assert "«Noche» vale en las mismas horas (18:00–23:00)" in refusal.message
    assert Rate.objects.count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"weekdays": [2, 3], "starts": "18:00", "ends": "23:00"},  # other days
        {"weekdays": [0, 1], "starts": "12:00", "ends": "17:00"},  # other hours
        {"weekdays": [0], "starts": "18:00", "ends": "23:00"},  # fewer days: more specific
        {"weekdays": [0, 1], "starts": "19:00", "ends": "21:00"},  # fewer hours: more specific
    ],
)
def test_rates_that_can_be_told_apart_live_together(values):
    venue = make_venue()
    make_rate(venue, starts="18:00", ends="23:00", weekdays=[0, 1])
    assert make_rate(venue, **values).pk


def test_a_rate_of_a_court_and_one_of_its_venue_live_together():
    court = make_court()
    make_rate(court.venue)
    assert make_rate(court.venue, court_id=court.pk).pk


def test_a_tie_over_midnight_from_sunday_to_monday_is_found():
    venue = make_venue()
    make_rate(venue, starts="22:00", ends="02:00", weekdays=[6])
    assert refusal_of(lambda actor: make_rate(venue, starts="01:00", ends="05:00", weekdays=[0])).code == "rate_tie"


def test_an_inactive_rate_ties_with_nothing_until_it_is_used_again():
    venue = make_venue()
    old = make_rate(venue)
    setup.update_rate(old.pk, {"active": False}, actor=SYSTEM)
    make_rate(venue)
    assert refusal_of(setup.update_rate, old.pk, {"active": True}).code == "rate_tie"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"weekdays": []}, "no_weekday"),
        ({"unit_price": Decimal(0)}, "price_not_positive"),
        ({"starts": 605}, "not_a_quarter_hour"),
        ({"starts": 600, "ends": 600}, "band_too_long"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(values, code):
    rate = make_rate(make_venue())
    assert refusal_of(setup.update_rate, rate.pk, values).code == code
    assert Rate.objects.get().version == 1


def test_a_rate_for_a_court_of_another_venue_is_refused():
    venue, court = make_venue(), make_court()
    assert refusal_of(lambda actor: make_rate(venue, court_id=court.pk)).code == "court_of_another_venue"


def test_a_rate_is_changed_and_told():
    rate = make_rate(make_venue(), "20.00")
    product = make_product()
    setup.update_rate(
        rate.pk, {"unit_price": Decimal("25.00"), "weekdays": [6, 5, 5], "product_id": product.pk}, actor=SYSTEM
    )
    changed = Rate.objects.get()
    assert (changed.unit_price, changed.weekdays, changed.product_id) == (Decimal(25), [5, 6], product.pk)
    assert last_entry(rate).after["weekdays"] == [5, 6]


def test_an_edit_of_an_older_version_is_refused():
    court = make_court()
    setup.update_court(court.pk, {"name": "Otra"}, actor=SYSTEM, expected_version=1)
    with pytest.raises(StaleVersion):
        setup.update_court(court.pk, {"name": "Y otra"}, actor=SYSTEM, expected_version=1)


@pytest.mark.parametrize("role", [Role.FRONTDESK, Role.BILLING, Role.CASHIER, Role.AUDITOR])
def test_only_those_who_set_up_change_courts_and_prices(role):
    court = make_priced_court()
    rate = Rate.objects.get()
    for step in (
        lambda who: setup.add_venue(name="X", actor=who),
        lambda who: setup.update_venue(court.venue_id, {}, actor=who),
        lambda who: setup.add_court(venue_id=court.venue_id, name="X", actor=who),
        lambda who: setup.update_court(court.pk, {}, actor=who),
        lambda who: make_rate(court.venue, actor=who),
        lambda who: setup.update_rate(rate.pk, {}, actor=who),
    ):
        with pytest.raises(Forbidden):
            step(actor(role))


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE reservations_rate SET weekdays = '{}'", "rate_holds_on_some_weekday"),
        ("UPDATE reservations_rate SET weekdays = '{7}'", "rate_holds_on_some_weekday"),
        ("UPDATE reservations_rate SET starts = 7", "rate_band_is_on_a_quarter_of_an_hour"),
        ("UPDATE reservations_rate SET ends = starts", "rate_band_lasts_a_day_at_most"),
        ("UPDATE reservations_rate SET unit_price = 0", "rate_price_is_positive"),
        ("UPDATE reservations_court SET slot_minutes = 7", "court_slot_has_a_known_length"),
    ],
)
def test_the_database_refuses_what_makes_no_sense(sql, constraint):
    make_priced_court()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
