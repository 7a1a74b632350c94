"""What the start page shows, and who adds to it: figures, charts over a period, and panels of other apps.

    dashboard.add_figures(figures.of_payments)                                   in an app's `ready()`
    dashboard.add_chart(("reports.view",), charts.collected)
    dashboard.add_panel(("reservations.view",), "reservations/today.html", panels.today)

Each figure is a card whose link leads to the list that proves it: the totals of that list are the figure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company
from core import clock
from core.actor import Actor
from core.money import ZERO, format_money, format_number, percent

Card = dict[str, Any]
Figures = Callable[[Company, Actor], Iterable[Card]]

MONTH: Final = "month"
DEFAULT: Final = "30"
PERIODS: Final[dict[str, str | Promise]] = {
    "7": gettext_lazy("7 días"),
    "30": gettext_lazy("30 días"),
    "90": gettext_lazy("90 días"),
    MONTH: gettext_lazy("Este mes"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The local days first..last, and the equally many before them (of a month: the same days of the month before)."""

    first: date
    last: date
    before_first: date
    before_last: date

    @classmethod
    def chosen(cls, name: str, today: date) -> "Period":
        """Return the period of a name of `PERIODS`, up to today."""
        if name == MONTH:
            return cls.of_month(today)
        days = timedelta(days=int(name if name in PERIODS else DEFAULT))
        first = today - days + timedelta(days=1)
        return cls(first, today, first - days, first - timedelta(days=1))

    @classmethod
    def of_month(cls, today: date) -> "Period":
        """Return this month up to today; a shorter month before ends with its last day."""
        first = today.replace(day=1)
        end = first - timedelta(days=1)
        return cls(first, today, end.replace(day=1), end.replace(day=min(today.day, end.day)))

    @property
    def days(self) -> list[date]:
        """Return its days."""
        return _days(self.first, self.last)

    @property
    def days_before(self) -> list[date]:
        """Return the days it is compared with."""
        return _days(self.before_first, self.before_last)


@dataclass(frozen=True, slots=True)
class Trend:
    """A sum against that of the period before (D17): a sentence, and whether it went up or down."""

    text: str
    direction: str = ""

    @classmethod
    def of(cls, now: Decimal, before: Decimal) -> "Trend":
        """Compare two sums; against nothing there is no percentage."""
        change = percent(now - before, before)
        if change is None:
            return cls(_("nuevo") if now else "")
        said = _("%(change)s %% frente a %(before)s") % {
            "change": format_number(abs(change), 1),
            "before": format_money(before),
        }
        return cls(said, "up" if change > 0 else "down" if change < 0 else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart: its sum, that of the day it is compared with, and the list that proves it."""

    day: date
    amount: Decimal
    before: Decimal | None
    url: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A sum per day over a period, against the period before."""

    name: str
    title: str
    total: Decimal
    trend: Trend
    url: str
    bars: list[Bar]

    @property
    def script_id(self) -> str:
        """Return the id of the element that holds its data."""
        return f"{self.name}-data"

    @property
    def data(self) -> dict[str, Any]:
        """Return what the script draws; figures as texts would not be drawn."""
        return {
            "labels": [f"{bar.day:%d/%m}" for bar in self.bars],
            "now": [float(bar.amount) for bar in self.bars],
            "before": [None if bar.before is None else float(bar.before) for bar in self.bars],
        }


Sums = Callable[[date, date], Mapping[date, Decimal]]


@dataclass(frozen=True, slots=True)
class ChartSource:
    """Where a chart comes from: who may see it, its sums by day in one indexed query, and the list that proves them."""

    permissions: tuple[str, ...]
    name: str
    title: str | Promise
    sums: Sums
    list_name: str
    filters: Mapping[str, str]

    def over(self, period: Period) -> Chart:
        """Add the days up; both periods are read at once."""
        sums = self.sums(period.before_first, period.last)
        days, before = period.days, period.days_before
        total = sum((sums.get(day, ZERO) for day in days), ZERO)
        total_before = sum((sums.get(day, ZERO) for day in before), ZERO)
        bars = [
            Bar(day, sums.get(day, ZERO), sums.get(before[place], ZERO) if place < len(before) else None,
                self.proof(day, day))
            for place, day in enumerate(days)
        ]  # fmt: skip
        url = self.proof(period.first, period.last)
        return Chart(self.name, str(self.title), total, Trend.of(total, total_before), url, bars)

    def proof(self, first: date, last: date) -> str:
        """Return the list of the local days first..last."""
        filters = {**self.filters, "from": first.isoformat(), "to": last.isoformat()}
        return f"{reverse(self.list_name)}?{urlencode(filters)}"

    def card(self, label: str, icon: str) -> Card:
        """Make the card of this month up to today, against the same days of the month before."""
        chart = self.over(Period.of_month(clock.today()))
        return {
            "label": label,
            "value": format_money(chart.total),
            "url": chart.url,
            "icon": icon,
            "tone": "",
            "note": chart.trend.text,
            "trend": chart.trend.direction,
        }


@dataclass(frozen=True, slots=True)
class _Panel:
    permissions: tuple[str, ...]
    template: str
    context: Callable[[Actor], Mapping[str, Any] | None]


_figures: list[Figures] = []
_charts: list[ChartSource] = []
_panels: list[_Panel] = []


def add_figures(figures: Figures) -> None:
    """Show the cards that `figures(company, actor)` yields; it leaves out what the actor's work is not about."""
    if figures not in _figures:
        _figures.append(figures)


def add_chart(source: ChartSource) -> None:
    """Show a chart to whoever holds one of its permissions."""
    if source not in _charts:
        _charts.append(source)


def add_panel(
    permissions: tuple[str, ...], template: str, context: Callable[[Actor], Mapping[str, Any] | None]
) -> None:
    """Show a template with what `context(actor)` returns, unless that is None, to whoever holds a permission."""
    panel = _Panel(permissions, template, context)
    if panel not in _panels:
        _panels.append(panel)


def figures(company: Company, actor: Actor) -> list[Card]:
    """Return the cards the actor sees, those of the lowest app first."""
    return [card for source in _figures for card in source(company, actor)]


def charts(period: Period, actor: Actor) -> list[Chart]:
    """Return the charts the actor sees."""
    return [source.over(period) for source in _charts if any(map(actor.may, source.permissions))]


def panels(actor: Actor) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the panels the actor sees: template and context."""
    seen = (panel for panel in _panels if any(map(actor.may, panel.permissions)))
    found = ((panel.template, panel.context(actor)) for panel in seen)
    return [(template, context) for template, context in found if context is not None]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
