"""Law 9 for jobs: kill the workers at any instant, lose the queue itself; afterwards everything exists, once."""

import hashlib
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django_q.models import OrmQ

from billing.models import Document, DocumentFile, FileState
from core import clock
from desk import tasks
from desk.models import Task, TaskState
from tests import laws
from tests.crash.processes import kill_group, until
from tests.factories import SYSTEM, make_customer, make_invoice

pytestmark = pytest.mark.slow

INVOICES = 24


def issue(count: int) -> None:
    customer = make_customer()
    for _number in range(count):
        make_invoice(customer_id=customer.pk)


def ready() -> int:
    return DocumentFile.objects.filter(state=FileState.READY).count()


def stored_pdfs() -> list[Path]:
    return sorted(Path(settings.FILES_DIR).rglob("*.pdf*"))


def every_pdf_exists_once() -> bool:
    rows = list(DocumentFile.objects.all())
    written = {str(path.relative_to(settings.FILES_DIR)): path for path in stored_pdfs()}
    assert {row.path for row in rows} == set(written)
    assert len(rows) == len(written) == Document.objects.count()
    return all(hashlib.sha256(written[row.path].read_bytes()).hexdigest() == row.sha256 for row in rows)


def test_workers_killed_amid_pdfs_leave_none_out_and_make_none_twice(work):
    issue(INVOICES)
    for made_before_the_kill in (3, INVOICES // 2):
        workers = work()
        until(lambda count=made_before_the_kill: ready() >= count)
        kill_group(workers)
        assert ready() < INVOICES
    work()
    until(lambda: ready() == INVOICES)
    until(lambda: not OrmQ.objects.exists())
    assert every_pdf_exists_once()
    assert laws.broken() == []


def test_what_the_queue_has_lost_the_clock_rings_for_again(work):
    issue(3)
    zipped = tasks.start("billing.files", [(row.pk, str(row)) for row in Document.objects.all()], actor=SYSTEM)
    OrmQ.objects.all().delete()
    long_ago = clock.now() - timedelta(minutes=1)
    DocumentFile.objects.update(next_attempt_at=long_ago)
    Task.objects.update(next_attempt_at=long_ago)
    work("clock")
    work()
    until(lambda: Task.objects.get(pk=zipped.pk).state == TaskState.DONE)
    until(lambda: ready() == 3)
    assert every_pdf_exists_once()
    with zipfile.ZipFile(Path(settings.FILES_DIR) / Task.objects.get().path) as archive:
        assert sorted(archive.namelist()) == [f"factura-001-001-00000000{number}.pdf" for number in (1, 2, 3)]
