"""Reservations over the API."""

from decimal import Decimal

import pytest

from billing.models import Billable, Document
from companies.roles import Role
from core import clock
from core.tenancy import company_context
from payments.models import PaymentMethod
from reservations.models import Court, Rate, Reservation, Venue
from tests.factories import make_company, make_customer, make_product, make_user
from tests.reservations.factories import (
    MONDAY,
    at,
    book,
    confirmed,
    make_court,
    make_priced_court,
    make_rate,
    make_venue,
)

BASE = "/api/v1/"


@pytest.fixture
def api(client, company):
    """Return a caller of the API at the front desk of the test's company."""
    client.force_login(make_user(company, Role.FRONTDESK))
    return Caller(client)


@pytest.fixture
def owner(client, company):
    client.force_login(make_user(company, Role.OWNER))
    return Caller(client)


class Caller:
    def __init__(self, client):
        self.client = client

    def get(self, path, **query):
        return self.client.get(BASE + path, query)

    def post(self, path, body=None):
        return self.client.post(BASE + path, body or {}, content_type="application/json")

    def patch(self, path, body, **headers):
        return self.client.patch(BASE + path, body, content_type="application/json", headers=headers)


def body_of(court, start="18:00", end="19:00", **values):
    customer = values.pop("customer", None) or make_customer().pk
    period = {"starts_at": at(start).isoformat(), "ends_at": at(end).isoformat()}
    return {"resource": court.pk, "customer": customer, **period, **values}


# Bookings


def test_a_booking_is_made_and_shown_with_its_lines(api):
    court = make_court(name="Cancha 1")
    make_rate(court.venue, "20.00", name="Noche")
    product = make_product(name="Pelotas", unit_price=Decimal("4.50"), price_includes_tax=True)
    answer = api.post("reservations/", body_of(court, extras=[{"product": product.pk, "quantity": 2}], notes="Red"))
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/api/v1/reservations/{made['id']}/")
    assert answer["ETag"] == '"1"'
    assert {
        name: made[name] for name in ("code", "status", "billing_state", "invoice", "total", "notes", "starts_at")
    } == {
        "code": "R-000001",
        "status": "requested",
        "billing_state": "none",
        "invoice": None,
        "total": "29.00",
        "notes": "Red",
        "starts_at": "2026-11-16T18:00:00-05:00",
    }
    assert [(line["kind"], line["description"], line["quantity"], line["unit_price"]) for line in made["lines"]] == [
        ("court", "Noche: Cancha 1, 16/11/2026 18:00–19:00", "1", "20"),
        ("extra", "Pelotas", "2", "4.5"),
    ]
    assert api.get(f"reservations/{made['id']}/").json() == made


def test_an_extra_without_a_quantity_is_one(api):
    extra = {"description": "Chalecos", "unit_price": "3.00"}
    assert api.post("reservations/", body_of(make_priced_court(), extras=[extra])).json()["total"] == "23.00"


def test_a_taken_slot_is_answered_409_naming_the_booking(api):
    court = make_priced_court()
    present = book(court)
    answer = api.post("reservations/", body_of(court))
    assert (answer.status_code, answer.json()["code"], answer.json()["reservation_id"]) == (
        409,
        "slot_taken",
        present.pk,
    )
    assert Reservation.objects.count() == 1


def test_a_rule_is_answered_422_naming_the_field(api):
    answer = api.post("reservations/", body_of(make_priced_court(), "18:30", "19:30"))
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0]["field"]) == (422, "not_a_slot", "starts_at")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at": "mañana"}, "starts_at"),
        ({"resource": None}, "resource"),
        ({"extras": [{"quantity": "dos"}]}, "extras.0.quantity"),
        ({"new_customer": {"name": "X"}}, "new_customer.identification"),
    ],
)
def test_a_wrong_shape_is_answered_400_naming_the_field(api, change, field):
    answer = api.post("reservations/", body_of(make_priced_court()) | change)
    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}


