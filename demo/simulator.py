"""The demo's SRI, driven over its `/control/`: what is the matter with it today, and what there is to choose from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.cache import caches
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import installation
from sri.messages import MESSAGES, Kind, Message, Stage, lookup

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
CONTROL: Final = "/control/"
TIMEOUT: Final = 2.0  # seconds; it is on this machine
REMEMBERED: Final = 30  # seconds
ONE_HOUR, ONE_DAY = 3_600, 86_400
HOW_SLOW: Final = 5_000  # milliseconds
QUESTIONS: Final = 3

Text = str | Promise
Values = dict[str, Any]


class NoAnswer(Exception):
    """The simulator does not answer: it is not running, or starts just now."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that can be the matter with SRI until it is switched off: a value, or a fault that happens always."""

    name: str
    title: Text
    note: Text
    icon: str
    value: Any = None
    fault: tuple[tuple[str, Any], ...] = ()

    def is_on(self, state: Values) -> bool:
        """Say whether it is the matter now."""
        if self.fault:
            return any(self._is_mine(fault) for fault in state["faults"])
        return bool(state[self.name])

    def turned(self, on: bool, state: Values) -> Values:
        """Return what to tell the simulator."""
        if not self.fault:
            return {self.name: self.value if on else type(self.value)()}
        others = [fault for fault in state["faults"] if not self._is_mine(fault)]
        return {"faults": [*others, *([dict(self.fault) | {"times": None}] if on else [])]}

    def _is_mine(self, fault: Values) -> bool:
        return bool(fault["kind"] == dict(self.fault)["kind"] and fault["times"] is None)


SWITCHES: Final = (
    Switch(
        "down",
        _("Hoy el SRI está caído"),
        _("Corta toda conexión sin decir nada. Los comprobantes esperan y salen solos cuando vuelve."),
        "cloud-x",
        value=True,
    ),
    Switch(
        "slow",
        _("Lento: responde a los 5 segundos"),
        _("Hace lo que se le pide, y tarda en decirlo."),
        "hourglass",
        fault=(("kind", "slow"), ("ms", HOW_SLOW)),
    ),
    Switch(
        "processing",
        _("«En proceso» tres veces"),
        _("Recibe el comprobante y lo autoriza solo a la cuarta consulta: nunca se envía dos veces."),
        "loader-2",
        value=QUESTIONS,
    ),
    Switch(
        "drop_after",
        _("Corta la conexión después de recibir"),
        _("Tiene el comprobante, pero nadie se entera: se le consulta por la clave de acceso antes de reenviar nada."),
        "unlink",
        fault=(("kind", "drop_after"), ("service", "reception")),
    ),
    Switch(
        "http",
        _("Responde con el error 503"),
        _("«Service Unavailable»: no hace nada de lo que se le pide."),
        "alert-triangle",
        fault=(("kind", "http"), ("status", 503)),
    ),
    Switch(
        "html",
        _("Responde la página del cortafuegos"),
        _("HTML «Request Rejected» donde debía venir una respuesta."),
        "shield-lock",
        fault=(("kind", "html"),),
    ),
)
BY_NAME: Final = {switch.name: switch for switch in SWITCHES}

CLOCKS: Final[tuple[tuple[int, Text], ...]] = (
    (-ONE_DAY, _("1 día atrasado")),
    (-ONE_HOUR, _("1 hora atrasado")),
    (0, _("En hora")),
    (ONE_HOUR, _("1 hora adelantado")),
    (ONE_DAY, _("1 día adelantado")),
)

# Said without being true they would have everybody wait a day: SRI has it already (43), is working on it (70).
_NOT_PRETENDED: Final = ("43", "70")


def refusals(stage: Stage) -> list[Message]:
    """Return the errors SRI can be told to refuse a document with, in one of its services."""
    return [
        message
        for message in MESSAGES
        if message.kind == Kind.ERROR and message.stage == stage and message.code not in _NOT_PRETENDED
    ]


@dataclass(frozen=True, slots=True)
class State:
    """How the simulator is, in a person's words."""

    values: Values

    @property
    def matters(self) -> list[Text]:
        """Return what is the matter, nothing where all is well."""
        found: list[Text] = [switch.title for switch in SWITCHES if switch.is_on(self.values)]
        if self.offset:
            named = dict(CLOCKS).get(self.offset, f"{self.offset} s")
            found.append(_("Su reloj está %(offset)s") % {"offset": named})
        return found

    @property
    def planned(self) -> list[tuple[str, Text]]:
        """Return code and title of each refusal that is still to come."""
        codes = [fault["code"] for fault in self.values["faults"] if fault["kind"] == "code"]
        return [(code, lookup(code).title) for code in codes]

    @property
    def switches(self) -> list[tuple[Switch, bool]]:
        """Return each switch and whether it is on."""
        return [(switch, switch.is_on(self.values)) for switch in SWITCHES]

    @property
    def offset(self) -> int:
        """Return by how many seconds its clock is fast."""
        return int(self.values["clock_offset_s"])

    @property
    def now(self) -> datetime:
        """Return the moment by its clock."""
        return datetime.fromisoformat(self.values["now"])

    @property
    def counts(self) -> dict[str, int]:
        """Return how many documents it has authorized, refused and still has in process."""
        found = self.values["documents"]
        names = {"authorized": "AUTORIZADO", "refused": "NO AUTORIZADO", "processing": "EN PROCESO"}
        return {name: found.get(theirs, 0) for name, theirs in names.items()}


def is_here() -> bool:
    """Say whether this installation has a simulator: it is a demo, and SRI is an address of this machine."""
    if urlsplit(settings.SRI_URL_PRUEBAS).hostname not in LOOPBACK:
        return False
    return bool(caches["process"].get_or_set("simulator.is_demo", _is_demo, REMEMBERED))


def _is_demo() -> bool:
    return installation.demo() != installation.Demo.NONE


def state() -> State:
    """Ask the simulator how it is.

    Raises:
        NoAnswer: it does not say.
    """
    return _speak("GET")


def change(values: Values) -> State:
    """Have something be the matter with it, or nothing any more.

    Raises:
        NoAnswer: it does not say that it has heard.
    """
    return _speak("POST", values)


def _speak(method: str, values: Values | None = None) -> State:
    with requests.Session() as session:
        session.trust_env = False  # no proxy between us and this machine
        try:
            answer = session.request(method, settings.SRI_URL_PRUEBAS + CONTROL, json=values, timeout=TIMEOUT)
            answer.raise_for_status()
            return State(answer.json())
        except (requests.RequestException, ValueError) as error:
            raise NoAnswer from error
