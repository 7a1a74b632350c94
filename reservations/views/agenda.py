"""The agenda: a day of the courts, and a week of one court or of several."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.actor import Actor
from core.chips import LOOKS
from core.forms import DayField
from core.views import page
from reservations import grid, queries
from reservations.models import Court, ReservationStatus, Venue
from reservations.queries import CourtDay
from reservations.words import day_in_short, day_said, week_said

UNSEEN = (ReservationStatus.CANCELLED, ReservationStatus.EXPIRED)
LEGEND = [LOOKS[status] for status in ReservationStatus if status not in UNSEEN]

# More courts than these beside each other in a week are told apart by nobody: then the first is shown alone.
MOST_COURTS = 8


class DayForm(forms.Form):
    """Which day, of which venue."""

    day = DayField(label=gettext_lazy("Día"), required=False)
    venue: forms.ModelChoiceField = forms.ModelChoiceField(
        Venue.objects.none(), label=gettext_lazy("Sede"), required=False, empty_label=gettext_lazy("Todas las sedes")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["venue"].queryset = Venue.objects.active()  # type: ignore[attr-defined]


class WeekForm(DayForm):
    """Which week, of which venue or court."""

    court: forms.ModelChoiceField = forms.ModelChoiceField(
        Court.objects.none(),
        label=gettext_lazy("Cancha"),
        required=False,
        empty_label=gettext_lazy("Todas las canchas"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        courts = Court.objects.active().select_related("venue")
        self.fields["court"].queryset = courts  # type: ignore[attr-defined]
        self.fields["court"].label_from_instance = lambda row: f"{row.name} · {row.venue}"  # type: ignore[attr-defined]


@page("reservations.view")
def day_grid(request: HttpRequest) -> HttpResponse:
    """Show a day: courts across, hours down."""
    chosen = _chosen(DayForm(request.GET))
    day, venue = chosen.get("day") or clock.today(), chosen.get("venue")
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sheet = queries.day_sheet(day, venue.pk if venue else None)
    context = _context(sheet, day) | {
        "title": day_said(day),
        "is_week": False,
        "form": DayForm(initial={"day": day, "venue": venue}),
        "grid": grid.of_day(
            sheet,
            may_book=actor.may("reservations.manage"),
            paid=queries.paid(sheet),
            waited=queries.waited_for(sheet),
            week_url=lambda row: _address("week", day, row.court.venue, row.court),
        ),
        "is_now": day == clock.today(),
        "previous": (day - timedelta(days=1)).isoformat(),
        "next": (day + timedelta(days=1)).isoformat(),
        "day_url": _address("grid", day, venue),
        "week_url": _address("week", day, venue),
    }
    return render(request, "reservations/agenda.html", context)


@page("reservations.view")
def week_grid(request: HttpRequest) -> HttpResponse:
    """Show a week: days across, hours down; of several courts in colours alone."""
    chosen = _chosen(WeekForm(request.GET))
    day, venue, court = chosen.get("day") or clock.today(), chosen.get("venue"), chosen.get("court")
    if court and venue and court.venue_id != venue.pk:
        court = None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    sheet = queries.days_sheet(first, last, venue_id=venue.pk if venue else None, court_id=court.pk if court else None)
    if len({row.court.pk for row in sheet}) > MOST_COURTS:
        court = sheet[0].court
        sheet = [row for row in sheet if row.court == court]
    context = _context(sheet, day) | {
        "title": week_said(first, last),
        "is_week": True,
        "form": WeekForm(initial={"day": day, "venue": venue, "court": court}),
        "grid": grid.of_week(
            sheet,
            may_book=actor.may("reservations.manage"),
            paid=queries.paid(sheet),
            day_said=day_in_short,
            day_url=lambda one: _address("grid", one, venue),
        ),
        "is_now": first <= clock.today() <= last,
        "previous": (day - timedelta(days=7)).isoformat(),
        "next": (day + timedelta(days=7)).isoformat(),
        "day_url": _address("grid", day, venue),
        "week_url": _address("week", day, venue, court),
    }
    return render(request, "reservations/agenda.html", context)


def _chosen(form: forms.Form) -> dict[str, Any]:
    """Return what was asked for that makes sense; nonsense asks for nothing."""
    form.is_valid()
    return form.cleaned_data


def _context(sheet: list[CourtDay], day: date) -> dict[str, Any]:
    return {
        "day": day,
        "occupancy": queries.occupancy(sheet),
        "bookings": len({row.pk for court_day in sheet for row in court_day.bookings if row.is_live}),
        "looks": LEGEND,
        "grid_label": _("Agenda"),
    }


def _address(name: str, day: date, venue: Venue | None, court: Court | None = None) -> str:
    query = {"day": day.isoformat(), "venue": venue.pk if venue else "", "court": court.pk if court else ""}
    return f"{reverse(f'reservations:{name}')}?{urlencode({key: value for key, value in query.items() if value})}"
