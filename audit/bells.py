"""Bells: one LISTEN connection for the whole process, and one read for all who wait at the same position.

A commit that wrote to the log rings the bell of its company (`audit.log.CHANNEL`). Listeners hold neither a thread
nor a connection: they wait for the bell, and what has happened since is read once, in a thread of its own, for all
of a company's listeners who stand at the same position. Bells may get lost; every few seconds all ring by themselves.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import close_old_connections, connections
from psycopg import sql

from audit import queries
from audit.events import Audience, as_sent
from audit.log import CHANNEL
from audit.models import AuditEntry
from core.tenancy import company_context

POLL: Final = 5.0  # seconds until a lost bell is made good
STRETCH: Final = 200  # entries read at once
SIGN_OF_LIFE: Final = 30.0  # seconds of silence after which the LISTEN connection is asked whether it lives
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds between attempts to connect again

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was sealed after one position up to another; `more` says that reading should go on at once."""

    position: int
    entries: tuple[AuditEntry, ...] = ()
    more: bool = False

    def frames_for(self, audience: Audience) -> bytes:
        """Return what of it this audience gets, as server-sent events."""
        sent = filter(None, (as_sent(entry, audience) for entry in self.entries))
        return b"".join(_frame(event) for event in sent)


def _frame(event: dict[str, Any]) -> bytes:
    return f"id: {event['id']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def read_stretch(company_id: int, position: int) -> Stretch:
    """Read what a company's log has after a position, in commit order."""
    close_old_connections()
    with company_context(company_id):
        head = queries.head_position()  # first: whatever lies up to it is visible to the next query
        if head <= position:
            return Stretch(position)
        entries = tuple(queries.since(position)[:STRETCH])
    if len(entries) == STRETCH:
        return Stretch(entries[-1].seal.position, entries, more=True)
    return Stretch(max(head, entries[-1].seal.position) if entries else head, entries)


class Feed:
    """What happens in one company, for all of this process who listen to it."""

    def __init__(self, read: Callable[[int], Stretch], reader: ThreadPoolExecutor) -> None:
        self._read, self._reader = read, reader
        self._reads: dict[int, asyncio.Future[Stretch]] = {}
        self.bell = asyncio.Event()
        self.listeners = 0

    def ring(self) -> None:
        """Wake all who wait; what was read before does not count any more."""
        self._reads = {}
        self.bell.set()
        self.bell = asyncio.Event()

    async def after(self, position: int) -> Stretch:
        """Return what came after a position: one read for all who ask between two bells."""
        if position not in self._reads:
            self._reads[position] = asyncio.ensure_future(self._fetch(position))
        return await asyncio.shield(self._reads[position])

    async def _fetch(self, position: int) -> Stretch:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, self._read, position)
        except Exception:  # the next bell, at the latest the next poll, tries again
            logger.exception("Events could not be read")
            return Stretch(position)


class Bells:
    """The feeds of the companies that are listened to, and the connection that hears their bells."""

    def __init__(self, read: Callable[[int, int], Stretch] = read_stretch) -> None:
        self._read = read
        self._reader = ThreadPoolExecutor(1, "events-reader")
        self._feeds: dict[int, Feed] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @contextmanager
    def listening_to(self, company_id: int) -> Iterator[Feed]:
        """Give a listener the feed of a company; it is kept while anybody listens."""
        self._start()
        feed = self._feeds.get(company_id)
        if feed is None:
            feed = Feed(lambda position: self._read(company_id, position), self._reader)
            self._feeds[company_id] = feed
        feed.listeners += 1
        try:
            yield feed
        finally:
            feed.listeners -= 1
            if not feed.listeners:
                del self._feeds[company_id]

    def ring_all(self) -> None:
        """Have every feed read again."""
        for feed in self._feeds.values():
            feed.ring()

    def stop(self) -> None:
        """Stop hearing."""
        for task in self._tasks:
            task.cancel()
        self._reader.shutdown(wait=False)

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._poll())]

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            self.ring_all()

    async def _hear(self) -> None:
        """Hear the bells for ever, connecting again after longer and longer pauses while the database is away."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters()) as connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    pause = SHORTEST_PAUSE
                    self.ring_all()  # whatever happened while nobody heard
                    await self._hear_on(connection)
            except psycopg.Error as error:
                logger.warning("Events are polled: the database does not answer: %s", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _hear_on(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for bell in connection.notifies(timeout=SIGN_OF_LIFE):
                feed = self._feeds.get(int(bell.payload))
                if feed:
                    feed.ring()
            await connection.execute("SELECT 1")


def _parameters() -> dict[str, Any]:
    """Return how the application connects, without what only Django's own connections understand."""
    parameters = connections["default"].get_connection_params()
    return {name: value for name, value in parameters.items() if name not in ("cursor_factory", "context")} | {
        "autocommit": True
    }
