"""The live event stream, `/api/v1/events/stream/`: server-sent events, many listeners in one process.

Who may listen is asked of Django itself: the same request, through the same middleware, reaches the view
`audit.api.views.EventStreamView`, whose answer either is a refusal, sent on as it is, or carries a `Grant`. While
the listener stays, it is asked again at every heartbeat: a revoked key, a closed session or an ended membership
ends the stream.
"""

import asyncio
import io
import logging
import random
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from audit.bells import Bells, Feed
from audit.events import Audience
from core.problems import problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Serve = Callable[[HttpRequest], HttpResponseBase]

HEARTBEAT: Final = 15.0  # seconds
PATIENCE: Final = 30.0  # seconds a listener may take to accept what is sent
MOST_LISTENERS: Final = 2000  # of one process

IDENTIFYING: Final = (b"authorization", b"cookie", b"x-company")

HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to listen: in which company, with which credential, to what, from which position on."""

    company_id: int
    credential: str
    audience: Audience
    position: int

    def still_holds(self, before: "Grant") -> bool:
        """Say whether this is the same caller in the same company as before."""
        return (self.company_id, self.credential) == (before.company_id, before.credential)


class EventStream:
    """The ASGI application of the stream; one for a process."""

    def __init__(
        self,
        serve: Serve,
        *,
        heartbeat: float = HEARTBEAT,
        most: int = MOST_LISTENERS,
        bells: Bells | None = None,
    ) -> None:
        self._serve, self._heartbeat, self._most = serve, heartbeat, most
        self._doorkeeper = ThreadPoolExecutor(1, "events-door")
        self._bells = bells or Bells()
        self._asked: dict[tuple[bytes, ...], asyncio.Future[HttpResponseBase]] = {}
        self._listeners = 0
        self._closing = False
        self._watches_signals = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one listener until it goes, loses its right to listen, or the process ends."""
        self._watch_signals()
        if self._listeners >= self._most or self._closing:
            await _answer(send, _full(scope))
            return
        self._listeners += 1
        try:
            response = await self._ask(scope)
            grant: Grant | None = getattr(response, "grant", None)
            if grant is None:
                await _answer(send, response)
            else:
                await _first_of(self._listen(scope, grant, send), _gone(receive))
        finally:
            self._listeners -= 1

    def close(self) -> None:
        """Send everybody away, so that the process can end; browsers come back to the next one by themselves."""
        self._closing = True
        self._bells.ring_all()
        self._bells.stop()

    # One listener

    async def _listen(self, scope: Scope, grant: Grant, send: Send) -> None:
        try:
            with self._bells.listening_to(grant.company_id) as feed:
                await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
                await _send(send, f"retry: {random.randint(2000, 5000)}\n".encode() + _mark(grant.position))  # noqa: S311
                await self._follow(feed, scope, grant, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            logger.info("A listener to events was too slow", extra={"credential": grant.credential})

    async def _follow(self, feed: Feed, scope: Scope, grant: Grant, send: Send) -> None:
        """Send what happens, and at each heartbeat ask whether the listener may still hear it."""
        loop, position = asyncio.get_running_loop(), grant.position
        check_at = loop.time() + self._spread_heartbeat()
        while not self._closing:
            bell = feed.bell  # taken before reading: one that rings meanwhile is not missed
            stretch = await feed.after(position)
            position = stretch.position
            frames = stretch.frames_for(grant.audience)
            if frames:
                await _send(send, frames)
            if not stretch.more:
                await _wait(bell, until=check_at)
            if loop.time() >= check_at:
                present = await self._renew(scope, grant)
                if present is None:
                    return
                grant = present
                await _send(send, _mark(position))
                check_at = loop.time() + self._spread_heartbeat()

    def _spread_heartbeat(self) -> float:
        """Return a heartbeat's length, a little different each time, so that listeners do not all ask at once."""
        return self._heartbeat * random.uniform(0.8, 1.0)  # noqa: S311

    # The door

    async def _ask(self, scope: Scope, *, again: bool = False) -> HttpResponseBase:
        return await asyncio.get_running_loop().run_in_executor(self._doorkeeper, self._ask_django, scope, again)

    def _ask_django(self, scope: Scope, again: bool) -> HttpResponseBase:
        close_old_connections()
        request = _request(scope)
        request.is_heartbeat = again  # type: ignore[attr-defined]
        return self._serve(request)

    async def _ask_again(self, scope: Scope) -> HttpResponseBase:
        """Ask once for all who came with the same credential and the same wishes, such as one person's windows."""
        said = [value for name, value in scope["headers"] if name in IDENTIFYING]
        caller = (scope["query_string"], *said)
        if caller not in self._asked:
            self._asked[caller] = asyncio.ensure_future(self._ask(scope, again=True))
            asyncio.get_running_loop().call_later(self._heartbeat / 5, self._asked.pop, caller)
        return await asyncio.shield(self._asked[caller])

    async def _renew(self, scope: Scope, grant: Grant) -> Grant | None:
        """Return the listener's grant as it is now, None if it is gone; while nobody can tell, it stays as it was."""
        response = await self._ask_again(scope)
        if response.status_code >= 500:
            return grant
        present: Grant | None = getattr(response, "grant", None)
        return present if present and present.still_holds(grant) else None

    # The end

    def _watch_signals(self) -> None:
        """Send the listeners away when the server is told to stop; it waits for them otherwise, until it is killed."""
        if self._watches_signals or threading.current_thread() is not threading.main_thread():
            return
        self._watches_signals = True
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def handle(number: int, frame: Any, before: Any = before) -> None:
                loop.call_soon_threadsafe(self.close)
                if callable(before):
                    before(number, frame)

            signal.signal(number, handle)


def _request(scope: Scope) -> HttpRequest:
    return ASGIRequest(dict(scope), io.BytesIO())


def _full(scope: Scope) -> HttpResponseBase:
    sentence = _("Hay demasiadas conexiones de eventos. Vuelva a intentarlo en un momento.")
    return problem(_request(scope), 503, "too_many_listeners", sentence, headers={"Retry-After": "30"})


def _mark(position: int) -> bytes:
    """Return a heartbeat: it shows life and tells a listener, without an event, where to resume."""
    return f": latido\nid: {position}\n\n".encode()


async def _send(send: Send, body: bytes) -> None:
    async with asyncio.timeout(PATIENCE):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _answer(send: Send, response: HttpResponseBase) -> None:
    """Send an ordinary answer of Django's."""
    headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.items()]
    headers += [(b"set-cookie", cookie.OutputString().encode("latin1")) for cookie in response.cookies.values()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.getvalue(), "more_body": False})


async def _wait(bell: asyncio.Event, *, until: float) -> None:
    try:
        async with asyncio.timeout_at(until):
            await bell.wait()
    except TimeoutError:
        pass


async def _gone(receive: Receive) -> None:
    """Return when the listener has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first_of(*coroutines: Awaitable[None]) -> None:
    """Run both until one ends, then end the other; what went wrong in one is raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
