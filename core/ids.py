"""Ids, versions and counts as they come from outside: text in an address, a form or a header."""

from collections.abc import Iterable
from typing import Final

MOST_DIGITS: Final = 18  # all of them fit the database's bigint; of thousands Python itself would make an error


def whole(text: str) -> int | None:
    """Return the whole number a text writes, or None where it writes none or one that no row could have."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def each_whole(texts: Iterable[str]) -> list[int]:
    """Return the whole numbers among several texts, leaving out what is none."""
    return [number for text in texts if (number := whole(text)) is not None]
