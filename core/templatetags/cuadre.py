"""How values look on a page: money, quantities, dates, icons, chips, and the links of a list.

    {% load cuadre %}
    {{ invoice.total|money }}      $ 1.234,56      {{ line.quantity|quantity }}   2,5
    {{ invoice.due_on|day }}       21/11/2026      {{ invoice.due_on|ago }}       hace 12 días
    {% icon "plus" %}              {% chip invoice.status invoice.get_status_display %}

Spanish as Ecuador writes it, whatever the browser says; times in the company's zone.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms, template
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import chips, clock
from core import money as amounts

register = template.Library()

NOTHING = "—"

register.simple_tag(chips.icon, name="icon")
register.simple_tag(chips.chip, name="chip")


@register.filter
def money(value: Decimal | None) -> str:
    """Show an amount in dollars: `$ 1.234,56`; a dash where there is none."""
    return NOTHING if value is None else amounts.format_money(value)


@register.filter
def amount(value: Decimal | None) -> str:
    """Show an amount without its sign, for columns headed by it: `1.234,56`."""
    return money(value).replace("$", "").replace("\N{NO-BREAK SPACE}", " ").strip()


@register.filter
def quantity(value: Decimal | None) -> str:
    """Show a quantity or unit price with the decimals it has (at most 6): `2`, `2,5`, `1.000,125`."""
    if value is None:
        return NOTHING
    whole, _point, decimals = f"{Decimal(value).normalize():,.6f}".partition(".")
    decimals = decimals.rstrip("0")
    return whole.replace(",", ".") + ("," + decimals if decimals else "")


@register.filter
def percent(value: Decimal | None) -> str:
    """Show a percentage with at most one decimal, half-up (D17): `12,5 %`."""
    if value is None:
        return NOTHING
    return f"{quantity(Decimal(value).quantize(Decimal('0.1'), ROUND_HALF_UP))} %"


@register.filter
def day(value: date | datetime | None) -> str:
    """Show a local date: `21/11/2026`."""
    return NOTHING if value is None else _local_date(value).strftime("%d/%m/%Y")


@register.filter
def hour(value: datetime | None) -> str:
    """Show a moment's local time of day: `14:05`."""
    return NOTHING if value is None else clock.local(value).strftime("%H:%M")


@register.filter
def moment(value: datetime | None) -> str:
    """Show a moment in local time: `21/11/2026 14:05`."""
    return NOTHING if value is None else clock.local(value).strftime("%d/%m/%Y %H:%M")


@register.filter
def ago(value: date | datetime | None) -> SafeString | str:
    """Show how far a date or moment is from now, with the exact one as its title: `hace 12 días`, `en 3 días`."""
    if value is None:
        return NOTHING
    exact = moment(value) if isinstance(value, datetime) else day(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, _distance(value))


@register.filter
def initials(name: str) -> str:
    """Take the first letters of the first two words, for an avatar: `María Vélez` is `MV`."""
    return "".join(word[0] for word in str(name).split()[:2]).upper() or "?"


