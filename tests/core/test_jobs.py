"""A job is queued exactly when its cause commits, and done in its company under its cause's correlation id."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from companies.models import ApiKey, Company
from core import clock, context, jobs
from core.tenancy import NoActiveCompany, all_companies, company_context, current_company_id

pytestmark = pytest.mark.django_db

seen: list[tuple] = []


def remember(*args: object) -> None:
    """The job of these tests."""
    try:
        company_id = current_company_id()
    except NoActiveCompany:
        company_id = None
    seen.append((company_id, context.correlation_id(), args))


@pytest.fixture(autouse=True)
def _forget() -> None:
    seen.clear()


def _queued() -> list[tuple]:
    return [SignedPackage.loads(row.payload)["args"] for row in OrmQ.objects.order_by("id")]


def test_a_job_takes_company_and_correlation_id_from_its_cause() -> None:
    with company_context(7), context.called(correlation="c-1"):
        jobs.enqueue("tests.core.test_jobs.remember", 1, "two")
    assert _queued() == [("tests.core.test_jobs.remember", 7, "c-1", (1, "two"))]


def test_a_job_of_a_rolled_back_cause_is_not_queued() -> None:
    with transaction.atomic():
        jobs.enqueue("tests.core.test_jobs.remember", 1)
        transaction.set_rollback(True)
    assert _queued() == []


def test_a_job_runs_in_its_company_and_leaves_it() -> None:
    jobs.run("tests.core.test_jobs.remember", 7, "c-2", (5,))
    assert seen == [(7, "c-2", (5,))]
    with pytest.raises(NoActiveCompany):
        current_company_id()
    assert context.correlation_id() == ""


def test_a_job_of_no_company_runs_in_none() -> None:
    jobs.run("tests.core.test_jobs.remember", None, "", ())
    assert seen == [(None, "", ())]


class TestSweeping:
    """`enqueue_due`, on the API keys of two companies, whose `expires_at` stands for any due moment."""

    now = datetime(2026, 3, 10, 12, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def _rows(self) -> None:
        with all_companies():
            self.companies = [Company.objects.create(environment="1", legal_name=name) for name in ("Uno", "Dos")]
        for company, (name, minutes) in zip(
            self.companies * 2, [("a", -5), ("b", 0), ("c", 1), ("d", None)], strict=True
        ):
            due = None if minutes is None else self.now + timedelta(minutes=minutes)
            with company_context(company.pk):
                ApiKey.objects.create(name=name, secret_hash=name, expires_at=due)

    def _sweep(self, moment: datetime) -> int:
        with clock.at(moment):
            return jobs.enqueue_due(ApiKey.unscoped, "expires_at", "tests.core.test_jobs.remember")

    def _pk(self, name: str) -> int:
        with all_companies():
            return ApiKey.unscoped.get(name=name).pk

    def test_rows_that_have_fallen_due_get_their_job_in_their_company(self) -> None:
        assert self._sweep(self.now) == 2
        assert [(company, args) for _, company, _, args in _queued()] == [
            (self.companies[0].pk, (self._pk("a"),)),
            (self.companies[1].pk, (self._pk("b"),)),
        ]

    def test_a_row_is_not_rung_for_again_until_its_lease_ends(self) -> None:
        self._sweep(self.now)
        assert self._sweep(self.now + jobs.LEASE - timedelta(seconds=1)) == 1  # "c", which fell due meanwhile
        assert self._sweep(self.now + jobs.LEASE) == 2
