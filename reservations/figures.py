"""The bookings on the start page: how full today is, who comes, and what is still to be charged."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.dashboard import Card
from companies.models import Company
from core import clock
from core.actor import Actor
from core.templatetags.cuadre import percent
from reservations.models import Court, Reservation
from reservations.queries import day_sheet, occupancy, to_confirm

MOST: Final = 8


def of_reservations(company: Company, actor: Actor) -> Iterator[Card]:
    """Yield today's occupancy, what is still to come, to be confirmed and to be charged, of who runs courts."""
    if not actor.may("reservations.view") or not Court.objects.filter(active=True).exists():
        return
    today = clock.today()
    full = occupancy(day_sheet(today))
    yield {
        "label": _("Ocupación de hoy"),
        "value": percent(full),
        "url": f"{reverse('reservations:grid')}?day={today.isoformat()}",
        "icon": "calendar-week",
        "tone": "",
        "note": "",
    }
    yield _count(_("Reservas por venir hoy"), "coming", "clock-hour-4")
    if actor.may("reservations.manage"):
        waiting = to_confirm().count()
        url = f"{reverse('reservations:list')}?{urlencode({'standing': 'unconfirmed'})}"
        yield _card(_("Por confirmar"), waiting, "hourglass", url, "warn")
    if actor.may("payments.record"):
        yield _count(_("Por cobrar de hoy"), "to_charge", "cash", "warn")


def today(actor: Actor) -> Mapping[str, Any] | None:
    """Return the next bookings of today; nothing where nobody comes any more."""
    rows = _of_today().standing("coming").with_billing().select_related("court").order_by("starts_at", "pk")
    found = list(rows.defer("search_text", "search_grams")[:MOST])
    return {"rows": found, "url": _address("coming")} if found else None


def _of_today() -> Any:
    start, end = clock.day_range(clock.today())
    return Reservation.objects.filter(starts_at__gte=start, starts_at__lt=end)


def _count(label: str, standing: str, icon: str, tone: str = "") -> Card:
    return _card(label, _of_today().standing(standing).count(), icon, _address(standing), tone)


def _card(label: str, count: int, icon: str, url: str, tone: str) -> Card:
    note = ngettext("%(count)d reserva", "%(count)d reservas", count) % {"count": count}
    return {"label": label, "value": str(count), "url": url, "icon": icon, "tone": tone if count else "", "note": note}


def _address(standing: str) -> str:
    day = clock.today().isoformat()
    return f"{reverse('reservations:list')}?{urlencode({'standing': standing, 'from': day, 'to': day})}"
