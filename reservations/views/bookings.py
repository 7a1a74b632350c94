"""Bookings: the list, a new one, its price while it is typed, editing, cancelling, charging."""

from dataclasses import replace
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Customer
from core import clock
from core.actor import Actor
from core.editing import FormPage
from core.errors import RuleRefused
from core.listing import Empty, ListPage, Tab, bounded_count
from core.money import ZERO, format_money
from core.templatetags.cuadre import hour
from core.views import Text, done, page
from core.widgets import MOST_OPTIONS
from reservations import deposits, holding, invoicing, policies, queries, workflow
from reservations.filters import ReservationFilterSet
from reservations.forms import BookForm, ChargeForm, EditForm
from reservations.models import Court, Reservation, ReservationStatus
from reservations.pricing import Quote, said
from reservations.tables import ReservationTable
from reservations.views.lines import LinesPage


class Reservations(ListPage):
    """The list of bookings."""

    permissions = ("reservations.view",)
    title: Text = gettext_lazy("Reservas")
    filterset_class, table_class = ReservationFilterSet, ReservationTable
    tabs = (
        Tab(gettext_lazy("Todas")),
        *(Tab(status.label, {"status": status.value}) for status in ReservationStatus),
    )
    ordering_fields, default_ordering = ("starts_at", "total"), "-starts_at"
    search_placeholder = gettext_lazy("Código, cliente, cédula, cancha o valor")
    totals_url = "reservations:list_totals"
    new_url, new_label, new_permissions = "reservations:new", gettext_lazy("Reservar"), ("reservations.manage",)
    empty = Empty(
        gettext_lazy("Todavía no hay reservas"),
        gettext_lazy("La primera se hace en la agenda del día, con un toque en una hora libre."),
        icon="calendar-event",
        url_name="reservations:grid",
        label=gettext_lazy("Abrir la agenda"),
    )

    def queryset(self) -> QuerySet:
        """Return every booking with its court and where its money is."""
        return Reservation.objects.with_billing().select_related("court__venue")

    def bulk_actions(self) -> list[dict[str, Any]]:
        """Return what marked bookings can go through."""
        if not (self.actor.may("billing.draft") or self.actor.may("billing.draft_reservations")):
            return []
        url = f"{reverse('reservations:group_invoice')}?{self.request.GET.urlencode()}"
        return [{"label": _("Facturar juntas"), "url": url, "icon": "file-invoice"}]

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return how many bookings, what they are worth, and what of it is not invoiced."""
        worth = rows.order_by().aggregate(sum=Sum("total"))["sum"] or ZERO
        waiting = rows.unbilled()  # type: ignore[attr-defined]
        return [
            {"label": self.title, "value": bounded_count(rows)},
            {"label": _("Total"), "value": format_money(worth), "proof": True},
            {"label": _("Sin facturar"), "value": format_money(waiting), "proof": True},
        ]


class PricedPage(LinesPage):
    """A form of a booking with its extras and its price so far."""

    lines_title = gettext_lazy("Adicionales")

    def context(self) -> dict[str, Any]:
        """Return the lines and the totals."""
        return super().context() | price_of(self.form, self.actor)


class NewReservation(PricedPage):
    """Booking a court, from a free slot of the grid or from scratch."""

    permissions = ("reservations.manage",)
    title: Text = gettext_lazy("Nueva reserva")
    template = "reservations/book.html"
    form_class = BookForm

    def initial(self) -> dict[str, Any]:
        """Return the slot the person came from."""
        return {name: self.request.GET[name] for name in ("court", "day", "starts_at") if name in self.request.GET}

    def save(self, form: BookForm) -> HttpResponse:
        """Book; with the buttons that say so, confirm and charge as well, or only hold the slot for a while."""
        then = self.request.POST.get("then", "confirm")
        if then == "hold":
            return self._hold(form)
        reservation = workflow.book(form.entered(then), actor=self.actor)
        said = {"request": _("%(code)s solicitada para %(name)s."), "confirm": _("%(code)s confirmada para %(name)s.")}
        message = said.get(then, _("%(code)s confirmada, facturada y cobrada a %(name)s."))
        told = message % {"code": reservation, "name": reservation.customer_name}
        return done(self.request, told, self._agenda(form.cleaned_data["day"], form.cleaned_data["court"]))

    def _hold(self, form: BookForm) -> HttpResponse:
        held = holding.hold(form.held(), actor=self.actor)
        told = _("%(code)s apartada hasta las %(until)s.") % {"code": held, "until": hour(held.held_until)}
        return done(self.request, told, held)

    def _agenda(self, day: date, court: Court) -> str:
        """Return the grid the person came from, as the address says: a court's week, a venue's, or the day."""
        weeks = {"court": {"court": court.pk}, "week": {"venue": court.venue_id}}
        place = weeks.get(self.request.GET.get("back", ""))
        query = urlencode({"day": day.isoformat()} | (place or {}))
        return f"{reverse('reservations:week' if place else 'reservations:grid')}?{query}"

    def cancel_url(self) -> str:
        """Return the grid the person came from."""
        asked = self.request.GET
        kept = {"week": ("day",), "court": ("day", "court")}.get(asked.get("back", ""))
        if kept is None:
            return reverse("reservations:grid")
        return f"{reverse('reservations:week')}?{urlencode({name: asked.get(name, '') for name in kept})}"

    def context(self) -> dict[str, Any]:
        """Say whether the person may also invoice and charge, and how long a slot is held."""
        context = super().context()
        return context | {
            "warnings": [*context.get("warnings", ()), *likeness(self.form)],
            "preview_url": reverse("reservations:new_preview"),
            "may_charge": may_charge(self.actor),
            "hold_minutes": policies.rules_of(policies.in_force()).hold_minutes,
        }


def may_charge(actor: Actor) -> bool:
    """Say whether a person may invoice a booking and take the money for it."""
    may_issue = actor.may("billing.issue") or actor.may("billing.issue_reservations")
    return may_issue and actor.may("payments.record")


@page("reservations.manage")
def customer_options(request: HttpRequest) -> HttpResponse:
    """Answer the customers that match what is typed; a new one is entered in the booking form itself."""
    typed = request.GET.get("customer_text", "")
    found = Customer.objects.live().search(typed).order_by("name", "pk")[:MOST_OPTIONS]
    options = [{"value": row.pk, "label": row.name, "detail": row.identification} for row in found]
    return render(request, "components/combobox_options.html", {"options": options})


@page("reservations.manage")
def new_preview(request: HttpRequest) -> HttpResponse:
    """Answer the price of what is typed, and the hours and lengths that are free."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    typed = BookForm(request.POST)
    offered = BookForm(initial=typed.chosen())  # what no longer fits the court or the day has given way
    offered.lines = typed.lines
    context = price_of(offered, actor) | {"form": offered, "preview_url": request.path}
    context["warnings"] = [*context.get("warnings", ()), *likeness(offered)]
    return render(request, "reservations/book_preview.html", context)