def test_a_booking_is_confirmed_invoiced_and_paid_in_one_request(api):
    method = PaymentMethod.objects.get()
    made = api.post("reservations/", body_of(make_priced_court(), charge={"method": method.pk})).json()
    assert (made["status"], made["billing_state"]) == ("confirmed", "paid")
    invoice = api.get(f"reservations/{made['id']}/invoice/").json()
    assert (invoice["id"], invoice["status"], invoice["balance"]) == (made["invoice"], "paid", "0.00")


def test_a_new_customer_is_added_with_the_booking(api):
    new = {"identification_type": "06", "identification": "AB123456", "name": "Turista"}
    body = {name: value for name, value in body_of(make_priced_court()).items() if name != "customer"}
    assert api.post("reservations/", body | {"new_customer": new}).json()["customer_name"] == "Turista"


def test_a_booking_goes_through_its_life(api):
    court = make_priced_court()
    made = api.post("reservations/", body_of(court)).json()
    path = f"reservations/{made['id']}/"
    assert api.post(f"{path}confirm/").json()["billing_state"] == "waiting"
    with clock.at(at("18:00")):
        assert api.post(f"{path}check-in/").json()["status"] == "checked_in"
        assert api.post(f"{path}complete/").json()["status"] == "completed"
    refused = api.post(f"{path}cancel/", {"reason": "Lluvia"})
    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_completed")


def test_nobody_came(api):
    reservation = confirmed()
    with clock.at(at("18:00")):
        assert api.post(f"reservations/{reservation.pk}/no-show/").json()["status"] == "no_show"


def test_cancelling_says_why(api):
    reservation = confirmed()
    path = f"reservations/{reservation.pk}/cancel/"
    refused = api.post(path)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_required")
    assert api.post(path, {"reason": "Lluvia"}).json()["cancel_reason"] == "Lluvia"


def test_a_requested_booking_is_changed(api):
    reservation = book(make_priced_court())
    path = f"reservations/{reservation.pk}/"
    extra = {"description": "Chalecos", "quantity": "2", "unit_price": "3.00"}
    changed = api.patch(path, {"extras": [extra]}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["total"], changed["ETag"]) == (200, "26.00", '"2"')
    assert api.patch(path, {"notes": "Red"}).json()["total"] == "26.00"
    assert api.patch(path, {"extras": []}).json()["total"] == "20.00"


