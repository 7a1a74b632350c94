"""A court's calendar: its address on the court's page, and what is found there without signing in."""

from datetime import timedelta
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import throttling
from core.callers import address_of
from core.tenancy import company_context
from core.views import done, page
from reservations import feeds
from reservations.models import Court

# So many readings from one network in a quarter of an hour, whatever address they try.
WINDOW: Final = timedelta(minutes=15)
READINGS: Final = 300
HEADERS: Final = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow"}


@page("reservations.setup")
@require_POST
def open_feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the calendar's address, or another one in its place."""
    court = feeds.open_feed(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Enlace de calendario listo: cópielo en su programa de calendario."), court)


@page("reservations.setup")
@require_POST
def close_feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the calendar's address back."""
    court = feeds.close_feed(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Enlace de calendario quitado: quien lo tenía ya no ve nada."), court)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Send a court's calendar to who has its address."""
    (standing,) = throttling.tried({f"feed-from:{throttling.network(address_of(request) or '')}": READINGS}, WINDOW)
    if standing.exceeded:
        return HttpResponse(status=429, headers={"Retry-After": str(standing.resets_in)})
    try:
        court = feeds.by_token(token)
    except Court.DoesNotExist as absent:
        raise Http404 from absent
    with company_context(court.company.pk):
        return _answer(request, court)


def _answer(request: HttpRequest, court: Court) -> HttpResponse:
    rows = feeds.bookings(court)
    etag, changed = feeds.validator(court, rows), feeds.changed_at(rows)
    seconds = int(changed.timestamp()) if changed else None
    response = get_conditional_response(request, etag=etag, last_modified=seconds)
    if response is None:
        response = HttpResponse(feeds.calendar(court, rows), content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="agenda.ics"'
    response["ETag"] = etag
    if changed:
        response["Last-Modified"] = http_date(changed.timestamp())
    for name, value in HEADERS.items():
        response[name] = value
    return response
