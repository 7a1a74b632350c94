"""SRI: a five-line factura built, checked, signed and verified; documents authorized through the simulator."""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings
from django.db import connections
from django_q.models import OrmQ

from billing import transmission, xml_parts
from billing.models import Document, SignedXml, Transmission
from companies.models import Company
from core import clock
from core.tenancy import company_context
from sri import gateway, signing, xml
from sri import workflow as certificates
from sri.simulator.engine import Simulator
from sri.simulator.server import serve
from tests.bench.measuring import Row, rate
from tests.factories import line, make_customer, make_invoice
from tests.sri_line import Line

SIGNATURES, DOCUMENTS, ONE_BY_ONE, WORKERS = 500, 400, 60, 2
LINES = [line("25.00"), line("12.50", "2"), line("3.40", "3"), line("1.10", "7"), line("99.99")]


def run(_company: Company) -> Iterator[Row]:
    """Measure against the bare RSA-2048 signature, and against the simulator asked with nothing around it."""
    with tempfile.TemporaryDirectory() as folder, _simulator(Path(folder)) as sri:
        company = sri.company()
        with company_context(company.pk):
            yield _signing(make_invoice(*LINES))
            yield _waiting()
            yield from _transmitting(company, sri)
            OrmQ.objects.all().delete()


class _simulator:
    """Serve a simulated SRI that decides at once, in a process of its own, as SRI is."""

    def __init__(self, folder: Path) -> None:
        self.simulator = Simulator(folder)

    def __enter__(self) -> Line:
        fork = multiprocessing.get_context("fork")
        here, there = fork.Pipe()
        self.simulator.close()
        connections.close_all()
        self.process = fork.Process(target=_serve, args=(self.simulator.folder, there), daemon=True)
        self.process.start()
        settings.SRI_URL_PRUEBAS, settings.SRI_DOCUMENTS_PER_SECOND = here.recv(), 0
        return Line(self.simulator)

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.join()


def _serve(folder: Path, there: Any) -> None:
    with serve(Simulator(folder)) as server:
        there.send(server.url)
        while True:
            time.sleep(60)


def _signing(invoice: Document) -> Row:
    signer, _certificate = certificates.signer(ruc=invoice.issuer["ruc"])
    document, now = xml_parts.sri_document(invoice, xml_parts.read(invoice)), clock.now()

    def whole() -> None:
        signing.verify(signing.sign(xml.build(document), signer, at=now))

    def bare() -> None:
        signer.key.sign(b"x" * 700, padding.PKCS1v15(), hashes.SHA1())

    ours, limit = 0.0, 0.0
    for _turn in range(SIGNATURES // 50):
        ours += 50 / rate([whole] * 50)
        limit += 50 / rate([bare] * 50)
    return Row("build, check, sign, verify a factura of 5 lines", SIGNATURES / ours, SIGNATURES / limit, "/s", 800)


def _waiting() -> Row:
    """From the click to the authorization, with nobody else at work: the clock's tick is not in it."""
    taken = []
    for _number in range(ONE_BY_ONE):
        begun = time.perf_counter()
        invoice = make_invoice(*LINES)
        transmission.advance(Transmission.objects.get(document=invoice).pk)
        taken.append((time.perf_counter() - begun) * 1000)
    return Row("issue → authorized, p95, without the queue", statistics.quantiles(taken, n=20)[-1], 1, "ms", 800)


def _transmitting(company: Company, sri: Line) -> Iterator[Row]:
    customer = make_customer().pk
    rows = [_row(make_invoice(*LINES, customer_id=customer)) for _number in range(DOCUMENTS)]
    begun = time.perf_counter()
    _by_two(company, rows)
    ours = DOCUMENTS / (time.perf_counter() - begun)
    yield Row("documents authorized, two workers", ours, _bare(sri, company), "/s", 100)


def _row(invoice: Document) -> int:
    return Transmission.objects.values_list("pk", flat=True).get(document=invoice)


def _by_two(company: Company, rows: list[int]) -> None:
    fork = multiprocessing.get_context("fork")

    def work(number: int) -> None:
        with company_context(company.pk):
            for pk in rows[number::WORKERS]:
                transmission.advance(pk)

    connections.close_all()
    workers = [fork.Process(target=work, args=(number,)) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _bare(sri: Line, company: Company) -> float:
    """Return how many documents a second one hand gets through the simulator: send and ask, nothing stored."""
    customer = make_customer().pk
    signed = [
        SignedXml.objects.get(document=make_invoice(*LINES, customer_id=customer)) for _number in range(DOCUMENTS // 4)
    ]
    line_to_sri = gateway.HttpGateway()
    begun = time.perf_counter()
    for row in signed:
        line_to_sri.receive(bytes(row.content), company.environment)
        line_to_sri.ask(row.access_key, company.environment)
    return len(signed) / (time.perf_counter() - begun)
