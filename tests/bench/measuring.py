"""How the benchmarks measure: ours beside a limit of the same run, for machines differ and so do days."""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

Work = Callable[[], object]


class Row(NamedTuple):
    """One measurement: ours, the limit beside it, their unit (`ms`: less is better; `/s`: more is), and the budget."""

    name: str
    ours: float
    limit: float
    unit: str
    budget: float | None = None

    @property
    def keeps_budget(self) -> bool:
        """Say whether ours is as good as the budget asks."""
        if self.budget is None:
            return True
        return self.ours <= self.budget if self.unit == "ms" else self.ours >= self.budget


def typical(times: int, *works: Work) -> list[float]:
    """Return the median time of each work in milliseconds; they take turns, so that a busy moment meets all of them."""
    taken: list[list[float]] = [[] for _work in works]
    for _turn in range(times):
        for number, work in enumerate(works):
            taken[number].append(seconds(work) * 1000)
    return [statistics.median(each) for each in taken]


def rate(works: Iterable[Work]) -> float:
    """Return how many works are done a second, one after the other."""
    each = [seconds(work) for work in works]
    return len(each) / sum(each)


def seconds(work: Work) -> float:
    """Return how long a work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def print_table(rows: Iterable[Row]) -> None:
    """Print rows as they come."""
    print(f"{'':<52}{'ours':>11}{'limit':>11}{'ratio':>8}{'budget':>11}")
    for row in rows:
        budget = "" if row.budget is None else f"{row.budget:,.5g} {row.unit}"
        verdict = "" if row.keeps_budget else "  over budget"
        ours, limit = f"{row.ours:,.4g} {row.unit}", f"{row.limit:,.4g} {row.unit}"
        print(f"{row.name:<52}{ours:>11}{limit:>11}{row.ours / row.limit:>8.2f}{budget:>11}{verdict}", flush=True)