class EditReservation(PricedPage):
    """The extras and notes of a requested booking."""

    permissions = ("reservations.manage",)
    template = "reservations/edit.html"
    form_class = EditForm

    def prepare(self) -> None:
        """Read the booking."""
        self.reservation = Reservation.objects.select_related("court__venue").get(pk=self.kwargs["pk"])
        self.title = _("Editar la reserva %(code)s") % {"code": self.reservation}

    def initial(self) -> dict[str, Any]:
        """Return the booking as it is."""
        return {"reservation": self.reservation}

    def save(self, form: EditForm) -> HttpResponse:
        """Replace extras and notes, and price the court time with today's rates."""
        notes, version = form.cleaned_data["notes"], form.cleaned_data["version"]
        workflow.update_lines(
            self.reservation.pk, form.lines.entered(), notes=notes, expected_version=version, actor=self.actor
        )
        return done(self.request, _("Reserva guardada."), self.reservation)

    def cancel_url(self) -> str:
        """Return the booking's page."""
        return self.reservation.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list and the booking."""
        return [(_("Reservas"), reverse("reservations:list")), (str(self.reservation), self.cancel_url())]

    def context(self) -> dict[str, Any]:
        """Return where the price is asked while one types."""
        preview = reverse("reservations:edit_preview", args=[self.reservation.pk])
        return super().context() | {"reservation": self.reservation, "preview_url": preview}


@page("reservations.manage")
def edit_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the price of a booking with the extras that are typed."""
    reservation = Reservation.objects.select_related("court").get(pk=pk)
    form = EditForm(request.POST, initial={"reservation": reservation})
    return render(
        request,
        "components/totals_panel.html",
        price_of(form, request.actor)  # type: ignore[attr-defined]
        | {"preview_url": request.path},
    )


