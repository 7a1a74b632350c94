"""The simulated SRI itself: takes documents in, decides on them in SRI's order of checks, and says what it decided."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from core import clock
from sri.simulator import ca, documents, rules, signatures
from sri.simulator.documents import Document
from sri.simulator.faults import Faults
from sri.simulator.notices import Notice, Refused
from sri.simulator.store import AUTHORIZED, IN_PROCESS, REFUSED, Attempt, Store

RECEIVED, RETURNED = "RECIBIDA", "DEVUELTA"
KEY_LENGTH: Final = 49
AT_RECEPTION: Final = ("28",)  # the one impediment of an issuer that SRI tells at once


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a document."""

    state: str
    key: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One `<autorizacion>`."""

    state: str
    key: str
    at: datetime
    environment: str
    xml: bytes
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Consultation:
    """The answer to a question about a key."""

    key: str
    verdicts: tuple[Verdict, ...] = ()


def default_folder() -> Path:
    """Where the simulator of this installation keeps what it remembers."""
    return Path(settings.VAR_DIR) / "sri_simulator"


def published_schemas() -> Path | None:
    """SRI's published schemas, where they are at hand (SRI_FILES); without them only the least is checked."""
    folder = (settings.BASE_DIR / os.environ.get("SRI_FILES", "../shared/sri")).resolve() / "xsd"
    return folder if folder.is_dir() else None


