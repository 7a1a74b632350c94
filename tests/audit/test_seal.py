"""The log is append-only, and every entry is sealed in commit order without a gap (law 8)."""

import random
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.deletion import ProtectedError

from audit.log import record
from audit.models import AccessEntry, AuditEntry, AuditHead, AuditSeal
from audit.queries import verify
from companies.models import Company
from core.tenancy import NoActiveCompany, all_companies
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, own_company

THREADS, EACH = 8, 12


class Rollback(Exception):
    """Thrown to have a step undone after it was done."""


def note(company: Company, number: int = 0) -> AuditEntry:
    return record("customer.updated", company, actor=SYSTEM, after={"number": number}, public={"number": number})


def refused(statement: str, *values: object) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET company_id = company_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditseal", "audit_audithead"])
def test_raw_sql_cannot_change_the_log(company, table, statement):
    note(company)
    assert f"permission denied for table {table}" in refused(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_auditseal (company_id, position, entry_id, hash) VALUES (%s, 99, %s, '')",
        "INSERT INTO audit_audithead (company_id, position, hash) VALUES (%s, %s, '')",
    ],
)
def test_raw_sql_cannot_write_the_chain(company, statement):
    entry = note(company)
    assert "permission denied for table" in refused(statement, company.pk, entry.pk)


def test_the_access_log_is_thinned_but_never_edited(company):
    assert "permission denied" in refused("UPDATE audit_accessentry SET path = ''")
    assert "permission denied" in refused("TRUNCATE audit_accessentry")


def test_update_and_delete_of_entries_are_refused(company):
    entry = note(company)
    for change in (
        lambda: AuditEntry.objects.filter(pk=entry.pk).update(reason="otra"),
        lambda: AuditEntry.objects.filter(pk=entry.pk)._raw_delete("default"),
        entry.save,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    connection.check_constraints()
    with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
        entry.delete()
    assert AuditEntry.objects.get(pk=entry.pk).reason == ""


def test_the_owner_too_cannot_edit_an_entry(committing, as_owner):
    """The trigger stands even where no right was taken away."""
    with own_company() as company:
        entry = note(company)
    with pytest.raises(Exception, match="Cannot update or delete rows"):
        as_owner("UPDATE audit_auditentry SET reason = 'otra' WHERE id = %s", [entry.pk])


def test_without_the_lock_on_the_head_two_commits_take_the_same_position(committing):
    """The race the seal's lock is there for: read the head, add one, write."""
    with own_company() as company:
        note(company)
    both_read = threading.Barrier(2)

    def naive() -> int:
        position = AuditHead.objects.get(company=company).position + 1
        both_read.wait(timeout=30)
        return position

    one, other = (outcome.value for outcome in together(company.pk, naive, naive))
    assert one == other


def test_positions_are_gap_free_and_in_commit_order_under_eight_threads(committing):
    with own_company() as company:
        pass

    def work(seed: int) -> list[int]:
        chance, kept = random.Random(seed), []
        for number in range(EACH):
            try:
                with transaction.atomic():
                    entry = note(company, number)
                    if chance.random() < 0.3:
                        raise Rollback
                kept.append(entry.pk)
            except Rollback:
                continue
        return kept

    outcomes = together(company.pk, *(lambda seed=seed: work(seed) for seed in range(THREADS)))
    kept = [pk for outcome in outcomes for pk in outcome.value]
    with all_companies():
        sealed = list(
            AuditSeal.objects.filter(company=company, entry__action="customer.updated")
            .order_by("position")
            .values_list("position", "entry_id")
        )
        head = AuditHead.objects.get(company=company)
    assert 0 < len(kept) < THREADS * EACH
    assert sorted(entry_id for _, entry_id in sealed) == sorted(kept)
    first = sealed[0][0]
    assert [position for position, _ in sealed] == list(range(first, head.position + 1))
    for outcome in outcomes:  # what one thread committed later stands later
        places = {entry_id: position for position, entry_id in sealed}
        assert [places[pk] for pk in outcome.value] == sorted(places[pk] for pk in outcome.value)


def test_the_order_is_that_of_commits_not_of_ids(committing):
    """An id would miss an entry that commits late; the position does not."""
    with own_company() as company:
        pass
    early_written, late_committed = threading.Event(), threading.Event()

    def writes_first_commits_last() -> int:
        with transaction.atomic():
            entry = note(company)
            early_written.set()
            assert late_committed.wait(30)
        return entry.pk

    def writes_last_commits_first() -> int:
        assert early_written.wait(30)
        with transaction.atomic():
            entry = note(company)
        late_committed.set()
        return entry.pk

    first, second = (
        outcome.value for outcome in together(company.pk, writes_first_commits_last, writes_last_commits_first)
    )
    with all_companies():
        order = list(
            AuditSeal.objects.filter(entry_id__in=[first, second])
            .order_by("position")
            .values_list("entry_id", flat=True)
        )
    assert first < second
    assert order == [second, first]


def test_a_log_without_a_company_is_refused(db):
    with pytest.raises((NoActiveCompany, DatabaseError)), transaction.atomic():
        AuditEntry.objects.create(
            actor_kind="system", actor_label="", door="job", action="a.b", object_type="x", object_id=1, object_label=""
        )


def test_another_companys_log_is_invisible(company):
    note(company)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditseal WHERE company_id = %s", [company.pk])
        assert cursor.fetchone()[0] > 0
    assert verify().intact


def test_an_entry_says_who_what_when_why_and_through_which_door(company):
    customer = make_customer(name="Ana Vera")
    entry = record(
        "customer.updated", customer, actor=SYSTEM, before={"name": "Ana"}, after={"name": "Ana Vera"}, reason="Pidió"
    )
    entry.refresh_from_db()
    assert (entry.actor_kind, entry.actor_label, entry.door) == ("command", "tests", "command")
    assert (entry.object_type, entry.object_id, entry.object_label) == ("billing.customer", customer.pk, "Ana Vera")
    assert (entry.before, entry.after, entry.reason) == ({"name": "Ana"}, {"name": "Ana Vera"}, "Pidió")
    assert AccessEntry.objects.count() == 0
