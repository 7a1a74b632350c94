"""How values look on a page: money, quantities, dates, icons, chips, and the links of a list.

    {% load cuadre %}
    {{ invoice.total|money }}      $ 1.234,56      {{ line.quantity|quantity }}   2,5
    {{ invoice.due_on|day }}       21/11/2026      {{ invoice.due_on|ago }}       hace 12 días
    {% icon "plus" %}              {% chip invoice.status invoice.get_status_display %}

Spanish as Ecuador writes it, whatever the browser says; times in the company's zone.
"""

import re
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.template import loader
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from core import chips, clock
from core import filter_bar as bar
from core.goto import PageLink, pages_for
from core.money import format_money
from core.remedies import of as steps_for
from core.shortcuts import SHORTCUTS, Shortcut
from core.views import UNDO
from core.words import gettext as _

register = template.Library()

NOTHING = "—"

register.simple_tag(chips.icon, name="icon")
register.simple_tag(chips.chip, name="chip")


@register.filter
def money(value: Decimal | None) -> str:
    """Show an amount in dollars: `$ 1.234,56`; a dash where there is none."""
    return NOTHING if value is None else format_money(value)


@register.filter
def amount(value: Decimal | None) -> str:
    """Show an amount without its sign, for columns headed by it: `1.234,56`."""
    return money(value).replace("$", "").strip()


@register.filter
def quantity(value: Decimal | None) -> str:
    """Show a quantity or unit price with the decimals it has (at most 6): `2`, `2,5`, `1.000,125`."""
    if value is None:
        return NOTHING
    whole, _point, decimals = f"{Decimal(value).normalize():,.6f}".partition(".")
    decimals = decimals.rstrip("0")
    return whole.replace(",", ".") + ("," + decimals if decimals else "")


@register.filter
def price(value: Decimal | None) -> str:
    """Show a unit price: two decimals, more where it has more: `$ 25,00`, `$ 1.000,125`."""
    if value is None:
        return NOTHING
    whole, _comma, decimals = quantity(value).partition(",")
    return f"$ {whole},{decimals:0<2}"


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
def moment_exact(value: datetime | None) -> str:
    """Show a moment in local time by the second: `21/11/2026 14:05:30`."""
    return NOTHING if value is None else clock.local(value).strftime("%d/%m/%Y %H:%M:%S")


@register.filter
def by_second(value: datetime | None) -> str:
    """Show a near moment by the second, with its day where that is not today: `14:05:30`, `20/11 14:05:30`."""
    if value is None:
        return NOTHING
    local = clock.local(value)
    return local.strftime("%H:%M:%S" if local.date() == clock.today() else "%d/%m %H:%M:%S")


@register.filter
def ago(value: date | datetime | None) -> SafeString | str:
    """Show how far a date or moment is from now, with the exact one as its title: `hace 12 días`, `en 3 días`."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return _time(value, moment(value), _distance(value))
    return _days_apart(value, clock.today())


@lru_cache(maxsize=2048)
def _days_apart(value: date, today: date) -> SafeString:
    return _time(value, day(value), _distance_in_days((value - today).days))


def _time(value: date, exact: str, distance: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, distance)


@register.filter
def undo_url(message: Message) -> str:
    """Return where a message's act can be taken back, "" where it cannot (core.views.undo)."""
    tags = str(message.extra_tags or "")
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


@register.filter
def initials(name: str) -> str:
    """Take the first letters of the first two words, for an avatar: `María Vélez` is `MV`."""
    return "".join(word[0] for word in str(name).split()[:2]).upper() or "?"


