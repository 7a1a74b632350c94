"""SRI for the tests of what documents go through: the simulator over real HTTP, and clock and workers in one hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from billing import transmission
from billing.models import Document, Transmission
from companies.models import Company
from core import clock
from core.tenancy import all_companies, company_context
from sri import connection
from sri import workflow as certificates
from sri.models import Certificate
from sri.simulator.engine import Simulator
from sri.simulator.server import serve
from sri.simulator.store import AUTHORIZED
from tests.factories import SYSTEM, make_company

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # in Ecuador
PASSWORD = "prueba-p12"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Line:
    """A simulated SRI, its moment, and the turns of clock and workers."""

    simulator: Simulator
    moment: datetime = NOON
    url: str = ""
    _context: Any = field(default=None, repr=False)

    def company(self, **values: Any) -> Company:
        """Make a company that issues electronically, with a certificate this SRI trusts."""
        company = make_company(**({"e_invoicing": True, "certificate": None} | values))
        with company_context(company.pk):
            self.certify(company)
        return company

    def certify(self, company: Company) -> Certificate:
        """Give the active company a certificate this SRI trusts."""
        certificate, key = self.simulator.authority.issue(
            company.ruc, "PRUEBA", key=_key(), since=clock.now() - timedelta(days=30)
        )
        p12 = pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, NoEncryption())
        return certificates.add_certificate(p12, "", ruc=company.ruc, actor=SYSTEM)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Travel, SRI too."""
        before, self.moment = self.moment, moment
        try:
            with clock.at(moment):
                yield
        finally:
            self.moment = before

    def turn(self) -> int:
        """Do what clock and workers do at this moment: everything that is due, oldest first; says how much was.

        While the line is down that is one document, which probes it.
        """
        done = 0
        while (row := self._due()) is not None and done < 5_000:
            done += 1
            with company_context(row[1]):
                transmission.advance(row[0])
            if connection.state("1").is_open:
                break
        return done

    def _due(self) -> tuple[int, int] | None:
        with all_companies():
            due = Transmission.unscoped.filter(next_attempt_at__lte=clock.now()).order_by("next_attempt_at", "pk")
            return due.values_list("pk", "company_id").first()

    def run(self, longest: timedelta = timedelta(days=2)) -> datetime:
        """Let time pass until nothing is due any more, or for `longest`; returns the moment of the last turn."""
        moment, end = clock.now(), clock.now() + longest
        while moment <= end:
            with self.at(moment):
                self.turn()
            upcoming = self._next()
            if upcoming is None:
                break
            probe = connection.state("1").next_probe_at
            moment = max(upcoming, probe or upcoming, moment + timedelta(milliseconds=1))
        return moment

    def _next(self) -> datetime | None:
        with all_companies():
            rows = Transmission.unscoped.filter(next_attempt_at__isnull=False).order_by("next_attempt_at")
            return rows.values_list("next_attempt_at", flat=True).first()

    def authorized(self, document: Document) -> list[str]:
        """Return the keys under which SRI has authorized the document's number."""
        with self.simulator.store.alone():
            rows = self.simulator.store._connection.execute(
                "SELECT access_key FROM attempt WHERE number = ? AND state = ?",
                (number_of(document.access_key), AUTHORIZED),
            ).fetchall()
        return [row[0] for row in rows]


def number_of(key: str) -> str:
    """Return what of a key must be unique, as the simulator writes it."""
    kind, ruc, environment, establishment, point, sequential = (
        key[8:10], key[10:23], key[23], key[24:27], key[27:30], key[30:39]
    )  # fmt: skip
    return "-".join((environment, ruc, kind, establishment, point, sequential))


@contextmanager
def simulated(settings: Any, folder: Path) -> Iterator[Line]:
    """Serve a simulator, and have the product speak to it, without a limit to the pace."""
    line: Line
    simulator = Simulator(folder / "sri", now=lambda: line.moment)
    line = Line(simulator)
    settings.SRI_DOCUMENTS_PER_SECOND = 0
    try:
        with serve(simulator) as server:
            settings.SRI_URL_PRUEBAS = line.url = server.url
            with line.at(NOON):
                yield line
    finally:
        simulator.close()
