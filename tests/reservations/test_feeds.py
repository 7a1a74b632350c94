"""The calendar of a court: what it says to whoever has its address, and that guessing is closed."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from icalendar import Calendar

from audit.models import AuditEntry
from companies.roles import Role
from core import clock
from core.errors import Forbidden, WorkflowError
from core.models import IdempotencyKey
from reservations import feeds, setup, workflow
from reservations.models import Court
from tests.api_client import Api
from tests.factories import SYSTEM, actor, make_customer, make_user
from tests.reservations.factories import FRIDAY, MONDAY, at, book, confirmed, make_priced_court
from tests.world import BACKEND

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def court() -> Court:
    return feeds.open_feed(make_priced_court(name="Cancha Azul").pk, actor=SYSTEM)


def path_of(court: Court) -> str:
    return feeds.address(court).removeprefix(settings.BASE_URL)


def read(court: Court, **headers: str):
    return Client().get(path_of(court), headers=headers)


def events(court: Court) -> list:
    return list(Calendar.from_ical(read(court).content).walk("VEVENT"))


def test_a_booking_is_an_event_in_universal_time_with_name_and_code_alone(court):
    customer = make_customer(name="Ana Secreta", identification="1710034065", identification_type="05")
    private = {"customer_phone": "0991234567", "notes": "Paga tarde"}
    booked = confirmed(court, "18:00", "20:00", day=FRIDAY, customer_id=customer.pk, **private)
    answer = read(court)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events(court)
    assert event["UID"] == f"reservation-{booked.pk}@cuadre"
    assert event["SUMMARY"] == f"Ana Secreta · {booked.code}"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (at("18:00", FRIDAY), at("20:00", FRIDAY))
    assert event.decoded("DTSTART").tzinfo.utcoffset(None) == timedelta()
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", booked.version)
    assert event.decoded("DTSTAMP") == clock.now().replace(microsecond=0)
    for secret in ("1710034065", "0991234567", "Paga tarde"):
        assert secret not in answer.content.decode()


def test_long_and_awkward_names_are_folded_and_escaped(court):
    name = "Club «Ñandú», Cía; \\ de los Hermanos Játiva Egas y Asociados del Litoral Ecuatoriano S.A."
    booked = book(court, customer_name=name)
    content = read(court).content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.endswith(b"END:VCALENDAR\r\n")
    (event,) = events(court)
    assert event["SUMMARY"] == f"{name} · {booked.code}"


def test_what_is_only_asked_for_is_tentative_and_what_is_off_is_cancelled_for_thirty_days(court):
    reservation = book(court, day=FRIDAY)
    assert [event["STATUS"] for event in events(court)] == ["TENTATIVE"]
    cancelled = workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    assert [(event["STATUS"], event["SEQUENCE"]) for event in events(court)] == [("CANCELLED", cancelled.version)]
    with clock.at(clock.now() + timedelta(days=30)):
        assert [event["STATUS"] for event in events(court)] == ["CANCELLED"]
    with clock.at(clock.now() + timedelta(days=30, seconds=1)):
        assert events(court) == []


def test_it_reaches_a_month_back_and_a_year_ahead_and_no_other_court(court):
    book(make_priced_court())
    last = book(court, day=MONDAY + timedelta(days=364))
    book(court, day=MONDAY + timedelta(days=366))
    assert [event["UID"] for event in events(court)] == [f"reservation-{last.pk}@cuadre"]
    with clock.at(at("12:00", MONDAY + timedelta(days=364 + 32))):
        assert f"reservation-{last.pk}@cuadre" not in [event["UID"] for event in events(court)]


def test_what_has_not_changed_is_not_sent_again(court):
    reservation = book(court)
    answer = read(court)
    assert read(court, **{"If-None-Match": answer["ETag"]}).status_code == 304
    assert read(court, **{"If-Modified-Since": answer["Last-Modified"]}).status_code == 304
    with clock.at(clock.now() + timedelta(minutes=1)):
        workflow.confirm(reservation.pk, actor=SYSTEM)
    again = read(court, **{"If-None-Match": answer["ETag"]})
    assert again.status_code == 200
    assert again["ETag"] != answer["ETag"]


def test_the_calendar_takes_as_many_queries_for_one_booking_as_for_many(court, django_assert_max_num_queries):
    for hour in range(10, 16):
        book(court, f"{hour}:00", f"{hour + 1}:00")
    with django_assert_max_num_queries(12):
        read(court)


def test_guessing_is_closed(court):
    assert Client().get("/calendario/abc.ics").status_code == 404
    assert Client().get(path_of(court).replace(".ics", "x.ics")).status_code == 404
    assert Client().post(path_of(court)).status_code == 405


def test_a_network_that_asks_too_often_is_told_to_wait(court, monkeypatch):
    monkeypatch.setattr("reservations.views.feeds.READINGS", 2)
    assert [read(court).status_code for _ in range(3)] == [200, 200, 429]
    assert int(read(court)["Retry-After"]) > 0


def test_an_address_that_is_replaced_or_taken_back_is_dead(court):
    first = path_of(court)
    second = path_of(feeds.open_feed(court.pk, actor=SYSTEM))
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    closed = feeds.close_feed(court.pk, actor=SYSTEM)
    assert (Client().get(second).status_code, feeds.address(closed)) == (404, "")
    with pytest.raises(WorkflowError) as refused:
        feeds.close_feed(court.pk, actor=SYSTEM)
    assert refused.value.code == "no_feed"


def test_the_log_says_that_it_was_made_and_never_the_secret(court):
    setup.update_court(court.pk, {"name": "Cancha Roja"}, actor=SYSTEM)
    token = path_of(court).removeprefix("/calendario/").removesuffix(".ics")
    entries = AuditEntry.objects.filter(object_type="reservations.court", object_id=court.pk)
    assert [entry.action for entry in entries.order_by("id")] == ["court.created", "court.feed_opened", "court.updated"]
    told = str([(entry.before, entry.after) for entry in entries])
    assert token not in told
    assert court.feed_token_hash not in told
    assert court.feed_token not in told


def test_who_sets_courts_up_makes_the_address_and_others_do_not(court):
    with pytest.raises(Forbidden):
        feeds.open_feed(court.pk, actor=actor(Role.FRONTDESK))


def test_the_court_s_page_shows_makes_and_takes_back_the_address(company):
    court, owner = make_priced_court(), Client()
    owner.force_login(make_user(company, Role.OWNER), backend=BACKEND)
    assert "Crear el enlace" in owner.get(court.get_absolute_url()).content.decode()
    owner.post(f"{court.get_absolute_url()}calendario/")
    court.refresh_from_db()
    assert feeds.address(court) in owner.get(court.get_absolute_url()).content.decode()
    owner.post(f"{court.get_absolute_url()}calendario/quitar/")
    court.refresh_from_db()
    assert court.feed_token_hash is None


def test_a_program_reads_makes_replaces_and_removes_the_address(company):
    court, api = make_priced_court(), Api(make_user(company, Role.ADMINISTRATOR))
    path = f"resources/{court.pk}/calendar/"
    assert api.get(path) == {"url": None}
    first = api.post(path)["url"]
    assert (api.status, api.last["Cache-Control"]) == (201, "no-store")
    assert api.get(path) == {"url": first}
    second = api.post(path)["url"]
    assert [Client().get(url.removeprefix(settings.BASE_URL)).status_code for url in (first, second)] == [404, 200]
    api.delete(path)
    assert (api.status, api.get(path)) == (204, {"url": None})
    assert api.delete(path)["code"] == "no_feed"


def test_an_address_is_never_kept_for_a_repeated_request(company):
    court, api = make_priced_court(), Api(make_user(company))
    answers = [api.post(f"resources/{court.pk}/calendar/", Idempotency_Key="once")["url"] for _ in range(2)]
    assert answers[0] != answers[1]
    assert not IdempotencyKey.objects.exists()


def test_who_only_sees_courts_does_not_learn_the_address(court, company):
    api = Api(make_user(company, Role.FRONTDESK))
    assert api.get(f"resources/{court.pk}/calendar/")["code"] == "permission_denied"
