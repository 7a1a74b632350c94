"""The start page and the search of everything (Ctrl+K) over very many invoices; beside the sums alone, in SQL."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from billing import day_sums
from billing.models import DaySum
from companies.models import Company
from core import clock
from core.tenancy import company_context
from tests.bench.measuring import Row, typical
from tests.bench.web import Person
from tests.factories import make_user

TIMES = 40
PAGE_BUDGET, SUMS_BUDGET, SEARCH_BUDGET = 100.0, 2.0, 50.0
SEARCHES = {"a number": "0004321", "an amount": "28.75", "a name": "jativa"}


def run(company: Company) -> Iterator[Row]:
    """Milliseconds of the server, the median."""
    person = Person(make_user(company))
    with company_context(company.pk):
        today = clock.today()
        months = partial(day_sums.by_day, DaySum.Kind.INVOICED, today - timedelta(days=730), today)
        page, sums = typical(TIMES, partial(person.get, "/"), months)
        yield Row("start page", page, PAGE_BUDGET, "ms", PAGE_BUDGET)
        yield Row("what was invoiced, day by day, in 24 months", sums, SUMS_BUDGET, "ms", SUMS_BUDGET)
        for name, text in SEARCHES.items():
            (taken,) = typical(TIMES, partial(person.get, f"/buscar/?q={text}"))
            yield Row(f"Ctrl+K, {name}", taken, SEARCH_BUDGET, "ms", SEARCH_BUDGET)