def price_of(form: Any, actor: Actor) -> dict[str, Any]:
    """Return what a form's booking would cost as components/totals_panel.html takes it; a refusal becomes a warning."""
    wanted = form.wanted()
    if wanted is None:
        return {"totals_rows": [], "grand_total": None}
    try:
        return _totals_of(workflow.preview(*wanted, actor=actor))
    except RuleRefused as refusal:
        return {"totals_rows": [], "grand_total": None, "warnings": [refusal.message]}


def likeness(form: BookForm) -> list[str]:
    """Warn where the customer has a court at that time already; a team that takes two books all the same."""
    wanted, customer = form.wanted(), form.chosen_customer()
    same = queries.also_booked(customer, *wanted[1:3]) if wanted and customer else None
    if same is None:
        return []
    hours = said(clock.local(same.starts_at), clock.local(same.ends_at))
    told = {"name": customer, "code": same, "court": same.court, "hours": hours}
    return [_("%(name)s ya tiene una reserva a esa hora: %(code)s, %(court)s, %(hours)s.") % told]


def _totals_of(quote: Quote) -> dict[str, Any]:
    lines = zip(quote.lines, quote.totals.lines, strict=True)
    rows = [{"label": line.offered.description, "value": totals.base} for line, totals in lines]
    rows += [{"label": _("IVA %(rate)s %%") % {"rate": f"{row.tax.rate.normalize():f}".replace(".", ",")},
              "value": row.tax_amount} for row in quote.totals.taxes]  # fmt: skip
    return {"totals_rows": rows, "grand_total": quote.totals.total}


class ChargeReservation(FormPage):
    """Invoicing and charging at the desk in one step."""

    permissions: ClassVar[tuple[str, ...]] = ("payments.record",)
    template = "reservations/charge.html"
    form_class = ChargeForm

    def prepare(self) -> None:
        """Read the booking and what is owed for it."""
        self.reservation = Reservation.objects.select_related("court__venue").get(pk=self.kwargs["pk"])
        billable = invoicing.billable_of(self.reservation.pk)
        self.document = billable.document if billable else None
        self.held = deposits.held_amount(self.reservation.pk)
        self.price = billable.amount if billable else self.reservation.total
        self.title = _("Cobrar la reserva %(code)s") % {"code": self.reservation}
        issued = self.document is not None and self.document.number
        self.submit_label = _("Cobrar") if issued else _("Facturar y cobrar")

    def initial(self) -> dict[str, Any]:
        """Suggest all that is owed, without what the deposit settles by itself."""
        if self.document and self.document.number:
            return {"amount": self.document.balance}
        return {"amount": max(self.price - self.held, ZERO)}

    def save(self, form: Any) -> HttpResponse:
        """Issue the invoice and record the payment; where the deposit settles all, there is none."""
        entered = form.entered()
        if entered.amount == ZERO and self.held >= self.price:
            entered = replace(entered, amount=None)
        document = workflow.charge(self.reservation.pk, entered, actor=self.actor)
        message = _("Factura %(number)s: cobro registrado.") % {"number": document.number}
        return done(self.request, message, self.reservation)

    def cancel_url(self) -> str:
        """Return the booking's page."""
        return self.reservation.get_absolute_url()

    def context(self) -> dict[str, Any]:
        """Return the booking that is paid."""
        return {"reservation": self.reservation, "document": self.document, "price": self.price, "held": self.held}
