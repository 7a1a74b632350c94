"""Law 6 under any weather: whatever is cut, crashes, repeats or is down, each document is declared once or refused.

A worker that is killed leaves its claim and nothing else: here it dies between each two lines of claim, send, record.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import outcomes, transmission
from billing.models import Authorization, Document, SignedXml, Transmission
from core import clock
from core.tenancy import company_context
from sri import gateway
from sri.gateway import HttpGateway
from sri.outcomes import Answer, Answered, Received, Reception
from tests.factories import make_invoice
from tests.sri_line import NOON, Line, number_of, simulated

pytestmark = pytest.mark.django_db

EVENTS = (
    "well", "well", "not delivered", "cut after", "error page", "firewall", "nothing comes back",
    "killed before sending", "killed after sending", "killed while recording", "refused", "done twice",
    "an hour passes",
)  # fmt: skip


class Killed(BaseException):
    """The worker died here."""


class Weather:
    """A gateway on which things happen as a script has it; afterwards all is well."""

    def __init__(self, script: list[str], sri: Line) -> None:
        self.script, self.sri, self.http = list(script), sri, HttpGateway()
        self.dies_recording = False

    def _happens(self) -> str:
        return self.script.pop(0) if self.script else "well"

    def receive(self, xml: bytes, environment: str) -> Reception:
        """Hand in, as far as the weather lets it."""
        event = self._happens()
        if event == "not delivered":
            return Reception(Received.UNREACHABLE, problem="Sin red")
        self._before(event, "reception")
        reception = self.http.receive(xml, environment)
        self._after(event)
        return reception

    def ask(self, access_key: str, environment: str) -> Answer:
        """Ask, as far as the weather lets it."""
        event = self._happens()
        if event == "not delivered":
            return Answer(Answered.UNREACHABLE, problem="Sin red")
        self._before(event, "authorization")
        answer = self.http.ask(access_key, environment)
        self._after(event)
        return answer

    def _before(self, event: str, service: str) -> None:
        faults = self.sri.simulator.faults
        if event == "killed before sending":
            raise Killed
        kind = {"cut after": "drop_after", "error page": "http", "firewall": "html", "nothing comes back": "empty"}
        if event in kind:
            faults.add(kind[event], service=service)
        if event == "refused":
            faults.add("code", service="authorization", code="52")

    def _after(self, event: str) -> None:
        if event == "killed after sending":
            raise Killed
        self.dies_recording = event == "killed while recording"


@contextmanager
def weather(script: list[str], sri: Line) -> Iterator[Weather]:
    """Have the product speak to SRI in this weather."""
    happening = Weather(script, sri)
    hold = outcomes._hold

    def dying(*args: Any) -> Any:
        held = hold(*args)
        if happening.dies_recording:
            happening.dies_recording = False
            raise Killed
        return held

    outcomes._hold = dying
    try:
        with gateway.use(happening):
            yield happening
    finally:
        outcomes._hold = hold


def carry_on(sri: Line, script: list[str]) -> None:
    """Let jobs run and workers die until the script is at its end and nothing is due any more."""
    moment = clock.now()
    for _round in range(400):
        with sri.at(moment):
            for pk in due():
                times = 2 if script and script[0] == "done twice" else 1
                for _time in range(times):
                    with suppress(Killed):
                        transmission.advance(pk)
        if script and script[0] == "an hour passes":
            script.pop(0)
            moment += timedelta(hours=1)
        upcoming = next_due()
        if upcoming is None:
            return
        moment = max(upcoming, moment + timedelta(milliseconds=1))
    rows = Transmission.objects.values("stage", "problem", "attempts", "waits", "failures", "next_attempt_at")
    raise AssertionError(f"It never ends: {moment}, {list(rows)}")


def due() -> list[int]:
    rows = Transmission.objects.filter(next_attempt_at__lte=clock.now()).order_by("next_attempt_at", "pk")
    return list(rows.values_list("pk", flat=True))


def next_due() -> Any:
    rows = Transmission.objects.filter(next_attempt_at__isnull=False).order_by("next_attempt_at")
    return rows.values_list("next_attempt_at", flat=True).first()


@pytest.fixture
def sri(settings, tmp_path):
    with simulated(settings, tmp_path) as found:
        yield found


def check(sri: Line, invoices: list[Document]) -> None:
    for issued in invoices:
        invoice = Document.objects.get(pk=issued.pk)
        assert invoice.authorization in (Authorization.AUTHORIZED, Authorization.REJECTED)
        expected = [invoice.access_key] if invoice.authorization == Authorization.AUTHORIZED else []
        assert sri.authorized(invoice) == expected
        if not expected:
            assert Transmission.objects.get(document=invoice).messages[0]["advice"]
        with sri.simulator.store.alone():
            keys = sri.simulator.store._connection.execute(
                "SELECT DISTINCT access_key FROM attempt WHERE number = ?", (number_of(invoice.access_key),)
            ).fetchall()
        assert keys == [(invoice.access_key,)]
        assert SignedXml.objects.filter(document=invoice).count() == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(st.sampled_from(EVENTS), max_size=14), documents=st.integers(1, 3))
def test_in_any_weather_each_document_is_declared_once_or_refused(sri, script, documents):
    company = sri.company()
    sri.simulator.faults.reset()
    with company_context(company.pk), sri.at(NOON):
        invoices = [make_invoice() for _number in range(documents)]
        with weather(script, sri) as happening:
            carry_on(sri, happening.script)
        check(sri, invoices)
        connection.check_constraints()


@pytest.mark.parametrize("where", ["killed before sending", "killed after sending", "killed while recording"])
@pytest.mark.parametrize("call", range(2))
def test_a_worker_killed_at_each_line_leaves_a_claim_that_the_next_one_takes_over(sri, where, call):
    company = sri.company()
    with company_context(company.pk):
        invoice = make_invoice()
        with weather(["well"] * call + [where], sri) as happening:
            with pytest.raises(Killed):
                transmission.advance(due()[0])
            row = Transmission.objects.get(document=invoice)
            assert row.claim is not None
            assert transmission.claim(row.pk) is None  # in flight, as far as anybody can know
            carry_on(sri, happening.script)
        check(sri, [invoice])
        connection.check_constraints()
