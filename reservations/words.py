"""How days and hours are said on a page."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from reservations.models import Rate
from reservations.week import Span, time_of


def day_said(day: date) -> str:
    """Say a day as people do: `Sábado 21 de noviembre de 2026`."""
    weekdays = [_("lunes"), _("martes"), _("miércoles"), _("jueves"), _("viernes"), _("sábado"), _("domingo")]
    parts = {"weekday": weekdays[day.weekday()], "day": day.day, "month": _month(day), "year": day.year}
    return (_("%(weekday)s %(day)d de %(month)s de %(year)d") % parts).capitalize()


def day_in_short(day: date) -> str:
    """Say a day in a week as its column is headed: `lun 16`."""
    return f"{_weekdays_in_short()[day.weekday()]} {day.day}"


def week_said(first: date, last: date) -> str:
    """Say a week: `Semana del 16 al 22 de noviembre de 2026`; where it passes into another month, with both."""
    begins, ends = ({"day": day.day, "month": _month(day), "year": day.year} for day in (first, last))
    pattern = _("%(day)d de %(month)s de %(year)d") if begins["year"] != ends["year"] else _("%(day)d de %(month)s")
    begin = begins["day"] if begins["month"] == ends["month"] else pattern % begins
    end = _("%(day)d de %(month)s de %(year)d") % ends
    return _("Semana del %(begin)s al %(end)s") % {"begin": begin, "end": end}


def minutes_left(until: datetime) -> str:
    """Say how long a hold still lasts, the minute that runs included: `quedan 8 min`."""
    left = max(1, -(-int((until - clock.now()).total_seconds()) // 60))
    return ngettext("queda %(n)d min", "quedan %(n)d min", left) % {"n": left}


def _weekdays_in_short() -> list[str]:
    return [_("lun"), _("mar"), _("mié"), _("jue"), _("vie"), _("sáb"), _("dom")]


def _month(day: date) -> str:
    months = [_("enero"), _("febrero"), _("marzo"), _("abril"), _("mayo"), _("junio"),
              _("julio"), _("agosto"), _("septiembre"), _("octubre"), _("noviembre"), _("diciembre")]  # fmt: skip
    return months[day.month - 1]


def days_said(weekdays: Iterable[int]) -> str:
    """Say some days of the week: `lun–vie`, `mar, jue`, `todos los días`."""
    chosen = sorted(set(weekdays))
    if len(chosen) == 7:
        return _("todos los días")
    short = _weekdays_in_short()
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


def conditions_said(rate: Rate) -> list[str]:
    """Say for whom and in which days a rate holds, where it does not always: `solo socios`, `hasta el 31/12/2026`."""
    season = {"from": f"{rate.valid_from:%d/%m/%Y}" if rate.valid_from else "",
              "until": f"{rate.valid_until:%d/%m/%Y}" if rate.valid_until else ""}  # fmt: skip
    seasons = {
        (True, True): _("del %(from)s al %(until)s"),
        (True, False): _("desde el %(from)s"),
        (False, True): _("hasta el %(until)s"),
    }
    pattern = seasons.get((bool(rate.valid_from), bool(rate.valid_until)))
    return [
        *([str(rate.customer_kind)] if rate.customer_kind else []),
        *([_("solo en feriados")] if rate.on_holidays else []),
        *([pattern % season] if pattern else []),
    ]
