"""Who waits is offered what becomes free, in the same transaction; then books, or leaves the list."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEntry
from core import clock
from core.errors import WorkflowError
from reservations import expiry, holding, moving, waiting, workflow
from reservations.models import Court, Reservation, WaitingEntry
from reservations.waiting import WaitingInput
from reservations.workflow import BookInput
from tests.factories import SYSTEM, actor, make_customer, make_user
from tests.reservations.factories import MONDAY, NOW, at, confirmed, make_court, make_priced_court

pytestmark = pytest.mark.django_db


@pytest.fixture
def court(company) -> Court:
    return make_priced_court("20.00", name="Cancha 1")


def wait(court: Court | None = None, start: str = "18:00", end: str = "19:00", **values) -> WaitingEntry:
    if "customer_id" not in values:
        values = {"name": "Rosa", "phone": "0991234567"} | values
    place = {"court_id": court.pk} if court else {}
    day = values.pop("day", MONDAY)
    return waiting.add(WaitingInput(at(start, day), at(end, day), **place, **values), actor=SYSTEM)


def refused(act) -> WorkflowError:
    before = list(WaitingEntry.objects.order_by("pk").values_list("pk", "status")), Reservation.objects.count()
    with pytest.raises(WorkflowError) as refusal, transaction.atomic():
        act()
    assert (
        list(WaitingEntry.objects.order_by("pk").values_list("pk", "status")),
        Reservation.objects.count(),
    ) == before
    return refusal.value


def statuses() -> list[str]:
    return list(WaitingEntry.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.parametrize("freed_by", ["cancel", "no_show", "move", "expire"])
def test_whatever_frees_a_court_offers_it(court, freed_by):
    if freed_by == "expire":
        slot = holding.hold(holding.HoldInput(court.pk, at("18:00"), at("19:00")), actor=SYSTEM)
    else:
        slot = confirmed(court, "18:00", "19:00")
    entry = wait(court)
    with clock.at(at("18:10") if freed_by in ("no_show", "expire") else NOW):
        match freed_by:
            case "cancel":
                workflow.cancel(slot.pk, reason="Llueve", actor=SYSTEM)
            case "no_show":
                workflow.no_show(slot.pk, actor=SYSTEM)
            case "move":
                moving.move(slot.pk, court.pk, at("20:00"), actor=SYSTEM)
            case "expire":
                expiry.sweep()
    entry.refresh_from_db()
    assert entry.status == "offered"
    told = AuditEntry.objects.get(action="waiting.offered")
    assert (told.public["name"], told.public["phone"], told.public["resource"]) == ("Rosa", "0991234567", "Cancha 1")


def test_the_first_three_who_suit_are_offered(court):
    elsewhere = make_court(name="Otra")
    slot = confirmed(court, "18:00", "20:00")
    wait(court, "20:00", "21:00")  # another hour
    wait(elsewhere)  # another court
    wait(venue_id=court.venue_id, start="17:00", end="22:00")  # any court of the venue
    for _number in range(3):
        wait(court, "19:00", "20:00")
    workflow.cancel(slot.pk, reason="Llueve", actor=SYSTEM)
    assert statuses() == ["waiting", "waiting", "offered", "offered", "offered", "waiting"]


def test_who_was_offered_and_still_waits_is_offered_the_next_one(court):
    first, second = confirmed(court, "18:00", "19:00"), confirmed(court, "19:00", "20:00")
    wait(court, "18:00", "20:00")
    for slot in (first, second):
        workflow.cancel(slot.pk, reason="Llueve", actor=SYSTEM)
    assert AuditEntry.objects.filter(action="waiting.offered").count() == 2


def test_what_is_over_is_offered_to_nobody(court):
    slot = confirmed(court, "18:00", "19:00")
    wait(court)
    with clock.at(at("21:00")):
        workflow.no_show(slot.pk, actor=SYSTEM)
    assert statuses() == ["waiting"]


def test_a_hold_that_gives_way_to_who_is_booking_is_offered_to_nobody_else(court):
    holding.hold(holding.HoldInput(court.pk, at("18:00"), at("19:00")), actor=SYSTEM)
    wait(court)
    with clock.at(NOW + timedelta(minutes=20)):
        confirmed(court, "18:00", "19:00")
    assert statuses() == ["waiting"]


def test_who_waited_books_and_is_done(court):
    customer = make_customer(name="Ana")
    entry = wait(court, customer_id=customer.pk)
    assert (entry.name, entry.phone) == ("Ana", customer.phone)
    slot = BookInput(court.pk, at("18:00"), at("19:00"), customer_id=customer.pk, confirm=True)
    booked = waiting.book(entry.pk, slot, actor=actor("frontdesk"))
    entry.refresh_from_db()
    assert (entry.status, entry.reservation_id) == ("booked", booked.pk)
    refusal = refused(lambda: waiting.book(entry.pk, slot, actor=SYSTEM))
    assert (refusal.code, refusal.extra["reservation_id"]) == ("waiting_booked", booked.pk)
    assert refused(lambda: waiting.drop(entry.pk, actor=SYSTEM)).code == "waiting_booked"


def test_a_slot_taken_meanwhile_leaves_who_waited_waiting(court):
    entry = wait(court)
    confirmed(court, "18:00", "19:00")
    slot = BookInput(court.pk, at("18:00"), at("19:00"), customer_id=make_customer().pk)
    assert refused(lambda: waiting.book(entry.pk, slot, actor=SYSTEM)).code == "slot_taken"


def test_who_leaves_the_list_is_offered_nothing_more(court):
    slot = confirmed(court, "18:00", "19:00")
    entry = wait(court)
    waiting.drop(entry.pk, reason="Ya no quiere", actor=SYSTEM)
    assert refused(lambda: waiting.drop(entry.pk, actor=SYSTEM)).code == "waiting_dropped"
    workflow.cancel(slot.pk, reason="Llueve", actor=SYSTEM)
    assert statuses() == ["dropped"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": " "}, "name_required"),
        ({"phone": ""}, "phone_required"),
        ({"start": "19:00", "end": "18:00"}, "empty_period"),
        ({"start": "07:00", "end": "08:00"}, "slot_past"),
        ({"end": "800:00"}, "too_long"),
    ],
)
def test_an_entry_says_who_and_when(court, values, code):
    assert refused(lambda: wait(court, **values)).code == code


def test_an_entry_says_where_and_the_cashier_adds_none(court):
    assert refused(wait).code == "place_required"
    entered = WaitingInput(at("18:00"), at("19:00"), court_id=court.pk, name="Rosa", phone="1")
    assert refused(lambda: waiting.add(entered, actor=actor("cashier"))).code == "permission_denied"


def test_the_agenda_says_how_many_wait_for_a_slot(client, company, court):
    confirmed(court, "18:00", "19:00")
    confirmed(court, "20:00", "21:00", day=MONDAY + timedelta(days=7))
    wait(court)
    wait(venue_id=court.venue_id, start="18:30", end="19:30")
    wait(make_court(name="Otra"))
    waiting.drop(wait(court).pk, actor=SYSTEM)
    client.force_login(make_user(company))
    assert "18:00–19:00 · 2 esperan" in client.get("/reservas/?day=2026-11-16").text
    assert "espera" not in client.get("/reservas/?day=2026-11-23").text.partition("<table")[2]
