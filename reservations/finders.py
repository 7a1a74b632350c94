"""What the go-to box finds in reservations, and its pages."""

import re
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock, goto
from core.actor import Actor
from core.cents import in_cents
from core.goto import MOST_OF_A_KIND, Hit, Page, amount_in
from core.search import GRAM_LENGTH
from reservations.models import Reservation

_CODE: Final = re.compile(r"(?:[Rr]-?)?([0-9]{1,9})")

PAGES: Final = (
    Page(_("Agenda del día"), "reservations:grid", "calendar-week", ("reservations.view",), keys="g a"),
    Page(_("Reservas"), "reservations:list", "list-details", ("reservations.view",), keys="g r"),
    Page(_("Nueva reserva"), "reservations:new", "calendar-plus", ("reservations.manage",), words=_("reservar cancha")),
    Page(_("Canchas y tarifas"), "reservations:setup", "ball-football", ("reservations.setup",), words=_("horarios")),
)


def register() -> None:
    """Tell the box."""
    goto.add_pages(*PAGES)
    goto.add_finder(_("Reservas"), "reservations.view", "calendar", reservations)


def reservations(text: str, actor: Actor) -> list[Hit]:
    """Find bookings by code (`R-000012`, `r12`, `12`), exact price, customer or court, the newest first."""
    rows = Reservation.objects.all()
    code, amount = _CODE.fullmatch(text), amount_in(text)
    if code:
        found = rows.filter(code=f"R-{code[1]:0>6}")
    elif amount is not None:
        found = rows.filter(total_cents=in_cents(amount))
    elif len(text) >= GRAM_LENGTH:
        found = rows.search(text)
    else:
        return []
    return _hits(found) or (_hits(rows.search(text)) if code and len(text) >= GRAM_LENGTH else [])


def _hits(rows: QuerySet[Reservation]) -> list[Hit]:
    return [
        Hit(row.get_absolute_url(), row.code, f"{row.customer_name} · {clock.local(row.starts_at):%d/%m/%Y %H:%M}")
        for row in rows.order_by("-pk")[:MOST_OF_A_KIND]
    ]
