"""The life of a booking through its workflow functions."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from audit.queries import history
from billing import billables, restoring
from billing import workflow as billing
from billing.models import Billable, BillableStatus, Customer, Document, Status
from companies.roles import Role
from core import clock
from core.errors import Forbidden, StaleVersion, WorkflowError
from payments.models import Payment, PaymentMethod
from reservations import expiry, policies, splitting, workflow
from reservations.invoicing import ChargeInput
from reservations.models import (
    LIVE,
    RESERVATION_STEPS,
    BillingState,
    NumberCounter,
    Reservation,
    ReservationLine,
    ReservationStatus,
)
from reservations.policies import Rules, Tier
from reservations.pricing import ExtraInput
from reservations.splitting import ShareInput
from tests.factories import SYSTEM, actor, make_customer, make_product, pay
from tests.reservations.factories import (
    MONDAY,
    NOW,
    at,
    book,
    confirmed,
    hold,
    make_court,
    make_priced_court,
    make_rate,
)

pytestmark = pytest.mark.usefixtures("company")

FRONT_DESK = actor(Role.FRONTDESK)


def extra(price="3.00", quantity="1", **values):
    return ExtraInput(
        **({"description": "Chalecos", "quantity": Decimal(quantity), "unit_price": Decimal(price)} | values)
    )


def refusal_of(step, *args, **values):
    with pytest.raises(WorkflowError) as refused, transaction.atomic():
        step(*args, **({"actor": SYSTEM} | values))
    return refused.value


def entries(reservation):
    return [entry.action for entry in history("reservations.reservation", reservation.pk)]


def played_from(reservation):
    return clock.at(reservation.starts_at)


def held_until_it(status):
    reservation = hold(make_priced_court(), customer_id=make_customer().pk)
    if status == ReservationStatus.EXPIRED:
        with clock.at(reservation.held_until):
            expiry.sweep()
        reservation.refresh_from_db()
    return reservation


def in_state(status):
    """Bring a booking into a state by the steps a person takes."""
    if status in (ReservationStatus.HELD, ReservationStatus.EXPIRED):
        return held_until_it(status)
    reservation = book(make_priced_court())
    if status == ReservationStatus.REQUESTED:
        return reservation
    if status == ReservationStatus.CANCELLED:
        return workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    reservation = workflow.confirm(reservation.pk, actor=SYSTEM)
    with played_from(reservation):
        if status == ReservationStatus.NO_SHOW:
            return workflow.no_show(reservation.pk, actor=SYSTEM)
        if status in (ReservationStatus.CHECKED_IN, ReservationStatus.COMPLETED):
            reservation = workflow.check_in(reservation.pk, actor=SYSTEM)
        if status == ReservationStatus.COMPLETED:
            reservation = workflow.complete(reservation.pk, actor=SYSTEM)
    return reservation


STEPS = {
    ReservationStatus.CONFIRMED: workflow.confirm,
    ReservationStatus.CHECKED_IN: workflow.check_in,
    ReservationStatus.COMPLETED: workflow.complete,
    ReservationStatus.NO_SHOW: workflow.no_show,
    ReservationStatus.CANCELLED: lambda pk, actor: workflow.cancel(pk, reason="Lluvia", actor=actor),
}


# Booking


def test_a_booking_keeps_its_price_its_lines_and_a_copy_of_its_customer():
    court = make_court(name="Cancha 1")
    make_rate(court.venue, "20.00", name="Tarifa de la noche")
    customer = make_customer(name="Ana Mora", email="ana@prueba.test", phone="0991234567")
    reservation = book(court, "18:00", "20:00", customer_id=customer.pk, extras=(extra(),), notes=" Traen red ")
    Customer.objects.filter(pk=customer.pk).update(name="Otra")
    kept = Reservation.objects.get(pk=reservation.pk)
    assert (kept.code, kept.status, kept.total) == ("R-000001", ReservationStatus.REQUESTED, Decimal("43.00"))
    assert (kept.customer_name, kept.customer_email, kept.customer_phone) == (
        "Ana Mora",
        "ana@prueba.test",
        "0991234567",
    )
    assert (kept.starts_at, kept.ends_at, kept.notes) == (at("18:00"), at("20:00"), "Traen red")
    assert [(line.kind, line.description) for line in kept.lines.all()] == [
        ("court", "Tarifa de la noche: Cancha 1, 16/11/2026 18:00–20:00"),
        ("extra", "Chalecos"),
    ]
    assert entries(kept) == ["reservation.requested"]


def test_a_booking_may_be_in_somebody_elses_name():
    reservation = book(make_priced_court(), customer_name="Luis (capitán)", customer_phone="099")
    assert (reservation.customer_name, reservation.customer_phone) == ("Luis (capitán)", "099")


def test_codes_count_up_in_each_company():
    court = make_priced_court()
    assert [book(court, f"{hour}:00", f"{hour + 1}:00").code for hour in (10, 11, 12)] == [
        "R-000001",
        "R-000002",
        "R-000003",
    ]


def test_a_new_customer_is_added_with_the_booking():
    values = {"identification_type": "06", "identification": "AB123456", "name": "Turista", "phone": "098"}
    reservation = book(make_priced_court(), new_customer=values)
    assert (reservation.customer.identification, reservation.customer_phone) == ("AB123456", "098")


def test_a_refused_booking_adds_no_customer():
    court = make_priced_court()
    book(court)
    values = {"identification_type": "06", "identification": "AB123456", "name": "Turista"}
    assert refusal_of(lambda actor: book(court, new_customer=values, actor=actor)).code == "slot_taken"
    assert not Customer.objects.filter(identification="AB123456").exists()


def test_a_booking_needs_a_customer():
    court = make_priced_court()
    assert refusal_of(lambda actor: book(court, customer_id=None, actor=actor)).code == "customer_required"


def test_a_booking_confirmed_at_once_has_its_billable():
    reservation = confirmed()
    assert (reservation.status, Billable.objects.get().source_label) == (ReservationStatus.CONFIRMED, reservation.code)
    assert entries(reservation) == ["reservation.requested", "reservation.confirmed"]


@pytest.mark.parametrize(
    ("start", "end"),
    [("18:00", "19:00"), ("17:00", "19:00"), ("18:00", "21:00"), ("17:00", "21:00"), ("19:00", "20:00")],
)
def test_a_taken_slot_is_refused_naming_the_booking_that_is_there(start, end):
    court = make_priced_court(name="Cancha 1")
    present = book(court, "18:00", "20:00", customer_name="Ana Mora")
    refusal = refusal_of(lambda actor: book(court, start, end, actor=actor))
    assert (refusal.code, refusal.status) == ("slot_taken", 409)
    assert refusal.message == (
        "Cancha 1 ya está reservada de 16/11/2026 18:00–20:00: R-000001, Ana Mora. Elija otra hora u otra cancha."
    )
    assert refusal.extra == {"reservation_id": present.pk, "reservation": "R-000001"}
    assert Reservation.objects.count() == 1


def test_bookings_that_only_touch_do_not_overlap():
    court = make_priced_court()
    book(court, "18:00", "19:00")
    assert book(court, "19:00", "20:00").pk
    assert book(court, "17:00", "18:00").pk


def test_the_same_hour_on_another_court_is_free():
    court = make_priced_court()
    book(court)
    assert book(make_court(court.venue)).pk


@pytest.mark.parametrize("status", [ReservationStatus.CANCELLED, ReservationStatus.NO_SHOW])
def test_a_booking_that_will_not_be_played_holds_no_court(status):
    reservation = in_state(status)
    assert book(reservation.court).is_live


@pytest.mark.parametrize("status", LIVE)
def test_a_live_booking_holds_its_court(status):
    reservation = in_state(status)
    assert refusal_of(lambda actor: book(reservation.court, actor=actor)).code == "slot_taken"


def test_a_slot_that_is_over_is_refused_and_one_that_runs_is_not():
    court = make_priced_court()
    assert refusal_of(lambda actor: book(court, "08:00", "09:00", actor=actor)).code == "slot_past"
    with clock.at(at("09:30")):
        assert book(court, "09:00", "10:00").pk


@pytest.mark.parametrize("what", ["court", "venue"])
def test_a_court_out_of_use_is_refused(what):
    court = make_priced_court()
    row = court if what == "court" else court.venue
    row.active = False
    row.save()
    assert refusal_of(lambda actor: book(court, actor=actor)).code == "court_inactive"


def test_a_booking_without_a_price_leaves_nothing_behind():
    court = make_court()
    assert refusal_of(lambda actor: book(court, actor=actor)).code == "no_rate"
    assert not Reservation.objects.exists()
    assert not NumberCounter.objects.exists()


# What the database refuses whoever asks


def raw(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_two_live_bookings_of_a_court_cannot_overlap_even_in_raw_sql():
    court = make_priced_court()
    first, second = book(court, "18:00", "19:00"), book(court, "19:00", "20:00")
    with pytest.raises(IntegrityError, match="no_two_live_bookings_of_a_court_overlap"), transaction.atomic():
        raw(
            "UPDATE reservations_reservation SET period = tstzrange(%s, %s) WHERE id = %s",
            first.starts_at, first.ends_at, second.pk,
        )  # fmt: skip


def test_a_booking_cannot_come_back_to_life():
    court = make_priced_court()
    gone = book(court)
    workflow.cancel(gone.pk, reason="Lluvia", actor=SYSTEM)
    book(court)
    with pytest.raises(Exception, match="Invalid transition"), transaction.atomic():
        Reservation.objects.filter(pk=gone.pk).update(status="requested", cancel_reason="")


@pytest.mark.parametrize("change", ["total = 1", "period = tstzrange(lower(period), upper(period) + interval '1h')"])
def test_what_has_begun_stays_as_it_was_agreed(change):
    reservation = in_state(ReservationStatus.CHECKED_IN)
    with pytest.raises(IntegrityError, match="stays as it was agreed"), transaction.atomic():
        raw(f"UPDATE reservations_reservation SET {change} WHERE id = %s", reservation.pk)


@pytest.mark.parametrize("change", ["code = 'R-999999'", "customer_id = NULL", "policy_id = 1"])
def test_who_was_promised_a_court_and_under_which_rules_never_changes(change):
    reservation = confirmed()
    with pytest.raises(IntegrityError, match="stays as it was agreed"), transaction.atomic():
        raw(f"UPDATE reservations_reservation SET {change} WHERE id = %s", reservation.pk)


def test_what_is_on_a_document_keeps_its_price_and_its_lines():
    reservation = confirmed()
    workflow.invoice(reservation.pk, actor=SYSTEM)
    with pytest.raises(IntegrityError, match="stays as it was agreed"), transaction.atomic():
        raw("UPDATE reservations_reservation SET total = 1 WHERE id = %s", reservation.pk)
    with pytest.raises(IntegrityError, match="on a document never change"), transaction.atomic():
        raw("UPDATE reservations_reservationline SET unit_price = 1 WHERE reservation_id = %s", reservation.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reservations_reservationline SET unit_price = 1 WHERE reservation_id = %s",
        "DELETE FROM reservations_reservationline WHERE reservation_id = %s",
    ],
)
def test_the_lines_of_what_has_begun_never_change(statement):
    reservation = in_state(ReservationStatus.CHECKED_IN)
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        raw(statement, reservation.pk)


def test_a_booking_is_never_deleted():
    reservation = in_state(ReservationStatus.CANCELLED)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        raw("DELETE FROM reservations_reservation WHERE id = %s", reservation.pk)


def test_a_booking_is_not_born_confirmed():
    present = book(make_priced_court())
    copy = Reservation(
        code="R-999999", court=present.court, customer=present.customer, customer_name="X", status="confirmed",
        period=(at("10:00"), at("11:00")), total=Decimal(1),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="begin as held or requested"), transaction.atomic():
        copy.save()


@pytest.mark.parametrize(
    ("period", "constraint"),
    [
        ("[2026-11-16 18:00, 2026-11-16 19:00]", "reservation_has_a_beginning_and_an_end"),
        ("[2026-11-16 18:00,)", "reservation_has_a_beginning_and_an_end"),
        ("empty", "reservation_has_a_beginning_and_an_end"),
    ],
)
def test_a_period_is_half_open_and_has_two_ends(period, constraint):
    reservation = book(make_priced_court())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        raw("UPDATE reservations_reservation SET period = %s::tstzrange WHERE id = %s", period, reservation.pk)


# Steps


@pytest.mark.parametrize("to", STEPS)
@pytest.mark.parametrize("present", ReservationStatus)
def test_a_step_is_taken_exactly_from_the_states_the_list_allows(present, to):
    reservation = in_state(present)
    with clock.at(NOW) if present == ReservationStatus.HELD else played_from(reservation):
        if (present, to) in RESERVATION_STEPS:
            assert STEPS[to](reservation.pk, actor=SYSTEM).status == to
            assert entries(reservation)[-1] == f"reservation.{to}"
            return
        refusal = refusal_of(STEPS[to], reservation.pk)
    assert (refusal.code, refusal.status) == (f"reservation_{present}", 409)
    assert f"está en estado «{present.label}»" in refusal.message
    assert Reservation.objects.get(pk=reservation.pk).status == present


def test_an_arrival_is_registered_from_two_hours_before():
    reservation = confirmed()
    with clock.at(at("15:59")):
        assert refusal_of(workflow.check_in, reservation.pk).code == "too_early"
    with clock.at(at("16:00")):
        assert workflow.check_in(reservation.pk, actor=SYSTEM).status == ReservationStatus.CHECKED_IN


def test_nobody_has_played_or_stayed_away_before_the_hour():
    absent, here = confirmed(), confirmed()
    with clock.at(at("17:59")):
        workflow.check_in(here.pk, actor=SYSTEM)
        assert refusal_of(workflow.complete, here.pk).code == "not_started"
        assert refusal_of(workflow.no_show, absent.pk).code == "not_started"


def test_every_step_makes_a_version_and_tells_what_goes_out():
    reservation = confirmed()
    assert reservation.version == 2
    entry = history("reservations.reservation", reservation.pk).last()
    assert entry.public == {
        "reservation_id": reservation.pk,
        "code": "R-000001",
        "status": "confirmed",
        "resource_id": reservation.court_id,
        "resource": reservation.court.name,
        "starts_at": "2026-11-16T18:00:00-05:00",
        "ends_at": "2026-11-16T19:00:00-05:00",
        "customer_name": reservation.customer_name,
        "total": "20.00",
    }


# Lines


def test_extras_are_replaced_and_the_total_follows():
    reservation = book(make_priced_court(), extras=(extra("3.00"),))
    product = make_product(name="Pelotas", unit_price=Decimal("5.00"), price_includes_tax=True)
    changed = workflow.update_lines(
        reservation.pk,
        [ExtraInput(quantity=Decimal(2), product_id=product.pk)],
        notes="Nueva nota",
        actor=SYSTEM,
        expected_version=reservation.version,
    )
    assert (changed.total, changed.version, changed.notes) == (Decimal("30.00"), 2, "Nueva nota")
    assert [line.description for line in changed.lines.all()][1:] == ["Pelotas"]
    entry = history("reservations.reservation", reservation.pk).last()
    assert (entry.action, entry.before["total"], entry.after["total"]) == ("reservation.updated", "23.00", "30.00")


def test_an_edit_of_an_older_version_is_refused():
    reservation = book(make_priced_court())
    workflow.update_lines(reservation.pk, [extra()], actor=SYSTEM, expected_version=1)
    with pytest.raises(StaleVersion):
        workflow.update_lines(reservation.pk, [], actor=SYSTEM, expected_version=1)
    assert Reservation.objects.get(pk=reservation.pk).total == Decimal("23.00")


def test_the_lines_of_a_confirmed_booking_are_refused_a_change():
    reservation = confirmed()
    assert refusal_of(workflow.update_lines, reservation.pk, []).code == "reservation_confirmed"


def test_repricing_takes_todays_rates_and_keeps_the_extras():
    court = make_priced_court("20.00")
    reservation = book(court, extras=(extra("3.00"),))
    court.venue.rates.update(unit_price=Decimal("30.00"))
    assert Reservation.objects.get(pk=reservation.pk).total == Decimal("23.00")
    assert workflow.update_lines(reservation.pk, actor=SYSTEM).total == Decimal("33.00")
    assert ReservationLine.objects.filter(reservation=reservation, kind="extra").get().unit_price == Decimal("3.00")


# Billing


def test_confirming_offers_the_lines_to_billing_once():
    reservation = confirmed(make_priced_court(), "18:00", "20:00", extras=(extra(),))
    billable = Billable.objects.get()
    assert (billable.source_type, billable.source_id, billable.key) == (
        "reservation",
        reservation.pk,
        f"reservation:{reservation.pk}",
    )
    assert (billable.amount, billable.service_date, billable.customer_id) == (
        reservation.total,
        MONDAY,
        reservation.customer_id,
    )
    assert [(line.description, line.quantity) for line in billable.lines.all()] == [
        (line.description, line.quantity) for line in reservation.lines.all()
    ]


def test_what_is_played_after_midnight_is_delivered_on_its_own_date():
    court = make_priced_court(opens="18:00", closes="02:00")
    confirmed(court, "24:00", "25:00")
    assert Billable.objects.get().service_date == MONDAY + timedelta(days=1)


def test_a_requested_booking_offers_nothing():
    reservation = book(make_priced_court())
    assert not Billable.objects.exists()
    assert refusal_of(workflow.invoice, reservation.pk).code == "reservation_requested"


def test_cancelling_takes_back_what_waits():
    reservation = confirmed()
    workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    assert (Billable.objects.get().status, Billable.objects.get().cancel_reason) == ("cancelled", "Lluvia")
    assert Reservation.objects.get(pk=reservation.pk).cancel_reason == "Lluvia"
    assert refusal_of(workflow.invoice, reservation.pk).code == "reservation_cancelled"


@pytest.mark.parametrize("reason", ["", "  "])
def test_cancelling_without_a_reason_is_refused(reason):
    reservation = confirmed()
    assert refusal_of(workflow.cancel, reservation.pk, reason=reason).code == "reason_required"
    assert Billable.objects.get().status == BillableStatus.WAITING


def test_a_booking_on_a_draft_is_not_cancelled():
    reservation = confirmed()
    document = workflow.invoice(reservation.pk, actor=SYSTEM)
    refusal = refusal_of(workflow.cancel, reservation.pk, reason="Lluvia")
    assert (refusal.code, refusal.extra["document_id"]) == ("billable_drafted", document.pk)
    assert Reservation.objects.get(pk=reservation.pk).status == ReservationStatus.CONFIRMED


def test_a_booking_on_an_invoice_is_not_cancelled_until_that_is_voided():
    reservation = confirmed()
    document = workflow.invoice(reservation.pk, issue=True, actor=SYSTEM)
    assert refusal_of(workflow.cancel, reservation.pk, reason="Lluvia").code == "billable_invoiced"
    billing.void(document.pk, reason="Lluvia", actor=SYSTEM)
    assert workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM).status == ReservationStatus.CANCELLED


def test_an_invoice_is_made_once():
    reservation = confirmed()
    first = workflow.invoice(reservation.pk, actor=SYSTEM)
    second = workflow.invoice(reservation.pk, actor=SYSTEM)
    assert (first.pk, first.status, first.total) == (second.pk, Status.DRAFT, reservation.total)
    issued = workflow.invoice(reservation.pk, issue=True, actor=SYSTEM)
    assert (issued.pk, issued.number) == (first.pk, "001-001-000000001")
    assert workflow.invoice(reservation.pk, issue=True, actor=SYSTEM).number == issued.number
    assert Document.objects.count() == 1


def test_a_voided_invoice_is_made_anew():
    reservation = confirmed()
    first = workflow.invoice(reservation.pk, issue=True, actor=SYSTEM)
    billing.void(first.pk, reason="Comprador equivocado", actor=SYSTEM)
    assert workflow.invoice(reservation.pk, issue=True, actor=SYSTEM).number == "001-001-000000002"


def test_what_was_cancelled_by_hand_in_billing_is_not_invoiced():
    reservation = confirmed()
    billables.cancel(Billable.objects.get().pk, reason="Cortesía", actor=SYSTEM)
    assert refusal_of(workflow.invoice, reservation.pk).code == "nothing_to_invoice"


def take_back(gone):
    return restoring.restore_billable(gone.pk, actor=SYSTEM)


def cancel_by_hand(**which):
    row = Billable.objects.live().get(**which)
    return billables.cancel(row.pk, reason="Por error", actor=SYSTEM)


@pytest.mark.parametrize("state", [ReservationStatus.CONFIRMED, ReservationStatus.COMPLETED, ReservationStatus.NO_SHOW])
def test_what_was_cancelled_by_hand_waits_again_while_the_booking_stands(state):
    reservation = in_state(state)
    take_back(cancel_by_hand())
    assert workflow.invoice(reservation.pk, actor=SYSTEM).total == reservation.total


def test_what_a_booking_no_longer_asks_for_does_not_wait_again():
    reservation = confirmed()
    gone = cancel_by_hand()
    splitting.split(reservation.pk, [ShareInput(make_customer().pk)] * 2, actor=SYSTEM)
    assert refusal_of(restoring.restore_billable, gone.pk).code == "booking_changed"
    share = cancel_by_hand(key=reservation.shares.present()[0].key)
    take_back(share)
    splitting.join(reservation.pk, actor=SYSTEM)
    assert refusal_of(restoring.restore_billable, share.pk).code == "booking_changed"
    workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    refusal = refusal_of(restoring.restore_billable, gone.pk)
    assert (refusal.code, reservation.code in refusal.message) == ("reservation_cancelled", True)
    assert not Billable.objects.waiting().exists()


def test_the_fee_of_a_cancelled_booking_waits_again():
    policies.set_rules(Rules(tiers=(Tier(24, Decimal(25)),)), actor=SYSTEM)
    reservation = confirmed()
    workflow.cancel(reservation.pk, reason="Lluvia", actor=SYSTEM)
    assert take_back(cancel_by_hand()).amount == Decimal("5.00")
    whole = Billable.objects.get(key=f"reservation:{reservation.pk}")
    assert refusal_of(restoring.restore_billable, whole.pk).code == "booking_changed"


def test_nobody_came_and_the_court_is_still_invoiced():
    reservation = in_state(ReservationStatus.NO_SHOW)
    assert workflow.invoice(reservation.pk, actor=SYSTEM).total == reservation.total


def test_charging_issues_the_invoice_and_settles_it():
    reservation, method = confirmed(), PaymentMethod.objects.get()
    document = workflow.charge(reservation.pk, ChargeInput(method_id=method.pk), actor=FRONT_DESK)
    assert (document.status, document.balance, document.number) == (Status.PAID, Decimal(0), "001-001-000000001")
    assert [(term.sri_method, term.term_days) for term in document.payment_terms.all()] == [("01", 0)]
    assert Payment.objects.get().amount == reservation.total


def test_charging_a_part_leaves_the_rest_to_be_paid():
    reservation, method = confirmed(), PaymentMethod.objects.get()
    document = workflow.charge(reservation.pk, ChargeInput(method_id=method.pk, amount=Decimal("5.00")), actor=SYSTEM)
    assert (document.status, document.balance) == (Status.ISSUED, Decimal("15.00"))
    again = workflow.charge(reservation.pk, ChargeInput(method_id=method.pk), actor=SYSTEM)
    assert (again.pk, again.status) == (document.pk, Status.PAID)


def test_charging_too_much_issues_nothing():
    reservation, method = confirmed(), PaymentMethod.objects.get()
    refusal = refusal_of(workflow.charge, reservation.pk, ChargeInput(method_id=method.pk, amount=Decimal("99.00")))
    assert refusal.code == "overpayment"
    assert not Document.objects.exists()
    assert Billable.objects.get().status == BillableStatus.WAITING


def test_booking_and_paying_is_one_step():
    method = PaymentMethod.objects.get()
    reservation = book(make_priced_court(), charge=ChargeInput(method_id=method.pk), actor=FRONT_DESK)
    document = Document.objects.get()
    assert (reservation.status, document.status, document.total) == ("confirmed", Status.PAID, reservation.total)


def test_where_the_payment_is_refused_nothing_is_booked():
    court = make_priced_court()
    method = PaymentMethod.objects.create(name="Transferencia", sri_code="20", reference_rule="required")
    charge = ChargeInput(method_id=method.pk)
    assert refusal_of(lambda actor: book(court, charge=charge, actor=actor)).code == "reference_required"
    assert not Reservation.objects.exists()
    assert not Document.objects.exists()


def test_where_the_money_is_is_read_from_billing():
    def state(reservation):
        return Reservation.objects.with_billing().get(pk=reservation.pk).billing_state

    reservation = book(make_priced_court())
    assert state(reservation) == BillingState.NONE
    workflow.confirm(reservation.pk, actor=SYSTEM)
    assert state(reservation) == BillingState.UNBILLED
    document = workflow.invoice(reservation.pk, actor=SYSTEM)
    assert state(reservation) == BillingState.DRAFTED
    workflow.invoice(reservation.pk, issue=True, actor=SYSTEM)
    assert state(reservation) == BillingState.INVOICED
    pay(document, "20.00")
    assert state(reservation) == BillingState.PAID
    for wanted in BillingState:
        if wanted != BillingState.NONE:
            found = Reservation.objects.all().in_billing_state(wanted)
            assert list(found) == ([reservation] if wanted == BillingState.PAID else [])


# Who may


@pytest.mark.parametrize("role", [Role.CASHIER, Role.BILLING, Role.ACCOUNTANT, Role.AUDITOR])
def test_only_those_who_manage_reservations_take_a_step(role):
    court, reservation = make_priced_court(), in_state(ReservationStatus.REQUESTED)
    with pytest.raises(Forbidden):
        book(court, actor=actor(role))
    for step in STEPS.values():
        with pytest.raises(Forbidden):
            step(reservation.pk, actor=actor(role))
    with pytest.raises(Forbidden):
        workflow.update_lines(reservation.pk, [], actor=actor(role))


def test_the_front_desk_books_bills_and_charges():
    reservation = confirmed(actor=FRONT_DESK)
    method = PaymentMethod.objects.get()
    assert workflow.charge(reservation.pk, ChargeInput(method_id=method.pk), actor=FRONT_DESK).status == Status.PAID


def test_the_accountant_invoices_nothing():
    reservation = confirmed()
    with pytest.raises(Forbidden):
        workflow.invoice(reservation.pk, actor=actor(Role.ACCOUNTANT))


def test_bookings_are_found_by_any_part_of_code_customer_court_and_amount():
    customer = make_customer(name="José Ñáñez", identification="P77001")
    reservation = book(make_priced_court(name="Pádel techada"), customer_id=customer.pk, customer_name="Equipo Rayo")
    for text in ("000001", "r-0000", "jose nan", "77001", "rayo", "padel tech", "20.00"):
        assert list(Reservation.objects.all().search(text)) == [reservation], text
    assert not Reservation.objects.all().search("nadie").exists()


def test_the_clock_of_these_tests_is_a_monday_morning():
    assert clock.local(NOW).strftime("%A %H:%M") == "Monday 09:00"
