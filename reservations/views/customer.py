"""A customer's own bookings: to come and past, how far their money is, and what they come to."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.customer_links import Link
from billing.models import Customer
from core.listing import Empty, Tab
from reservations.views.bookings import Reservations


class CustomerReservations(Reservations):
    """The bookings of one customer."""

    subtitle = gettext_lazy("Reservas")
    tabs = (
        Tab(gettext_lazy("Todas")),
        Tab(gettext_lazy("Por venir"), {"standing": "coming"}),
        Tab(gettext_lazy("Pasadas"), {"standing": "past"}),
        Tab(gettext_lazy("Por cobrar"), {"standing": "to_charge"}),
    )
    search_placeholder = gettext_lazy("Código, cancha o valor")
    totals_url = "agenda:customer_totals"
    empty = Empty(
        gettext_lazy("Todavía no ha reservado"),
        gettext_lazy("Cada cancha que reserve estará aquí, con lo que debe de ella."),
        "calendar-event",
        "reservations:grid",
        gettext_lazy("Abrir la agenda"),
        "reservations.view",
    )

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(request, **kwargs)
        self.customer = get_object_or_404(Customer.objects.live(), pk=self.kwargs["pk"])
        self.title = self.customer.name

    def queryset(self) -> QuerySet:
        """Return the customer's bookings."""
        return super().queryset().filter(customer=self.customer)

    def hidden_columns(self) -> set[str]:
        """Leave out who booked."""
        return super().hidden_columns() | {"customer_name"}

    def context(self) -> dict[str, Any]:
        """Lead back to the customer."""
        back = [(_("Clientes"), reverse("billing:customers")), (self.customer.name, self.customer.get_absolute_url())]
        return super().context() | {"crumbs": back}


def link(customer: Customer) -> Link:
    """Return the way from a customer's page to their bookings."""
    return Link(_("Ver sus reservas"), reverse("agenda:customer", args=[customer.pk]), "calendar-event")
