"""A thousand invoices voided at once, thirteen of which cannot be, and the worker killed in the middle."""

from datetime import timedelta

import pytest
from django.test import Client
from django_q.models import OrmQ

from audit.models import AuditEntry
from billing.models import Document, DocumentFile, NumberGap, Status
from companies.models import Company
from core import clock
from core.tenancy import current_company_id
from desk import tasks
from desk.models import ItemState, Task, TaskState
from tests import laws
from tests.bench.seed import multiply
from tests.crash.processes import kill_group, until
from tests.factories import actor, make_customer, make_invoice, make_user, pay
from tests.tasks import reasons
from tests.world import BACKEND

pytestmark = pytest.mark.slow

INVOICES, PAID = 1_000, 13


def test_a_thousand_are_voided_but_thirteen_though_the_worker_is_killed(work):
    company = Company.objects.get(pk=current_company_id())
    paid = make_invoices(company)
    boss = make_user(company)
    things = [(invoice.pk, str(invoice)) for invoice in Document.objects.order_by("pk")[:INVOICES]]
    task = tasks.start("billing.void", things, parameters={"reason": "Lote equivocado"}, actor=actor(user_id=boss.pk))

    for done_before_the_kill in (INVOICES // 4, INVOICES // 2):
        workers = work()
        until(lambda count=done_before_the_kill: Task.objects.get().done >= count)
        kill_group(workers)
        assert Task.objects.get().state == TaskState.RUNNING
        OrmQ.objects.all().delete()
        Task.objects.update(next_attempt_at=clock.now() - timedelta(minutes=1))
        assert tasks.sweep() == 1
    work()
    until(lambda: Task.objects.get().state == TaskState.DONE)

    task = Task.objects.get()
    assert (task.done, task.succeeded, task.refused) == (INVOICES, INVOICES - PAID, PAID)
    assert set(task.items.filter(state=ItemState.REFUSED).values_list("object_id", flat=True)) == paid
    assert Document.objects.filter(status=Status.VOIDED).count() == NumberGap.objects.count() == INVOICES - PAID
    assert AuditEntry.objects.filter(action="invoice.voided").count() == INVOICES - PAID
    assert laws.broken() == []
    assert_page_tells(task, boss)


def make_invoices(company: Company) -> set[int]:
    """Make a few invoices of which one is paid, and copies of them until there are enough; return the paid ones."""
    customer = make_customer()
    pattern = [make_invoice(customer_id=customer.pk) for _ in range(-(-INVOICES // PAID))]
    pay(pattern[0], str(pattern[0].total))
    DocumentFile.objects.all().delete()
    OrmQ.objects.all().delete()  # PDFs that nobody asks for here
    multiply(company, PAID - 1, customer.pk, len(pattern))
    return set(Document.objects.filter(status=Status.PAID).values_list("pk", flat=True))


def assert_page_tells(task, boss):
    client = Client()
    client.force_login(boss, backend=BACKEND)
    page = client.get(task.get_absolute_url()).content.decode()
    assert "<strong>987</strong> hechos" in page
    assert "<strong>13</strong> no hechos" in page
    assert all(reason in page for reason in reasons(task))
    assert page.count('href="/facturas/') >= PAID
