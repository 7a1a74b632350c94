"""What can be booked: venues, their courts with hours, and the rates that price them."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.editing import FormPage
from core.ids import whole
from core.views import Text, done, page
from reservations import feeds, setup
from reservations.models import Court, Rate, Venue
from reservations.setup_forms import USUAL_HOURS, CourtForm, RateForm, VenueForm, as_initial
from reservations.views.lines import LinesPage
from reservations.words import conditions_said, days_said, hours_said

MAY = ("reservations.setup",)


@page(*MAY)
def overview(request: HttpRequest) -> HttpResponse:
    """Show every venue with its courts and rates."""
    courts = Court.objects.order_by("position", "name").prefetch_related("hours")
    rates = Rate.objects.select_related("court", "customer_kind").order_by(
        "-active", "starts", "name", "court__position", "court__name"
    )
    venues = Venue.objects.prefetch_related(Prefetch("courts", courts)).prefetch_related(Prefetch("rates", rates))
    context = {
        "title": _("Sedes, canchas y tarifas"),
        "venues": [_shown(venue) for venue in venues],
        "menu": [
            {"label": _("Bloqueos y feriados"), "url": reverse("reservations:closed_times"), "icon": "calendar-off"},
            {"label": _("Reglas de reserva"), "url": reverse("reservations:rules"), "icon": "clock"},
        ],
    }
    return render(request, "reservations/setup.html", context)


def _shown(venue: Venue) -> dict[str, Any]:
    return {
        "venue": venue,
        "courts": [
            {"court": row, "hours": hours_said(one.span for one in row.hours.all())} for row in venue.courts.all()
        ],
        "rates": [
            {"rate": row, "days": days_said(row.weekdays), "conditions": conditions_said(row)}
            for row in venue.rates.all()
        ],
    }


class SetupPage(FormPage):
    """A form that goes back to the overview."""

    permissions = MAY

    def cancel_url(self) -> str:
        """Return the overview."""
        return reverse("reservations:setup")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the overview."""
        return [(_("Sedes, canchas y tarifas"), self.cancel_url())]

    def told(self, message: str) -> HttpResponse:
        """Say what was done, on the overview."""
        return done(self.request, message, "reservations:setup")


class NewVenue(SetupPage):
    """Opening a venue."""

    title, form_class = gettext_lazy("Nueva sede"), VenueForm
    template = "reservations/venue_form.html"

    def save(self, form: VenueForm) -> HttpResponse:
        """Add the venue."""
        values = form.values()
        venue = setup.add_venue(name=values["name"], address=values["address"], actor=self.actor)
        return self.told(_("Sede «%(venue)s» creada.") % {"venue": venue})


class EditVenue(SetupPage):
    """Changing a venue."""

    form_class = VenueForm

    def prepare(self) -> None:
        """Read the venue."""
        self.venue = Venue.objects.get(pk=self.kwargs["pk"])
        self.title = str(self.venue)

    def initial(self) -> dict[str, Any]:
        """Return the venue as it is."""
        return as_initial(self.venue)

    def save(self, form: VenueForm) -> HttpResponse:
        """Save the venue."""
        version = form.cleaned_data["version"]
        setup.update_venue(self.venue.pk, form.values(), expected_version=version, actor=self.actor)
        return self.told(_("Sede guardada."))


class CourtPage(LinesPage, SetupPage):
    """A court with its hours as lines."""

    form_class, template, lines_title = CourtForm, "reservations/court_form.html", gettext_lazy("Horario")


class NewCourt(CourtPage):
    """Adding a court to the venue named by `?venue=`."""

    title = gettext_lazy("Nueva cancha")

    def prepare(self) -> None:
        """Read the venue."""
        self.venue = _venue(self.request)
        self.subtitle = str(self.venue)

    def initial(self) -> dict[str, Any]:
        """Suggest the usual hours, and the last place in the grid."""
        return {"hours": USUAL_HOURS, "position": self.venue.courts.count()}

    def save(self, form: CourtForm) -> HttpResponse:
        """Add the court."""
        values = form.values()
        del values["active"]
        court = setup.add_court(venue_id=self.venue.pk, hours=form.hours(), actor=self.actor, **values)
        return self.told(_("Cancha «%(court)s» creada.") % {"court": court})


class EditCourt(CourtPage):
    """Changing a court and its hours."""

    def prepare(self) -> None:
        """Read the court."""
        self.court = Court.objects.select_related("venue").get(pk=self.kwargs["pk"])
        self.title, self.subtitle = str(self.court), str(self.court.venue)

    def initial(self) -> dict[str, Any]:
        """Return the court as it is."""
        return as_initial(self.court)

    def save(self, form: CourtForm) -> HttpResponse:
        """Save the court."""
        version = form.cleaned_data["version"]
        setup.update_court(self.court.pk, form.values(), hours=form.hours(), expected_version=version, actor=self.actor)
        return self.told(_("Cancha guardada."))

    def context(self) -> dict[str, Any]:
        """Return the court, and the address of its calendar."""
        return super().context() | {"court": self.court, "feed": feeds.address(self.court)}


class NewRate(SetupPage):
    """Adding a rate to the venue named by `?venue=`."""

    title, form_class, template = gettext_lazy("Nueva tarifa"), RateForm, "reservations/rate_form.html"

    def prepare(self) -> None:
        """Read the venue."""
        self.venue = _venue(self.request)
        self.subtitle = str(self.venue)

    def initial(self) -> dict[str, Any]:
        """Return the venue."""
        return {"venue": self.venue}

    def save(self, form: RateForm) -> HttpResponse:
        """Add the rate."""
        values = form.values()
        del values["active"]
        rate = setup.add_rate(venue_id=self.venue.pk, actor=self.actor, **values)
        return self.told(_("Tarifa «%(rate)s» creada.") % {"rate": rate})


class EditRate(SetupPage):
    """Changing a rate."""

    form_class, template = RateForm, "reservations/rate_form.html"

    def prepare(self) -> None:
        """Read the rate."""
        self.rate = Rate.objects.select_related("venue").get(pk=self.kwargs["pk"])
        self.title, self.subtitle = str(self.rate), str(self.rate.venue)

    def initial(self) -> dict[str, Any]:
        """Return the rate as it is."""
        return as_initial(self.rate)

    def save(self, form: RateForm) -> HttpResponse:
        """Save the rate."""
        setup.update_rate(self.rate.pk, form.values(), expected_version=form.cleaned_data["version"], actor=self.actor)
        return self.told(_("Tarifa guardada."))


def _venue(request: HttpRequest) -> Venue:
    return get_object_or_404(Venue.objects.all(), pk=whole(request.GET.get("venue", "")))
