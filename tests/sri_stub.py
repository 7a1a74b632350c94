"""An SRI that says what a test tells it to, without a line: for pages and API, which only show what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.test import override_settings

from billing import transmission
from billing.models import Document, Transmission
from core import clock
from sri import gateway
from sri.messages import SriMessage
from sri.outcomes import Answer, Answered, Received, Reception

AUTHORIZED = "<autorizacion><estado>AUTORIZADO</estado></autorizacion>"


@dataclass
class Stub:
    """Answers every sending with `reception` and every question with `answer`; notes what it was asked."""

    reception: Reception = field(default_factory=lambda: Reception(Received.RECEIVED, raw=b"<recibida/>"))
    answer: Answer = field(default_factory=lambda: Answer(Answered.PROCESSING))
    received: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def receive(self, xml: bytes, environment: str) -> Reception:
        """Take a document in."""
        self.received.append(xml)
        return self.reception

    def ask(self, access_key: str, environment: str) -> Answer:
        """Say what became of one."""
        self.asked.append(access_key)
        return self.answer


@contextmanager
def stubbed(**outcomes: object) -> Iterator[Stub]:
    """Put a stub in SRI's place."""
    stub = Stub(**outcomes)  # type: ignore[arg-type]
    with gateway.use(stub), override_settings(SRI_DOCUMENTS_PER_SECOND=0):  # no pace: nobody waits for a turn
        yield stub


def returned(code: str, text: str = "ERROR", info: str = "") -> Reception:
    """Make the answer DEVUELTA with one message."""
    return Reception(
        Received.RETURNED, (SriMessage(code, text, info, "ERROR"),), raw=b"<a><b>1</b></a>", http_status=200
    )


def unreachable() -> Reception:
    """Make the answer of a line that is down."""
    return Reception(Received.UNREACHABLE, problem="No hay conexión con el SRI.")


def authorized(**values: object) -> Answer:
    """Make the answer AUTORIZADO."""
    given = {"authorized_at": clock.now(), "wrapper": AUTHORIZED.encode(), "number": ""} | values
    return Answer(Answered.AUTHORIZED, **given)  # type: ignore[arg-type]


def send(document: Document, **outcomes: object) -> Document:
    """Carry a document on once with an SRI that answers so, and read it again."""
    row = Transmission.objects.get(document=document)
    with stubbed(**outcomes):
        transmission.advance(row.pk)
    return Document.objects.get(pk=document.pk)


def rejected(
    document: Document, code: str = "35", text: str = "ARCHIVO NO CUMPLE ESTRUCTURA XML", info: str = ""
) -> Document:
    """Have SRI return a document."""
    return send(document, reception=returned(code, text, info))


def approved(document: Document) -> Document:
    """Have SRI authorize a document."""
    return send(document, answer=authorized())


def later(**span: float) -> object:
    """Travel from now on."""
    return clock.at(clock.now() + timedelta(**span))
