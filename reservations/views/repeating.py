"""Weekly bookings: the plan before anything is booked, the repetition with its dates, changing or ending the rest."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import clock
from core.editing import FormPage
from core.ids import whole
from core.listing import Empty, ListPage, Tab
from core.money import ZERO
from core.views import Text, done, page
from reservations import repeating
from reservations.filters import RepetitionFilterSet
from reservations.models import Repetition, Reservation
from reservations.plan import Plan
from reservations.repeat_forms import ChangeRestForm, EndRestForm, RepeatForm
from reservations.repeating import Left
from reservations.tables import RepetitionTable
from reservations.views.lines import LinesPage
from reservations.week import time_of

MANAGING: tuple[str, ...] = ("reservations.manage",)


class RepetitionList(ListPage):
    """Who has a court every week."""

    permissions = ("reservations.view",)
    title = gettext_lazy("Reservas repetidas")
    filterset_class, table_class = RepetitionFilterSet, RepetitionTable
    tabs = (
        Tab(gettext_lazy("Vigentes"), {"status": Repetition.Status.ACTIVE.value}),
        Tab(gettext_lazy("Terminadas"), {"status": Repetition.Status.ENDED.value}),
        Tab(gettext_lazy("Todas")),
    )
    begins_with = {"status": Repetition.Status.ACTIVE.value}
    search_placeholder = gettext_lazy("Cliente, cédula o cancha")
    totals_url = "reservations:repetition_totals"
    new_url, new_label = "reservations:repetition_new", gettext_lazy("Repetir cada semana")
    new_permissions = MANAGING
    empty = Empty(
        gettext_lazy("Nadie tiene una cancha fija todavía"),
        gettext_lazy(
            "Para el equipo de los martes: se ve cada fecha antes de reservar, y después se cambia una, las siguientes "
            "o todas."
        ),
        "calendar-week",
        "reservations:repetition_new",
        gettext_lazy("Repetir cada semana"),
        "reservations.manage",
    )

    def queryset(self) -> QuerySet:
        """Return the repetitions with whose they are, and where."""
        return Repetition.objects.select_related("customer", "court__venue")


@page("reservations.view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a repetition with each of its dates."""
    repetition = Repetition.objects.select_related("customer", "court__venue").get(pk=pk)
    found = Reservation.objects.with_billing().filter(repetition=repetition)
    rows = list(found.select_related("court").order_by("starts_at", "pk"))
    now = clock.now()
    context = {
        "title": f"{repetition.customer}: {repetition}",
        "crumbs": [(_("Reservas repetidas"), reverse("reservations:repetitions"))],
        "repetition": repetition,
        "dates": [{"row": row, "apart": repeating.is_exception(repetition, row)} for row in rows],
        "coming": sum(row.starts_at > now and row.is_live for row in rows),
        "total": sum((row.total for row in rows if row.is_live), ZERO),
        "is_active": repetition.status == Repetition.Status.ACTIVE,
    }
    return render(request, "reservations/repetition.html", context)


class NewRepetition(LinesPage):
    """A court every week: first the plan, then the bookings."""

    permissions: ClassVar[tuple[str, ...]] = MANAGING
    title: Text = gettext_lazy("Reservar todas las semanas")
    template, form_class = "reservations/repeat.html", RepeatForm
    lines_title = gettext_lazy("Adicionales de cada fecha")
    plan: Plan | None = None

    def initial(self) -> dict[str, Any]:
        """Return what the person came from: a booking's customer, court, day and hours."""
        pk = whole(self.request.GET.get("reservation", "")) or 0
        booked = Reservation.objects.filter(pk=pk).select_related("customer").first()
        if booked is None:
            return {"first_on": clock.today()}
        start, end = clock.local(booked.starts_at), clock.local(booked.ends_at)
        return {
            "customer": booked.customer,
            "court": booked.court_id,
            "first_on": start.date(),
            "starts": start.time(),
            "ends": end.time(),
        }

    def save(self, form: RepeatForm) -> HttpResponse:
        """Show the plan; with the button below it, book."""
        if "book" not in self.request.POST:
            self.plan = repeating.preview(form.entered(), actor=self.actor)
            return self.show(form)
        self.plan = repeating.preview(form.entered(), actor=self.actor)  # shown again where booking is refused
        skip = form.cleaned_data["skip_others"]
        outcome = repeating.start(form.entered(), skip_others=skip, actor=self.actor)
        count = len(outcome.done)
        said = ngettext("%(n)d fecha reservada.", "%(n)d fechas reservadas.", count) % {"n": count}
        _list_left(self.request, outcome.left)
        return done(self.request, said, outcome.repetition)

    def cancel_url(self) -> str:
        """Return the list."""
        return reverse("reservations:repetitions")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Reservas repetidas"), self.cancel_url())]

    def context(self) -> dict[str, Any]:
        """Return the extras and the plan."""
        return super().context() | {"plan": self.plan}


