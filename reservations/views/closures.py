"""What closes courts (blackouts, holidays) and the rules of booking."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core import clock
from core.views import Text, done, page
from reservations import closures, policies
from reservations.closure_forms import (
    BlackoutForm,
    HolidayForm,
    RulesForm,
    holiday_as_initial,
    rules_as_initial,
)
from reservations.models import Blackout, BookingPolicy, Holiday
from reservations.views.lines import LinesPage
from reservations.views.setup import MAY, SetupPage

MOST = 200  # blackouts and holidays on their page; those that are over are of little use


@page(*MAY)
def closed_times(request: HttpRequest) -> HttpResponse:
    """Show the blackouts that stand and are not over, and the holidays from this year on."""
    blackouts = Blackout.objects.standing().filter(period__endswith__gt=clock.now())
    context = {
        "title": _("Bloqueos y feriados"),
        "crumbs": [(_("Sedes, canchas y tarifas"), reverse("reservations:setup"))],
        "blackouts": blackouts.select_related("court", "venue")[:MOST],
        "holidays": Holiday.objects.filter(day__gte=clock.today().replace(month=1, day=1))[:MOST],
    }
    return render(request, "reservations/closed_times.html", context)


class ClosurePage(SetupPage):
    """A form that goes back to what closes courts."""

    def cancel_url(self) -> str:
        """Return the blackouts and holidays."""
        return reverse("reservations:closed_times")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the way down."""
        setup = (_("Sedes, canchas y tarifas"), reverse("reservations:setup"))
        return [setup, (_("Bloqueos y feriados"), self.cancel_url())]


class NewBlackout(ClosurePage):
    """Blocking courts for a while."""

    title, form_class = gettext_lazy("Nuevo bloqueo"), BlackoutForm
    template = "reservations/blackout_form.html"

    def initial(self) -> dict[str, Any]:
        """Suggest today."""
        return {"first_day": clock.today(), "last_day": clock.today()}

    def save(self, form: BlackoutForm) -> HttpResponse:
        """Block, and show the bookings that are inside."""
        blackout = closures.add_blackout(**form.values(), actor=self.actor)
        return done(self.request, _("Bloqueo creado."), blackout)


@page("reservations.view")
def blackout(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a blackout with the bookings inside it, which stay."""
    found = Blackout.objects.select_related("court", "venue", "created_by").get(pk=pk)
    may_change = request.actor.may("reservations.setup")  # type: ignore[attr-defined]
    crumbs = [(_("Bloqueos y feriados"), reverse("reservations:closed_times"))] if may_change else []
    context = {
        "title": _("Bloqueo: %(reason)s") % {"reason": found.reason},
        "crumbs": crumbs,
        "blackout": found,
        "bookings": closures.inside(found)[:MOST],
        "may_change": may_change and found.cancelled_at is None,
    }
    return render(request, "reservations/blackout.html", context)


@page(*MAY)
@require_POST
def cancel_blackout(request: HttpRequest, pk: int) -> HttpResponse:
    """Let people book again."""
    closures.cancel_blackout(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Bloqueo quitado: ya se puede reservar."), "reservations:closed_times")


class NewHoliday(ClosurePage):
    """Adding a holiday."""

    title, form_class = gettext_lazy("Nuevo feriado"), HolidayForm

    def save(self, form: HolidayForm) -> HttpResponse:
        """Add the holiday."""
        holiday = closures.add_holiday(**form.values(), actor=self.actor)
        return done(self.request, _("Feriado «%(holiday)s» creado.") % {"holiday": holiday}, self.cancel_url())


class EditHoliday(ClosurePage):
    """Changing a holiday."""

    form_class, template = HolidayForm, "reservations/holiday_form.html"

    def prepare(self) -> None:
        """Read the holiday."""
        self.holiday = Holiday.objects.get(pk=self.kwargs["pk"])
        self.title = str(self.holiday)

    def initial(self) -> dict[str, Any]:
        """Return the holiday as it is."""
        return holiday_as_initial(self.holiday)

    def save(self, form: HolidayForm) -> HttpResponse:
        """Save the holiday."""
        version = form.cleaned_data["version"]
        closures.update_holiday(self.holiday.pk, form.values(), expected_version=version, actor=self.actor)
        return done(self.request, _("Feriado guardado."), self.cancel_url())

    def context(self) -> dict[str, Any]:
        """Return the holiday, which can be removed here."""
        return {"holiday": self.holiday}


@page(*MAY)
@require_POST
def remove_holiday(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a holiday a day like any other."""
    closures.remove_holiday(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Feriado quitado."), "reservations:closed_times")


class BookingRules(LinesPage, SetupPage):
    """The rules in force, and putting others in force."""

    title, form_class = gettext_lazy("Reglas de reserva"), RulesForm
    template, lines_title = "reservations/rules_form.html", gettext_lazy("Cargos por cancelar tarde")
    submit_label = gettext_lazy("Poner en vigencia")

    def initial(self) -> dict[str, Any]:
        """Return the rules in force."""
        return rules_as_initial(policies.rules_of(policies.in_force()))

    def save(self, form: RulesForm) -> HttpResponse:
        """Put the rules in force."""
        policies.set_rules(form.entered(), actor=self.actor)
        return self.told(_("Reglas en vigencia. Lo que ya está reservado conserva las anteriores."))

    def context(self) -> dict[str, Any]:
        """Return the lines, and the versions there were."""
        versions = BookingPolicy.objects.select_related("created_by").prefetch_related("tiers")[:20]
        told = [{"policy": row, "tiers": policies.tiers_said(policies.rules_of(row).tiers)} for row in versions]
        return super().context() | {"versions": told}
