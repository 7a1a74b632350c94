"""Hours of the week and of real days: pure arithmetic."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from reservations import timetable
from reservations.week import DAY, WEEK, Span, end_after, minute_of_week, minutes_of, time_of

GUAYAQUIL = ZoneInfo("America/Guayaquil")
FRIDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 22)

friday_night = Span(4, 18 * 60, 26 * 60)
sunday_night = Span(6, 20 * 60, 25 * 60)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=GUAYAQUIL)


def test_a_span_holds_its_first_minute_and_not_its_end():
    assert friday_night.holds(4 * DAY + 18 * 60)
    assert friday_night.holds(5 * DAY + 2 * 60 - 1)
    assert not friday_night.holds(5 * DAY + 2 * 60)
    assert not friday_night.holds(4 * DAY + 18 * 60 - 1)


def test_sunday_night_runs_into_monday_morning():
    assert sunday_night.holds(59)
    assert not sunday_night.holds(60)
    assert sunday_night.meets(Span(0, 0, 30))
    assert not sunday_night.meets(Span(0, 60, 120))


def test_spans_that_only_touch_do_not_meet():
    assert not Span(4, 600, 720).meets(Span(4, 720, 840))
    assert Span(4, 600, 721).meets(Span(4, 720, 840))
    assert Span(4, 600, 900).meets(Span(4, 700, 720))


def test_saturday_half_past_midnight_is_a_minute_of_saturday():
    assert minute_of_week(moment(date(2026, 11, 21), 0, 30)) == 5 * DAY + 30
    assert minute_of_week(moment(SUNDAY, 23, 59)) == WEEK - 1


@pytest.mark.parametrize(
    ("opens", "closes", "ends"),
    [("06:00", "23:00", 23 * 60), ("18:00", "02:00", 26 * 60), ("00:00", "00:00", DAY), ("09:00", "09:00", 33 * 60)],
)
def test_a_closing_time_not_after_the_opening_is_the_next_days(opens, closes, ends):
    assert end_after(minutes_of(time.fromisoformat(opens)), time.fromisoformat(closes)) == ends


def test_minutes_beyond_a_day_are_shown_as_the_next_mornings_time():
    assert time_of(26 * 60) == time(2, 0)


def test_an_opening_past_midnight_ends_on_the_next_date():
    assert timetable.openings([friday_night], FRIDAY, FRIDAY, GUAYAQUIL) == [
        (moment(FRIDAY, 18), moment(date(2026, 11, 21), 2))
    ]
    assert timetable.openings([friday_night], SUNDAY, SUNDAY, GUAYAQUIL) == []


def test_slots_are_counted_from_the_opening_and_a_short_rest_is_not_offered():
    opened = [(moment(FRIDAY, 6, 30), moment(FRIDAY, 10))]
    assert timetable.slots(opened, 90) == [
        (moment(FRIDAY, 6, 30), moment(FRIDAY, 8)),
        (moment(FRIDAY, 8), moment(FRIDAY, 9, 30)),
    ]


def test_two_openings_one_right_after_the_other_are_open_throughout():
    opened = [(moment(FRIDAY, 6), moment(FRIDAY, 12)), (moment(FRIDAY, 12), moment(FRIDAY, 20))]
    assert timetable.is_open(opened, moment(FRIDAY, 11), moment(FRIDAY, 13))
    assert not timetable.is_open(opened, moment(FRIDAY, 19), moment(FRIDAY, 21))
    assert not timetable.is_open(opened, moment(FRIDAY, 5), moment(FRIDAY, 7))


def test_a_period_is_made_of_whole_slots_or_of_none():
    offered = timetable.slots([(moment(FRIDAY, 6), moment(FRIDAY, 12))], 60)
    assert timetable.slots_between(offered, moment(FRIDAY, 7), moment(FRIDAY, 9)) == offered[1:3]
    assert timetable.slots_between(offered, moment(FRIDAY, 7, 30), moment(FRIDAY, 9)) == []
    assert timetable.slots_between(offered, moment(FRIDAY, 7), moment(FRIDAY, 9, 30)) == []


def test_a_period_with_a_gap_between_its_slots_is_none():
    opened = [(moment(FRIDAY, 6), moment(FRIDAY, 8)), (moment(FRIDAY, 10), moment(FRIDAY, 12))]
    assert timetable.slots_between(timetable.slots(opened, 60), moment(FRIDAY, 7), moment(FRIDAY, 11)) == []
