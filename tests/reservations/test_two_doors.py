"""The page and the API are two doors to one workflow: the same result, the same refusal."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from billing.models import Document
from companies.roles import Role
from core import clock
from payments.models import PaymentMethod
from reservations import workflow
from reservations.models import Reservation
from tests.factories import SYSTEM, make_user
from tests.reservations.factories import MONDAY, at, book, confirmed, make_priced_court

NO_LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}


def typed(row: Any, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a booking as the form and as a program sends it."""
    court, start, customer = row.court, changed.get("start", "20:00"), row.customer_id
    page = {"court": court.pk, "day": MONDAY.isoformat(), "starts_at": at(start).isoformat(), "slots": 1, **NO_LINES}
    ends = at(f"{int(start[:2]) + 1}{start[2:]}").isoformat()
    body = {"resource": court.pk, "starts_at": at(start).isoformat(), "ends_at": ends, "confirm": True}
    if changed.get("customer", True):
        return page | {"customer": customer}, body | {"customer": customer}
    return page, body


class Act(NamedTuple):
    """One action: what there is before it, and how each door is pressed."""

    prepare: Callable[[], Any]
    page: Callable[[Any], tuple[str, dict[str, Any]]]
    api: Callable[[Any], tuple[str, dict[str, Any]]]
    now: str = "09:00"


def step(prepare: Callable[[], Any], page: str, path: str, sent: Any = None, now: str = "09:00") -> Act:
    """Make a step on one booking, the same values through both doors."""
    values = sent or dict
    return Act(
        prepare,
        lambda row: (reverse(f"reservations:{page}", args=[row.pk]), values()),
        lambda row: (f"/api/v1/reservations/{row.pk}/{path}/", values()),
        now,
    )


def booking(prepare: Callable[[], Any], **changed: Any) -> Act:
    """Make a booking of the court of another."""
    return Act(
        prepare,
        lambda row: (reverse("reservations:new"), typed(row, **changed)[0]),
        lambda row: ("/api/v1/reservations/", typed(row, **changed)[1]),
    )


def requested() -> Reservation:
    return book(make_priced_court())


def cancelled() -> Reservation:
    return workflow.cancel(requested().pk, reason="Lluvia", actor=SYSTEM)


def drafted() -> Reservation:
    row = confirmed()
    workflow.invoice(row.pk, actor=SYSTEM)
    return row


def arrived() -> Reservation:
    row = confirmed()
    with clock.at(at("17:00")):
        return workflow.check_in(row.pk, actor=SYSTEM)


def without_rates() -> Any:
    row = requested()
    row.court.venue.rates.update(active=False)
    return row


def out_of_use() -> Any:
    row = requested()
    type(row.court).objects.filter(pk=row.court_id).update(active=False)
    return row


def why() -> dict[str, Any]:
    return {"reason": "Lluvia"}


def pays(amount: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"method": PaymentMethod.objects.get().pk, "amount": amount}


SAME = {
    "book": booking(requested),
    "book a taken slot": booking(requested, start="18:00"),
    "book what is no slot": booking(requested, start="20:30"),
    "book what is over": booking(requested, start="07:00"),
    "book outside hours": booking(requested, start="04:00"),
    "book without a rate": booking(without_rates),
    "book without a customer": booking(requested, customer=False),
    "confirm": step(requested, "confirm", "confirm"),
    "confirm twice": step(confirmed, "confirm", "confirm"),
    "confirm what is cancelled": step(cancelled, "confirm", "confirm"),
    "check in": step(confirmed, "check_in", "check-in", now="17:00"),
    "check in too early": step(confirmed, "check_in", "check-in"),
    "check in what is requested": step(requested, "check_in", "check-in", now="17:00"),
    "complete": step(arrived, "complete", "complete", now="19:00"),
    "complete before it begins": step(arrived, "complete", "complete", now="17:30"),
    "complete without arrival": step(confirmed, "complete", "complete", now="19:00"),
    "no show": step(confirmed, "no_show", "no-show", now="18:30"),
    "no show before it begins": step(confirmed, "no_show", "no-show"),
    "cancel": step(confirmed, "cancel", "cancel", why),
    "cancel without a reason": step(confirmed, "cancel", "cancel"),
    "cancel what is drafted": step(drafted, "cancel", "cancel", why),
    "cancel twice": step(cancelled, "cancel", "cancel", why),
    "invoice": step(confirmed, "invoice", "invoice"),
    "invoice what is requested": step(requested, "invoice", "invoice"),
    "charge": step(confirmed, "charge", "charge", pays("20.00")),
    "charge too much": step(confirmed, "charge", "charge", pays("99.00")),
    "charge nothing": step(confirmed, "charge", "charge", pays("0.00")),
    "charge what is requested": step(requested, "charge", "charge", pays("20.00")),
}


def pressed(client: Client, where: tuple[str, dict[str, Any]], *, api: bool) -> tuple[Any, ...]:
    """Press one door; say what was refused or what there is now, and take it back."""
    url, sent = where
    before = transaction.savepoint()  # not a block of our own: a request may not change company within one
    answer = client.post(url, sent, **({"content_type": "application/json"} if api else {}))
    refusal = getattr(answer, "refusal", None)
    rows = list(Reservation.objects.order_by("pk").values_list("status", "total", "cancel_reason"))
    papers = list(Document.objects.values_list("status", "total", "balance"))
    transaction.savepoint_rollback(before)
    return refusal, answer.status_code if refusal else "done", rows, papers


@pytest.mark.parametrize("name", SAME)
def test_page_and_api_do_and_refuse_the_same(company, name):
    act = SAME[name]
    client = Client()
    client.force_login(make_user(company, Role.FRONTDESK))
    row = act.prepare()
    with clock.at(at(act.now)):
        by_page = pressed(client, act.page(row), api=False)
        by_api = pressed(client, act.api(row), api=True)
    assert by_page == by_api
    expected_to_work = name in {"book", "confirm", "check in", "complete", "no show", "cancel", "invoice", "charge"}
    assert (by_page[0] is None) == expected_to_work, by_page[0]


def test_a_court_out_of_use_is_offered_on_no_page_and_refused_to_programs(company):
    client = Client()
    client.force_login(make_user(company, Role.FRONTDESK))
    row = out_of_use()
    page = client.post(*booking(requested).page(row))
    assert page.status_code == 422
    assert "court" in page.context["form"].errors
    api = client.post(*booking(requested).api(row), content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (409, "court_inactive")


@pytest.mark.parametrize("name", ["book", "confirm", "check in", "complete", "no show", "cancel", "invoice", "charge"])
def test_who_may_not_is_refused_at_both_doors(company, name):
    act = SAME[name]
    client = Client()
    client.force_login(make_user(company, Role.AUDITOR))
    row = act.prepare()
    with clock.at(at(act.now)):
        by_page = pressed(client, act.page(row), api=False)
        by_api = pressed(client, act.api(row), api=True)
    assert by_page == by_api
    assert (by_page[0][0], by_page[1]) == ("permission_denied", 403)