class RestPage(FormPage):
    """A form about the dates of a repetition still to come."""

    permissions: ClassVar[tuple[str, ...]] = MANAGING

    def prepare(self) -> None:
        """Read the repetition."""
        rows = Repetition.objects.select_related("customer", "court__venue")
        self.repetition = rows.get(pk=self.kwargs["pk"])
        self.subtitle = f"{self.repetition.customer}: {self.repetition}"

    @property
    def from_date(self) -> date | None:
        """Return the day the person came from with `?from=`."""
        try:
            return parse_date(self.request.GET.get("from", ""))
        except ValueError:
            return None

    def cancel_url(self) -> str:
        """Return the repetition's page."""
        return self.repetition.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list and the repetition."""
        above = reverse("reservations:repetitions")
        return [(_("Reservas repetidas"), above), (str(self.repetition), self.cancel_url())]


class ChangeRest(RestPage):
    """Another court, day or hour for this date and the following, or for all."""

    title, submit_label = gettext_lazy("Cambiar las que faltan"), gettext_lazy("Cambiar")
    template, form_class = "reservations/change_rest.html", ChangeRestForm

    def initial(self) -> dict[str, Any]:
        """Return the repetition as it is."""
        return {
            "court": self.repetition.court_id,
            "weekday": self.repetition.weekday,
            "starts": time_of(self.repetition.starts),
            "from_date": self.from_date,
            "keep_exceptions": True,
            "version": self.repetition.version,
        }

    def save(self, form: ChangeRestForm) -> HttpResponse:
        """Change them, and say which stayed."""
        data = form.cleaned_data
        outcome = repeating.change(
            self.repetition.pk,
            form.entered(),
            from_date=data["from_date"],
            keep_exceptions=data["keep_exceptions"],
            skip_others=data["skip_others"],
            expected_version=data["version"],
            actor=self.actor,
        )
        count = len(outcome.done)
        said = ngettext("%(n)d fecha cambiada.", "%(n)d fechas cambiadas.", count) % {"n": count}
        _list_left(self.request, outcome.left)
        return done(self.request, said, outcome.repetition)


class EndRest(RestPage):
    """Cancelling the dates still to come."""

    title, submit_label = gettext_lazy("Terminar la reserva repetida"), gettext_lazy("Cancelar las que faltan")
    template, form_class = "reservations/end_rest.html", EndRestForm

    def initial(self) -> dict[str, Any]:
        """Return from which date on."""
        return {"from_date": self.from_date, "version": self.repetition.version}

    def save(self, form: EndRestForm) -> HttpResponse:
        """Cancel them, and say which stayed."""
        data = form.cleaned_data
        outcome = repeating.cancel_rest(
            self.repetition.pk,
            from_date=data["from_date"],
            reason=data["reason"],
            expected_version=data["version"],
            actor=self.actor,
        )
        count = len(outcome.done)
        said = ngettext("%(n)d reserva cancelada.", "%(n)d reservas canceladas.", count) % {"n": count}
        _list_left(self.request, outcome.left)
        return done(self.request, said, outcome.repetition)

    def context(self) -> dict[str, Any]:
        """Say what happens to which."""
        return {
            "consequences": [
                {"text": _("Las fechas que faltan se cancelan y sus turnos quedan libres."), "icon": "calendar-x"},
                {"text": _("Las que ya se jugaron o están facturadas se quedan como están."), "icon": "lock"},
                {"text": _("Se cobra lo que las reglas de cancelación digan de cada una."), "icon": "cash"},
            ]
        }


def _list_left(request: HttpRequest, left: Sequence[Left]) -> None:
    """Say which dates stayed as they were, and why."""
    if left:
        named = "; ".join(f"{clock.local(one.starts_at):%d/%m/%Y}: {one.why}" for one in left)
        count = len(left)
        said = ngettext("%(n)d fecha se queda: %(named)s", "%(n)d fechas se quedan: %(named)s", count)
        messages.warning(request, said % {"n": count, "named": named})
