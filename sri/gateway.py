"""SRI's two web services: hand in a signed document, ask what became of it.

`current()` is the gateway in use: HTTP, unless `use()` has put another in its place (tests, the demo loader). The
outcomes, and what they mean for declaring nothing twice, are in `sri.outcomes`; how answers are read in `sri.replies`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from sri import replies
from sri.messages import SriMessage
from sri.outcomes import Answer, Answered, Received, Reception
from sri.wire import AddressNotPublic, base_url, call, check_address

__all__ = [
    "AddressNotPublic",
    "Answer",
    "Answered",
    "Gateway",
    "HttpGateway",
    "Received",
    "Reception",
    "SriMessage",
    "base_url",
    "check_address",
    "current",
    "use",
]


class Gateway(Protocol):
    """Whoever speaks to SRI, or stands in for it."""

    def receive(self, xml: bytes, environment: str) -> Reception:
        """Hand in a signed document."""
        ...

    def ask(self, access_key: str, environment: str) -> Answer:
        """Ask what became of the document with this key."""
        ...


def current() -> Gateway:
    """The gateway in use."""
    return _gateways[-1]


@contextmanager
def use(gateway: Gateway) -> Iterator[Gateway]:
    """Put another gateway in place, for the whole process and all its threads."""
    _gateways.append(gateway)
    try:
        yield gateway
    finally:
        _gateways.remove(gateway)


class HttpGateway:
    """SRI itself, or a server that speaks like it at the configured address."""

    def receive(self, xml: bytes, environment: str) -> Reception:
        """Hand in a signed document."""
        path = "RecepcionComprobantesOffline"
        exchange = call("reception", path, "validarComprobante", environment, xml=xml)
        return replace(
            replies.reception(exchange, xml),
            raw=exchange.content,
            http_status=exchange.status,
            elapsed=exchange.elapsed,
        )

    def ask(self, access_key: str, environment: str) -> Answer:
        """Ask what became of the document with this key."""
        path = "AutorizacionComprobantesOffline"
        exchange = call(
            "authorization", path, "autorizacionComprobante", environment, claveAccesoComprobante=access_key
        )
        return replace(
            replies.answer(exchange, access_key, environment),
            raw=exchange.content,
            http_status=exchange.status,
            elapsed=exchange.elapsed,
        )


_gateways: list[Gateway] = [HttpGateway()]
