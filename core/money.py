"""Money: decimals only, rounded half-up only, and only here.

Amounts are US dollars with two decimals; quantities and unit prices may have six. Ecuador writes them with a point
between thousands and a comma before the decimals: ``$ 1.234,56``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import lcm

ZERO = Decimal("0.00")
CENT = Decimal("0.01")

# The most whole digits an amount, a quantity or a price may have: dec(14,2) and dec(18,6) in the SRI schemas.
WHOLE_DIGITS = 12

_SIGN_AND_SYMBOL = re.compile(r"(?P<sign>-?)\s*\$?\s*(?P<minus>-?)(?P<figures>[0-9.,]+)")
_PLAIN = re.compile(r"(?P<whole>[0-9]*)(?:[.,](?P<fraction>[0-9]+))?")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<point>[.,])[0-9]{3}(?:(?P=point)[0-9]{3})*)(?:(?!(?P=point))[.,](?P<fraction>[0-9]+))?"
)
_SWAP = str.maketrans(",.", ".,")


class InvalidAmount(ValueError):
    """The typed text is not an amount."""

    code = "invalid_amount"


class AmbiguousAmount(ValueError):
    """The typed text is two different amounts, depending on what its point or comma means."""

    code = "ambiguous_amount"

    def __init__(self, text: str, readings: tuple[Decimal, Decimal]) -> None:
        self.readings = readings
        thousands, decimals = (format_input(reading) for reading in readings)
        super().__init__(
            f"«{text}» se puede leer como {thousands} (con separador de miles) o como {format_number(readings[1])} "
            f"(con decimales). Escriba {thousands} o {decimals}."
        )


def half_up(value: Decimal, places: int) -> Decimal:
    """Round to `places` decimals, halves away from zero; never gives a negative zero.

    Raises TypeError for anything but a Decimal (a float has already lost cents) and ValueError for NaN and infinity.
    """
    if not isinstance(value, Decimal):
        raise TypeError(f"Money is Decimal, not {type(value).__name__}.")
    if not value.is_finite():
        raise ValueError(f"{value} is not an amount.")
    return _without_negative_zero(value.quantize(Decimal((0, (1,), -places)), rounding=ROUND_HALF_UP))


def cents(value: Decimal) -> Decimal:
    """Round to two decimals, half-up."""
    return half_up(value, 2)


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide `total` in proportion to `weights`, to the cent, so that the shares add up to it exactly.

    Largest remainder: each share is rounded down, and the cents left over go one each to the largest remainders; equal
    remainders are served in order of position. So a share is never more than a cent away from its exact value, has the
    sign of the total, and a weight of zero gets nothing. Only when all weights are zero do all share alike.

    Raises ValueError for a total with fractions of a cent, a negative weight, or money and nobody to take it.
    """
    if total < 0:
        return [-share for share in spread(-total, weights)]
    if total != cents(total):
        raise ValueError(f"{total} has fractions of a cent.")
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight is negative.")
    if total and not weights:
        raise ValueError(f"There is nobody to share {total}.")
    parts = _as_integers(weights)
    pennies, whole = int(total * 100), sum(parts)
    floors = [pennies * part // whole for part in parts]
    remainders = [pennies * part % whole for part in parts]
    left_over = pennies - sum(floors)
    lucky = set(sorted(range(len(parts)), key=lambda position: -remainders[position])[:left_over])
    return [Decimal(floor + (position in lucky)) * CENT for position, floor in enumerate(floors)]


def parse_amount(text: str) -> Decimal:
    """Read an amount as people type it: ``12.50``, ``12,50``, ``1.234,56``, ``1,234.56``, ``$ 1.234,56``, ``-5``.

    A text is read in every way it can be: as plain figures with one decimal mark, and as figures in groups of three.
    Where both work (``1.234``, ``1,234``) they mean different money, and nobody but the writer knows which.

    Raises AmbiguousAmount naming both readings, or InvalidAmount; each has a `code` and a Spanish sentence.
    """
    typed = text.strip()
    found = _SIGN_AND_SYMBOL.fullmatch(typed)
    if not found or (found["sign"] and found["minus"]):
        raise InvalidAmount(f"«{typed}» no es un valor. Escriba por ejemplo 1234,56.")
    figures, negative = found["figures"], bool(found["sign"] or found["minus"])
    readings = [_signed(match, negative) for pattern in (_GROUPED, _PLAIN) if (match := pattern.fullmatch(figures))]
    if not readings:
        raise InvalidAmount(f"«{typed}» no es un valor. Escriba por ejemplo 1234,56.")
    if len(readings) == 2:
        raise AmbiguousAmount(typed, (readings[0], readings[1]))
    if abs(readings[0]) >= 10**WHOLE_DIGITS:
        raise InvalidAmount(f"«{typed}» es demasiado grande: se admiten hasta {WHOLE_DIGITS} cifras enteras.")
    return readings[0]


def format_money(value: Decimal) -> str:
    """Dollars as Ecuador writes them: ``$ 1.234,56``, ``-$ 5,00``."""
    amount = cents(value)
    return f"{'-' if amount < 0 else ''}$ {_ecuadorian(abs(amount))}"


def format_number(value: Decimal, places: int | None = None) -> str:
    """A number as Ecuador writes it, ``1.234,5``: rounded half-up to `places`, or exact without trailing zeros."""
    if places is not None:
        return _ecuadorian(half_up(value, places))
    return _ecuadorian(_without_trailing_zeros(value))


def format_input(value: Decimal) -> str:
    """A number as it stands in a form field, ``1234,50``: exact, and always read back by `parse_amount` as the same.

    So no thousands separator, at least two decimals unless it is whole, and four where three would be ambiguous.
    """
    exact = _without_trailing_zeros(value)
    decimals = max(0, -int(exact.as_tuple().exponent))
    return f"{exact:.{ {1: 2, 3: 4}.get(decimals, decimals) }f}".translate(_SWAP)


def format_cents(value: Decimal) -> str:
    """An amount as it stands in a form field or a file, ``1234,50``: always two decimals, read back the same."""
    return f"{cents(value):.2f}".translate(_SWAP)


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """What percentage of `whole` is `part`, one decimal, half-up; None where `whole` is zero and no figure is true."""
    return half_up(part * 100 / whole, 1) if whole else None


def _as_integers(weights: Sequence[Decimal]) -> list[int]:
    """The same proportions in whole numbers, so that dividing by them is exact; all ones if all are zero."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(denominator for _, denominator in ratios))
    parts = [numerator * (common // denominator) for numerator, denominator in ratios]
    return parts if any(parts) else [1] * len(parts)


def _signed(match: re.Match[str], negative: bool) -> Decimal:
    whole = re.sub(r"[.,]", "", match["whole"])
    value = Decimal(f"{whole or 0}.{match['fraction'] or ''}")
    return _without_negative_zero(-value if negative else value)


def _without_negative_zero(value: Decimal) -> Decimal:
    return value.copy_abs() if value.is_zero() else value


def _without_trailing_zeros(value: Decimal) -> Decimal:
    digits = f"{value:f}"
    trimmed = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return _without_negative_zero(Decimal(trimmed))


def _ecuadorian(value: Decimal) -> str:
    return f"{value:,f}".translate(_SWAP)
