"""The columns of the lists of bookings, of weekly ones, and of who waits."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.addresses import address_of
from core.chips import chip
from core.tables import AgoColumn, CheckColumn, ChipColumn, DayColumn, IconsColumn, LinkColumn, MoneyColumn, Table
from core.templatetags.cuadre import day, hour
from core.words import gettext
from core.words import gettext_lazy as _
from reservations.models import BillingState, Repetition, Reservation, WaitingEntry
from reservations.row_acts import OF_BOOKINGS, OF_REPETITIONS, OF_WAITING

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


class RepetitionTable(Table):
    """Weekly bookings: when, who, where, from which day until which."""

    weekday = LinkColumn(_("Cuándo"))
    customer = tables.Column(_("Cliente"), attrs={"td": {"class": "clip"}})
    court = tables.Column(_("Cancha"), attrs={"td": {"class": "nowrap"}})
    first_on = DayColumn(_("Desde"))
    until = DayColumn(_("Hasta"))
    status = ChipColumn(_("Estado"))
    icons = IconsColumn()
    acts = OF_REPETITIONS

    class Meta:
        row_attrs = {"class": lambda record: "" if record.status == Repetition.Status.ACTIVE else "is-muted"}

    def render_weekday(self, record: Repetition) -> SafeString:
        """Name it by its day and hours."""
        return format_html('<a class="row-link" href="{}">{}</a>', record.get_absolute_url(), record)

    def render_court(self, record: Repetition) -> SafeString:
        """Show the court and where it is."""
        return format_html("{} <small>{}</small>", record.court, record.court.venue)

    def render_status(self, record: Repetition) -> SafeString:
        """Render the chip of whether it goes on."""
        is_active = record.status == Repetition.Status.ACTIVE
        return chip("active" if is_active else "inactive", record.get_status_display())


# How the states of who waits look: the codes of `core.chips`.
WAITING_LOOKS: dict[str, str] = {WaitingEntry.Status.WAITING: "queued", WaitingEntry.Status.OFFERED: "done"}


class WaitingTable(Table):
    """Who waits: how to reach them, where and when they would play, what became of it."""

    name = LinkColumn(_("Quién"), attrs={"td": {"class": "clip"}})
    phone = tables.Column(_("Teléfono"), attrs={"td": {"class": "nowrap"}}, default="—")
    court = tables.Column(_("Dónde"), attrs={"td": {"class": "nowrap"}}, empty_values=())
    period = tables.Column(_("Cuándo"), attrs={"td": {"class": "nowrap"}})
    note = tables.Column(_("Nota"), attrs={"th": {"class": "lo"}, "td": {"class": "lo clip"}})
    created_at = AgoColumn(_("Anotado"))
    status = ChipColumn(_("Estado"))
    reservation = tables.Column(_("Reserva"), linkify=True, attrs={"td": {"class": "nowrap"}})
    icons = IconsColumn()
    acts = OF_WAITING

    class Meta:
        row_attrs = {"class": lambda record: "" if record.is_open else "is-muted"}

    def render_phone(self, value: str) -> SafeString:
        """Render the number as what a telephone dials."""
        return format_html('<a href="tel:{}">{}</a>', value, value)

    def render_court(self, record: WaitingEntry) -> str:
        """Show the court, or the venue where any will do."""
        return str(record.court or record.venue)

    def render_period(self, record: WaitingEntry) -> SafeString:
        """Show the day, and within which hours."""
        start, end = record.period.lower, record.period.upper
        return format_html("{} <small>{}–{}</small>", day(start), hour(start), hour(end))

    def render_status(self, record: WaitingEntry) -> SafeString:
        """Render the chip of how far it has got."""
        return chip(WAITING_LOOKS.get(record.status, "inactive"), record.get_status_display())

    def icons_of(self, record: WaitingEntry) -> list[tuple[str, str, str]]:
        """Offer to book for who still waits."""
        if not (record.is_open and self.request.actor.may("reservations.manage")):
            return []
        return [(address_of("reservations:waiting_book", record.pk), "calendar-check", gettext("Reservar"))]
