"""Dividing a price among several people, to the cent. Pure arithmetic.

What each pays is cut into the kinds of money the price consists of (one for each tax category), in proportion: rows
are people, columns are kinds, and both sums are kept exactly.
"""

from collections.abc import Sequence
from decimal import Decimal

from core.money import CENT, ZERO, spread


def equal(total: Decimal, people: int) -> list[Decimal]:
    """Divide an amount (USD) into equal parts; the first takes the cents that are left over.

    Raises ValueError for nobody, or for less than a cent each.
    """
    if people < 1 or total < CENT * people:
        raise ValueError(f"{total} cannot be divided among {people}.")
    part = total * 100 // people * CENT
    return [total - part * (people - 1)] + [part] * (people - 1)


def by_kind(amounts: Sequence[Decimal], kinds: Sequence[Decimal]) -> list[list[Decimal]]:
    """Cut each person's amount into kinds of money: a row for each person, a column for each kind.

    Each row is in proportion to what is left of the kinds after those before it, so no kind ever runs short: the sums
    of the rows are `amounts`, the sums of the columns are `kinds`.

    Raises ValueError where the two do not sum to the same.
    """
    if sum(amounts, ZERO) != sum(kinds, ZERO):
        raise ValueError(f"{amounts} and {kinds} do not sum to the same.")
    left, rows = list(kinds), []
    for amount in amounts:
        row = spread(amount, left)
        left = [kind - cut for kind, cut in zip(left, row, strict=True)]
        rows.append(row)
    return rows
