"""Joining duplicates: everything of both is on the one that stays, and documents say what they said."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEntry
from billing import customers, duplicates, merging
from billing.models import Billable, Customer, Document
from billing.queries import credit_of
from core import clock
from core.errors import Forbidden, StaleVersion, WorkflowError
from core.money import ZERO
from desk.models import Comment
from payments.models import Payment, Receipt
from tests.desk.importing import checked, csv_of, verdicts
from tests.factories import (
    SYSTEM,
    actor,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    make_user,
    own_company,
)
from tests.payments.factories import owing, record
from tests.reservations.factories import NOW, book, make_priced_court

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    with clock.at(NOW), own_company() as company:
        yield actor(user_id=make_user(company).pk)


@pytest.fixture
def keep(boss) -> Customer:
    return make_customer(identification_type="04", identification="1710034065001", name="Andina", email="", phone="1")


@pytest.fixture
def other(boss) -> Customer:
    return make_customer(
        identification_type="05", identification="1710034065", name="Andína SA", email="a@x.test", phone="2"
    )


def merge(keep: Customer, other: Customer, **options) -> Customer:
    return merging.merge(keep.pk, other.pk, actor=SYSTEM, **options)


def refused(code: str, keep: Customer, other: Customer, **options) -> WorkflowError:
    entries = AuditEntry.objects.count()
    with pytest.raises(WorkflowError) as refusal, transaction.atomic():
        merge(keep, other, **options)
    assert (refusal.value.code, AuditEntry.objects.count()) == (code, entries)
    return refusal.value


def test_every_row_of_a_customer_follows():
    """A new model that points at a customer must say whether it follows a merge."""
    pointing = {
        relation.related_model
        for relation in Customer._meta.get_fields(include_hidden=True)
        if relation.one_to_many and relation.auto_created
    }
    told = {each.model for each in merging.following()}
    assert pointing - told == {Customer, Customer._meta.get_field("contacts").related_model}


def test_everything_of_both_is_on_the_one_that_stays_and_adds_up(keep, other):
    draft, invoice = make_draft(customer_id=other.pk), owing("115.00", customer_id=other.pk)
    said = Document.objects.values("buyer_name", "buyer_identification", "total", "balance", "number", "version")
    record(other, "165.00", leave_credit=True)
    before = said.get(pk=invoice.pk)
    billable, booking = make_billable(other), book(make_priced_court(), "09:00", "10:00", customer_id=other.pk)
    note = Comment.objects.create(object_type="customer", object_id=other.pk, text="Llamar", author_name="A")
    merge(keep, other)
    for row in (draft, invoice, billable, booking):
        row.refresh_from_db()
        assert row.customer_id == keep.pk
    assert {row.customer_id for model in (Payment, Receipt) for row in model.objects.all()} == {keep.pk}
    note.refresh_from_db()
    assert note.object_id == keep.pk
    assert said.get(pk=invoice.pk) == before
    assert (credit_of(keep.pk), credit_of(other.pk)) == (Decimal("50.00"), ZERO)
    assert merging.counts(other.pk) == {}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_each_row_leaves_its_entry(keep, other):
    invoice = make_invoice(customer_id=other.pk)
    merge(keep, other)
    told = AuditEntry.objects.filter(action__in=("customer.joined", "invoice.customer_changed", "customer.merged"))
    assert list(told.order_by("pk").values_list("action", "object_id", "document_id")) == [
        ("customer.joined", other.pk, None),
        ("invoice.customer_changed", invoice.pk, invoice.pk),
        ("customer.merged", keep.pk, None),
    ]
    assert told.get(action="customer.merged").after["moved"] == {"document": 1}


def test_a_person_chooses_what_is_kept_and_blanks_are_filled(keep, other):
    merged = merge(keep, other, choices={"phone": "other", "identification": "other"})
    assert (merged.name, merged.phone, merged.email) == ("Andina", "2", "a@x.test")
    assert (merged.identification_type, merged.identification) == ("05", "1710034065")
    assert merged.version == 2


def test_contacts_come_along_once(keep, other):
    for row, people in ((keep, ("Bea",)), (other, ("bea", "Caro"))):
        customers.update(row.pk, {"contacts": [{"name": name} for name in people]}, actor=SYSTEM)
    merge(keep, other)
    assert list(keep.contacts.values_list("name", flat=True)) == ["Bea", "Caro"]


def test_the_duplicate_is_hidden_and_found_where_it_went(keep, other):
    merge(keep, other)
    assert list(Customer.objects.live().search("1710034065")) == [keep]
    assert list(Customer.objects.live().search("andina sa")) == [keep]
    other.refresh_from_db()
    assert (other.merged_into_id, other.deleted_at is not None) == (keep.pk, True)
    customers.update(keep.pk, {"name": "Andina Nueva"}, actor=SYSTEM)
    assert list(Customer.objects.live().search("andina sa 1710034065")) == [keep]


def test_it_is_not_made_again_by_hand_nor_by_file(keep, other, boss):
    merge(keep, other)
    with pytest.raises(WorkflowError) as refusal:
        customers.create({"identification_type": "05", "identification": "1710034065", "name": "Otra"}, actor=SYSTEM)
    assert (refusal.value.code, refusal.value.extra) == ("customer_exists", {"customer_id": keep.pk})
    assert verdicts(checked(csv_of([("1710034065", "Otra", "")]), boss)) == {2: ("same", "merged", "")}


def test_what_had_been_joined_before_is_led_on(keep, other):
    first = make_customer()
    merge(other, first)
    merge(keep, other)
    first.refresh_from_db()
    assert first.merged_into_id == keep.pk


def test_what_may_not_be_joined(keep, other, boss):
    refused("same_customer", keep, keep)
    refused("final_consumer_is_built_in", keep, customers.final_consumer())
    refused("choices_invalid", keep, other, choices={"version": "other"})
    refused("choices_invalid", keep, other, choices={"name": "x"})
    hidden = make_customer()
    customers.hide(hidden.pk, actor=SYSTEM)
    refused("customer_hidden", keep, hidden)
    with pytest.raises(StaleVersion):
        merge(keep, other, other_version=7)
    with pytest.raises(Forbidden):
        merging.merge(keep.pk, other.pk, actor=actor("cashier"))
    merge(keep, other)
    assert refused("customer_merged", keep, other).extra == {"merged_into": keep.pk}
    refused("customer_merged", other, keep)


def test_a_frozen_row_goes_nowhere_else(keep, other):
    invoice = make_invoice(customer_id=other.pk)
    record(other, "165.00", leave_credit=True)
    for rows in (Document.objects.filter(pk=invoice.pk), Payment.objects.all(), Receipt.objects.all(), other.credits):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(customer=keep)


def test_what_came_in_the_very_moment_follows(keep, other):
    merge(keep, other)
    stray = make_billable(make_customer())
    Billable.objects.filter(pk=stray.pk).update(customer=other)
    assert merging.sweep() == 1
    merging.follow(other.pk)
    merging.follow(other.pk)
    stray.refresh_from_db()
    assert (stray.customer_id, merging.sweep()) == (keep.pk, 0)
    assert AuditEntry.objects.filter(action="billable.customer_changed").count() == 1


def test_probable_duplicates_are_told_with_the_reason(keep, other):
    make_customer(name="S.A. ANDINA")
    make_customer(name="Pedro Paz", email="p@x.test")
    make_customer(name="Luis Vera", email="P@x.test")
    found = [(tuple(map(str, group.why)), [row.name for row in group.customers]) for group in duplicates.groups()]
    assert found == [
        (("misma cédula o RUC",), ["Andina", "Andína SA"]),
        (("mismo correo",), ["Pedro Paz", "Luis Vera"]),
        (("nombre muy parecido",), ["Andina", "Andína SA", "S.A. ANDINA"]),
    ]
