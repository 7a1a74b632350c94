"""The front sends the event stream one way and everything else to Django; the server's start and stop are answered."""

import asyncio
from typing import Any

import pytest
from django.conf import settings

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


def _sent_in_chunks(monkeypatch: pytest.MonkeyPatch, *chunks: bytes) -> tuple[bytes, bytes]:
    """Send a body in chunks, whose length no header says; return the length and the body that Django is given."""
    from config import asgi

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        await send({"length": dict(scope["headers"])[b"content-length"], "body": (await receive())["body"]})

    monkeypatch.setattr(asgi, "pages", pages)
    scope = _get("/api/v1/customers/") | {"headers": [(b"transfer-encoding", b"chunked")]}
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    (given,) = _call(scope, *parts, {"type": "http.request", "body": b"", "more_body": False})
    return given["length"], given["body"]


def test_a_body_in_chunks_reaches_django_with_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _sent_in_chunks(monkeypatch, b'{"name": ', b'"Ana"}') == (b"15", b'{"name": "Ana"}')


def test_of_a_body_in_chunks_no_more_is_kept_than_django_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    length, _body = _sent_in_chunks(monkeypatch, *[b" " * 2**20] * 50)
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 2**20


def test_the_event_stream_is_answered_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from config import asgi

    async def events(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "here"})

    monkeypatch.setattr(asgi, "events", events)
    assert _call(_get("/api/v1/events/stream/")) == [{"type": "here"}]


def test_the_servers_start_and_stop_are_answered() -> None:
    sent = _call({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
