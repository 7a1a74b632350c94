"""How full the courts were: by court and hour, by weekday and hour, with what it brought; each figure proves itself."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock, sheets
from core.filter_bar import link
from core.views import page
from reservations import occupancy
from reservations.filters import OccupancyFilterSet
from reservations.models import Weekday
from reservations.occupancy import CourtFigures, Figure, Report

LONGEST = timedelta(days=366)
WARMEST = 5  # how many warmths the table has


@page("reports.view")
def report(request: HttpRequest) -> HttpResponse:
    """Show the occupancy of a period; this month up to today, unless other days are asked for."""
    today = clock.today()
    filters = OccupancyFilterSet(request.GET, request=request)
    asked = filters.form.cleaned_data if filters.form.is_valid() else {}
    first, last = asked.get("from"), asked.get("to")
    if first is None or last is None or not first <= last <= first + LONGEST:  # it has an address that says its days
        last = last if last and (first is None or first <= last) else today
        first = max(first, last - LONGEST) if first and first <= last else last.replace(day=1)
        return redirect(request.path + link(request.GET, {"from": first.isoformat(), "to": last.isoformat()}))
    venue = asked.get("venue")
    made = occupancy.report(first, last, venue_id=venue.pk if venue else None)
    if request.GET.get("format") in sheets.TYPES:
        return as_file(made, request.GET["format"])
    return render(request, "reservations/occupancy.html", _context(request, filters, made))


def _context(request: HttpRequest, filters: OccupancyFilterSet, made: Report) -> dict[str, Any]:
    return {
        "title": _("Ocupación de las canchas"),
        "crumbs": [(_("Agenda"), reverse("reservations:grid"))],
        "filter": filters,
        "report": made,
        "total": made.figure(),
        "hours": [f"{hour:02d}" for hour in made.hours],
        "courts": [_court(made, row) for row in made.courts],
        "weekdays": [_weekday(made, day) for day in Weekday],
        "totals": [_cell(made, made.figure(hour=hour), hour=hour) for hour in made.hours],
        "files": [(kind.upper(), link(request.GET, {"format": kind})) for kind in sheets.TYPES],
    }


def _court(made: Report, row: CourtFigures) -> dict[str, Any]:
    return {
        "row": row,
        "all": _cell(made, made.figure(row), resource=row.court.pk),
        "cells": [_cell(made, made.figure(row, hour=hour), resource=row.court.pk, hour=hour) for hour in made.hours],
    }


def _weekday(made: Report, day: Weekday) -> dict[str, Any]:
    return {
        "name": day.label,
        "all": _cell(made, made.figure(weekday=day), weekday=day.value),
        "cells": [
            _cell(made, made.figure(weekday=day, hour=hour), weekday=day.value, hour=hour) for hour in made.hours
        ],
    }


def _cell(made: Report, figure: Figure, **filters: int) -> dict[str, Any]:
    """Return a figure with the list that proves it and how warm it is."""
    share = figure.percent
    days = {"from": made.first.isoformat(), "to": made.last.isoformat()}
    query = urlencode({"standing": "live", **filters, **days})
    warmth = min(int(share * WARMEST / 100), WARMEST - 1) if share else 0
    return {
        "figure": figure,
        "url": f"{reverse('reservations:list')}?{query}" if figure.booked else "",
        "heat": f"heat-{warmth + 1}" if figure.booked else "",
    }


def as_file(made: Report, kind: str) -> HttpResponse:
    """Write one line for each court and hour, as a spreadsheet takes it."""
    file = BytesIO()
    sheet = sheets.open_sheet(kind, file, title=_("Ocupación"))
    for values in lines(made):
        sheet.row(values)
    sheet.close()
    response = HttpResponse(file.getvalue(), content_type=sheets.TYPES[kind])
    name = f"ocupacion-{made.first:%Y%m%d}-{made.last:%Y%m%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def lines(made: Report) -> list[list[Any]]:
    """Return the heads and the figures of a file: each court's whole days first, then its hours."""
    heads = [_("Sede"), _("Cancha"), _("Hora"), _("Horas reservadas"), _("Horas abiertas"), _("Ocupación %")]
    found: list[list[Any]] = [[*heads, _("Reservas"), _("Ingresos")]]
    for row in made.courts:
        place = [row.court.venue.name, row.court.name]
        found.append([*place, _("todas"), *_numbers(made.figure(row)), row.bookings, row.income])
        found += [[*place, f"{hour:02d}:00", *_numbers(made.figure(row, hour=hour)), None, None] for hour in made.hours]
    return found


def _numbers(figure: Figure) -> list[Any]:
    return [figure.booked_hours, figure.open_hours, figure.percent]
