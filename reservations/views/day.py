"""The day grid."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from core import clock
from core.actor import Actor
from core.chips import LOOKS
from core.forms import DayField
from core.views import page
from reservations import grid, queries
from reservations.models import ReservationStatus, Venue
from reservations.words import day_said

SHOWN = [status for status in ReservationStatus if status != ReservationStatus.CANCELLED]


class DayForm(forms.Form):
    """Which day, of which venue."""

    day = DayField(label=gettext_lazy("Día"), required=False)
    venue: forms.ModelChoiceField = forms.ModelChoiceField(
        Venue.objects.none(), label=gettext_lazy("Sede"), required=False, empty_label=gettext_lazy("Todas las sedes")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["venue"].queryset = Venue.objects.active()  # type: ignore[attr-defined]


@page("reservations.view")
def day_grid(request: HttpRequest) -> HttpResponse:
    """Show a day: courts across, hours down."""
    form = DayForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    context = _context(chosen.get("day") or clock.today(), chosen.get("venue"), request.actor)  # type: ignore[attr-defined]
    return render(request, "reservations/day.html", context)


def _context(day: date, venue: Venue | None, actor: Actor) -> dict[str, Any]:
    sheet = queries.day_sheet(day, venue.pk if venue else None)
    return {
        "title": day_said(day),
        "day": day,
        "form": DayForm(initial={"day": day, "venue": venue}),
        "grid": grid.build(day, sheet, may_book=actor.may("reservations.manage")),
        "occupancy": queries.occupancy(sheet),
        "bookings": len({row.pk for court_day in sheet for row in court_day.bookings if row.is_live}),
        "is_today": day == clock.today(),
        "previous": (day - timedelta(days=1)).isoformat(),
        "next": (day + timedelta(days=1)).isoformat(),
        "venue": venue,
        "looks": [LOOKS[status] for status in SHOWN],
    }
