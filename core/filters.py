"""The base of every FilterSet: one set for each resource, shared by its page and its API list."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import DayField
from core.money import parse_amount
from core.searchable import FEW

_SHOWN_AMOUNT = re.compile(r"(\$\s*)?([0-9]{1,3}(\.[0-9]{3})+|[0-9]{1,12}),[0-9]{2}")


class DayFilter(django_filters.DateFilter):
    """A local date: ISO, or picked in the browser."""

    field_class = DayField


class SearchFilterSet(django_filters.FilterSet):
    """Adds `search`: any part of names, numbers and keys, forgiving accents."""

    most_found = FEW  # more where all that is found is counted

    search = django_filters.CharFilter(method="by_search", label=_("Buscar"))

    @classmethod
    def ordering_for(cls, params: Mapping[str, str]) -> str:
        """Return the order in which what these parameters ask for lies together, "" where none is better than another.

        At a million rows a month is found by its days; in the order of ids it would be looked for among all.
        """
        return ""

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search through the model's grams; an amount as the screen shows it (`$ 1.234,56`) finds the stored one."""
        typed = value.strip()
        sought = str(parse_amount(typed)) if _SHOWN_AMOUNT.fullmatch(typed) else typed
        return queryset.search(sought, self.most_found)  # type: ignore[attr-defined]


class DateRangeFilterSet(SearchFilterSet):
    """Adds `from` and `to` on the local date named by `date_field`, both days included."""

    date_field = "issue_date"

    @classmethod
    def ordering_for(cls, params: Mapping[str, str]) -> str:
        """What is asked for by its days comes by its days, the last first."""
        return f"-{cls.date_field}" if params.get("from") or params.get("to") else ""

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Declare the range on the subclass's own date field."""
        filters = super().get_filters()
        filters["from"] = DayFilter(cls.date_field, "gte", label=_("Desde"))
        filters["to"] = DayFilter(cls.date_field, "lte", label=_("Hasta"))
        return filters


class MomentRangeFilterSet(SearchFilterSet):
    """Adds `from` and `to`, local days, both included, over the moment named by `moment_field`."""

    moment_field = "at"

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Declare the range under its names, which are words of Python."""
        filters = super().get_filters()
        filters["from"] = django_filters.DateFilter(method="from_day", label=_("Desde"))
        filters["to"] = django_filters.DateFilter(method="to_day", label=_("Hasta"))
        return filters

    def from_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Leave out what was before the day began, where the company is."""
        return queryset.filter(**{f"{self.moment_field}__gte": clock.day_range(value)[0]})

    def to_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Leave out what was after the day ended."""
        return queryset.filter(**{f"{self.moment_field}__lt": clock.day_range(value)[1]})