class Simulator:
    """SRI in one object: usable in process, or served over HTTP by `serve()`.

    `faults` says what goes wrong; `now` is its clock, which the demo loader makes travel.
    """

    def __init__(
        self,
        folder: Path | None = None,
        now: Callable[[], datetime] = clock.now,
        *,
        schemas: Path | None = None,
    ) -> None:
        self.folder = folder or default_folder()
        self.store = Store(self.folder)
        self.authority = ca.load(self.folder)
        self.faults = Faults()
        self._now = now
        self._schemas = schemas or published_schemas()

    def now(self) -> datetime:
        """The moment by its own clock."""
        return self._now() + timedelta(seconds=self.faults.clock_offset_s)

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    # --- Reception ---------------------------------------------------------------------------------

    def receive(self, xml: bytes | None) -> Receipt:
        """Take a document in, or return it and keep nothing."""
        try:
            document = documents.read(xml, self._schemas)
        except Refused as refusal:
            return Receipt(RETURNED, _key_in(xml), (refusal.notice,))
        try:
            self._take_in(document, xml or b"")
        except Refused as refusal:
            return Receipt(RETURNED, document.key, (refusal.notice,))
        return Receipt(RECEIVED, document.key)

    def _take_in(self, document: Document, xml: bytes) -> None:
        now = self.now()
        if fault := self.faults.take("reception", document.ruc, "code"):
            raise Refused(fault.code, fault.info)
        self._check_issuer(document, at_reception=True)
        self._decided(document.key, now)
        with self.store.alone():
            self._check_unique(document)
            rules.check_age(document, now)
            ready = now + timedelta(milliseconds=self.faults.delay_ms)
            self.store.add(document.key, document.number, document.issuer("ambiente"), xml, now, ready)

    def _check_issuer(self, document: Document, *, at_reception: bool) -> None:
        """Refuse an issuer, or one of its establishments, that something is held against."""
        establishment = f"{document.ruc}/{document.issuer('estab')}"
        for who in (document.ruc, establishment):
            code = self.faults.issuers.get(who)
            if code and (code in AT_RECEPTION) == at_reception:
                raise Refused(code, f"Emisor {who}")

    def _check_unique(self, document: Document) -> None:
        """Refuse a key that is registered (43) or in process (70), and a number that another key has (45)."""
        for attempt in self.store.attempts(document.key):
            if attempt.state == IN_PROCESS:
                raise Refused("70", "VALOR DEVUELTO POR EL PROCEDIMIENTO: SI")
            if attempt.state == AUTHORIZED:
                raise Refused("43", f"La clave de acceso {document.key} ya está registrada")
        if other := self.store.key_of_number(document.number):
            raise Refused("45", f"El secuencial está registrado con la clave de acceso {other}")

    # --- Authorization -----------------------------------------------------------------------------

    def authorize(self, key: str) -> Consultation:
        """Say what was decided on the documents handed in under a key, deciding where that is due."""
        now = self.now()
        if len(key) != KEY_LENGTH or not (key.isascii() and key.isdigit()):
            return Consultation(key, (Verdict("RECHAZADA", key, now, "", b"", (Notice("80", "Clave no válida"),)),))
        attempts = self._decided(key, now, asked=True)
        ready = (attempt for attempt in attempts if attempt.ready_at <= now)
        return Consultation(key, tuple(verdict for attempt in ready for verdict in self._verdicts(attempt, now)))

    def _decided(self, key: str, now: datetime, *, asked: bool = False) -> list[Attempt]:
        """Everything handed in under a key, after deciding on what is due."""
        attempts = self.store.attempts(key)
        if all(attempt.state != IN_PROCESS for attempt in attempts):
            return attempts
        with self.store.alone():
            attempts = self.store.attempts(key)
            for attempt in attempts:
                self._decide_when_ready(attempt, now, asked=asked)
        return attempts

    def _verdicts(self, attempt: Attempt, now: datetime) -> list[Verdict]:
        verdict = Verdict(
            attempt.state,
            attempt.access_key,
            attempt.decided_at or now,
            attempt.environment,
            attempt.xml,
            attempt.notices,
        )
        if not (self.faults.several and attempt.state == AUTHORIZED):
            return [verdict]
        before = verdict.at - timedelta(seconds=1)
        refusal = Verdict(REFUSED, verdict.key, before, verdict.environment, verdict.xml, (Notice("50", "Simulado"),))
        return [refusal, verdict]

    def _decide_when_ready(self, attempt: Attempt, now: datetime, *, asked: bool = False) -> None:
        """Decide on a document once its time has come and it has been asked about often enough."""
        if attempt.state != IN_PROCESS or attempt.ready_at > now:
            return
        if attempt.questions < self.faults.processing:
            if asked:
                self.store.count_question(attempt)
            return
        document = documents.again(attempt.xml)
        warnings = [Notice("60")] if attempt.environment == "1" else []
        try:
            warnings = self._check(document, now) + warnings
        except Refused as refusal:
            self.store.decide(attempt, REFUSED, now, [refusal.notice, *warnings])
        else:
            self.store.decide(attempt, AUTHORIZED, now, warnings)

    def _check(self, document: Document, now: datetime) -> list[Notice]:
        """Every check that authorization takes, in SRI's order; returns the warnings."""
        if fault := self.faults.take("authorization", document.ruc, "code"):
            raise Refused(fault.code, fault.info)
        self._check_issuer(document, at_reception=False)
        signatures.check(document, self.authority, now)
        warnings = self._check_receiver(document)
        rules.check_sums(document)
        rules.check_key(document)
        return warnings

    def _check_receiver(self, document: Document) -> list[Notice]:
        """Refuse or warn of a receiver that something is held against; warn of a number that cannot be, or is not."""
        who = rules.receiver(document)
        code = self.faults.receivers.get(who)
        if code == "69":
            raise Refused("69", f"La identificación {who} no existe")
        warnings = [Notice(code, f"La identificación {who} no existe")] if code else []
        warnings += rules.warn_of_receiver(document)
        support = rules.support_number(document)
        if support and not self.store.is_authorized(support):
            warnings.append(Notice("68", f"El documento {document.value('numDocModificado')} no existe"))
        return warnings


def _key_in(xml: bytes | None) -> str:
    """The key of a document that could not be read, as far as it can be made out."""
    _, found, rest = (xml or b"").partition(b"<claveAcceso>")
    key = rest.partition(b"<")[0].decode(errors="replace").strip()
    return key if found and len(key) == KEY_LENGTH and key.isdigit() else "N/A"
