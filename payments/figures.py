"""Payments' figures on the start page: what was collected today, this month, and day by day."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.dashboard import Card, ChartSource
from companies.models import Company
from core import clock
from core.actor import Actor
from core.money import ZERO, format_money
from payments.models import Payment, PaymentStatus

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
    sums = Payment.objects.confirmed().filter(paid_on=today).aggregate(count=Count("pk"), amount=Sum("amount"))
    count = sums["count"]
    filters = {**CONFIRMED, "from": today.isoformat(), "to": today.isoformat()}
    return {
        "label": _("Cobrado hoy"),
        "value": format_money(sums["amount"] or ZERO),
        "url": f"{reverse('payments:list')}?{urlencode(filters)}",
        "icon": "cash",
        "tone": "",
        "note": ngettext("%(count)d cobro", "%(count)d cobros", count) % {"count": count},
    }


def _collected(first: date, last: date) -> Mapping[date, Decimal]:
    """Add up, by day, the payments that stand."""
    rows = Payment.objects.confirmed().filter(paid_on__range=(first, last)).order_by()
    return dict(rows.values("paid_on").annotate(sum=Sum("amount")).values_list("paid_on", "sum"))


COLLECTED: Final = ChartSource(
    OWNERS, "collected", gettext_lazy("Cobrado por día"), _collected, "payments:list", CONFIRMED
)
