"""Issuing invoices of three lines: one by one, by request, in a loop, and by two processes on one series."""

import multiprocessing
import time
from collections.abc import Iterator
from functools import partial

from django.db import connections
from django_q.models import OrmQ

from billing import workflow
from companies.models import Company
from core.tenancy import company_context
from tests.api_client import BASE
from tests.bench.floor import BareInvoice, twins
from tests.bench.measuring import Row, Work, rate
from tests.bench.web import Program
from tests.factories import SYSTEM, line, make_customer, make_draft

ONE_BY_ONE, LOOP, EACH = 200, 1_000, 300
BODY = {"description": "Alquiler de cancha", "quantity": "1", "unit_price": "25.00"}


def run(company: Company) -> Iterator[Row]:
    """Invoices a second; the limit is the bare rows with a number, in a transaction each."""
    with company_context(company.pk):
        customer = make_customer().pk
        _warm_up(customer)
        sample = workflow.issue(_drafts(customer, 1)[0], actor=SYSTEM)
        with twins():
            bare = BareInvoice(sample)
            yield _paired("issue, one by one", [_issue(pk) for pk in _drafts(customer, ONE_BY_ONE)], bare, 150)
            yield _paired("draft and issue, by API request", [_request(company, customer)] * ONE_BY_ONE, bare)
            drafts = _drafts(customer, LOOP)
            alone = rate(_issue(pk) for pk in drafts)
            yield Row(f"issue, {LOOP:,} in a loop", alone, rate([bare.write] * LOOP), "/s", 150)
            both = _by_two(company, _drafts(customer, 2 * EACH))
            yield Row("issue, two processes on one series", both, 2 * alone, "/s", 1.7 * alone)
        OrmQ.objects.all().delete()


def _drafts(customer: int, count: int) -> list[int]:
    lines = [line("25.00"), line("12.50", "2"), line("3.40", "3")]
    return [make_draft(*lines, customer_id=customer).pk for _number in range(count)]


def _warm_up(customer: int) -> None:
    for pk in _drafts(customer, 20):
        workflow.issue(pk, actor=SYSTEM)


def _issue(pk: int) -> Work:
    return partial(workflow.issue, pk, actor=SYSTEM)


def _request(company: Company, customer: int) -> Work:
    program = Program(company)
    return lambda: program.post(f"{BASE}invoices/", {"customer": customer, "lines": [BODY] * 3, "issue": True})


def _paired(name: str, works: list[Work], bare: BareInvoice, budget: float | None = None) -> Row:
    """Measure works and as many bare invoices, in turns of ten."""
    ours, limit = 0.0, 0.0
    for start in range(0, len(works), 10):
        turn = works[start : start + 10]
        ours += len(turn) / rate(turn)
        limit += len(turn) / rate([bare.write] * len(turn))
    return Row(name, len(works) / ours, len(works) / limit, "/s", budget)


def _by_two(company: Company, drafts: list[int]) -> float:
    """Return how many invoices a second two processes issue that begin together."""
    fork = multiprocessing.get_context("fork")
    barrier, taken = fork.Barrier(2), fork.Array("d", 2)

    def issue_all(number: int) -> None:
        with company_context(company.pk):
            barrier.wait()
            start = time.perf_counter()
            for pk in drafts[number::2]:
                workflow.issue(pk, actor=SYSTEM)
            taken[number] = time.perf_counter() - start

    connections.close_all()
    workers = [fork.Process(target=issue_all, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(drafts) / max(taken)
