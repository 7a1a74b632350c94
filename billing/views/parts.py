"""What several of billing's pages share: the parts of a thing's page, and figures that link to their proof."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.queries import Figure
from core.money import format_money


def page_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the parts of a thing's page: what it is, and what was done to it."""
    chosen = request.GET.get("tab", "")
    parts = [("", _("Resumen")), ("auditoria", _("Auditoría"))]
    return [{"label": label, "url": f"?tab={key}" if key else "?", "active": chosen == key} for key, label in parts]


def invoices_card(label: str, figure: Figure, icon: str, tone: str = "", **filters: Any) -> dict[str, Any]:
    """Make the card of a sum of invoices; `filters` are those of the list that proves it."""
    note = ngettext("%(count)d factura", "%(count)d facturas", figure.count) % {"count": figure.count}
    return _card(label, figure, icon, tone if figure.count else "", note, "billing:invoices", filters)


def waiting_card(label: str, figure: Figure, **filters: Any) -> dict[str, Any]:
    """Make the card of what waits to be invoiced."""
    note = ngettext("%(count)d pendiente", "%(count)d pendientes", figure.count) % {"count": figure.count}
    tone = "warn" if figure.count else ""
    return _card(label, figure, "inbox", tone, note, "billing:billables", {"status": "waiting", **filters})


def _card(
    label: str, figure: Figure, icon: str, tone: str, note: str, url_name: str, filters: dict[str, Any]
) -> dict[str, Any]:
    url = f"{reverse(url_name)}?{urlencode(filters)}"
    return {"label": label, "value": format_money(figure.amount), "url": url, "icon": icon, "tone": tone, "note": note}
