"""An app above subscribes by name to an action, and its job is queued in the same transaction."""

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from audit import log
from core.tenancy import company_context
from tests.factories import SYSTEM, make_company


@pytest.fixture
def company(committing):
    return make_company()


@pytest.fixture(autouse=True)
def _subscribed(monkeypatch):
    monkeypatch.setattr(log, "_subscribers", type(log._subscribers)(list))
    log.subscribe("customer.updated", "tests.audit.test_reactions.react")
    log.subscribe("customer.updated", "tests.audit.test_reactions.react")


def react(entry_id: int) -> None:
    """Stand for another app's job."""


def queued() -> list[tuple]:
    return [job.task["args"] for job in OrmQ.objects.order_by("pk")]


def test_the_job_is_queued_once_with_the_entry_and_its_company(company):
    with company_context(company.pk), transaction.atomic():
        entry = log.record("customer.updated", company, actor=SYSTEM)
        log.record("customer.hidden", company, actor=SYSTEM)
        assert len(queued()) == 1  # before the commit: it is part of it
    assert queued() == [("tests.audit.test_reactions.react", company.pk, "", (entry.pk,))]


def test_a_step_that_is_rolled_back_leaves_no_job(company):
    with company_context(company.pk), transaction.atomic():
        log.record("customer.updated", company, actor=SYSTEM)
        transaction.set_rollback(True)
    assert queued() == []


def test_a_transaction_rings_once_whatever_it_records(company, monkeypatch):
    rung = []

    def register(hook, *, robust: bool) -> None:
        rung.append(hook)
        connection.on_commit(hook, robust=robust)

    monkeypatch.setattr(transaction, "on_commit", register)
    with company_context(company.pk), transaction.atomic():
        for _ in range(5):
            log.record("customer.updated", company, actor=SYSTEM)
    assert len(rung) == 1
