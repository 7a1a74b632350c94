"""Blackouts and holidays: nobody books what is closed; what was booked before stays."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from audit.queries import history
from companies.roles import Role
from core.errors import Forbidden, StaleVersion, WorkflowError
from reservations import closures, moving, workflow
from reservations.models import Blackout, Holiday
from reservations.queries import availability
from tests.factories import SYSTEM, actor
from tests.reservations.factories import FRIDAY, MONDAY, at, book, hold, make_court, make_priced_court, make_rate

pytestmark = pytest.mark.usefixtures("company")

SATURDAY = FRIDAY + timedelta(days=1)


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def block(starts="12:00", ends="20:00", *, day=MONDAY, reason="Mantenimiento", **values):
    return closures.add_blackout(
        starts_at=at(starts, day), ends_at=at(ends, day), reason=reason, actor=SYSTEM, **values
    )


def free_hours(court, day=MONDAY):
    return {f"{slot.starts_at:%H:%M}" for slot in availability(court, day) if slot.free}


@pytest.mark.parametrize("place", ["court", "venue", "all"])
def test_nobody_books_holds_or_moves_into_a_blackout_and_is_told_why(place):
    court = make_priced_court()
    elsewhere = book(court, "21:00", "22:00")
    block(**{"court": {"court_id": court.pk}, "venue": {"venue_id": court.venue_id}, "all": {}}[place])
    for act in (
        lambda actor: book(court, "19:00", "21:00"),
        lambda actor: hold(court, "12:00", "13:00"),
        lambda actor: moving.move(elsewhere.pk, court.pk, at("18:00"), actor=actor),
        lambda actor: workflow.preview(court.pk, at("18:00"), at("19:00"), [], actor=actor),
    ):
        refusal = refusal_of(act)
        assert (refusal.code, refusal.status) == ("blacked_out", 422)
        assert f"{court} está bloqueada de 16/11/2026 12:00–20:00: Mantenimiento." in refusal.message


def test_a_blackout_ends_where_it_ends_and_leaves_others_alone():
    court, other = make_priced_court(), make_priced_court()
    block(court_id=court.pk)
    assert book(court, "11:00", "12:00").is_live
    assert book(court, "20:00", "21:00").is_live
    assert book(other, "18:00", "19:00").is_live
    assert not free_hours(court) & {"12:00", "19:00"}
    assert {"10:00", "21:00"} <= free_hours(court)


def test_what_is_inside_a_blackout_stays_and_is_listed():
    court = make_priced_court()
    inside, gone, outside = book(court, "18:00", "19:00"), book(court, "13:00", "14:00"), book(court, "20:00", "21:00")
    workflow.cancel(gone.pk, reason="Lluvia", actor=SYSTEM)
    blackout = block(venue_id=court.venue_id)
    assert list(closures.inside(blackout)) == [inside]
    assert outside.is_live
    assert workflow.confirm(inside.pk, actor=SYSTEM).is_live
    assert workflow.update_lines(book(court, "22:00", "23:00").pk, [], actor=SYSTEM).is_live
    told = history("reservations.blackout", blackout.pk).last()
    assert (told.action, told.after["bookings"], told.after["place"]) == ("blackout.created", 1, str(court.venue))


def test_a_blackout_that_is_taken_back_blocks_no_longer():
    court = make_priced_court()
    blackout = block()
    closures.cancel_blackout(blackout.pk, actor=SYSTEM)
    assert book(court).is_live
    assert refusal_of(closures.cancel_blackout, blackout.pk).code == "already_cancelled"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"reason": " "}, "reason_required"),
        ({"starts": "20:00", "ends": "20:00"}, "empty_period"),
        ({"ends": "9000:00"}, "too_long"),
        ({"starts": "07:00", "ends": "08:00"}, "slot_past"),
    ],
)
def test_a_blackout_that_makes_no_sense_is_refused(values, code):
    assert refusal_of(lambda actor: block(**values)).code == code
    assert not Blackout.objects.exists()


def test_a_court_of_another_venue_is_not_blocked_with_it():
    court, other = make_court(), make_court()
    refusal = refusal_of(lambda actor: block(court_id=court.pk, venue_id=other.venue_id))
    assert refusal.code == "court_of_another_venue"


def test_the_database_keeps_what_a_blackout_says():
    blackout = block()
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Blackout.objects.filter(pk=blackout.pk).update(reason="Otra cosa")
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM reservations_blackout")


def test_nothing_is_booked_on_a_holiday_on_which_nothing_opens():
    court = make_priced_court()
    closures.add_holiday(day=FRIDAY, name="Fiestas de Quito", closed=True, actor=SYSTEM)
    refusal = refusal_of(lambda actor: book(court, day=FRIDAY))
    assert (refusal.code, refusal.message) == ("closed_for_holiday", "El 20/11/2026 no se abre: Fiestas de Quito.")
    assert free_hours(court, FRIDAY) == set()
    assert book(court, day=SATURDAY).is_live


def test_the_night_before_a_holiday_ends_when_it_closes():
    court = make_court(opens="18:00", closes="02:00")
    make_rate(court.venue)
    closures.add_holiday(day=SATURDAY, name="Feriado", closed=True, actor=SYSTEM)
    assert book(court, "25:00", "26:00", day=FRIDAY).is_live
    assert refusal_of(lambda actor: book(court, "25:00", "26:00", day=SATURDAY)).code == "closed_for_holiday"


def test_an_open_holiday_closes_nothing():
    closures.add_holiday(day=FRIDAY, name="Feriado", actor=SYSTEM)
    assert book(make_priced_court(), day=FRIDAY).is_live


def test_a_holiday_is_added_changed_and_removed_and_all_is_told():
    holiday = closures.add_holiday(day=FRIDAY, name=" Feriado ", actor=SYSTEM)
    assert refusal_of(closures.add_holiday, day=FRIDAY, name="Otro").code == "already_exists"
    closures.update_holiday(holiday.pk, {"closed": True}, actor=SYSTEM, expected_version=1)
    with pytest.raises(StaleVersion):
        closures.update_holiday(holiday.pk, {"closed": False}, actor=SYSTEM, expected_version=1)
    closures.remove_holiday(holiday.pk, actor=SYSTEM)
    assert not Holiday.objects.exists()
    assert [entry.action for entry in history("reservations.holiday", holiday.pk)] == [
        "holiday.created", "holiday.updated", "holiday.removed",
    ]  # fmt: skip


def test_the_front_desk_closes_nothing():
    desk = actor(Role.FRONTDESK)
    for act in (
        lambda: closures.add_holiday(day=FRIDAY, name="Feriado", actor=desk),
        lambda: closures.add_blackout(starts_at=at("12:00"), ends_at=at("13:00"), reason="X", actor=desk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_the_database_wants_a_blackout_to_be_of_one_place():
    court = make_court()
    with pytest.raises(IntegrityError, match="a_blackout_is_of"), transaction.atomic():
        Blackout.objects.create(court=court, venue=court.venue, period=(at("12:00"), at("13:00")), reason="X")
