"""The web's front: the event stream is answered here, without a thread for each listener; all else goes to Django.

Django runs behind WSGI in WEB_THREADS threads, which is twice as fast as its own ASGI handler.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.db import connections
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application as django  # sets Django up, without which the rest cannot be imported

# isort: split
from audit.stream import EventStream
from core.processes import refuse_powerful_role

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

STREAM: Final = "/api/v1/events/stream/"

refuse_powerful_role()
connections.close_all()  # this thread serves nobody
get_resolver().url_patterns  # noqa: B018 - read now: the first request should not wait for every view's import
pages = WSGIMiddleware(django, workers=settings.WEB_THREADS)  # type: ignore[arg-type]
events = EventStream(django.get_response)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request, or the server's start and stop."""
    if scope["type"] == "http" and scope["path"] == STREAM:
        await events(scope, receive, send)
    else:
        scope, receive = await _measured(scope, receive)
        await pages(scope, _as_coroutine(receive), send)  # type: ignore[arg-type]


async def _measured(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """Give a body that comes in chunks a length: WSGI reads no body without one.

    Of one that is too large no more is kept than makes Django say so.
    """
    names = {name for name, _value in scope.get("headers", ())}
    if b"transfer-encoding" not in names or b"content-length" in names:
        return scope, receive
    body, more = b"", True
    while more and len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    whole = {"type": "http.request", "body": body, "more_body": False}
    headers = [*scope["headers"], (b"content-length", str(len(body)).encode())]
    return {**scope, "headers": headers}, _after(whole, receive)


def _after(first: MutableMapping[str, Any], receive: Receive) -> Receive:
    """Return what receives a message that was read before, and then what follows."""
    waiting = [first]

    async def receive_next() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return receive_next


def _as_coroutine(receive: Receive) -> Receive:
    """Wrap what the server gives: a2wsgi reads bodies in a thread, and takes coroutines there, not any awaitable."""

    async def receive_next() -> MutableMapping[str, Any]:
        return await receive()

    return receive_next