def test_a_change_of_an_older_version_is_answered_412(api):
    reservation = book(make_priced_court())
    stale = api.patch(f"reservations/{reservation.pk}/", {"notes": "X"}, **{"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert Reservation.objects.get().notes == ""


def test_the_invoice_of_a_booking_is_made_once(api):
    reservation = confirmed()
    path = f"reservations/{reservation.pk}/invoice/"
    assert api.get(path).status_code == 404
    first, second = api.post(path).json(), api.post(path, {"issue": True}).json()
    assert (first["status"], second["status"], first["id"]) == ("draft", "issued", second["id"])
    assert api.get(path).json()["number"] == "001-001-000000001"
    assert Document.objects.count() == 1


def test_a_requested_booking_is_not_invoiced(api):
    reservation = book(make_priced_court())
    answer = api.post(f"reservations/{reservation.pk}/invoice/")
    assert (answer.status_code, answer.json()["code"]) == (409, "reservation_requested")


def test_charging_too_much_is_answered_with_the_balance(api):
    reservation, method = confirmed(), PaymentMethod.objects.get()
    answer = api.post(f"reservations/{reservation.pk}/charge/", {"method": method.pk, "amount": "99.00"})
    assert (answer.status_code, answer.json()["code"], answer.json()["balance"]) == (422, "overpayment", "20.00")
    assert not Document.objects.exists()
    paid = api.post(f"reservations/{reservation.pk}/charge/", {"method": method.pk})
    assert paid.json()["status"] == "paid"


def test_a_price_is_worked_out_without_saving(api):
    court = make_court()
    make_rate(court.venue, "20.00", price_includes_tax=False)
    quote = api.post("reservations/preview/", body_of(court, "18:00", "20:00")).json()
    assert (quote["subtotal"], quote["tax_total"], quote["total"]) == ("40.00", "6.00", "46.00")
    assert [line["total"] for line in quote["lines"]] == ["46.00"]
    assert not Reservation.objects.exists()


def test_a_retry_with_the_same_key_books_once(api):
    court = make_priced_court()
    body = body_of(court)
    headers = {"Idempotency-Key": "abc-1"}
    send = lambda: api.client.post(f"{BASE}reservations/", body, content_type="application/json", headers=headers)  # noqa: E731
    first, second = send(), send()
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Reservation.objects.count() == 1


# Lists


def test_bookings_are_listed_filtered_and_sorted(api):
    court = make_priced_court()
    early, late = book(court, "10:00", "11:00"), confirmed(court, "20:00", "22:00", customer_name="Equipo Rayo")
    codes = lambda **query: [row["code"] for row in api.get("reservations/", **query).json()["results"]]  # noqa: E731
    assert codes() == [late.code, early.code]
    assert codes(ordering="total") == [early.code, late.code]
    assert codes(status="confirmed") == [late.code]
    assert codes(search="rayo") == [late.code]
    assert codes(billing="waiting") == [late.code]
    assert codes(resource=court.pk, venue=court.venue_id, customer=early.customer_id) == [early.code]
    assert codes(**{"from": "2026-11-16", "to": "2026-11-16"}) == [late.code, early.code]
    assert codes(**{"from": "2026-11-17"}) == []
    assert codes(to="2026-11-15") == []
    assert codes(min_total="30") == [late.code]


def test_bookings_are_paged_by_cursor(api):
    court = make_priced_court()
    made = [book(court, f"{hour}:00", f"{hour + 1}:00").code for hour in (10, 11, 12)]
    first = api.get("reservations/", page_size=2).json()
    assert [row["code"] for row in first["results"]] == made[:0:-1]
    second = api.client.get(first["next"]).json()
    assert [row["code"] for row in second["results"]] == made[:1]
    assert second["next"] is None


@pytest.mark.parametrize("rows", [1, 5])
def test_a_list_takes_as_many_queries_for_one_row_as_for_many(api, rows, django_assert_max_num_queries):
    court = make_priced_court()
    for hour in range(rows):
        book(court, f"{10 + hour}:00", f"{11 + hour}:00")
    with django_assert_max_num_queries(9):
        assert len(api.get("reservations/").json()["results"]) == rows


# Venues, courts, rates, what is free


def test_a_venue_a_court_and_a_rate_are_set_up(owner):
    venue = owner.post("venues/", {"name": "Complejo Norte"}).json()
    hours = [{"weekday": 4, "opens": "18:00", "closes": "02:00"}]
    made = owner.post("resources/", {"venue": venue["id"], "name": "Cancha 1", "hours": hours})
    assert made.status_code == 201
    assert made.json()["hours"] == hours
    rate = {"venue": venue["id"], "resource": made.json()["id"], "name": "Noche", "weekdays": [4], "starts": "18:00",
            "ends": "02:00", "unit_price": "25.00"}  # fmt: skip
    priced = owner.post("rates/", rate).json()
    assert (priced["starts"], priced["ends"], priced["unit_price"], priced["per"]) == ("18:00", "02:00", "25", "hour")
    tie = owner.post("rates/", rate | {"name": "Otra"})
    assert (tie.status_code, tie.json()["code"], tie.json()["rate_id"]) == (422, "rate_tie", priced["id"])


def test_parts_of_the_setup_are_changed(owner):
    court = make_priced_court()
    rate = Rate.objects.get()
    assert owner.patch(f"venues/{court.venue_id}/", {"active": False}).json()["active"] is False
    changed = owner.patch(f"resources/{court.pk}/", {"name": "Otra"}, **{"If-Match": '"1"'})
    assert (changed.json()["name"], len(changed.json()["hours"]), changed["ETag"]) == ("Otra", 7, '"2"')
    fewer = [{"weekday": 0, "opens": "08:00", "closes": "12:00"}]
    assert owner.patch(f"resources/{court.pk}/", {"hours": fewer}).json()["hours"] == fewer
    assert owner.patch(f"rates/{rate.pk}/", {"ends": "12:00"}).json()["ends"] == "12:00"
    assert owner.patch(f"rates/{rate.pk}/", {"unit_price": "9.5"}).json()["unit_price"] == "9.5"


def test_the_front_desk_sets_nothing_up(api):
    court = make_priced_court()
    for answer in (
        api.post("venues/", {"name": "X"}),
        api.patch(f"resources/{court.pk}/", {"name": "X"}),
        api.patch(f"rates/{Rate.objects.get().pk}/", {"name": "X"}),
    ):
        assert (answer.status_code, answer.json()["permission"]) == (403, "reservations.setup")


def test_the_setup_is_listed(api):
    court = make_priced_court()
    make_court()
    assert len(api.get("venues/").json()["results"]) == 2
    assert [row["id"] for row in api.get("resources/", venue=court.venue_id).json()["results"]] == [court.pk]
    assert [row["id"] for row in api.get("rates/", venue=court.venue_id).json()["results"]] == [Rate.objects.get().pk]


def test_availability_lists_the_slots_of_a_day_with_their_rates(api):
    court = make_court(opens="17:00", closes="20:00")
    make_rate(court.venue, "25.00", starts="18:00", ends="20:00", name="Noche")
    book(court, "18:00", "19:00")
    slots = api.get("reservations/availability/", resource=court.pk, date=MONDAY.isoformat()).json()
    assert [(slot["starts_at"], slot["available"], slot["rate"] and slot["rate"]["name"]) for slot in slots] == [
        ("2026-11-16T17:00:00-05:00", False, None),
        ("2026-11-16T18:00:00-05:00", False, "Noche"),
        ("2026-11-16T19:00:00-05:00", True, "Noche"),
    ]


@pytest.mark.parametrize("query", [{}, {"resource": "1"}, {"resource": "x", "date": "2026-11-16"}])
def test_availability_asks_for_a_court_and_a_day(api, query):
    assert api.get("reservations/availability/", **query).status_code == 400


# The wall


def test_another_companys_rows_are_not_there(api):
    other = make_company()
    method = PaymentMethod.objects.get()
    with company_context_of(other):
        theirs = confirmed()
        venue, court, rate, customer = theirs.court.venue_id, theirs.court_id, Rate.objects.get().pk, theirs.customer_id
    for path in (f"reservations/{theirs.pk}/", f"venues/{venue}/", f"resources/{court}/", f"rates/{rate}/"):
        assert api.get(path).status_code == 404, path
    for step in ("confirm", "check-in", "complete", "no-show", "invoice", "cancel"):
        assert api.post(f"reservations/{theirs.pk}/{step}/", {"reason": "X"}).status_code == 404, step
    assert api.post(f"reservations/{theirs.pk}/charge/", {"method": method.pk}).status_code == 404
    assert api.get("reservations/availability/", resource=court, date="2026-11-16").status_code == 404
    mine = make_priced_court()
    for change, field in (({"resource": court}, "resource"), ({"customer": customer}, "customer")):
        answer = api.post("reservations/", body_of(mine) | change)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, field)
    assert not Reservation.objects.exists()
    assert not Billable.objects.exists()


def company_context_of(company):
    """Step over into another company and back, outside any transaction of the application's own."""
    return company_context(company.pk)


def test_another_companys_venue_cannot_be_used_in_the_setup(owner):
    other = make_company()
    with company_context_of(other):
        venue, court, product = make_venue().pk, make_court().pk, make_product().pk
    assert owner.post("resources/", {"venue": venue, "name": "X"}).status_code == 404
    rate = {"name": "X", "weekdays": [0], "starts": "00:00", "ends": "00:00", "unit_price": "1"}
    assert owner.post("rates/", rate | {"venue": venue}).status_code == 404
    answer = owner.post("rates/", rate | {"venue": make_venue().pk, "product": product})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "product")
    answer = owner.post("rates/", rate | {"venue": make_venue().pk, "resource": court})
    assert (answer.status_code, answer.json()["code"]) == (422, "court_of_another_venue")
    assert (Venue.objects.count(), Court.objects.count(), Rate.objects.count()) == (2, 0, 0)
