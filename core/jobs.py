"""Work that follows a commit: queued in the transaction that causes it, done by the workers.

The queue is a table beside our own, so a job is queued exactly when its cause commits. It is only a bell:
delivery is at least once and in no order. Pass ids; make each job safe to run twice; keep it under a minute.
What must not be lost has a row with a due moment, and a sweep of the clock that rings again (`enqueue_due`).
"""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any, Final

from django.db import models, transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from core import clock, context, health
from core.tenancy import active_company_id, all_companies, company_context

# A claimed row is offered again after this long, should its job vanish with its worker.
LEASE: Final = timedelta(minutes=5)
BATCH: Final = 200


def enqueue(path: str, *args: Any, company_id: int | None = None) -> None:
    """Queue the function at a dotted path, in the present transaction.

    Args:
        path: for example "billing.jobs.render_pdf"; it is called with `args` and the company's context entered.
        args: ids and other plain values.
        company_id: the active company unless given; with neither, the job runs in no company.
    """
    company = active_company_id() if company_id is None else company_id
    async_task("core.jobs.run", path, company, context.correlation_id(), args)


def run(path: str, company_id: int | None, correlation_id: str, args: tuple[Any, ...]) -> None:
    """Do one queued job, in its company and under the correlation id of what caused it."""
    job = import_string(path)
    wall = nullcontext() if company_id is None else company_context(company_id)
    with context.called(correlation=correlation_id), wall:
        job(*args)


def enqueue_due(
    due_rows: models.QuerySet[Any], due_field: str, job: str, *, lease: timedelta = LEASE, limit: int | None = None
) -> int:
    """Queue a job for each row that has fallen due, and return how many; for the clock's sweeps.

    Args:
        due_rows: a company model's `unscoped` rows; those whose `due_field` has come are taken, and rows that
            another transaction holds are left for the next round.
        due_field: when the row wants attention next; NULL means never. Put off by `lease` here; the job sets it to
            NULL when the work is done, or to the moment of the next attempt.
        job: the dotted path of a function that takes the row's id.
        limit: no more than so many at a time; `BATCH` unless given.
    """
    due = due_rows.filter(**{f"{due_field}__lte": clock.now()})
    with all_companies(), transaction.atomic():
        claimed = list(
            due.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by(due_field)
            .values_list("pk", "company_id")[: limit or BATCH]
        )
        if claimed:
            again = clock.now() + lease
            due.model.unscoped.filter(pk__in=[pk for pk, _ in claimed]).update(**{due_field: again})
        for pk, company_id in claimed:
            enqueue(job, pk, company_id=company_id)
    return len(claimed)


def show_life() -> None:
    """Note that the workers work: a job the clock queues every few seconds."""
    health.beat("workers")
