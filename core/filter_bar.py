"""What the bar over a list needs to know: its presets, its chips, and the links that change one thing.

Pure functions over a FilterSet and the query string; the template tag `filter_bar` renders them.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.translation import gettext as _

from core import clock
from core.money import format_money

FROM, TO = "from", "to"
PLACE_IN_LIST = ("cursor", "page")  # what no longer holds when the list changes


class Preset(NamedTuple):
    """A span of days by its name, and the link that chooses it (or drops it, when it is chosen)."""

    label: str
    url: str
    active: bool


class FilterChip(NamedTuple):
    """A filter in use, in words, and the link without it."""

    label: str
    value: str
    url: str


def link(params: QueryDict, changes: Mapping[str, str | None]) -> str:
    """Return the query string with these changes (None removes), back at the first page."""
    query = params.copy()
    for key in PLACE_IN_LIST:
        query.pop(key, None)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    return "?" + query.urlencode()


def presets(params: QueryDict) -> list[Preset]:
    """Return the spans people ask for, as links that set `from` and `to` (both days included)."""
    chosen = (params.get(FROM), params.get(TO))
    found = []
    for label, first, last in _spans(clock.today()):
        span = (first.isoformat(), last.isoformat())
        active = span == chosen
        url = link(params, dict.fromkeys((FROM, TO)) if active else dict(zip((FROM, TO), span, strict=True)))
        found.append(Preset(label, url, active))
    return found


def _spans(today: date) -> list[tuple[str, date, date]]:
    month = today.replace(day=1)
    month_before = (month - timedelta(days=1)).replace(day=1)
    yesterday = today - timedelta(days=1)
    return [
        (_("Hoy"), today, today),
        (_("Ayer"), yesterday, yesterday),
        (_("Esta semana"), today - timedelta(days=today.weekday()), today),
        (_("Este mes"), month, today),
        (_("Mes anterior"), month_before, month - timedelta(days=1)),
        (_("Este año"), today.replace(month=1, day=1), today),
    ]


def chips(filterset: Any, params: QueryDict, hidden: set[str]) -> list[FilterChip]:
    """Return a removable chip for each filter in use, except the hidden ones."""
    form = filterset.form
    if not form.is_valid():
        return []
    return [
        FilterChip(form[name].label, in_words(field, form.cleaned_data[name]), link(params, dict.fromkeys(keys)))
        for name, field in form.fields.items()
        if name not in hidden and (keys := [key for key in keys_of(name) if params.get(key)])
    ]


def keys_of(name: str) -> list[str]:
    """Name the query parameters a filter may read: itself, the two ends of a range, a combobox's text."""
    return [name, *(f"{name}_{end}" for end in ("after", "before", "min", "max", "text"))]


def in_words(field: forms.Field, value: Any) -> str:
    """Say a filter's value as its form shows it: the label of a choice, a local date, a range."""
    if isinstance(value, slice):
        return _range_in_words(value.start, value.stop)
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, date | Decimal):
        return _end_in_words(value)
    values = value if isinstance(value, list | tuple | QuerySet) else [value]
    choices: Any = () if isinstance(field, forms.ModelChoiceField) else getattr(field, "choices", ())
    labels = dict(flatten_choices(choices))
    return ", ".join(str(labels.get(item, item)) for item in values)


def _range_in_words(start: Any, stop: Any) -> str:
    first, last = (_end_in_words(end) for end in (start, stop))
    if start is None:
        return _("hasta %(end)s") % {"end": last}
    if stop is None:
        return _("desde %(start)s") % {"start": first}
    return first if first == last else f"{first} – {last}"


def _end_in_words(end: Any) -> str:
    if end is None:
        return ""
    return f"{end:%d/%m/%Y}" if isinstance(end, date) else format_money(end)
