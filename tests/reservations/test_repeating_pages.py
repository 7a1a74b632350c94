"""Weekly bookings and the waiting list on the pages and over the API, as the front desk uses them."""

from datetime import timedelta

import pytest

from companies.roles import Role
from core import clock
from reservations import repeating, waiting, workflow
from reservations.models import Repetition, Reservation, WaitingEntry
from reservations.plan import RepeatInput
from reservations.waiting import WaitingInput
from tests.factories import SYSTEM, make_customer, make_user
from tests.pages import filled
from tests.reservations.factories import MONDAY, at, confirmed, make_priced_court

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)
NEW = "/reservas/repetidas/nueva/"


@pytest.fixture
def desk(client, company):
    client.force_login(make_user(company, Role.FRONTDESK))
    return client


@pytest.fixture
def court(company):
    return make_priced_court("20.00", name="Cancha 1")


def send(client, page: str, typed: dict[str, str]):
    return client.post(page, filled(client, page, typed))


def typed_team(court, **values) -> dict[str, str]:
    return {
        "customer": str(make_customer(name="Los Martes").pk), "court": str(court.pk),
        "first_on": TUESDAY.isoformat(), "starts": "19:00", "ends": "20:00", "count": "4",
    } | values  # fmt: skip


def begun(court) -> Repetition:
    team = RepeatInput(court.pk, make_customer(name="Los Martes").pk, TUESDAY, 19 * 60, 60, count=4)
    return repeating.start(team, actor=SYSTEM).repetition


def test_the_plan_is_shown_before_anything_is_booked(desk, court):
    taken = confirmed(court, "19:00", "20:00", day=TUESDAY + timedelta(days=7), customer_name="Ana")
    typed = typed_team(court)
    page = send(desk, NEW, typed)
    assert (page.status_code, Reservation.objects.count()) == (200, 1)
    assert f"{taken.code} · Ana" in page.text
    assert "Reservar 3 fechas" in page.text
    refused = send(desk, NEW, typed | {"book": "1"})
    assert refused.status_code == 409
    assert f"{taken.code} · Ana" in refused.text
    booked = send(desk, NEW, typed | {"book": "1", "skip_others": "on"})
    assert (booked.status_code, Reservation.objects.filter(repetition__isnull=False).count()) == (302, 3)
    shown = desk.get(booked["Location"]).text
    assert "Los Martes: martes 19:00–20:00" in shown
    assert "24/11/2026: R-000001 · Ana" in shown


def test_a_booking_says_that_it_repeats_and_what_can_be_changed(desk, court):
    repetition = begun(court)
    second = repetition.reservations.order_by("starts_at")[1]
    page = desk.get(second.get_absolute_url()).text
    assert "esta y las siguientes" in page
    change = f"/reservas/repetidas/{repetition.pk}/cambiar/?from=2026-11-24"
    assert change in page.replace("&amp;", "&")
    assert send(desk, change, {"starts": "20:00"}).status_code == 302
    going = Repetition.objects.get(status="active")
    assert (going.hours, going.reservations.count()) == ("20:00–21:00", 3)
    end = send(desk, f"/reservas/repetidas/{going.pk}/terminar/", {"reason": "Se van"})
    assert (end.status_code, Reservation.objects.filter(status="cancelled").count()) == (302, 3)
    assert "Terminada" in desk.get("/reservas/repetidas/?status=ended").text


def test_a_weekly_booking_begins_at_a_booking(desk, court):
    booked = confirmed(court, "19:00", "20:00")
    assert f"{NEW}?reservation={booked.pk}" in desk.get(booked.get_absolute_url()).text
    page = desk.get(f"{NEW}?reservation={booked.pk}").text
    assert 'value="2026-11-16"' in page
    assert 'value="19:00"' in page


