"""The front sends the event stream one way and everything else to Django; the server's start and stop are answered."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("committing")


def _call(scope: dict[str, Any], *received: dict[str, Any]) -> list[dict[str, Any]]:
    """Let the application answer one scope, and return what it sent."""
    from config import asgi

    sent: list[dict[str, Any]] = []
    waiting = [*received, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(asgi.application(scope, receive, send))
    return sent


def _get(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"x-correlation-id", b"c-5")],
        "client": ("127.0.0.1", 5000),
        "server": ("localhost", 8000),
    }


def test_pages_are_answered_by_django() -> None:
    start, *bodies = _call(_get("/health/live"), {"type": "http.request", "body": b"", "more_body": False})
    assert start["status"] == 200
    assert dict(start["headers"])[b"x-correlation-id"] == b"c-5"
    assert b"".join(message["body"] for message in bodies) == b'{"status": "ok"}'


def test_the_event_stream_is_answered_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from config import asgi

    async def events(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "here"})

    monkeypatch.setattr(asgi, "events", events)
    assert _call(_get("/api/v1/events/stream/")) == [{"type": "here"}]


def test_the_servers_start_and_stop_are_answered() -> None:
    sent = _call({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
