"""The waiting list: who waits, adding somebody from a taken slot, booking for them, taking them off."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core import clock
from core.editing import FormPage
from core.ids import whole
from core.listing import Empty, ListPage, Tab
from core.views import Text, done, page
from reservations import waiting
from reservations.filters import OPEN, WaitingFilterSet
from reservations.forms import BookForm
from reservations.models import Reservation, WaitingEntry
from reservations.repeat_forms import WaitingForm
from reservations.tables import WaitingTable
from reservations.views.bookings import NewReservation

MANAGING: tuple[str, ...] = ("reservations.manage",)


class WaitingList(ListPage):
    """Who waits, in the order they came, and what became of the others."""

    permissions = ("reservations.view",)
    title = gettext_lazy("Lista de espera")
    template = "reservations/waiting.html"
    filterset_class, table_class = WaitingFilterSet, WaitingTable
    tabs = (
        Tab(gettext_lazy("Por atender"), {"status": OPEN}),
        Tab(gettext_lazy("Ofrecidas"), {"status": WaitingEntry.Status.OFFERED.value}),
        Tab(gettext_lazy("Reservadas"), {"status": WaitingEntry.Status.BOOKED.value}),
        Tab(gettext_lazy("Retiradas"), {"status": WaitingEntry.Status.DROPPED.value}),
        Tab(gettext_lazy("Todas")),
    )
    begins_with = {"status": OPEN}
    search_placeholder = gettext_lazy("Nombre, cédula o teléfono")
    totals_url = "reservations:waiting_totals"
    new_url, new_label, new_permissions = "reservations:waiting_new", gettext_lazy("Anotar a alguien"), MANAGING
    empty = Empty(
        gettext_lazy("Nadie espera un turno"),
        gettext_lazy(
            "Cuando alguien pida un turno ocupado, anótelo aquí o desde esa reserva: al liberarse se le ofrece primero."
        ),
        "hourglass",
        "reservations:waiting_new",
        gettext_lazy("Anotar a alguien"),
        "reservations.manage",
    )

    def queryset(self) -> QuerySet:
        """Return everybody who waits or waited."""
        return WaitingEntry.objects.select_related("venue", "court", "customer", "reservation")

    @property
    def ordering(self) -> str:
        """Let who still waits stand in the order they came, and of the others the latest first."""
        return "id" if self.params.get("status") == OPEN else "-id"


@page("reservations.view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one who waits, and what can be done for them."""
    rows = WaitingEntry.objects.select_related("venue", "court", "customer", "reservation")
    entry = rows.get(pk=pk)
    context = {
        "title": entry.name,
        "crumbs": [(_("Lista de espera"), reverse("reservations:waiting"))],
        "entry": entry,
        "is_open": entry.is_open,
    }
    return render(request, "reservations/waiting_entry.html", context)


class WaitingPage(FormPage):
    """A form that goes back to the list."""

    permissions: ClassVar[tuple[str, ...]] = MANAGING

    def cancel_url(self) -> str:
        """Return the list."""
        return reverse("reservations:waiting")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Lista de espera"), self.cancel_url())]


class NewEntry(WaitingPage):
    """Putting somebody on the list, from a taken slot (`?reservation=`) or from scratch."""

    title, submit_label = gettext_lazy("Anotar en la lista de espera"), gettext_lazy("Anotar")
    template, form_class = "reservations/waiting_form.html", WaitingForm

    def initial(self) -> dict[str, Any]:
        """Return the slot the person came from."""
        pk = whole(self.request.GET.get("reservation", "")) or 0
        taken = Reservation.objects.filter(pk=pk).first()
        if taken is None:
            return {"day": clock.today()}
        start, end = clock.local(taken.starts_at), clock.local(taken.ends_at)
        return {"court": taken.court_id, "day": start.date(), "starts": start.time(), "ends": end.time()}

    def save(self, form: WaitingForm) -> HttpResponse:
        """Put them on the list."""
        entry = waiting.add(form.entered(), actor=self.actor)
        told = _("%(name)s espera: se le ofrecerá lo primero que se libere.") % {"name": entry.name}
        return done(self.request, told, "reservations:waiting")


class BookWaiting(NewReservation):
    """Booking for who waited."""

    def prepare(self) -> None:
        """Read the entry."""
        self.entry = WaitingEntry.objects.select_related("court", "venue").get(pk=self.kwargs["pk"])
        self.title = _("Reservar para %(name)s") % {"name": self.entry.name}

    def initial(self) -> dict[str, Any]:
        """Return what they wait for."""
        entry, start = self.entry, clock.local(self.entry.period.lower)
        court = entry.court or entry.venue.courts.filter(active=True).first()
        known = {"court": court.pk if court else None, "day": start.date(), "starts_at": start}
        who = {"customer": entry.customer_id} if entry.customer_id else {"new_name": entry.name}
        return known | who | {"customer_phone": entry.phone, "new_phone": entry.phone}

    def save(self, form: BookForm) -> HttpResponse:
        """Book; the entry is done."""
        then = self.request.POST.get("then", "confirm")
        reservation = waiting.book(self.entry.pk, form.entered(then), actor=self.actor)
        told = {"code": reservation, "name": reservation.customer_name}
        return done(self.request, _("%(code)s reservada para %(name)s.") % told, reservation)

    def cancel_url(self) -> str:
        """Return the list."""
        return reverse("reservations:waiting")


@page(*MANAGING)
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody off the list."""
    entry = waiting.drop(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("%(name)s ya no espera.") % {"name": entry.name}, "reservations:waiting")
