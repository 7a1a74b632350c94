"""The sorts of value an element may hold: how each is written, what SRI's schemas refuse in it, how it is read back.

Every kind answers three questions: `write` gives the text that stands in the XML, or None where it must be refused;
`faults` says in Spanish why it must; `read` gives the value back. `raw` is the text of a refused value, as it stands.
Facets are the schemas' own and kept as such, so that a test can compare them one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from core.money import format_number

Fault = tuple[str, str]  # a stable code, and a clause that goes on after the field's name

LINE = r"[^\n]*"  # how the schemas say "one line of text"

# What XML 1.0 cannot hold, not even escaped (https://www.w3.org/TR/xml/#charsets).
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Nothing here needs escaping or a closer look: most texts of most documents.
_PLAIN = re.compile(r"[^&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]*")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

_FURTHEST = 40  # digits before or after the point beyond which a number is refused unwritten


def escape(text: str) -> str:
    """The text as the content of an element."""
    return text if _PLAIN.fullmatch(text) else text.translate(_TEXT_ESCAPES)


def escape_attribute(text: str) -> str:
    """The text as the value of an attribute between double quotes, line ends and all."""
    return text.translate(_ESCAPES)


class Kind(Protocol):
    """What every sort of value can do."""

    def write(self, value: Any) -> str | None: ...  # noqa: D102

    def raw(self, value: Any) -> str: ...  # noqa: D102

    def faults(self, value: Any) -> Iterator[Fault]: ...  # noqa: D102

    def read(self, text: str) -> Any: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Text:
    """Characters: how many, and which. An empty text is no text: an optional element is left out.

    `says` tells a person what the pattern wants. `minimum` 0 is a facet the schema does not have.
    """

    minimum: int = 0
    maximum: int | None = None
    pattern: str = ""
    says: str = ""
    _special: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        special = re.compile(self.pattern) if self.pattern not in ("", LINE) else None
        object.__setattr__(self, "_special", special)

    def write(self, value: str) -> str | None:
        """The text itself where the schemas take it."""
        if not self.minimum <= len(value) or (self.maximum is not None and len(value) > self.maximum):
            return None
        if self._special is None:
            return value if _PLAIN.fullmatch(value) or not any(self.faults(value)) else None
        return value if self._special.fullmatch(value) else None

    def raw(self, value: str) -> str:
        """The text as it stands."""
        return value

    def faults(self, value: str) -> Iterator[Fault]:
        """Why the schemas refuse it."""
        if not value and (self.minimum or self.pattern):
            yield "required", "falta."
            return
        if len(value) < self.minimum:
            yield "too_short", f"tiene {len(value)} caracteres y se piden al menos {self.minimum}."
        if self.maximum is not None and len(value) > self.maximum:
            yield "too_long", f"tiene {len(value)} caracteres y se admiten {self.maximum}."
        if found := NOT_XML.search(value):
            yield "characters", f"lleva un carácter que no se puede declarar (U+{ord(found[0]):04X})."
        if self.pattern == LINE and "\n" in value:
            yield "line_break", "lleva un salto de línea; debe ir en una sola línea."
        elif self._special and not self._special.fullmatch(value):
            yield "pattern", f"«{value}» no es válido: {self.says}."

    def read(self, text: str) -> str:
        """The text itself."""
        return text


@dataclass(frozen=True, slots=True)
class YesNo:
    """SI or NO."""

    def write(self, value: bool) -> str:
        """SI or NO."""
        return "SI" if value else "NO"

    raw = write

    def faults(self, value: bool | str) -> Iterator[Fault]:
        """Only what is read from a file can be anything else."""
        if value not in (True, False, "SI", "NO"):
            yield "pattern", f"«{value}» no es SI ni NO."

    def read(self, text: str) -> bool:
        """Whether it is SI."""
        return text == "SI"


@dataclass(frozen=True, slots=True)
class Day:
    """A date, dd/mm/aaaa, of this century."""

    pattern: str = "(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[012])/20[0-9][0-9]"

    def write(self, value: date) -> str | None:
        """The date as SRI writes it."""
        return self.raw(value) if 2000 <= value.year <= 2099 else None

    def raw(self, value: date) -> str:
        """The date as SRI writes it."""
        return f"{value.day:02}/{value.month:02}/{value.year:04}"

    def faults(self, value: date | str) -> Iterator[Fault]:
        """Any other century; in a file, also a day that does not exist."""
        text = value if isinstance(value, str) else self.raw(value)
        if not re.fullmatch(self.pattern, text):
            yield "pattern", f"«{text}» no es una fecha dd/mm/aaaa de este siglo."

    def read(self, text: str) -> date:
        """The date; raises ValueError for 31/02."""
        day, month, year = text.split("/")
        return date(int(year), int(month), int(day))


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal as the schemas count it: digits in all and after the point, by its value, so trailing zeros are free.

    It is written plain, with at least `shown` decimals. `minimum` None lets it be negative.
    """

    digits: int
    decimals: int
    minimum: int | None = 0
    shown: int = 2
    _ready: Callable[[str], re.Match[str] | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        more = f"(?:[0-9]{{0,{self.decimals - 3}}}[1-9])?" if self.decimals > 2 else ""
        whole = self.digits - self.decimals
        object.__setattr__(self, "_ready", re.compile(rf"[0-9]{{1,{whole}}}\.[0-9]{{2}}{more}").fullmatch)

    def write(self, value: Decimal) -> str | None:
        """The number in plain digits where the schemas take it."""
        text = str(value)
        if self.shown == 2 and self._ready(text):  # as our own arithmetic leaves it
            return text
        return None if any(self.faults(value)) else self.raw(value)

    def raw(self, value: Decimal) -> str:
        """The number in plain digits, exact."""
        if not value.is_finite() or abs(value.adjusted()) > _FURTHEST:
            return str(value)
        whole, _, fraction = f"{value:f}".partition(".")
        fraction = fraction.rstrip("0").ljust(self.shown, "0")
        sign = "-" if value < 0 else ""
        whole = whole.lstrip("-0") or "0"
        return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"

    def faults(self, value: Decimal | str) -> Iterator[Fault]:
        """Why the schemas refuse it."""
        if isinstance(value, str):
            if not _DECIMAL.fullmatch(value):
                yield "pattern", f"«{value}» no es un número."
                return
            value = Decimal(value.strip(BLANK))
        if not value.is_finite() or abs(value.adjusted()) > _FURTHEST:
            yield "pattern", f"«{value}» no es un número que se pueda declarar."
            return
        if self.minimum is not None and value < self.minimum:
            yield "negative", f"{format_number(value)} es negativo."
        whole, _, fraction = self.raw(abs(value)).partition(".")
        fraction, whole = fraction.rstrip("0"), whole.lstrip("0")
        if len(fraction) > self.decimals:
            yield "decimals", f"{format_number(value)} tiene {len(fraction)} decimales y se admiten {self.decimals}."
        elif len(whole) + len(fraction) > self.digits:
            yield "digits", f"{format_number(value)} tiene más de {self.digits} cifras."

    def read(self, text: str) -> Decimal:
        """The number."""
        return Decimal(text.strip(BLANK))


BLANK = "\t\n\r "  # the schemas collapse white space around numbers
_DECIMAL = re.compile(r"[\t\n\r ]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[\t\n\r ]*")


@dataclass(frozen=True, slots=True)
class Days(Number):
    """A number of days; none is nothing said."""

    def write(self, value: int) -> str | None:  # type: ignore[override]
        """The days, or nothing for none."""
        return (str(value) if value else "") if 0 <= value < 10**self.digits else None

    def raw(self, value: int | Decimal) -> str:
        """The number as it stands."""
        return str(value)

    def faults(self, value: int | Decimal | str) -> Iterator[Fault]:
        """Why the schemas refuse it."""
        return Number.faults(self, Decimal(value) if isinstance(value, int) else value)

    def read(self, text: str) -> int:  # type: ignore[override]
        """Whole days; a part of a day is dropped."""
        return int(Decimal(text))


@dataclass(frozen=True, slots=True)
class Sequential(Text):
    """A document's running number, nine digits."""

    def write(self, value: int) -> str | None:  # type: ignore[override]
        """The nine digits."""
        return Text.write(self, f"{value:09}")

    def raw(self, value: int) -> str:  # type: ignore[override]
        """The digits there are."""
        return f"{value:09}"

    def faults(self, value: int | str) -> Iterator[Fault]:
        """Why it is no running number."""
        return Text.faults(self, value if isinstance(value, str) else f"{value:09}")

    def read(self, text: str) -> int:  # type: ignore[override]
        """The number."""
        return int(text)
