"""Amounts again as whole cents, for what sorts and compares them at a million rows.

Row-level security keeps operators from an index unless they can tell nothing of a hidden row, not even by failing.
Those of integers count as such, those of `numeric` do not: a column that the database computes stands in for them.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

import django_filters
from django.db import models
from django.db.models import F, QuerySet
from django.db.models.functions import Cast

from core.forms import AmountField
from core.paging import column

MOST: Final = 10**16  # no amount has so many cents


def cents_of(amount: str) -> models.GeneratedField:
    """Return the column of an amount's whole cents, kept by the database."""
    return models.GeneratedField(
        expression=Cast(F(amount) * 100, models.BigIntegerField()),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )


def in_cents(amount: Decimal) -> int:
    """Return a whole number of cents; an amount with less than a cent is none and finds nothing."""
    cents = int(amount * 100)
    return cents if cents == amount * 100 else -MOST


class AmountFilter(django_filters.Filter):
    """A bound of an amount (USD), typed as people type amounts, `gte` or `lte`; its model sorts it as its cents."""

    field_class = AmountField

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        """Keep the rows within the bound; nothing typed keeps all."""
        if not isinstance(value, Decimal):
            return qs
        inwards = ROUND_CEILING if self.lookup_expr == "gte" else ROUND_FLOOR
        cents = int((value * 100).to_integral_value(inwards))
        return qs.filter(**{f"{column(qs, self.field_name)}__{self.lookup_expr}": max(-MOST, min(MOST, cents))})
