"""Closing the books while others write: what was issued before counts, what comes after sees the closed day."""

import threading

import pytest

from audit.models import AuditSeal
from billing import closing, workflow
from billing.models import Document, PeriodClose
from core import clock
from tests.concurrency.together import together
from tests.factories import SYSTEM, make_draft, own_company


@pytest.fixture
def company(committing):
    with own_company() as company:
        yield company


def close():
    return closing.close(clock.today(), reason="Fin del día", actor=SYSTEM)


def test_without_the_gate_both_see_an_open_day(company):
    both_read = threading.Barrier(2)

    def naive() -> bool:
        present = closing.closed_until()
        both_read.wait(timeout=30)
        return present is None

    assert [outcome.value for outcome in together(company.pk, naive, naive)] == [True, True]


def test_nothing_is_issued_on_a_day_after_it_was_closed(company):
    drafts = [make_draft().pk for _ in range(7)]
    steps = [lambda pk=pk: workflow.issue(pk, actor=SYSTEM) for pk in drafts]
    outcomes = together(company.pk, *steps[:3], close, *steps[3:])
    assert {outcome.refused for outcome in outcomes} <= {None, "period_closed"}
    assert PeriodClose.objects.count() == 1
    positions = dict(AuditSeal.objects.filter(company_id=company.pk).values_list("entry__action", "position"))
    issued = Document.objects.exclude(number="").count()
    assert [outcome.refused for outcome in outcomes].count("period_closed") == len(drafts) - issued
    assert positions.get("invoice.issued", 0) < positions["period.closed"]  # the last one issued came before


def test_two_who_close_at_once_close_once(company):
    outcomes = together(company.pk, close, close)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "period_already_closed"]
