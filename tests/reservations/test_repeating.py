"""The same court every week: what is free is booked, what is not is told, and the rest changes together."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from audit.models import AuditEntry
from billing.models import Billable
from core.errors import WorkflowError
from core.money import ZERO
from payments.models import PaymentMethod
from reservations import closures, moving, repeating, workflow
from reservations.invoicing import ChargeInput
from reservations.models import Court, Repetition, Reservation
from reservations.plan import RepeatInput, State
from reservations.pricing import ExtraInput
from reservations.repeating import ChangeInput, Outcome
from tests.factories import SYSTEM, actor, make_customer
from tests.reservations.factories import MONDAY, at, confirmed, make_court, make_priced_court, make_rate

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)
SEVEN, EIGHT = 19 * 60, 20 * 60


@pytest.fixture
def court(company) -> Court:
    return make_priced_court("20.00", name="Cancha 1")


def team(court: Court, **values) -> RepeatInput:
    given = {"first_on": TUESDAY, "starts": SEVEN, "minutes": 60} | values
    if not values.keys() & {"until", "count"}:
        given["count"] = 4
    return RepeatInput(court.pk, values.pop("customer_id", None) or make_customer(name="Los Martes").pk, **given)


def start(court: Court, **values) -> Outcome:
    skip = values.pop("skip_others", False)
    return repeating.start(team(court, **values), skip_others=skip, actor=SYSTEM)


def refused(act) -> WorkflowError:
    before = list(Reservation.objects.order_by("pk").values_list("pk", "status", "period")), Repetition.objects.count()
    with pytest.raises(WorkflowError) as refusal, transaction.atomic():
        act()
    after = list(Reservation.objects.order_by("pk").values_list("pk", "status", "period")), Repetition.objects.count()
    assert after == before
    return refusal.value


def hours(outcome: Outcome) -> list[tuple[str, str]]:
    from core import clock

    rows = Reservation.objects.filter(repetition=outcome.repetition).select_related("court").order_by("starts_at")
    return [(f"{clock.local(row.starts_at):%d/%m %H:%M}", row.status) for row in rows]


# Before booking


def test_a_year_of_tuesdays_is_looked_at_date_by_date(court):
    taken = confirmed(court, "18:00", "20:00", day=TUESDAY + WEEK, customer_name="Ana")
    closures.add_holiday(day=TUESDAY + 2 * WEEK, name="Feriado local", closed=True, actor=SYSTEM)
    closures.add_blackout(
        starts_at=at("08:00", TUESDAY + 3 * WEEK), ends_at=at("22:00", TUESDAY + 3 * WEEK), reason="Pintura",
        court_id=court.pk, actor=SYSTEM,
    )  # fmt: skip
    planned = repeating.preview(team(court, count=52), actor=SYSTEM)
    states = [row.state for row in planned.dates]
    assert states[:5] == [State.FREE, State.TAKEN, State.CLOSED, State.CLOSED, State.FREE]
    assert (planned.dates[1].why, planned.dates[1].taken_by_id) == (f"{taken.code} · Ana", taken.pk)
    assert "Feriado local" in planned.dates[2].why
    assert "Pintura" in planned.dates[3].why
    assert (len(planned.free), planned.total) == (49, Decimal("980.00"))
    assert planned.dates[-1].day == TUESDAY + 51 * WEEK
    assert (Reservation.objects.count(), Repetition.objects.count()) == (1, 0)


def test_dates_that_are_over_or_have_no_price_are_told(company):
    court = make_court()
    make_rate(court.venue, starts="00:00", ends="12:00")
    planned = repeating.preview(team(court, first_on=MONDAY, starts=8 * 60, count=2), actor=SYSTEM)
    assert [row.state for row in planned.dates] == [State.PAST, State.FREE]
    assert [row.state for row in repeating.preview(team(court), actor=SYSTEM).dates] == [State.NO_PRICE] * 4


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"until": TUESDAY - WEEK}, "until_before_first"),
        ({"until": None}, "until_required"),
        ({"until": TUESDAY, "count": 2}, "until_required"),
        ({"count": 105}, "too_many_dates"),
        ({"count": 0}, "too_many_dates"),
        ({"until": date(2029, 1, 2)}, "too_many_dates"),
        ({"minutes": 0, "count": 2}, "empty_period"),
        ({"minutes": 1455, "count": 2}, "too_long"),
        ({"starts": SEVEN + 5, "count": 2}, "not_a_quarter"),
    ],
)
def test_a_repetition_has_an_end_and_hours(court, values, code):
    assert refused(lambda: repeating.start(team(court, **values), actor=SYSTEM)).code == code


def test_an_extra_that_cannot_be_billed_is_nobodys_date(court):
    extras = (ExtraInput(Decimal(1)),)
    assert refused(lambda: start(court, extras=extras)).code == "extra_incomplete"


# Booking


def test_each_date_is_a_confirmed_booking_of_its_own(court):
    outcome = start(
        court, until=TUESDAY + 3 * WEEK, extras=(ExtraInput(Decimal(1), description="Luz", unit_price=Decimal(5)),)
    )
    assert hours(outcome) == [
        ("17/11 19:00", "confirmed"), ("24/11 19:00", "confirmed"), ("01/12 19:00", "confirmed"),
        ("08/12 19:00", "confirmed"),
    ]  # fmt: skip
    assert [row.total for row in outcome.done] == [Decimal("25.00")] * 4
    assert Billable.objects.waiting().count() == 4
    repetition = outcome.repetition
    assert (str(repetition), repetition.until) == ("martes 19:00–20:00", TUESDAY + 3 * WEEK)
    assert AuditEntry.objects.filter(action="repetition.started").count() == 1


def test_a_date_that_is_taken_refuses_all_or_is_left_out(court):
    confirmed(court, "19:00", "20:00", day=TUESDAY + WEEK, customer_name="Ana")
    refusal = refused(lambda: start(court))
    assert refusal.code == "dates_not_free"
    assert "24/11/2026: R-000001 · Ana" in refusal.message
    assert [row["why"] for row in refusal.extra["dates"]] == ["R-000001 · Ana"]
    outcome = start(court, skip_others=True)
    assert (len(outcome.done), [left.why for left in outcome.left]) == (3, ["R-000001 · Ana"])


def test_where_no_date_is_free_nothing_begins(court):
    start(court)
    assert refused(lambda: start(court, skip_others=True)).code == "no_free_dates"


def test_a_hold_whose_time_is_over_is_in_nobodys_way(court):
    from core import clock
    from reservations import holding
    from tests.reservations.factories import NOW

    holding.hold(holding.HoldInput(court.pk, at("19:00", TUESDAY), at("20:00", TUESDAY)), actor=SYSTEM)
    with clock.at(NOW + timedelta(minutes=20)):
        assert len(start(court).done) == 4


def test_the_front_desk_repeats_and_the_cashier_does_not(court):
    assert repeating.start(team(court), actor=actor("frontdesk")).done
    assert refused(lambda: repeating.start(team(court), actor=actor("cashier"))).code == "permission_denied"


# Changing


def change(outcome: Outcome, **values) -> Outcome:
    entered = {name: values.pop(name) for name in ("court_id", "weekday", "starts") if name in values}
    return repeating.change(outcome.repetition.pk, ChangeInput(**entered), actor=SYSTEM, **values)


def test_all_move_to_another_hour_and_day(court):
    changed = change(start(court), weekday=3, starts=EIGHT)
    assert [said for said, _status in hours(changed)] == ["19/11 20:00", "26/11 20:00", "03/12 20:00", "10/12 20:00"]
    assert (str(changed.repetition), changed.repetition.first_on) == ("jueves 20:00–21:00", date(2026, 11, 19))
    assert {row.description for row in Billable.objects.live()} == {
        f"Cancha 1, {day}/2026 20:00–21:00" for day in ("19/11", "26/11", "03/12", "10/12")
    }


def test_this_and_the_following_go_on_as_another_repetition(court):
    begun = start(court)
    changed = change(begun, starts=EIGHT, from_date=TUESDAY + 2 * WEEK)
    assert changed.repetition.pk != begun.repetition.pk
    assert [said for said, _ in hours(changed)] == ["01/12 20:00", "08/12 20:00"]
    assert [said for said, _ in hours(begun)] == ["17/11 19:00", "24/11 19:00"]
    begun.repetition.refresh_from_db()
    assert (begun.repetition.status, begun.repetition.until) == ("ended", TUESDAY + 2 * WEEK - timedelta(days=1))
    assert refused(lambda: change(begun, starts=EIGHT)).code == "repetition_ended"


@pytest.mark.parametrize(("keep", "moved"), [(True, "24/11 10:00"), (False, "24/11 20:00")])
def test_a_date_changed_alone_is_left_alone_when_told_so(court, keep, moved):
    begun = start(court)
    moving.move(begun.done[1].pk, court.pk, at("10:00", TUESDAY + WEEK), actor=SYSTEM)
    changed = change(begun, starts=EIGHT, keep_exceptions=keep)
    assert hours(changed)[1][0] == moved
    assert [left.why for left in changed.left] == (["Se cambió por separado"] if keep else [])


def test_what_is_invoiced_or_over_stays_and_is_listed(court):
    begun = start(court)
    workflow.charge(begun.done[0].pk, ChargeInput(PaymentMethod.objects.get().pk), actor=SYSTEM)
    workflow.cancel(begun.done[1].pk, reason="Viaje", actor=SYSTEM)
    changed = change(begun, starts=EIGHT)
    assert [(left.reservation.pk, left.why) for left in changed.left] == [
        (begun.done[0].pk, "Ya está en una factura o un borrador"), (begun.done[1].pk, "Cancelada"),
    ]  # fmt: skip
    assert [said for said, _ in hours(changed)] == ["17/11 19:00", "24/11 19:00", "01/12 20:00", "08/12 20:00"]


def test_a_date_that_is_not_free_refuses_the_change_or_stays(court):
    begun = start(court)
    confirmed(court, "20:00", "21:00", day=TUESDAY + WEEK)
    refusal = refused(lambda: change(begun, starts=EIGHT))
    assert (refusal.code, len(refusal.extra["dates"])) == ("dates_not_free", 1)
    changed = change(begun, starts=EIGHT, skip_others=True)
    assert len(changed.done) == 3
    assert hours(changed)[1][0] == "24/11 19:00"


def test_a_change_changes_something_and_knows_its_version(court):
    begun = start(court)
    assert refused(lambda: change(begun, starts=SEVEN)).code == "nothing_changed"
    assert refused(lambda: change(begun, starts=SEVEN + 1)).code == "not_a_quarter"
    assert refused(lambda: change(begun, starts=EIGHT, expected_version=7)).code == "stale_version"
    assert refused(lambda: change(begun, starts=EIGHT, from_date=date(2027, 5, 1))).code == "nothing_to_change"


def test_the_rest_is_cancelled_and_what_is_invoiced_stays(court):
    begun = start(court)
    paid = workflow.charge(begun.done[2].pk, ChargeInput(PaymentMethod.objects.get().pk), actor=SYSTEM)
    assert paid.balance == ZERO
    ended = repeating.cancel_rest(begun.repetition.pk, from_date=TUESDAY + WEEK, reason="Se van", actor=SYSTEM)
    assert [status for _said, status in hours(begun)] == ["confirmed", "cancelled", "confirmed", "cancelled"]
    assert [left.reservation.pk for left in ended.left] == [begun.done[2].pk]
    assert (ended.repetition.status, ended.repetition.until) == ("ended", date(2026, 11, 23))
    again = refused(lambda: repeating.cancel_rest(begun.repetition.pk, reason="Otra vez", actor=SYSTEM))
    assert again.code == "repetition_ended"


def test_ending_says_why(court):
    begun = start(court)
    assert (
        refused(lambda: repeating.cancel_rest(begun.repetition.pk, reason=" ", actor=SYSTEM)).code == "reason_required"
    )
