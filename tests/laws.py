"""The independent checker (`tests/checker.sql`), run past the company wall."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connections

CHECKER = (Path(__file__).parent / "checker.sql").read_text()


class Broken(NamedTuple):
    """One law that does not hold, and where."""

    law: str
    company_id: int
    row_id: int
    what: str


def names() -> list[str]:
    """Return the laws the checker knows, in its words."""
    return [name.replace("''", "'") for name in re.findall(r"SELECT '((?:[^']|'')+)'(?: AS law)?, ", CHECKER)]


def broken(cursor: Any = None) -> list[Broken]:
    """Return every law that does not hold in the whole database, or in what a transaction of the owner's sees."""
    if cursor is None:
        with connections["owner"].cursor() as cursor:
            return _run(cursor)
    return _run(cursor)


def _run(cursor: Any) -> list[Broken]:
    cursor.execute(CHECKER)
    rows: Iterable[tuple[Any, ...]] = cursor.fetchall()
    return [Broken(*row) for row in rows]
