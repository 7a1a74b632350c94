"""The parts of the stream by themselves: one read for all, room for so many, patience for so long."""

import asyncio
import threading
from dataclasses import replace

import pytest
from django.http import HttpResponse

from audit import bells, stream
from audit.bells import Bells, Stretch
from audit.events import Audience
from audit.stream import EventStream, Grant

SCOPE = {"type": "http", "method": "GET", "path": "/api/v1/events/stream/", "query_string": b"", "headers": []}
EVERYBODY = Audience(frozenset({"customer"}))


def allow(request) -> HttpResponse:
    response = HttpResponse(status=204)
    response.grant = Grant(1, "key:1", EVERYBODY, 10)
    return response


class Ear:
    """A listener at the other end of the ASGI protocol; `deaf`: it takes nothing after the beginning."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.sent: list[dict] = []
        self.deaf = deaf
        self.hung_up = asyncio.Event()

    async def receive(self) -> dict:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        if self.deaf and self.sent:
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()


@pytest.fixture(autouse=True)
def _no_database(monkeypatch):
    async def hear_nothing(self) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Bells, "_hear", hear_nothing)
    monkeypatch.setattr(stream, "close_old_connections", lambda: None)
    monkeypatch.setattr(bells, "close_old_connections", lambda: None)


class Reads(Bells):
    """Reads nothing, and notes from which positions it was asked to."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        super().__init__(self._note)

    def _note(self, company_id: int, position: int) -> Stretch:
        self.positions.append(position)
        return Stretch(position)


@pytest.fixture
def reads() -> Reads:
    return Reads()


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


def test_all_who_wait_at_one_position_share_one_read(reads):
    async def scenario() -> None:
        events, ears = EventStream(allow, bells=reads), [Ear() for _ in range(50)]
        tasks = [asyncio.create_task(events(dict(SCOPE), ear.receive, ear.send)) for ear in ears]
        await until(lambda: all("id: 10" in ear.text for ear in ears) and reads.positions)
        reads.ring_all()
        await until(lambda: len(reads.positions) > 1)
        for ear in ears:
            ear.hung_up.set()
        await asyncio.gather(*tasks)
        assert reads.positions == [10, 10]  # once at the beginning, once for the bell
        assert events._listeners == 0
        assert not reads._feeds

    asyncio.run(scenario())


def test_a_listener_who_takes_nothing_is_sent_away(reads, monkeypatch):
    monkeypatch.setattr(stream, "PATIENCE", 0.05)

    async def scenario() -> None:
        events, ear = EventStream(allow, bells=reads), Ear(deaf=True)
        async with asyncio.timeout(20):
            await events(dict(SCOPE), ear.receive, ear.send)
        assert [message["type"] for message in ear.sent] == ["http.response.start"]
        assert events._listeners == 0

    asyncio.run(scenario())


def test_there_is_room_for_so_many_and_the_next_is_told_when_to_come_back(reads):
    async def scenario() -> None:
        events, first, second = EventStream(allow, most=1, bells=reads), Ear(), Ear()
        listening = asyncio.create_task(events(dict(SCOPE), first.receive, first.send))
        await until(lambda: first.sent)
        await events(dict(SCOPE), second.receive, second.send)
        assert second.sent[0]["status"] == 503
        assert (b"retry-after", b"30") in second.sent[0]["headers"]
        assert "too_many_listeners" in second.text
        first.hung_up.set()
        await listening
        third = Ear()
        listening = asyncio.create_task(events(dict(SCOPE), third.receive, third.send))
        await until(lambda: third.sent)
        assert third.sent[0]["status"] == 200
        third.hung_up.set()
        await listening

    asyncio.run(scenario())


def test_each_heartbeat_asks_again_and_a_refusal_ends_the_stream(reads):
    asked: list[bool] = []

    def allow_twice(request) -> HttpResponse:
        asked.append(request.is_heartbeat)
        return allow(request) if len(asked) < 3 else HttpResponse(status=401)

    async def scenario() -> None:
        events, ear = EventStream(allow_twice, heartbeat=0.01, bells=reads), Ear()
        async with asyncio.timeout(20):
            await events(dict(SCOPE), ear.receive, ear.send)
        assert asked == [False, True, True]
        assert ear.text.count(": latido") == 2  # the greeting and one heartbeat
        assert ear.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    asyncio.run(scenario())


@pytest.mark.parametrize("change", [{"company_id": 2}, {"credential": "user:9"}])
def test_another_company_or_person_behind_the_same_cookie_ends_the_stream(reads, change):
    before = Grant(1, "user:1", EVERYBODY, 10)
    answers = [before, replace(before, **change)]

    def change_after_the_first(request) -> HttpResponse:
        response = HttpResponse(status=204)
        response.grant = answers.pop(0)
        return response

    async def scenario() -> None:
        events, ear = EventStream(change_after_the_first, heartbeat=0.01, bells=reads), Ear()
        async with asyncio.timeout(20):
            await events(dict(SCOPE), ear.receive, ear.send)
        assert answers == []

    asyncio.run(scenario())


def test_while_nobody_can_tell_the_listener_stays(reads):
    answers = [503, 500, 401]

    def fail_twice(request) -> HttpResponse:
        return HttpResponse(status=answers.pop(0)) if request.is_heartbeat else allow(request)

    async def scenario() -> None:
        events, ear = EventStream(fail_twice, heartbeat=0.01, bells=reads), Ear()
        async with asyncio.timeout(20):
            await events(dict(SCOPE), ear.receive, ear.send)
        assert answers == []

    asyncio.run(scenario())


def test_a_read_that_fails_is_tried_again_at_the_next_bell(caplog):
    failing = threading.Event()
    failing.set()

    def read(company_id: int, position: int) -> Stretch:
        if failing.is_set():
            raise OSError("the database is away")
        return Stretch(position + 5)

    async def scenario() -> None:
        heard = Bells(read)
        with heard.listening_to(1) as feed:
            assert (await feed.after(3)).position == 3
            failing.clear()
            feed.ring()
            assert (await feed.after(3)).position == 8
        heard.stop()

    asyncio.run(scenario())
    assert "Events could not be read" in caplog.text


def test_closing_sends_everybody_away(reads):
    async def scenario() -> None:
        events, ear = EventStream(allow, bells=reads), Ear()
        listening = asyncio.create_task(events(dict(SCOPE), ear.receive, ear.send))
        await until(lambda: reads.positions)
        events.close()
        async with asyncio.timeout(20):
            await listening
        late = Ear()
        await events(dict(SCOPE), late.receive, late.send)
        assert late.sent[0]["status"] == 503

    asyncio.run(scenario())
