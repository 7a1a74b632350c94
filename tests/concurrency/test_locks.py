"""Locks meet foreign keys: who drafts holds the series by its foreign key while others lock it to issue."""

import re
import threading

import pytest
from django.conf import settings
from django.db import transaction
from django.db.utils import OperationalError

from billing import workflow
from billing.models import Document, Series
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_customer, make_draft, own_company


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def test_a_full_lock_of_the_series_deadlocks_two_that_have_drafted(company):
    """The race that `no_key` is there for."""
    series, customer = Series.objects.get(), make_customer()
    both_drafted = threading.Barrier(2)

    def draft_then_lock_it_all() -> str:
        try:
            with transaction.atomic():
                make_draft(customer_id=customer.pk)
                both_drafted.wait(timeout=30)
                Series.objects.select_for_update(of=("self",)).get(pk=series.pk)
        except OperationalError:
            return "deadlock"
        return "done"

    outcomes = together(company.pk, *[draft_then_lock_it_all] * 2)
    assert sorted(outcome.value for outcome in outcomes) == ["deadlock", "done"]


def test_two_that_draft_and_issue_in_one_transaction_do_not_wait_for_each_other(company):
    customer = make_customer()
    both_drafted = threading.Barrier(2)

    def draft_and_issue() -> str:
        with transaction.atomic():
            draft = make_draft(customer_id=customer.pk)
            both_drafted.wait(timeout=30)
            return workflow.issue(draft.pk, actor=SYSTEM).number

    outcomes = together(company.pk, *[draft_and_issue] * 2)
    assert sorted(outcome.value for outcome in outcomes) == ["001-001-000000001", "001-001-000000002"]
    assert Document.objects.count() == 2


def test_no_row_is_locked_against_foreign_keys():
    sources = [path for path in settings.BASE_DIR.glob("[a-z]*/**/*.py") if path.parts[-2] != "migrations"]
    ours = [path for path in sources if path.relative_to(settings.BASE_DIR).parts[0] not in ("tests", "var")]
    calls = [call for path in ours for call in re.findall(r"select_for_update\(.*", path.read_text())]
    assert len(calls) > 20
    assert [call for call in calls if "no_key=True" not in call] == []
