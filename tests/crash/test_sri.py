"""Law 6 with real processes: workers are killed amid the sending; afterwards each document is declared once."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import F

from billing.models import Authorization, Document, Transmission
from billing.transmission import LEASE
from core import clock
from core.tenancy import company_context
from sri.simulator.engine import Simulator
from sri.simulator.server import serve
from tests import laws
from tests.crash.processes import kill_group, start, until
from tests.factories import make_customer, make_invoice
from tests.sri_line import Line

pytestmark = pytest.mark.slow

INVOICES = 40


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[Line, str]]:
    """Serve a simulated SRI on its own clock, slow enough to be met amid an answer."""
    simulator = Simulator(tmp_path / "sri")
    simulator.faults.add("slow", times=None, ms=15)
    with serve(simulator) as server:
        yield Line(simulator), server.url
    simulator.close()


def test_workers_killed_amid_the_sending_leave_no_document_out_and_declare_none_twice(
    line: tuple[Line, str], program_environment: dict[str, str], tmp_path: Path
) -> None:
    sri, url = line
    environment = program_environment | {"SRI_URL_PRUEBAS": url, "SRI_DOCUMENTS_PER_SECOND": "0"}
    started: list[subprocess.Popen[bytes]] = []

    def begin(command: str) -> subprocess.Popen[bytes]:
        started.append(start(["manage.py", command], environment, tmp_path / f"{command}.log"))
        return started[-1]

    company = sri.company()
    try:
        with company_context(company.pk):
            customer = make_customer()
            invoices = [make_invoice(customer_id=customer.pk) for _number in range(INVOICES)]
            begin("clock")
            for authorized_before in (4, 14, 26):
                workers = begin("work")
                until(lambda count=authorized_before: authorized() >= count)
                kill_group(workers)
            assert authorized() < INVOICES
            let_claims_of_the_dead_lapse()
            begin("work")
            until(lambda: authorized() == INVOICES, seconds=180, log=tmp_path / "work.log")
            for invoice in invoices:
                assert sri.authorized(invoice) == [invoice.access_key]
        assert laws.broken() == []
    finally:
        for process in started:
            kill_group(process)


def let_claims_of_the_dead_lapse() -> None:
    """Do what waiting for the lease would: nobody is alive who could still hold a claim, and the clock rings again."""
    Transmission.objects.filter(claim__isnull=False).update(claimed_at=F("claimed_at") - LEASE)
    Transmission.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=clock.now())


def authorized() -> int:
    return Document.objects.filter(authorization=Authorization.AUTHORIZED).count()
