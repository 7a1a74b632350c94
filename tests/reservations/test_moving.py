"""Moving a booking and agreeing on its price: what is not on a document follows, what is on one is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from audit.queries import history
from billing import workflow as billing
from billing.models import Billable, BillableStatus
from companies.models import Company
from companies.roles import Role
from core import clock
from core.errors import Forbidden, StaleVersion, WorkflowError
from core.tenancy import current_company_id
from reservations import moving, splitting, workflow
from reservations.splitting import ShareInput
from tests.factories import SYSTEM, actor, make_customer
from tests.reservations.factories import (
    FRIDAY,
    MONDAY,
    at,
    book,
    confirmed,
    hold,
    make_court,
    make_priced_court,
    make_rate,
)
from tests.reservations.test_workflow import extra

pytestmark = pytest.mark.usefixtures("company")

FRONT_DESK = actor(Role.FRONTDESK)


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def move(row, hour="20:00", *, day=MONDAY, court=None, actor=SYSTEM, **values):
    return moving.move(row.pk, (court or row.court).pk, at(hour, day), actor=actor, **values)


def price(row, total, reason="Cliente de años", actor=SYSTEM, **values):
    return moving.change_price(row.pk, Decimal(total), reason=reason, actor=actor, **values)


def offered():
    return [(row.amount, row.status) for row in Billable.objects.order_by("pk")]


@pytest.mark.parametrize("make", [book, hold, confirmed])
def test_a_booking_goes_to_another_court_and_day_as_long_as_before(make):
    court = make_priced_court("30.00")
    present = make(make_priced_court("20.00"), "18:00", "20:00")
    moved = move(present, "10:00", day=FRIDAY, court=court, actor=FRONT_DESK, expected_version=present.version)
    assert (moved.court, moved.starts_at, moved.ends_at) == (court, at("10:00", FRIDAY), at("12:00", FRIDAY))
    assert (moved.total, moved.status, moved.version) == (Decimal("60.00"), present.status, present.version + 1)
    assert court.name in moved.lines.get().description
    told = history("reservations.reservation", present.pk).last()
    assert (told.action, told.before["total"], told.after["total"]) == ("reservation.moved", "40.00", "60.00")
    assert book(present.court, "18:00", "20:00").is_live


def test_what_was_offered_is_offered_again_at_the_new_price():
    move(confirmed(make_priced_court("20.00")), court=make_priced_court("30.00"))
    assert offered() == [(Decimal("20.00"), BillableStatus.CANCELLED), (Decimal("30.00"), BillableStatus.WAITING)]
    assert "20:00–21:00" in Billable.objects.waiting().get().description


def test_a_booking_may_overlap_where_it_was_itself():
    moved = move(confirmed(make_priced_court(), "18:00", "20:00"), "19:00")
    assert (moved.starts_at, moved.ends_at) == (at("19:00"), at("21:00"))


def test_a_slot_that_is_taken_is_refused_aloud_and_nothing_changes():
    court = make_priced_court()
    there, present = book(court, "20:00", "21:00"), confirmed(court)
    refusal = refusal_of(move, present)
    assert (refusal.code, refusal.extra["reservation_id"]) == ("slot_taken", there.pk)
    present.refresh_from_db()
    assert (present.starts_at, present.version, offered()) == (
        at("18:00"), present.version, [(Decimal("20.00"), BillableStatus.WAITING)],
    )  # fmt: skip


def test_a_hold_whose_time_is_over_makes_way_for_who_moves_there():
    court = make_priced_court()
    stale, present = hold(court, "20:00", "21:00"), book(court)
    with clock.at(stale.held_until):
        assert move(present).starts_at == at("20:00")
    stale.refresh_from_db()
    assert stale.status == "expired"


@pytest.mark.parametrize(
    ("hour", "code"), [("20:30", "not_a_slot"), ("23:00", "outside_hours"), ("07:00", "slot_past")]
)
def test_a_booking_goes_only_where_one_could_book(hour, code):
    assert refusal_of(move, confirmed(), hour).code == code


def test_an_inactive_court_takes_nobody():
    court = make_priced_court()
    court.venue.courts.update(active=False)
    assert refusal_of(move, book(make_priced_court()), court=court).code == "court_inactive"


def test_what_has_begun_is_over_or_was_changed_meanwhile_is_not_moved():
    present = confirmed()
    with pytest.raises(StaleVersion):
        move(present, expected_version=1)
    with clock.at(at("17:00")):
        workflow.check_in(present.pk, actor=SYSTEM)
        assert refusal_of(move, present).code == "reservation_checked_in"
        assert refusal_of(price, present, "10").code == "reservation_checked_in"


def test_what_is_on_a_document_moves_at_the_same_price_only():
    present = confirmed(make_priced_court("20.00"))
    workflow.invoice(present.pk, issue=True, actor=SYSTEM)
    dear = make_priced_court("30.00")
    refusal = refusal_of(move, present, court=dear)
    assert (refusal.code, refusal.status) == ("price_is_invoiced", 409)
    assert "haga una nota de crédito o cobre la diferencia aparte" in refusal.message
    assert refusal_of(price, present, "19.99").code == "price_is_invoiced"
    lines = [line.description for line in present.lines.all()]
    assert move(present, "21:00", court=make_priced_court("20.00")).starts_at == at("21:00")
    assert [line.description for line in present.lines.all()] == lines


def test_an_agreed_price_is_offered_and_kept_by_a_move_and_undone_by_that_of_the_rates():
    present = confirmed(make_priced_court("20.00"), extras=(extra("3.00"),))
    agreed = price(present, "17.50", actor=FRONT_DESK)
    assert (agreed.total, agreed.price_reason) == (Decimal("17.50"), "Cliente de años")
    assert [line.unit_price for line in agreed.lines.all()] == [Decimal("14.50"), Decimal("3.00")]
    assert offered()[-1] == (Decimal("17.50"), BillableStatus.WAITING)
    moved = move(present, "18:00", court=make_priced_court("99.00"))
    assert (moved.total, moved.price_reason) == (Decimal("17.50"), "Cliente de años")
    back = price(present, "102.00", reason="")
    assert (back.total, back.price_reason) == (Decimal("102.00"), "")
    told = [entry.action for entry in history("reservations.reservation", present.pk)]
    assert told[-3:] == ["reservation.repriced", "reservation.moved", "reservation.repriced"]


@pytest.mark.parametrize("total", ["0.03", "33.33", "100.01", "7.77"])
def test_an_agreed_price_is_kept_to_the_cent_over_lines_and_taxes(total):
    court = make_court()
    make_rate(court.venue, "20.00", name="Día", ends="18:00", price_includes_tax=False)
    make_rate(court.venue, "30.00", name="Noche", starts="18:00", tax_category="zero")
    present = confirmed(court, "17:00", "20:00")
    assert price(present, total).total == Decimal(total)
    document = workflow.invoice(present.pk, issue=True, actor=SYSTEM)
    assert document.total == Decimal(total)


@pytest.mark.parametrize(
    ("total", "reason", "code"),
    [
        ("19.99", " ", "reason_required"),
        ("0", "X", "amount_not_positive"),
        ("9999999999999", "X", "amount_too_large"),
        ("1.001", "X", "amount_too_precise"),
        ("3.00", "X", "price_too_low"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(total, reason, code):
    present = confirmed(extras=(extra("3.00"),))
    assert refusal_of(price, present, total, reason).code == code


def test_a_discount_above_the_companys_limit_is_for_those_who_may():
    Company.objects.filter(pk=current_company_id()).update(discount_limit=10)
    present = confirmed(make_priced_court("20.00"))
    refusal = refusal_of(price, present, "17.99", actor=FRONT_DESK)
    assert (refusal.code, "10 %, que aquí son $ 2,00" in refusal.message) == ("discount_above_limit", True)
    assert price(present, "18.00", actor=FRONT_DESK).total == Decimal("18.00")
    assert price(present, "5.00").total == Decimal("5.00")


def test_equal_shares_follow_another_price():
    present = confirmed(make_priced_court("20.00"))
    splitting.split(present.pk, [ShareInput(make_customer().pk) for _ in range(3)], actor=SYSTEM)
    price(present, "10.00")
    assert [share.amount for share in present.shares.present()] == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert sorted(row.amount for row in Billable.objects.waiting()) == [
        Decimal("3.33"), Decimal("3.33"), Decimal("3.34"),
    ]  # fmt: skip


def test_a_voided_invoice_sets_the_price_free():
    present = confirmed(make_priced_court("20.00"))
    document = workflow.invoice(present.pk, issue=True, actor=SYSTEM)
    billing.void(document.pk, reason="Error", actor=SYSTEM)
    assert price(present, "15.00").total == Decimal("15.00")
    assert offered()[-1] == (Decimal("15.00"), BillableStatus.WAITING)


def test_a_stale_hold_is_not_moved():
    held = hold(make_priced_court())
    with clock.at(held.held_until + timedelta(seconds=1)):
        assert refusal_of(move, held).code == "hold_expired"


def test_who_only_looks_moves_and_prices_nothing():
    present, looker = confirmed(), actor(Role.AUDITOR)
    for act in (move, lambda row, actor: price(row, "10", actor=actor)):
        with pytest.raises(Forbidden):
            act(present, actor=looker)