def _local_date(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def _distance(value: date | datetime) -> str:
    if isinstance(value, datetime):
        seconds = int((clock.now() - value).total_seconds())
        if 0 <= seconds < 60:
            return _("hace un momento")
        if 0 <= seconds < 3600:
            return _("hace %(n)d min") % {"n": seconds // 60}
        if 0 <= seconds < 12 * 3600:
            return _("hace %(n)d h") % {"n": seconds // 3600}
    return _distance_in_days((_local_date(value) - clock.today()).days)


def _distance_in_days(days: int) -> str:
    near = {0: _("hoy"), -1: _("ayer"), 1: _("mañana")}
    if days in near:
        return near[days]
    span = _span(abs(days))
    return _("hace %(span)s") % {"span": span} if days < 0 else _("en %(span)s") % {"span": span}


def _span(days: int) -> str:
    """Say a length in the largest unit that still tells two due dates apart."""
    if days < 90:
        return ngettext("%(n)d día", "%(n)d días", days) % {"n": days}
    if days < 730:
        return ngettext("%(n)d mes", "%(n)d meses", days // 30) % {"n": days // 30}
    return ngettext("%(n)d año", "%(n)d años", days // 365) % {"n": days // 365}


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(
    context: template.Context,
    url: str,
    icon_name: str,
    label: str,
    badge: str = "",
    apart: str = "",
    exact: bool = False,
) -> dict[str, Any]:
    """Render a link of the left navigation, marked when the page is at or below it.

    An empty `url` (an app that is not installed) renders nothing. `apart` is a deeper address with a link
    of its own; `exact` means none below belongs here. `badge` names a count in the context's `nav_badges`.
    """
    path = context["request"].path
    below = bool(url) and path.startswith(url) and not exact and not (apart and path.startswith(apart))
    return {
        "url": url,
        "icon_name": icon_name,
        "label": label,
        "count": (context.get("nav_badges") or {}).get(badge),
        "current": path == url or below,
    }


@register.inclusion_tag("components/balance_bar.html")
def balance_bar(total: Decimal, settled: Decimal, balance: Decimal, due_on: date | None = None) -> dict[str, Any]:
    """Render a document's balance: a bar of what is settled, and total, settled and balance in figures."""
    share = min(100, max(0, settled * 100 / total)) if total else 0
    overdue = bool(due_on and balance > 0 and due_on < clock.today())
    return {
        "total": total,
        "settled": settled,
        "balance": balance,
        "due_on": due_on,
        "overdue": overdue,
        "share": f"{share:.2f}",
    }


@register.simple_tag
def date_presets(params: QueryDict, field: str) -> list[dict[str, Any]]:
    """Return the date presets of a list: label, link and whether it is the present choice.

    Each link sets `<field>_after` and `<field>_before` (inclusive days) and goes back to the first page.
    """
    after, before = f"{field}_after", f"{field}_before"
    chosen = (params.get(after, ""), params.get(before, ""))
    presets = []
    for label, first, last in _periods(clock.today()):
        span = (first.isoformat(), last.isoformat())
        active = span == chosen
        link = _link(params, {after: None, before: None} if active else {after: span[0], before: span[1]})
        presets.append({"label": label, "url": link, "active": active})
    return presets


def _periods(today: date) -> list[tuple[str, date, date]]:
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    return [
        (_("Hoy"), today, today),
        (_("Ayer"), today - timedelta(days=1), today - timedelta(days=1)),
        (_("Esta semana"), today - timedelta(days=today.weekday()), today),
        (_("Este mes"), month, today),
        (_("Mes anterior"), last_month, month - timedelta(days=1)),
        (_("Este año"), today.replace(month=1, day=1), today),
    ]


@register.simple_tag
def filter_chips(filterset: Any, params: QueryDict, hide: str = "") -> list[dict[str, Any]]:
    """Return a removable chip for each filter in use: label, value in words, and the link without it.

    `hide` lists, separated by commas, filters that the page shows elsewhere (its tabs, its search box).
    """
    hidden = set(hide.split(","))
    if not filterset.form.is_valid():
        return []
    found = []
    for name, field in filterset.form.fields.items():
        keys = [key for key in _keys_of(name) if params.get(key)]
        if keys and name not in hidden:
            value = _in_words(field, filterset.form.cleaned_data[name])
            url = _link(params, dict.fromkeys(keys))
            found.append({"label": filterset.filters[name].label or field.label, "value": value, "url": url})
    return found


def _keys_of(name: str) -> list[str]:
    """Name the query parameters a filter may read: itself, or the two ends of a range."""
    return [name, *(f"{name}_{end}" for end in ("after", "before", "min", "max"))]


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(value, slice):
        return _range_in_words(value.start, value.stop)
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, date):
        return day(value)
    values = value if isinstance(value, list | tuple | QuerySet) else [value]
    labels: dict[Any, Any] = {}
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        labels = dict(flatten_choices(field.choices))
    return ", ".join(str(labels.get(item, item)) for item in values)


def _range_in_words(start: Any, stop: Any) -> str:
    show = day if isinstance(start or stop, date) else money
    if start is None:
        return _("hasta %(end)s") % {"end": show(stop)}
    if stop is None:
        return _("desde %(start)s") % {"start": show(start)}
    return show(start) if show(start) == show(stop) else f"{show(start)} – {show(stop)}"


def _link(params: QueryDict, changes: Mapping[str, str | None]) -> str:
    """Return the query string with these changes (None removes), back at the first page."""
    query = params.copy()
    for key in ("page", "cursor", "after", "before"):
        query.pop(key, None)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    return "?" + query.urlencode()
