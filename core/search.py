"""Search by any part of a text, forgiving accents and capitals: the two pure functions behind the trigram column.

A row stores the trigrams of its text. Whatever piece of three letters or more a person types, all its trigrams are
among those of the rows that contain it, so an index on them finds the candidates and a comparison of the normalized
texts keeps the true ones. A piece of one or two letters has no trigrams: there the comparison alone must do.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

GRAM_LENGTH = 3


@lru_cache(maxsize=64)  # a row's text is folded for its words and again for its trigrams
def normalize(text: str) -> str:
    """Lower case, without accents, with single spaces: ``"  Muñoz  PÉREZ "`` is ``"munoz perez"``.

    Whatever does not print (line ends, NUL, which PostgreSQL refuses) counts as a space.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = (char if char.isprintable() else " " for char in folded if not unicodedata.combining(char))
    return " ".join("".join(letters).split())


def grams(text: str) -> list[str]:
    """The distinct trigrams of the normalized text, sorted; they run across spaces, so that any piece can be found."""
    plain = normalize(text)
    return sorted({plain[start : start + GRAM_LENGTH] for start in range(len(plain) - GRAM_LENGTH + 1)})