def test_who_wants_a_taken_slot_is_put_on_the_list_and_booked_when_it_is_free(desk, court):
    taken = confirmed(court, "18:00", "19:00")
    new = f"/reservas/espera/nueva/?reservation={taken.pk}"
    assert new in desk.get(taken.get_absolute_url()).text
    assert send(desk, new, {"name": "Rosa", "phone": "0991234567"}).status_code == 302
    entry = WaitingEntry.objects.get()
    assert (clock.local(entry.period.lower), entry.court) == (at("18:00"), court)
    workflow.cancel(taken.pk, reason="Llueve", actor=SYSTEM)
    assert "Ofrecida" in desk.get("/reservas/espera/?status=open").text
    book = f"/reservas/espera/{entry.pk}/reservar/"
    form = desk.get(book).text
    assert "Rosa" in form
    assert at("18:00").isoformat() in form
    customer = str(make_customer(name="Rosa").pk)
    assert send(desk, book, {"customer": customer, "new_name": "", "then": "confirm"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.status, entry.reservation.status) == ("booked", "confirmed")
    assert desk.post(f"/reservas/espera/{entry.pk}/retirar/").status_code == 409
    assert "Reservada" in desk.get(f"/reservas/espera/{entry.pk}/").text


def test_the_list_of_weekly_bookings_begins_with_those_that_go_on_and_is_searched(desk, court):
    begun(court)
    assert desk.get("/reservas/repetidas/")["Location"] == "/reservas/repetidas/?status=active"
    shown = desk.get("/reservas/repetidas/?status=active&search=mártes").text
    assert "Los Martes" in shown
    assert "Cambiar las que faltan" in shown
    assert "Los Martes" not in desk.get("/reservas/repetidas/?status=active&search=Los+Jueves").text
    assert "Nada en «Terminadas»" in desk.get("/reservas/repetidas/?status=ended").text
    assert "<dd>1</dd>" in desk.get("/reservas/repetidas/totales/?status=active").text.replace(' class="num"', "")


def test_who_waits_is_listed_in_the_order_they_came_and_found_by_name_telephone_and_day(desk, court):
    for name, phone in (("Rosa", "0991"), ("Pedro", "0992")):
        waiting.add(WaitingInput(at("18:00"), at("19:00"), court_id=court.pk, name=name, phone=phone), actor=SYSTEM)
    assert desk.get("/reservas/espera/")["Location"] == "/reservas/espera/?status=open"
    text = desk.get("/reservas/espera/?status=open").text
    assert text.index("Rosa") < text.index("Pedro")
    for query, found in {
        "search=0992": False,
        "search=rosa": True,
        "from=2026-11-17": False,
        "to=2026-11-16": True,
    }.items():
        assert ("Rosa" in desk.get(f"/reservas/espera/?status=open&{query}").text) is found, query
    rosa = WaitingEntry.objects.get(name="Rosa")
    assert desk.post(f"/reservas/espera/{rosa.pk}/retirar/").status_code == 302
    assert "Rosa ya no espera" in desk.get("/").text
    assert "Rosa" not in desk.get("/reservas/espera/?status=open").text
    assert "Rosa" in desk.get("/reservas/espera/?status=dropped").text


def test_an_empty_waiting_list_says_the_next_step(desk, court):
    shown = desk.get("/reservas/espera/?status=open").text
    assert "Nadie espera un turno" in shown
    assert "/reservas/espera/nueva/" in shown


def test_over_the_api_a_team_begins_changes_and_ends(desk, court):
    def post(path, body, **headers):
        return desk.post(f"/api/v1/repetitions/{path}", body, content_type="application/json", headers=headers)

    customer = make_customer().pk
    body = {"resource": court.pk, "customer": customer, "first_on": "2026-11-17", "starts": "19:00",
            "ends": "20:00", "until": "2026-12-08"}  # fmt: skip
    plan = post("preview/", body).json()
    assert ([row["state"] for row in plan["dates"]], plan["total"]) == (["free"] * 4, "80.00")
    begun = post("", body)
    assert (begun.status_code, len(begun.json()["done"])) == (201, 4)
    pk = begun.json()["repetition"]["id"]
    assert post("", body).json()["code"] == "no_free_dates"
    stale = post(f"{pk}/change/", {"starts": "20:00"}, **{"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    changed = post(f"{pk}/change/", {"starts": "20:00", "from_date": "2026-12-01"}).json()
    assert (len(changed["done"]), changed["repetition"]["starts"]) == (2, "20:00:00")
    ended = post(f"{pk}/change/", {"starts": "21:00"})
    assert ended.json()["code"] == "repetition_ended"
    end = post(f"{changed['repetition']['id']}/end/", {"reason": "Se van"}).json()
    assert (end["repetition"]["status"], len(end["done"])) == ("ended", 2)
    listed = desk.get("/api/v1/repetitions/").json()
    assert [row["status"] for row in listed["results"]] == ["ended", "ended"]


def test_over_the_api_somebody_waits_books_and_another_leaves(desk, court):
    def post(path, body):
        return desk.post(f"/api/v1/waiting-list/{path}", body, content_type="application/json")

    slot = {"starts_at": at("18:00").isoformat(), "ends_at": at("19:00").isoformat(), "resource": court.pk}
    entry = post("", slot | {"name": "Rosa", "phone": "099"})
    assert (entry.status_code, entry.json()["status"]) == (201, "waiting")
    other = post("", slot | {"name": "Luis", "phone": "098"}).json()
    booked = post(f"{entry.json()['id']}/book/", slot | {"customer": make_customer().pk, "confirm": True}).json()
    assert booked["status"] == "confirmed"
    assert post(f"{other['id']}/drop/", {"reason": "Ya no"}).json()["status"] == "dropped"
    assert post("", slot | {"name": "Eva"}).json()["code"] == "phone_required"
    assert [row["name"] for row in desk.get("/api/v1/waiting-list/?status=booked").json()["results"]] == ["Rosa"]
