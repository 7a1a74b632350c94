"""Payments' figures on the start page: what was collected today, this month, and day by day."""

from collections.abc import Iterator
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.dashboard import Card, ChartSource
from billing.day_sums import by_day, total
from billing.models import DaySum
from companies.models import Company
from core import clock
from core.actor import Actor
from core.money import format_money
from payments.models import PaymentStatus

OWNERS: Final = ("reports.view",)
CONFIRMED: Final = {"status": PaymentStatus.CONFIRMED.value}


def of_payments(company: Company, actor: Actor) -> Iterator[Card]:
    """Yield what came in today, to who keeps the drawer or answers for it, and this month's against the last."""
    if actor.may("payments.void") or actor.may("reports.view"):
        yield _today()
    if actor.may("reports.view"):
        yield COLLECTED.card(_("Cobrado este mes"), "cash-banknote")


def _today() -> Card:
    today = clock.today()
    collected = total(DaySum.Kind.COLLECTED, today, today)
    filters = {**CONFIRMED, "from": today.isoformat(), "to": today.isoformat()}
    return {
        "label": _("Cobrado hoy"),
        "value": format_money(collected.amount),
        "url": f"{reverse('payments:list')}?{urlencode(filters)}",
        "icon": "cash",
        "tone": "",
        "note": ngettext("%(count)d cobro", "%(count)d cobros", collected.count) % {"count": collected.count},
    }


COLLECTED: Final = ChartSource(
    OWNERS,
    "collected",
    gettext_lazy("Cobrado por día"),
    partial(by_day, DaySum.Kind.COLLECTED),
    "payments:list",
    CONFIRMED,
)
