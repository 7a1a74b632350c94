"""A test that commits leaves nothing to the next one."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connections

from tests.factories import make_invoice, own_company, pay
from tests.renewal import Beginning


@pytest.fixture
def copy(committing, django_db_setup):
    if not django_db_setup.superuser:
        pytest.skip("The settings name a server of which nobody here is the superuser.")
    return django_db_setup


def identity() -> int:
    with connections["owner"].cursor() as owner:
        owner.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return int(owner.fetchone()[0])


def test_rows_go_those_of_migrations_come_back_and_counting_begins_again(copy):
    made = identity()
    with own_company():
        pay(make_invoice(), "10.00")
    Permission.objects.filter(codename="add_session").delete()
    Permission.objects.update(name="Otro")
    assert Beginning.of(copy.superuser) != copy.beginning
    copy.renew()
    assert (Beginning.of(copy.superuser), identity()) == (copy.beginning, made)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (id int)",
        "ALTER TABLE billing_document DISABLE TRIGGER USER",
        "ALTER TABLE billing_document NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE billing_series ALTER COLUMN last_number DROP NOT NULL",
        "DROP INDEX idempotency_by_age",
    ],
)
def test_what_changes_the_schema_takes_a_new_copy(copy, statement):
    made = identity()
    with connections["owner"].cursor() as owner:
        owner.execute(statement)
    copy.renew()
    assert Beginning.of(copy.superuser) == copy.beginning
    assert identity() != made
