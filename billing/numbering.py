"""Numbers: one locked counter row for each series, taken in the transaction that issues (law 1)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils.translation import gettext as _

from billing.models import Document, NumberGap, Series
from core import clock
from core.errors import RuleRefused, WorkflowError

LAST = 999_999_999
WARN_WITHIN = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """A number in its series and the local date it was taken on."""

    sequential: int
    number: str
    day: date


def format_number(establishment: str, emission_point: str, sequential: int) -> str:
    """Write a number the way Ecuador does: `001-001-000000123` (D2)."""
    return f"{establishment}-{emission_point}-{sequential:09d}"


def lock(series_id: int) -> Series:
    """Lock a series' counter until the transaction ends; the date is read afterwards (D6).

    Raises:
        WorkflowError: `series_inactive`, `series_in_doubt`.
        RuleRefused: `series_exhausted`: its internal limit or the nine digits are used up.
    """
    # no_key, as every row lock here: a draft's foreign key holds its series too, so a full lock would wait for all
    # drafts under way, and two that draft and issue in one transaction would wait for each other.
    series = (
        Series.objects.select_for_update(of=("self",), no_key=True)
        .select_related("emission_point__establishment")
        .get(pk=series_id)
    )
    point = series.emission_point
    if not (series.active and point.active and point.establishment.active):
        raise WorkflowError(_("La serie %(series)s no está activa.") % {"series": series}, code="series_inactive")
    if series.doubt:
        raise WorkflowError(
            _("La serie %(series)s espera que un administrador confirme su último número: %(doubt)s")
            % {"series": series, "doubt": series.doubt},
            code="series_in_doubt",
        )
    limit = min(series.limit_number or LAST, LAST)
    if series.last_number >= limit:
        raise RuleRefused(
            _("La serie %(series)s llegó a su límite (%(limit)d). Amplíe el límite o use otra serie.")
            % {"series": series, "limit": limit},
            code="series_exhausted",
        )
    return series


def take_next(series: Series, day: date) -> Taken:
    """Take the next number of a locked series for a document of that local date.

    Raises:
        RuleRefused: `date_goes_back`: the series already issued on a later date (law 1).
    """
    if series.last_issue_date and day < series.last_issue_date:
        raise RuleRefused(
            _("La serie %(series)s ya emitió el %(last)s: una fecha anterior rompería el orden de los números.")
            % {"series": series, "last": series.last_issue_date.strftime("%d/%m/%Y")},
            code="date_goes_back",
        )
    Series.objects.filter(pk=series.pk).update(last_number=F("last_number") + 1, last_issue_date=day)
    series.last_number += 1
    series.last_issue_date = day
    point = series.emission_point
    return Taken(series.last_number, format_number(point.establishment.code, point.code, series.last_number), day)


def limit_warning(series: Series) -> str:
    """Return a warning when few numbers are left before the internal limit, else an empty string."""
    if series.limit_number is None:
        return ""
    left = series.limit_number - series.last_number
    if left > WARN_WITHIN:
        return ""
    return _("Quedan %(left)d números en la serie %(series)s.") % {"left": left, "series": series}


def register_gap(document: Document) -> NumberGap:
    """Enter the number of a voided document in the gap register, with its reason."""
    return NumberGap.objects.create(
        series_id=document.series_id,
        sequential=document.sequential or 0,  # a voided document has its number
        document_id=document.pk,
        reason=document.void_reason,
        created_at=clock.now(),
    )
