"""A customer's own bookings, and the way there from the customer's page."""

from datetime import timedelta

import pytest
from django.test import Client

from companies.roles import Role
from core import clock
from tests.api_client import Api
from tests.factories import make_customer, make_user
from tests.reservations.factories import FRIDAY, MONDAY, at, book, confirmed, make_priced_court
from tests.world import BACKEND


@pytest.fixture
def client(company):
    client = Client()
    client.force_login(make_user(company, Role.FRONTDESK), backend=BACKEND)
    return client


@pytest.fixture
def ana(company):
    return make_customer(name="Ana Játiva")


def codes(answer):
    return [row.record.code for row in answer.context["table"].rows]


def test_to_come_and_past_with_what_is_still_to_be_charged(client, ana):
    court = make_priced_court("20.00")
    past, soon = (confirmed(court, day=day, customer_id=ana.pk) for day in (MONDAY, FRIDAY))
    asked = book(court, day=FRIDAY + timedelta(days=1), customer_id=ana.pk)
    confirmed(court, "10:00", "11:00", day=FRIDAY)
    page = f"/clientes/{ana.pk}/reservas/"
    with clock.at(at("12:00", FRIDAY)):
        assert codes(client.get(page)) == [asked.code, soon.code, past.code]
        assert codes(client.get(page, {"standing": "coming"})) == [asked.code, soon.code]
        assert codes(client.get(page, {"standing": "past"})) == [past.code]
        assert codes(client.get(page, {"standing": "to_charge"})) == [soon.code, past.code]
        totals = client.get(f"{page}totales/", headers={"HX-Request": "true"}).content.decode()
    assert "$ 60,00" in totals
    assert "$ 40,00" in totals


def test_the_customer_s_page_leads_there(client, ana):
    assert f"/clientes/{ana.pk}/reservas/" in client.get(ana.get_absolute_url()).content.decode()


def test_a_customer_who_is_not_there_has_no_page(client):
    assert client.get("/clientes/999999/reservas/").status_code == 404


def test_the_api_lists_the_bookings_of_one_customer(company, ana):
    mine = book(make_priced_court(), customer_id=ana.pk)
    book(make_priced_court())
    found = Api(make_user(company)).get(f"reservations/?customer={ana.pk}")
    assert [row["code"] for row in found["results"]] == [mine.code]
