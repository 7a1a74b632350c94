"""The pages of holds, moves, prices, deposits, ends with a fee, closures and rules: what they say before and after."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from companies.roles import Role
from core import clock
from payments.models import PaymentMethod
from reservations import closures, deposits, policies
from reservations.deposits import DepositInput
from reservations.models import Blackout, BookingPolicy, Holiday, Reservation
from reservations.policies import Rules, Tier
from tests.factories import SYSTEM, make_user
from tests.reservations.factories import MONDAY, at, book, confirmed, hold, make_priced_court

NO_LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}


def url(name, *args):
    return reverse(f"reservations:{name}", args=args)


def enter(company, role) -> Client:
    client = Client()
    client.force_login(make_user(company, role), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def desk(company) -> Client:
    return enter(company, Role.FRONTDESK)


@pytest.fixture
def owner(company) -> Client:
    return enter(company, Role.OWNER)


def texts(answer):
    return [item["text"] for item in answer.context["consequences"]]


def test_a_free_slot_is_held_beside_being_booked(desk):
    court = make_priced_court()
    form = desk.get(url("new"), {"court": court.pk, "day": MONDAY.isoformat(), "starts_at": at("18:00").isoformat()})
    assert "Apartar 15 min" in form.content.decode()
    sent = {"court": court.pk, "day": MONDAY.isoformat(), "starts_at": at("18:00").isoformat(), "slots": 1}
    answer = desk.post(url("new"), sent | NO_LINES | {"then": "hold", "new_name": "Luis"})
    held = Reservation.objects.get()
    assert (answer.status_code, answer["Location"], held.status) == (302, held.get_absolute_url(), "held")
    assert held.customer_name == "Luis"
    shown = desk.get(held.get_absolute_url()).content.decode()
    assert "Apartada hasta las 09:15 (quedan 15 min)" in shown
    with clock.at(held.held_until):
        assert "el turno está libre" in desk.get(held.get_absolute_url()).content.decode()


def test_what_is_held_is_booked_for_a_new_customer(desk):
    held = hold(make_priced_court(), customer_name="Luis", phone="099")
    form = desk.get(url("take", held.pk))
    assert form.context["grand_total"] == Decimal("20.00")
    new = {"new_identification_type": "06", "new_identification": "P-7", "new_name": "Luis Vera"}
    answer = desk.post(url("take", held.pk), NO_LINES | new | {"customer_name": "Luis", "then": "confirm"})
    assert answer.status_code == 302
    held.refresh_from_db()
    assert (held.status, held.customer.name, held.customer_name) == ("confirmed", "Luis Vera", "Luis")


def test_cancelling_says_the_fee_why_and_what_becomes_of_the_deposit(desk, owner):
    policies.set_rules(Rules(tiers=(Tier(24, Decimal(25)),)), actor=SYSTEM)
    booked = confirmed(make_priced_court(name="Cancha 1"))
    deposits.deposit(booked.pk, DepositInput(PaymentMethod.objects.get().pk, Decimal(8)), actor=SYSTEM)
    asked = desk.get(url("cancel", booked.pk))
    assert texts(asked)[2:4] == [
        "Se cobra un cargo de $ 5,00: se cancela 9 h antes del inicio: 25 % de $ 20,00.",
        "Del depósito de $ 8,00, $ 3,00 quedan como saldo a favor del cliente.",
    ]
    assert "waive" not in asked.context["form"].fields
    assert "waive" in owner.get(url("cancel", booked.pk)).context["form"].fields
    assert desk.post(url("cancel", booked.pk), {"reason": "Lluvia"}).status_code == 302
    shown = desk.get(booked.get_absolute_url())
    assert "Tiene un cargo de $ 5,00" in shown.content.decode()
    assert shown.context["held"] == Decimal("5.00")


def test_not_coming_is_asked_before_with_what_stays_to_be_paid(desk):
    booked = confirmed(make_priced_court(name="Cancha 1"))
    with clock.at(booked.starts_at):
        assert texts(desk.get(url("no_show", booked.pk)))[1] == (
            "Los $ 20,00 siguen por facturar: no asistió: 100 % de $ 20,00."
        )
        assert desk.post(url("no_show", booked.pk)).status_code == 302
    booked.refresh_from_db()
    assert booked.status == "no_show"


def test_not_coming_before_the_hour_is_refused_on_the_page(desk):
    answer = desk.post(url("no_show", confirmed().pk))
    assert (answer.status_code, Reservation.objects.get().status) == (409, "confirmed")


def test_a_deposit_is_suggested_taken_and_charged_with_the_rest(desk):
    booked = confirmed()
    form = desk.get(url("deposit", booked.pk)).context["form"]
    assert form.initial["amount"] == Decimal("20.00")
    method = PaymentMethod.objects.get().pk
    assert desk.post(url("deposit", booked.pk), {"method": method, "amount": "20,00"}).status_code == 302
    assert desk.get(url("charge", booked.pk)).context["form"].initial["amount"] == Decimal("0.00")
    assert desk.post(url("charge", booked.pk), {"method": method, "amount": "0,00"}).status_code == 302
    assert Reservation.objects.with_billing().get().billing_state == "paid"


def test_the_price_page_names_that_of_the_rates(desk):
    booked = confirmed()
    assert desk.get(url("price", booked.pk)).context["quoted"] == Decimal("20.00")
    sent = {"total": "15,00", "reason": "", "version": booked.version}
    refused = desk.post(url("price", booked.pk), sent)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
    assert desk.post(url("price", booked.pk), sent | {"reason": "Promoción"}).status_code == 302
    assert "Precio acordado: Promoción" in desk.get(booked.get_absolute_url()).content.decode()


def test_a_blackout_shows_and_links_the_bookings_inside(owner):
    booked = book(make_priced_court())
    day = MONDAY.isoformat()
    sent = {"first_day": day, "starts": "12:00", "last_day": day, "ends": "20:00", "reason": "Torneo"}
    answer = owner.post(url("blackout_new"), sent)
    blackout = Blackout.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, blackout.get_absolute_url())
    shown = owner.get(blackout.get_absolute_url())
    assert (list(shown.context["bookings"]), booked.get_absolute_url() in shown.content.decode()) == ([booked], True)
    assert "Torneo" in owner.get(url("closed_times")).content.decode()
    assert owner.post(url("blackout_cancel", blackout.pk)).status_code == 302
    assert "Este bloqueo ya se quitó." in owner.get(blackout.get_absolute_url()).content.decode()


def test_holidays_are_kept_on_their_page(owner):
    assert owner.post(url("holiday_new"), {"day": "2026-12-25", "name": "Navidad", "closed": "on"}).status_code == 302
    holiday = Holiday.objects.get()
    sent = {"day": "2026-12-25", "name": "Navidad 2026", "version": 1}
    assert owner.post(url("holiday", holiday.pk), sent).status_code == 302
    assert Holiday.objects.get().closed is False
    assert owner.post(url("holiday_remove", holiday.pk)).status_code == 302
    assert not Holiday.objects.exists()


def test_rules_are_put_in_force_and_their_versions_shown(owner):
    lines = {
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-hours_before": "24",
        "lines-0-percent": "50",
    }
    answer = owner.post(url("rules"), lines | {"hold_minutes": "20", "no_show_percent": "80"})
    assert (answer.status_code, BookingPolicy.objects.get().hold_minutes) == (302, 20)
    shown = owner.get(url("rules"))
    assert shown.context["versions"][0]["tiers"] == ["menos de 24 h antes: 50 %"]
    again = owner.post(url("rules"), {**lines, "lines-0-percent": "101", "hold_minutes": "20", "no_show_percent": "80"})
    assert (again.status_code, BookingPolicy.objects.count()) == (422, 1)


def test_the_front_desk_sees_why_a_slot_is_blocked_and_changes_nothing_of_it(desk):
    blackout = closures.add_blackout(starts_at=at("12:00"), ends_at=at("13:00"), reason="Torneo", actor=SYSTEM)
    assert desk.get(blackout.get_absolute_url()).context["may_change"] is False
    for name in ("closed_times", "rules", "blackout_new", "holiday_new"):
        assert desk.get(url(name)).status_code == 403
    assert desk.post(url("blackout_cancel", blackout.pk)).status_code == 403