def _local_date(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def _distance(value: datetime) -> str:
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


@register.filter
def below(url: str, names: str) -> tuple[str, ...]:
    """Return the addresses of these names below one, for `nav_item`; none where there is no such address."""
    return tuple(f"{url}{name}/" for name in names.split()) if url else ()


@register.simple_tag(takes_context=True)
def nav_item(
    context: template.Context,
    url: str,
    icon_name: str,
    label: str,
    *apart: str | tuple[str, ...],
    also: tuple[str, ...] = (),
    badge: str = "",
    exact: bool = False,
) -> SafeString:
    """Render a link of the left navigation, marked when the page is at or below it.

    An empty `url` (an app that is not installed) renders nothing. `apart` are deeper addresses with a link of
    their own, `also` others that belong here; `exact` means none below does. `badge` names a count in the context's
    `nav_badges`. Every page has dozens of these: they are written here, not in a template each.
    """
    if not url:
        return SafeString("")
    path = context["path"]
    others = [one for part in apart for one in (part if isinstance(part, tuple) else (part,))]
    elsewhere = exact or path.startswith(tuple(other for other in others if other))
    current = path == url or (path.startswith((url, *also)) and not elsewhere)
    return format_html(
        '<li><a class="nav-link" href="{}" title="{}"{}>{}<span class="nav-label">{}</span>{}</a></li>',
        url,
        label,
        SafeString(' aria-current="page"' if current else ""),
        chips.icon(icon_name),
        label,
        nav_badge(context, badge) if badge else "",
    )


@register.simple_tag(takes_context=True)
def nav_badge(context: template.Context, name: str, *, replaces: bool = False) -> SafeString:
    """Render a count of `nav_badges`: there, hidden, also where there is nothing to count, so that it can come back.

    With `replaces` it takes the place of the one on the page.
    """
    count = dict(context.get("nav_badges") or ()).get(name)
    return format_html(
        '<span class="nav-count" id="nav-count-{}"{}{}>{}</span>',
        name,
        SafeString(' hx-swap-oob="true"' if replaces else ""),
        SafeString("" if count else " hidden"),
        "99+" if count and count > 99 else count or "",
    )


@register.simple_tag
def drawn_once(template_name: str, **values: Hashable) -> SafeString:
    """Render a part of every page that is made of these values alone: it is the same wherever they are."""
    return _part(template_name, tuple(values.items()))


@lru_cache(maxsize=512)
def _part(template_name: str, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return loader.render_to_string(template_name, dict(values))


@register.filter
def pairs(counts: Mapping[str, int] | None) -> tuple[tuple[str, int], ...]:
    """Return the menu's counts as a value that can be compared, for `drawn_once`."""
    return tuple((counts or {}).items())


@register.filter
def place(path: str) -> str:
    """Return where in the site a page is, whichever thing it shows: `/facturas/17/` is `/facturas/0/`."""
    return re.sub(r"\d+", "0", path)


@register.inclusion_tag("components/balance_bar.html")
def balance_bar(
    total: Decimal, settled: Decimal, balance: Decimal, due_on: date | None = None, settled_label: str = ""
) -> dict[str, Any]:
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
        "settled_label": settled_label,
    }


@register.inclusion_tag("components/filters.html", takes_context=True)
def filter_bar(
    context: template.Context, filterset: Any, hide: str = "", placeholder: str = "", extra: str = ""
) -> dict[str, Any]:
    """Render the bar over a list: search, date presets, a panel of the other filters, a chip for each in use.

    `hide` names, separated by commas, the filters that the page shows elsewhere (its tabs); they stay as they are.
    """
    request, form = context["request"], filterset.form
    hidden = set(hide.replace(" ", "").split(",")) - {""}
    presets = bar.presets(request.GET) if bar.FROM in form.fields else []
    known = {"search"} | ({bar.FROM, bar.TO} if any(preset.active for preset in presets) else set())
    panel = [field for field in form if field.name not in hidden | {"search"}]
    shown = {"search", *bar.PLACE_IN_LIST} | {key for field in panel for key in bar.keys_of(field.name)}
    return {
        "request": request,
        "search": form["search"] if "search" in form.fields else None,
        "placeholder": placeholder,
        "presets": presets,
        "panel": [_filter_field(filterset, field) for field in panel],
        "kept": [(key, value) for key, values in request.GET.lists() for value in values if key not in shown],
        "chips": bar.chips(filterset, request.GET, hidden | known),
        "extra": extra,
    }


_untouched: dict[tuple[type, str], SafeString] = {}


def _filter_field(filterset: Any, field: forms.BoundField) -> SafeString:
    """Render a filter. One that is not in use looks the same on every page, unless what it offers are rows."""
    if isinstance(field.field, forms.ModelChoiceField) or any(map(field.form.data.get, bar.keys_of(field.name))):
        return _panel_field(field)
    key = (type(filterset), field.name)
    if key not in _untouched:
        _untouched[key] = _panel_field(field)
    return _untouched[key]


def _panel_field(field: forms.BoundField) -> SafeString:
    return loader.render_to_string("components/field.html", {"field": field, "span": 6, "quiet": True})


@register.simple_tag
def shortcuts() -> dict[str | Promise, tuple[Shortcut, ...]]:
    """Return the keyboard's shortcuts by where they work."""
    return SHORTCUTS


@register.simple_tag(takes_context=True)
def goto_pages(context: template.Context) -> list[PageLink]:
    """Return the pages of the site that the person may open, with their shortcuts."""
    return pages_for(context.get("may") or ())


@register.inclusion_tag("components/remedies.html", takes_context=True)
def remedies(context: template.Context, refusal: Any) -> dict[str, Any]:
    """Render what can be done about a refusal."""
    actor = getattr(context.get("request"), "actor", None)
    return {"remedies": steps_for(refusal, actor) if refusal and actor else []}


@register.simple_tag(takes_context=True)
def form_head(context: template.Context) -> SafeString:
    """Render what every POST form carries unseen: CSRF token, its company (D15), a key against double submits."""
    fields = {
        "csrfmiddlewaretoken": context.get("csrf_token", ""),
        "_company": context.get("company_token", ""),
        "_key": uuid4().hex,
    }
    return format_html_join(
        "", '<input type="hidden" name="{}" value="{}">', ((name, value) for name, value in fields.items() if value)
    )
