"""Reading the sums by day of the whole company, and keeping them short.

by_day(DaySum.Kind.INVOICED, first, last)     the amount of each day
total(DaySum.Kind.COLLECTED, today, today)    how many and how much
totals(DaySum.Kind.OWED, span, span…)         of several spans of days, in one query

The database keeps the sums (`billing.models.day_sums`), each the total of the list that proves it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Count, Q, Sum

from billing.models import DaySum
from billing.queries import Figure
from core.money import ZERO
from core.tenancy import all_companies, company_context

Span = tuple[date | None, date | None]  # both days included; None is open

# Rows that somebody else folds at this moment are left to them, and rows that come meanwhile to the next time.
FOLD: Final = """
WITH rows AS MATERIALIZED (
    SELECT id FROM billing_daysum WHERE company_id = %(company)s AND (kind, day) IN (
        SELECT kind, day FROM billing_daysum WHERE company_id = %(company)s GROUP BY kind, day HAVING count(*) > 1
    ) ORDER BY id FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM billing_daysum WHERE company_id = %(company)s AND id IN (SELECT id FROM rows)
    RETURNING kind, day, count, amount
)
INSERT INTO billing_daysum (company_id, kind, day, count, amount)
SELECT %(company)s, kind, day, sum(count), sum(amount) FROM gone
GROUP BY kind, day HAVING sum(count) <> 0 OR sum(amount) <> 0
"""


def by_day(kind: str, first: date, last: date) -> Mapping[date, Decimal]:
    """Return the amount (USD) of each of the local days first..last that has any."""
    rows = DaySum.objects.filter(kind=kind, day__range=(first, last)).order_by()
    return dict(rows.values("day").annotate(sum=Sum("amount")).values_list("day", "sum"))


def total(kind: str, first: date | None = None, last: date | None = None) -> Figure:
    """Return how many count for the local days first..last, and what they come to."""
    sums = DaySum.objects.filter(_within((first, last)), kind=kind).aggregate(count=Sum("count"), amount=Sum("amount"))
    return Figure(sums["count"] or 0, sums["amount"] or ZERO)


def totals(kind: str, *spans: Span) -> list[Figure]:
    """Return the same of each span, in one query."""
    wanted: dict[str, Sum] = {}
    for place, span in enumerate(spans):
        wanted[f"count_{place}"] = Sum("count", filter=_within(span))
        wanted[f"amount_{place}"] = Sum("amount", filter=_within(span))
    sums = DaySum.objects.filter(kind=kind).aggregate(**wanted)
    return [Figure(sums[f"count_{place}"] or 0, sums[f"amount_{place}"] or ZERO) for place in range(len(spans))]


def _within(span: Span) -> Q:
    first, last = span
    since = Q() if first is None else Q(day__gte=first)
    return since if last is None else since & Q(day__lte=last)


def fold() -> None:
    """Put the rows of each day into one, or into none where they cancel out; a sweep of the clock.

    One statement a company: who reads sees all of the old rows or the new one, and the sums stay what they are.
    """
    with all_companies():
        days = DaySum.unscoped.values("company_id", "kind", "day").annotate(rows=Count("pk")).filter(rows__gt=1)
        companies = sorted(set(days.values_list("company_id", flat=True)))
    for company_id in companies:
        with company_context(company_id), connection.cursor() as cursor:
            cursor.execute(FOLD, {"company": company_id})
