"""What the simulated SRI does wrong, on request; and whom it holds something against.

    {"down": false,          closes every connection without a word
     "processing": 0,        answers EN PROCESO so many times for each document before it decides
     "delay_ms": 0,          decides so long after receiving; before, it says that it has nothing
     "clock_offset_s": 0,    its clock is fast by so much
     "several": false,       shows an earlier refusal beside each authorization
     "issuers": {"1790011674001": "37", "1790011674001/002": "10"},
     "receivers": {"0102030405": "69"},
     "faults": [{"kind": "code", "service": "reception", "code": "35", "times": 2, "ruc": ""}, ...]}

A fault happens the next `times` times (null: always), in `service` reception, authorization or any, to the documents of
`ruc` ("": of anybody). Kinds:

    code        this code, as the answer of reception or as the decision on authorization
    slow        `ms` milliseconds late; what was asked has been done
    drop_before the connection is cut before the question is read
    drop_after  the connection is cut after what was asked has been done
    http        HTTP status `status`, nothing done
    html        the firewall's page "Request Rejected" with status 403, nothing done
    fault       a SOAP Fault, nothing done
    encoding    an answer that is not in the encoding it names; what was asked has been done
    empty       an answer of no bytes; what was asked has been done
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

KINDS: Final = ("code", "slow", "drop_before", "drop_after", "http", "html", "fault", "encoding", "empty")
SERVICES: Final = ("any", "reception", "authorization")


@dataclass(slots=True)
class Fault:
    """Something that goes wrong the next few times, or always."""

    kind: str
    service: str = "any"
    times: int | None = 1
    ruc: str = ""
    code: str = "50"
    info: str = "Simulado"
    ms: int = 1000
    status: int = 503

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.service not in SERVICES:
            raise ValueError(f"There is no fault «{self.kind}» of «{self.service}».")
        for name in ("ms", "status") if self.times is None else ("ms", "status", "times"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 0:
                raise ValueError(f"«{name}» must be a whole number.")
        self.code, self.ruc, self.info = str(self.code), str(self.ruc), str(self.info)

    def concerns(self, kinds: tuple[str, ...], service: str, ruc: str) -> bool:
        """Whether it happens now."""
        return self.kind in kinds and self.service in ("any", service) and self.ruc in ("", ruc) and self.times != 0


@dataclass
class Faults:
    """Everything that can be set; read and changed by any thread."""

    down: bool = False
    processing: int = 0
    delay_ms: int = 0
    clock_offset_s: int = 0
    several: bool = False
    issuers: dict[str, str] = field(default_factory=dict)
    receivers: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def take(self, service: str, ruc: str, *kinds: str) -> Fault | None:
        """The fault of these kinds that happens now, which thereby has happened once."""
        if not self.faults:
            return None
        with self._lock:
            for fault in self.faults:
                if fault.concerns(kinds, service, ruc):
                    if fault.times is not None:
                        fault.times -= 1
                    self.faults = [left for left in self.faults if left.times != 0]
                    return fault
        return None

    def add(self, kind: str, **values: Any) -> None:
        """Let something go wrong from now on, `times` times (1; None: always)."""
        with self._lock:
            self.faults = [*self.faults, Fault(kind, **values)]

    def reset(self) -> None:
        """Let everything be well."""
        self.set(asdict_of(Faults()))

    def state(self) -> dict[str, Any]:
        """What is set, as JSON has it."""
        with self._lock:
            return asdict_of(self)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set what is named, all or nothing; `reset` first lets everything be well, `add` adds faults to the others.

        Raises ValueError for what cannot be set.
        """
        values = dict(values)
        new = asdict_of(Faults()) if values.pop("reset", False) else {}
        added = values.pop("add", [])
        new |= values
        checked = {name: _CHECKS[name](value) for name, value in new.items() if name in _CHECKS}
        if unknown := set(new) - set(checked):
            raise ValueError(f"There is no «{', '.join(sorted(unknown))}» to set.")
        more = _faults(added if isinstance(added, list) else [added])
        with self._lock:
            for name, value in checked.items():
                setattr(self, name, value)
            self.faults = [*self.faults, *more]


def asdict_of(faults: Faults) -> dict[str, Any]:
    """The public values of a set of faults."""
    values = {each.name: getattr(faults, each.name) for each in fields(faults) if each.name != "_lock"}
    return values | {"faults": [asdict(fault) for fault in faults.faults]}


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"«{value}» is not a whole number.")
    return value


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"«{value}» is neither true nor false.")
    return value


def _codes(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("An object of numbers and codes is needed.")
    return {str(who): str(code) for who, code in value.items()}


def _faults(value: Any) -> list[Fault]:
    try:
        return [Fault(**each) for each in value]
    except TypeError as error:
        raise ValueError(f"That is no list of faults: {error}") from error


_CHECKS: Final[dict[str, Any]] = {
    "down": _yes,
    "processing": _whole,
    "delay_ms": _whole,
    "clock_offset_s": _whole,
    "several": _yes,
    "issuers": _codes,
    "receivers": _codes,
    "faults": _faults,
}
