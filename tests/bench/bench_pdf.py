"""The printed invoice of 5, 50 and 500 lines, beside the same page made by WeasyPrint as its manual says.

The limit is a tuned WeasyPrint: fonts and style sheet prepared once, fixed layouts, small fonts; its own parser and its
own style sheet. People's untuned ones take three to four times as long.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from weasyprint import HTML

from billing import rendering
from sri.ride import Ride
from tests.billing.rides import ride


class Row(NamedTuple):
    """One measurement: ours, the limit measured in the same run, and their unit."""

    name: str
    ours: float
    limit: float
    unit: str


def run() -> list[Row]:
    """Milliseconds for one document, the best of several: a shared machine only ever adds time."""
    rows = []
    for lines, times in ((5, 30), (50, 10), (500, 3)):
        document = ride(lines)
        ours, limit = _best(times, partial(rendering.render, document), partial(_as_the_manual_says, document))
        rows.append(Row(f"PDF, {lines} lines", ours, limit, "ms"))
    return rows


def _as_the_manual_says(document: Ride) -> bytes:
    fonts, style = rendering._typography()
    page = HTML(string=rendering._html(document), url_fetcher=rendering._BundledOnly())
    return page.write_pdf(stylesheets=[style], font_config=fonts)


def _best(times: int, *works: Callable[[], object]) -> list[float]:
    """The shortest time of each work, in milliseconds; they take turns, so that a busy moment meets all of them."""
    best = [float("inf")] * len(works)
    for _ in range(times):
        for number, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[number] = min(best[number], (time.perf_counter() - start) * 1000)
    return best
