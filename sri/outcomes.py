"""What speaking to SRI can come to: nothing that happens out there is an exception, everything is one of these.

Two outcomes matter for declaring nothing twice: `UNREACHABLE` means that surely nothing was delivered, because no byte
of the question left this machine; `UNKNOWN` means that SRI may have it, so it is asked by access key before the same
bytes are sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sri.messages import SriMessage


class Received(StrEnum):
    """What handing a document in came to."""

    RECEIVED = "received"  # RECIBIDA: SRI has it; ask what becomes of it
    RETURNED = "returned"  # DEVUELTA: SRI has not kept it, for the reason in the messages
    UNREACHABLE = "unreachable"  # surely not delivered
    UNKNOWN = "unknown"  # perhaps delivered: ask by access key


class Answered(StrEnum):
    """What SRI says of a document."""

    AUTHORIZED = "authorized"
    REFUSED = "refused"  # NO AUTORIZADO, for the reason in the messages
    PROCESSING = "processing"  # SRI has it and has not decided
    ABSENT = "absent"  # SRI has nothing under this key
    UNREACHABLE = "unreachable"  # the question did not reach it
    UNKNOWN = "unknown"  # the answer says nothing about this document


@dataclass(frozen=True, slots=True)
class Reception:
    """The outcome of handing a document in; `problem` is a Spanish sentence where there is no answer to read."""

    outcome: Received
    messages: tuple[SriMessage, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    http_status: int | None = None
    problem: str = ""
    elapsed: float = 0.0

    @property
    def answered(self) -> bool:
        """Whether SRI answered in a way that makes sense; if not, the line has failed once."""
        return self.outcome not in (Received.UNREACHABLE, Received.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Answer:
    """What SRI says of an access key.

    `document` is the document as SRI returned it, `wrapper` SRI's `<autorizacion>` around it, which is what is kept and
    delivered. `environment` is SRI's code ("1" or "2"), `authorized_at` None where SRI gave no time that can be read.
    """

    outcome: Answered
    number: str = ""
    authorized_at: datetime | None = None
    environment: str = ""
    document: bytes | None = field(default=None, repr=False)
    wrapper: bytes | None = field(default=None, repr=False)
    messages: tuple[SriMessage, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    http_status: int | None = None
    problem: str = ""
    elapsed: float = 0.0

    @property
    def answered(self) -> bool:
        """Whether SRI answered in a way that makes sense; if not, the line has failed once."""
        return self.outcome not in (Answered.UNREACHABLE, Answered.UNKNOWN)
