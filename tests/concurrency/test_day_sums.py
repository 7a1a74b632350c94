"""Two at once around the sums of the days: whoever folds, whoever writes, they stay what the documents say."""

import threading

import pytest
from django.db import connection, transaction

from billing import day_sums
from billing.models import DaySum
from billing.queries import Figure
from tests.concurrency.together import together
from tests.factories import line, make_customer, make_invoice, own_company


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def invoice(customer_id: int) -> None:
    make_invoice(line("10.00", tax_category="zero"), customer_id=customer_id)


def test_without_leaving_rows_to_each_other_two_who_fold_count_twice(company):
    day = {"kind": DaySum.Kind.INVOICED, "day": "2026-01-01"}
    rows = [DaySum.objects.create(**day, count=1, amount=10) for _ in range(2)]
    both_read = threading.Barrier(2)

    def naive() -> None:
        with transaction.atomic():
            figure = day_sums.total(DaySum.Kind.INVOICED)
            both_read.wait(timeout=30)
            DaySum.objects.filter(pk__in=[row.pk for row in rows]).delete()
            DaySum.objects.create(**day, count=figure.count, amount=figure.amount)

    together(company.pk, naive, naive)
    assert day_sums.total(DaySum.Kind.INVOICED).count == 4
    DaySum.objects.all().delete()


def test_two_who_fold_while_others_write_and_read_lose_and_double_nothing(company):
    customer = make_customer().pk
    for _ in range(10):
        invoice(customer)
    seen: list[int] = []
    outcomes = together(
        company.pk,
        *[lambda: [day_sums.fold() for _ in range(5)] for _ in range(2)],
        *[lambda: [invoice(customer) for _ in range(3)] for _ in range(2)],
        lambda: [seen.append(day_sums.total(DaySum.Kind.OWED).count) for _ in range(40)],
    )
    assert [outcome.refused for outcome in outcomes] == [None] * 5
    assert seen == sorted(seen)
    assert (seen[0] >= 10, seen[-1] <= 16) == (True, True)
    assert day_sums.total(DaySum.Kind.OWED).count == 16
    day_sums.fold()
    assert sorted(DaySum.objects.values_list("kind", "count", "amount")) == [("invoiced", 16, 160), ("owed", 16, 160)]


def test_who_folds_waits_for_nobody_who_folds(company):
    for _ in range(2):
        invoice(make_customer().pk)
    reached, done = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(day_sums.FOLD, {"company": company.pk})
            reached.set()
            assert done.wait(timeout=30)

    def quick() -> Figure:
        assert reached.wait(timeout=30)
        try:
            day_sums.fold()
            return day_sums.total(DaySum.Kind.OWED)
        finally:
            done.set()

    assert together(company.pk, slow, quick)[1].value == Figure(2, day_sums.total(DaySum.Kind.OWED).amount)
