"""Law 1 under eight threads: consecutive numbers, no gap, no duplicate, whatever is rolled back."""

import random
import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Max

from billing import workflow
from billing.models import Document, Series
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_draft, own_company

THREADS, EACH = 8, 6


class Rollback(Exception):
    """Thrown to have a step undone after it was done."""


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def test_without_the_lock_two_take_the_same_number(company):
    """The race the counter row is there for: read the last number, add one, write."""
    draft_ids = [make_draft().pk, make_draft().pk]
    both_read = threading.Barrier(2)

    def naive(pk: int) -> int:
        last = Document.objects.aggregate(last=Max("sequential"))["last"] or 0
        both_read.wait(timeout=30)
        return last + 1

    taken = together(company.pk, *(lambda pk=pk: naive(pk) for pk in draft_ids))
    assert [outcome.value for outcome in taken] == [1, 1]


def test_eight_threads_with_random_rollbacks_leave_no_gap(company):
    drafts = [[make_draft().pk for _ in range(EACH)] for _ in range(THREADS)]

    def issue_all(ids: list[int], seed: int) -> int:
        chance, done = random.Random(seed), 0
        for pk in ids:
            try:
                with transaction.atomic():
                    workflow.issue(pk, actor=SYSTEM)
                    if chance.random() < 0.3:
                        raise Rollback
                done += 1
            except Rollback:
                continue
        return done

    outcomes = together(company.pk, *(lambda ids=ids, n=n: issue_all(ids, n) for n, ids in enumerate(drafts)))
    issued = Document.objects.exclude(status="draft").order_by("sequential")
    assert [outcome.refused for outcome in outcomes] == [None] * THREADS
    assert issued.count() == sum(outcome.value for outcome in outcomes) > 0
    assert list(issued.values_list("sequential", flat=True)) == list(range(1, issued.count() + 1))
    assert Series.objects.get().last_number == issued.count()
    dates = list(issued.values_list("issued_at", "issue_date"))
    assert [day for _, day in dates] == sorted(day for _, day in dates)


def test_the_same_draft_issued_twice_at_once_takes_one_number(company):
    pk = make_draft().pk
    outcomes = together(company.pk, *[lambda: workflow.issue(pk, actor=SYSTEM)] * 2)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "already_issued"]
    assert Series.objects.get().last_number == 1


def test_the_database_refuses_a_number_the_counter_did_not_give(company):
    pk = make_draft().pk
    with pytest.raises(IntegrityError, match="its series did not give"), transaction.atomic():
        Document.objects.filter(pk=pk).update(
            status="issued", sequential=7, number="001-001-000000007", issued_at="2026-11-20T12:00Z", balance=115
        )


@pytest.mark.parametrize("last_number", [5, 0])
def test_the_database_refuses_a_counter_that_jumps(company, last_number):
    workflow.issue(make_draft().pk, actor=SYSTEM)
    with pytest.raises(IntegrityError, match="numbers are consecutive"), transaction.atomic():
        Series.objects.update(last_number=last_number)


def test_the_database_refuses_a_number_taken_by_no_document(company):
    workflow.issue(make_draft().pk, actor=SYSTEM)
    with pytest.raises(IntegrityError, match="taken by no document"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE billing_series SET last_number = last_number + 1")


@pytest.mark.parametrize("part", ["lines", "taxes", "payment_terms"])
def test_no_part_of_an_issued_document_changes_goes_or_moves(company, part):
    issued, draft = workflow.issue(make_draft().pk, actor=SYSTEM), make_draft()
    rows = getattr(issued, part)
    for forbidden in (
        lambda: rows.update(revision=2),
        lambda: rows.update(document=draft),
        lambda: rows.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
            forbidden()
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        getattr(draft, part).update(document=issued)


@pytest.mark.parametrize(
    "values",
    [{"total": 1}, {"buyer_name": "Otro"}, {"number": "001-001-000000009"}, {"deleted_at": "2026-01-01T00:00Z"}],
)
def test_an_issued_document_is_frozen(company, values):
    issued = workflow.issue(make_draft().pk, actor=SYSTEM)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=issued.pk).update(**values)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=issued.pk).update(status="draft")
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=issued.pk).delete()
