"""Text as SRI's schemas admit it, from text as people paste it."""

from __future__ import annotations

import re
import unicodedata

from sri.xml.kinds import NOT_XML


def clean(text: str, limit: int) -> str:
    """The text on one line, trimmed, with single spaces, without what XML cannot hold, cut to `limit` characters.

    Line breaks, tabs and the other kinds of blank become spaces; control characters go. A letter and its accent are
    put together, so that they count as one. Characters outside Unicode's first plane (emoji) count as two when cutting,
    as they do for validators written in Java, SRI's among them; a shorter text than the schema admits is always safe.
    """
    joined = " ".join(unicodedata.normalize("NFC", NOT_XML.sub(_gap, text)).split())
    visible = " ".join("".join(letter for letter in joined if unicodedata.category(letter) != "Cc").split())
    return _cut(visible, limit).rstrip()


def _gap(found: re.Match[str]) -> str:
    """What stands for a character XML cannot hold: nothing, except where it separated words."""
    return " " if found[0].isspace() else ""


def _cut(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` UTF-16 units."""
    if len(text) * 2 <= limit:
        return text
    room = limit
    for place, letter in enumerate(text):
        room -= 2 if ord(letter) > 0xFFFF else 1
        if room < 0:
            return text[:place]
    return text
