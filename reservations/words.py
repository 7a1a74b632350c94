"""How days and hours are said on a page."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from reservations.week import Span, time_of


def day_said(day: date) -> str:
    """Say a day as people do: `Sábado 21 de noviembre de 2026`."""
    weekdays = [_("lunes"), _("martes"), _("miércoles"), _("jueves"), _("viernes"), _("sábado"), _("domingo")]
    months = [_("enero"), _("febrero"), _("marzo"), _("abril"), _("mayo"), _("junio"),
              _("julio"), _("agosto"), _("septiembre"), _("octubre"), _("noviembre"), _("diciembre")]  # fmt: skip
    parts = {"weekday": weekdays[day.weekday()], "day": day.day, "month": months[day.month - 1], "year": day.year}
    return (_("%(weekday)s %(day)d de %(month)s de %(year)d") % parts).capitalize()


def days_said(weekdays: Iterable[int]) -> str:
    """Say some days of the week: `lun–vie`, `mar, jue`, `todos los días`."""
    chosen = sorted(set(weekdays))
    if len(chosen) == 7:
        return _("todos los días")
    short = [_("lun"), _("mar"), _("mié"), _("jue"), _("vie"), _("sáb"), _("dom")]
    runs = [[day for _place, day in run] for _gap, run in groupby(enumerate(chosen), lambda pair: pair[1] - pair[0])]
    return ", ".join(
        f"{short[run[0]]}–{short[run[-1]]}" if len(run) > 2 else ", ".join(short[day] for day in run) for run in runs
    )


def hours_said(spans: Iterable[Span]) -> str:
    """Say a week of opening hours: `lun–vie 06:00–23:00 · sáb, dom 07:00–02:00`."""
    days: dict[tuple[int, int], list[int]] = {}
    for span in spans:
        days.setdefault((span.starts, span.ends), []).append(span.weekday)
    said = [f"{days_said(weekdays)} {band_said(*band)}" for band, weekdays in days.items()]
    return " · ".join(said) or _("sin horario")


def band_said(starts: int, ends: int) -> str:
    """Say a band of hours given in minutes: `18:00–02:00`."""
    return f"{time_of(starts):%H:%M}–{time_of(ends):%H:%M}"
