"""Several bookings of one customer on one invoice; whatever is in the way is named, and then nothing is drafted."""

from decimal import Decimal

import pytest
from django.db import transaction

from billing.models import Document, Status
from core.errors import WorkflowError
from reservations import grouping, splitting, workflow
from reservations.models import Reservation
from reservations.splitting import ShareInput
from tests.factories import SYSTEM, actor, make_customer
from tests.reservations.factories import book, confirmed, make_priced_court

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(company):
    return make_customer(name="Los Martes")


@pytest.fixture
def bookings(team) -> list[Reservation]:
    court = make_priced_court("20.00")
    return [confirmed(court, f"{hour}:00", f"{hour + 1}:00", customer_id=team.pk) for hour in (18, 19, 20)]


def group(bookings, **values) -> Document:
    return grouping.group_invoice([row.pk for row in bookings], actor=values.pop("actor", SYSTEM), **values)


def refused(act) -> WorkflowError:
    count = Document.objects.count()
    with pytest.raises(WorkflowError) as refusal, transaction.atomic():
        act()
    assert Document.objects.count() == count
    return refusal.value


def test_the_front_desk_puts_a_month_on_one_invoice(bookings, team):
    invoice = group(bookings, issue=True, actor=actor("frontdesk"))
    assert (invoice.status, invoice.total, invoice.customer_id) == (Status.ISSUED, Decimal("60.00"), team.pk)
    assert invoice.lines.count() == 3
    states = {row.billing_state for row in Reservation.objects.with_billing()}
    assert states == {"invoiced"}


def test_without_issue_it_is_a_draft(bookings):
    assert group(bookings).status == Status.DRAFT


def test_several_customers_are_refused_with_the_list(bookings):
    other = confirmed(make_priced_court(), customer_id=make_customer(name="Ana").pk)
    refusal = refused(lambda: group([*bookings, other]))
    assert refusal.code == "several_customers"
    assert "Los Martes, Ana" in refusal.message
    assert {row["customer"] for row in refusal.extra["reservations"]} == {"Los Martes", "Ana"}


def test_a_share_of_somebody_else_makes_several_customers(bookings, team):
    shares = [ShareInput(team.pk), ShareInput(make_customer(name="Ana").pk)]
    splitting.split(bookings[0].pk, shares, actor=SYSTEM)
    assert refused(lambda: group(bookings)).code == "several_customers"


def test_what_is_on_a_document_is_named(bookings):
    invoice = workflow.invoice(bookings[1].pk, issue=True, actor=SYSTEM)
    refusal = refused(lambda: group(bookings))
    assert refusal.code == "on_a_document"
    assert f"{bookings[1].code} ({invoice})" in refusal.message
    assert refusal.extra["reservations"] == [
        {"id": bookings[1].pk, "code": bookings[1].code, "document_id": invoice.pk}
    ]


def test_what_has_nothing_to_invoice_is_named(bookings, team):
    requested = book(make_priced_court(), customer_id=team.pk)
    refusal = refused(lambda: group([*bookings, requested]))
    assert (refusal.code, refusal.extra["reservations"]) == (
        "nothing_to_invoice", [{"id": requested.pk, "code": requested.code}],
    )  # fmt: skip


def test_none_and_too_many_are_refused(bookings):
    assert refused(lambda: group([])).code == "nothing_selected"
    many = refused(lambda: grouping.group_invoice(range(101), actor=SYSTEM))
    assert many.code == "too_many_selected"
    with pytest.raises(Reservation.DoesNotExist):
        grouping.group_invoice([bookings[0].pk, 10**9], actor=SYSTEM)
