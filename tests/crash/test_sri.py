"""Law 6 with real processes: workers are killed amid the sending; afterwards each document is declared once."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.models import Authorization, Document
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
            begin("work")
            until(lambda: authorized() == INVOICES, seconds=180, log=tmp_path / "work.log")
            for invoice in invoices:
                assert sri.authorized(invoice) == [invoice.access_key]
        assert laws.broken() == []
    finally:
        for process in started:
            kill_group(process)


def authorized() -> int:
    return Document.objects.filter(authorization=Authorization.AUTHORIZED).count()
