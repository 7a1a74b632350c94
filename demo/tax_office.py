"""SRI while the demo loads: the simulator `make run` goes on with, which thereby knows the demo's past.

What the demo company issues electronically really goes out: over HTTP, to the simulator's own store. Its clock is the
travelling one, as of the moment at which it is called.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from billing import transmission
from billing.models import Document, Transmission
from companies.models import Company
from core import clock
from core.actor import Actor
from sri import gateway, workflow
from sri.outcomes import Answer, Reception
from sri.simulator import Simulator, ca, default_folder, serve

SOON: Final = timedelta(seconds=1)  # from issue to authorization, on a good day


class Travelling(gateway.HttpGateway):
    """The way to SRI that tells it the moment first: its threads do not travel with us."""

    def __init__(self) -> None:
        self.moment: datetime = clock.now()

    def receive(self, xml: bytes, environment: str) -> Reception:
        """Hand in a signed document."""
        self.moment = clock.now()
        return super().receive(xml, environment)

    def ask(self, access_key: str, environment: str) -> Answer:
        """Ask what became of the document with this key."""
        self.moment = clock.now()
        return super().ask(access_key, environment)


@contextmanager
def open_for_business() -> Iterator[Simulator]:
    """Have this process send to the simulator, as fast as it can; a process forked inside has no simulator."""
    line = Travelling()
    simulator = Simulator(now=lambda: line.moment)
    try:
        with (
            serve(simulator) as server,
            _settings(SRI_URL_PRUEBAS=server.url, SRI_DOCUMENTS_PER_SECOND=0),
            gateway.use(line),
        ):
            yield simulator
    finally:
        simulator.close()


def forget() -> None:
    """Throw away what the simulator knows: numbers of an earlier demo would be taken for others' (45)."""
    shutil.rmtree(default_folder(), ignore_errors=True)


def certify(company: Company, holder: str, *, actor: Actor) -> None:
    """Give the active company a certificate of the simulator's authority, in force from now on."""
    password = secrets.token_urlsafe(12)
    p12 = ca.issue_certificate(company.ruc, holder, password=password, folder=default_folder(), since=clock.now())
    workflow.add_certificate(p12, password, ruc=company.ruc, actor=actor)


def transmit(document: Document) -> None:
    """Carry an electronic document on, as the workers do a moment after its issue; nothing of any other."""
    row = Transmission.objects.filter(document=document).first()
    if row is not None:
        with clock.at(clock.now() + SOON):
            transmission.advance(row.pk)


@contextmanager
def _settings(**values: Any) -> Iterator[None]:
    """Have other settings for a while, in this process."""
    usual = {name: getattr(settings, name) for name in values}
    for name, value in values.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in usual.items():
            setattr(settings, name, value)
