"""The printed invoice of 5, 50 and 500 lines, beside the same page made by WeasyPrint as its manual says.

The limit is a tuned WeasyPrint: fonts and style sheet prepared once, fixed layouts, small fonts; its own parser and its
own style sheet. People's untuned ones take three to four times as long.
"""

from collections.abc import Iterator
from functools import partial

from weasyprint import HTML

from billing import rendering
from sri.ride import Ride
from tests.bench.measuring import Row, Work, seconds
from tests.billing.rides import ride

# lines → how often, and the budget in milliseconds
SIZES = {5: (30, 75.0), 50: (10, 230.0), 500: (3, 2200.0)}


def run() -> Iterator[Row]:
    """Milliseconds for one document, the best of several: a shared machine only ever adds time."""
    for lines, (times, budget) in SIZES.items():
        document = ride(lines)
        ours, limit = _best(times, partial(rendering.render, document), partial(_as_the_manual_says, document))
        yield Row(f"PDF of {lines} lines", ours, limit, "ms", budget)


def _as_the_manual_says(document: Ride) -> bytes:
    fonts, style = rendering._typography()
    page = HTML(string=rendering._html(document), url_fetcher=rendering._BundledOnly())
    return page.write_pdf(stylesheets=[style], font_config=fonts)


def _best(times: int, *works: Work) -> list[float]:
    """The shortest time of each work, in milliseconds; they take turns, so that a busy moment meets all of them."""
    best = [float("inf")] * len(works)
    for _turn in range(times):
        for number, work in enumerate(works):
            best[number] = min(best[number], seconds(work) * 1000)
    return best
