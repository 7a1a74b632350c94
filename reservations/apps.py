"""Reservations: what is booked becomes billable when it is confirmed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReservationsConfig(AppConfig):
    """Venues, courts, prices, bookings."""

    name = "reservations"
    verbose_name = "Reservas"

    def ready(self) -> None:
        """Tell companies what the menu counts and finds, and billing what stands behind its billables."""
        from billing import customer_links, dashboard, merging, sources
        from companies import hooks
        from core import remedies
        from desk import things
        from reservations import figures, finders, queries
        from reservations.models import SOURCE_TYPE, Repetition, Reservation, Share, WaitingEntry
        from reservations.offered import Bookings
        from reservations.views.customer import link as own_bookings

        remedies.add("no_rate", "reservations:setup", _("Revisar las tarifas"), "reservations.setup")
        remedies.add("outside_hours", "reservations:setup", _("Revisar los horarios"), "reservations.setup")
        dashboard.add_figures(figures.of_reservations)
        dashboard.add_panel(("reservations.view",), "reservations/today.html", figures.today)
        things.register("reservation", "reservations.view", Reservation.objects.all)
        customer_links.add("reservations.view", own_bookings)
        sources.register(SOURCE_TYPE, Bookings())
        merging.register(
            merging.Moved(merging.When.SOURCES, Repetition, "repetition.customer_changed"),
            merging.Moved(merging.When.SOURCES, Reservation, "reservation.customer_changed"),
            merging.Moved(merging.When.SOURCES, Share, "share.customer_changed"),
            merging.Moved(merging.When.SOURCES, WaitingEntry, "waiting.customer_changed"),
        )
        hooks.add_badge("reservations", "reservations.view", queries.to_confirm)
        finders.register()
