"""The columns of the bookings' list."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.chips import chip
from core.tables import CheckColumn, ChipColumn, DayColumn, IconsColumn, LinkColumn, MoneyColumn, Table
from core.templatetags.cuadre import day, hour
from reservations.models import BillingState, Reservation
from reservations.row_acts import OF_BOOKINGS

# How the derived state of the money looks: the codes of `core.chips`.
BILLING_LOOKS = {
    BillingState.UNBILLED: "waiting",
    BillingState.DRAFTED: "drafted",
    BillingState.PARTLY: "partial",
    BillingState.INVOICED: "issued",
    BillingState.PAID: "paid",
}


def billing_chip(reservation: Reservation) -> SafeString:
    """Return the chip of where a booking's money is; nothing before it has any."""
    state = reservation.billing_state
    return chip(BILLING_LOOKS[state], reservation.billing_said) if state in BILLING_LOOKS else SafeString()


class ReservationTable(Table):
    """Bookings, the latest first."""

    pk = CheckColumn(attrs={"th": {"class": "lo tight"}, "td": {"class": "lo tight"}})
    code = LinkColumn(_("Reserva"))
    starts_at = DayColumn(verbose_name=_("Cuándo"), orderable=True)
    court = tables.Column(_("Cancha"), attrs={"td": {"class": "nowrap"}})
    customer_name = tables.Column(_("Cliente"), attrs={"td": {"class": "clip"}})
    status = ChipColumn(_("Estado"))
    billing_state = tables.Column(_("Facturación"), attrs={"td": {"class": "tight"}}, empty_values=())
    total = MoneyColumn(_("Total"), orderable=True)
    icons = IconsColumn()
    acts = OF_BOOKINGS

    def render_starts_at(self, record: Reservation) -> SafeString:
        """Show the day, and from when to when."""
        hours = f"{hour(record.starts_at)}–{hour(record.ends_at)}"
        return format_html("{} <small>{}</small>", day(record.starts_at), hours)

    def render_court(self, record: Reservation) -> SafeString:
        """Show the court and where it is."""
        return format_html("{} <small>{}</small>", record.court, record.court.venue)

    def render_billing_state(self, record: Reservation) -> SafeString:
        """Show where the money is."""
        return billing_chip(record)
