"""Two at once around a merge: of two people who join the same two customers, one does; money goes with its account."""

import pytest

from billing import merging
from billing.models import Customer, CustomerCredit
from payments import workflow as payments
from payments.models import Payment
from tests import laws
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, own_company
from tests.payments.factories import owing, record


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def test_two_who_join_each_into_the_other_leave_one(company):
    one, two = make_customer(), make_customer()
    outcomes = together(
        company.pk,
        lambda: merging.merge(one.pk, two.pk, actor=SYSTEM),
        lambda: merging.merge(two.pk, one.pk, actor=SYSTEM),
    )
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "customer_merged"]
    assert Customer.objects.live().filter(pk__in=(one.pk, two.pk)).count() == 1


def test_money_that_comes_while_its_customer_is_joined_ends_on_the_one_that_stays(company):
    keep, other = make_customer(), make_customer()
    record(other, "50.00", leave_credit=True)
    invoices = [owing("10.00", customer_id=other.pk) for _ in range(3)]
    together(
        company.pk,
        lambda: merging.merge(keep.pk, other.pk, actor=SYSTEM),
        *[lambda row=row: payments.apply_credit(row.pk, row.balance, actor=SYSTEM) for row in invoices],
        lambda: record(other, "20.00", leave_credit=True),
    )
    merging.follow(other.pk)
    assert merging.counts(other.pk) == {}
    assert {row.customer_id for model in (Payment, CustomerCredit) for row in model.objects.all()} == {keep.pk}
    assert laws.broken() == []
