"""What the simulated SRI remembers: a SQLite file of its own.

It stands for another institution's system, so it is neither in our database nor in our backups: a restored backup meets
an SRI that knows more than we do. Killing the process at any instant loses nothing that was answered.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sri.simulator.notices import Notice

FILE: Final = "sri.sqlite3"
IN_PROCESS, AUTHORIZED, REFUSED = "EN PROCESO", "AUTORIZADO", "NO AUTORIZADO"

_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY,
    access_key TEXT NOT NULL,
    number TEXT NOT NULL,
    environment TEXT NOT NULL,
    xml BLOB NOT NULL,
    received_at TEXT NOT NULL,
    ready_at TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_at TEXT,
    notices TEXT NOT NULL DEFAULT '[]',
    questions INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS attempt_by_key ON attempt (access_key);
CREATE UNIQUE INDEX IF NOT EXISTS one_live_key ON attempt (access_key) WHERE state <> '{REFUSED}';
CREATE UNIQUE INDEX IF NOT EXISTS one_live_number ON attempt (number) WHERE state <> '{REFUSED}';
"""
_COLUMNS: Final = (
    "id, access_key, number, environment, xml, received_at, ready_at, state, decided_at, notices, questions"
)


@dataclass(slots=True)
class Attempt:
    """A document as it was handed in once; after a refusal the same key may be handed in again."""

    id: int
    access_key: str
    number: str
    environment: str
    xml: bytes
    received_at: datetime
    ready_at: datetime
    state: str
    decided_at: datetime | None
    notices: tuple[Notice, ...]
    questions: int


class Store:
    """One connection to the file, used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            folder / FILE, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=64
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(
            "PRAGMA synchronous = NORMAL"
        )  # written before it is answered; a power cut may take it
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Look and then write, with nobody in between, in this process or another."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def attempts(self, access_key: str) -> list[Attempt]:
        """Everything handed in under a key, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM attempt WHERE access_key = ? ORDER BY id",  # noqa: S608
                (access_key,),
            ).fetchall()
        return [_attempt(row) for row in rows]

    def key_of_number(self, number: str) -> str | None:
        """The key under which a number is authorized or in process."""
        with self._lock:
            row = self._connection.execute(
                "SELECT access_key FROM attempt WHERE number = ? AND state <> ?", (number, REFUSED)
            ).fetchone()
        return row[0] if row else None

    def is_authorized(self, number: str) -> bool:
        """Whether there is an authorized document with this number."""
        with self._lock:
            return bool(
                self._connection.execute(
                    "SELECT 1 FROM attempt WHERE number = ? AND state = ?", (number, AUTHORIZED)
                ).fetchone()
            )

    def add(self, key: str, number: str, environment: str, xml: bytes, received: datetime, ready: datetime) -> None:
        """Keep a document that was received."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO attempt (access_key, number, environment, xml, received_at, ready_at, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, number, environment, xml, received.isoformat(), ready.isoformat(), IN_PROCESS),
            )

    def decide(self, attempt: Attempt, state: str, at: datetime, notices: Sequence[Notice]) -> None:
        """Keep what was decided on a document."""
        attempt.state, attempt.decided_at, attempt.notices = state, at, tuple(notices)
        stored = json.dumps([[notice.code, notice.info] for notice in notices])
        with self._lock:
            self._connection.execute(
                "UPDATE attempt SET state = ?, decided_at = ?, notices = ? WHERE id = ?",
                (state, at.isoformat(), stored, attempt.id),
            )

    def count_question(self, attempt: Attempt) -> None:
        """Remember that an undecided document was asked about."""
        attempt.questions += 1
        with self._lock:
            self._connection.execute("UPDATE attempt SET questions = questions + 1 WHERE id = ?", (attempt.id,))

    def counts(self) -> dict[str, int]:
        """How many documents there are of each state."""
        with self._lock:
            return dict(self._connection.execute("SELECT state, count(*) FROM attempt GROUP BY state").fetchall())


def _attempt(row: tuple[Any, ...]) -> Attempt:
    identifier, key, number, environment, xml, received, ready, state, decided, notices, questions = row
    return Attempt(
        identifier,
        key,
        number,
        environment,
        xml,
        datetime.fromisoformat(received),
        datetime.fromisoformat(ready),
        state,
        datetime.fromisoformat(decided) if decided else None,
        tuple(Notice(code, info) for code, info in json.loads(notices)),
        questions,
    )
