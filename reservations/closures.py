"""When nothing is booked though the court is open: blackouts and holidays, and what they refuse."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from audit.log import changes, record
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError, check_version
from reservations import timetable
from reservations.models import Blackout, Court, Holiday, Reservation, Venue
from reservations.pricing import said
from reservations.rules import refused

PERMISSION = "reservations.setup"
LONGEST = timedelta(days=366)


def check_open(court: Court, start: datetime, end: datetime) -> None:
    """Refuse a period in which a court is blocked, or that belongs to a day on which nothing opens.

    Raises:
        RuleRefused: `blacked_out` or `closed_for_holiday`, naming the reason.
    """
    blackout = Blackout.objects.standing().of_court(court).meeting(start, end).first()
    if blackout:
        raise _closed(
            "blacked_out",
            _("%(court)s está bloqueada de %(period)s: %(reason)s.")
            % {
                "court": court,
                "period": said(clock.local(blackout.starts_at), clock.local(blackout.ends_at)),
                "reason": blackout.reason,
            },
            blackout_id=blackout.pk,
        )
    start, end = clock.local(start), clock.local(end)
    days = Holiday.objects.filter(closed=True).between(start.date() - timedelta(days=1), end.date())
    for holiday in days:
        opened = timetable.openings([row.span for row in court.hours.all()], holiday.day, holiday.day, clock.zone())
        if any(opens < end and start < closes for opens, closes in opened):
            message = _("El %(day)s no se abre: %(holiday)s.") % {"day": f"{holiday.day:%d/%m/%Y}", "holiday": holiday}
            raise _closed("closed_for_holiday", message, holiday_id=holiday.pk)


def _closed(code: str, message: str, **extra: Any) -> RuleRefused:
    refusal = refused("starts_at", code, message)
    refusal.extra.update(extra)
    return refusal


# Blackouts


def inside(blackout: Blackout) -> QuerySet[Reservation]:
    """Return the live bookings inside a blackout, the first to come first: they were there before it, and stay."""
    return (
        Reservation.objects.live()
        .filter(court__in=_courts(blackout))
        .meeting(blackout.starts_at, blackout.ends_at)
        .select_related("court__venue")
        .order_by("starts_at", "pk")
    )


def _courts(blackout: Blackout) -> QuerySet[Court]:
    if blackout.court_id:
        return Court.objects.filter(pk=blackout.court_id)
    return Court.objects.filter(venue_id=blackout.venue_id) if blackout.venue_id else Court.objects.all()


@transaction.atomic
def add_blackout(
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    venue_id: int | None = None,
    court_id: int | None = None,
    actor: Actor,
) -> Blackout:
    """Let nobody book a court, a venue, or (with neither) anything for a while. What is booked stays: see `inside()`.

    Raises:
        RuleRefused: `reason_required`, `empty_period`, `too_long`, `slot_past`, `court_of_another_venue`.
        Venue.DoesNotExist, Court.DoesNotExist: they are not this company's.
    """
    actor.require(PERMISSION)
    _check_blackout(starts_at, ends_at, reason)
    if court_id:
        court = Court.objects.get(pk=court_id)
        if venue_id and court.venue_id != venue_id:
            raise refused("court", "court_of_another_venue", _("Esa cancha no es de la sede elegida."))
        venue_id = None
    elif venue_id:
        Venue.objects.get(pk=venue_id)
    blackout = Blackout(
        venue_id=venue_id,
        court_id=court_id,
        period=(starts_at, ends_at),
        reason=reason.strip(),
        created_by_id=actor.user_id,
        created_at=clock.now(),
    )
    # Whoever books one of these courts at this moment is done before, or finds the blackout.
    list(_courts(blackout).select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
    blackout.save()
    blackout.refresh_from_db()
    record("blackout.created", blackout, actor=actor, after=_told(blackout), reason=blackout.reason)
    return blackout


def _check_blackout(starts_at: datetime, ends_at: datetime, reason: str) -> None:
    if not reason.strip():
        raise refused("reason", "reason_required", _("Escriba por qué no se puede reservar."))
    if ends_at <= starts_at:
        raise refused("ends_at", "empty_period", _("El bloqueo debe terminar después de empezar."))
    if ends_at - starts_at > LONGEST:
        raise refused("ends_at", "too_long", _("Un bloqueo dura un año como máximo."))
    if ends_at <= clock.now():
        raise refused("ends_at", "slot_past", _("Ese período ya pasó."))


@transaction.atomic
def cancel_blackout(blackout_id: int, *, actor: Actor) -> Blackout:
    """Let people book again.

    Raises:
        WorkflowError: `already_cancelled`.
    """
    actor.require(PERMISSION)
    blackout = Blackout.objects.select_for_update(of=("self",), no_key=True).get(pk=blackout_id)
    if blackout.cancelled_at:
        raise WorkflowError(_("El bloqueo ya se quitó."), code="already_cancelled")
    blackout.cancelled_at = clock.now()
    blackout.save(update_fields=["cancelled_at"])
    cancelled = {"cancelled_at": clock.local(blackout.cancelled_at).isoformat()}
    record("blackout.cancelled", blackout, actor=actor, before=_told(blackout), after=cancelled)
    return blackout


def _told(blackout: Blackout) -> dict[str, Any]:
    return {
        "place": blackout.place,
        "starts_at": clock.local(blackout.starts_at).isoformat(),
        "ends_at": clock.local(blackout.ends_at).isoformat(),
        "bookings": inside(blackout).count(),
    }


# Holidays


@transaction.atomic
def add_holiday(*, day: date, name: str, closed: bool = False, actor: Actor) -> Holiday:
    """Add a holiday, with its own prices or closed. What is booked on it stays booked at its price.

    Raises:
        WorkflowError: `already_exists`: that day is one.
    """
    actor.require(PERMISSION)
    holiday = Holiday(day=day, name=name.strip(), closed=closed)
    _save(holiday)
    record("holiday.created", holiday, actor=actor, after=_values(holiday))
    return holiday


@transaction.atomic
def update_holiday(
    holiday_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None
) -> Holiday:
    """Change a holiday's day, name or whether anything opens.

    Raises:
        WorkflowError: `already_exists`: that day is one; StaleVersion: somebody saved first.
    """
    actor.require(PERMISSION)
    holiday = _lock(holiday_id, expected_version)
    before = _values(holiday)
    for name in {"day", "name", "closed"} & values.keys():
        setattr(holiday, name, values[name])
    holiday.version += 1
    _save(holiday)
    old, new = changes(before, _values(holiday))
    record("holiday.updated", holiday, actor=actor, before=old, after=new)
    return holiday


@transaction.atomic
def remove_holiday(holiday_id: int, *, actor: Actor) -> None:
    """Make a holiday a day like any other.

    Raises:
        Holiday.DoesNotExist: it is not this company's, or was removed.
    """
    actor.require(PERMISSION)
    holiday = _lock(holiday_id)
    record("holiday.removed", holiday, actor=actor, before=_values(holiday), after={"removed": True})
    holiday.delete()


def _lock(holiday_id: int, expected_version: int | None = None) -> Holiday:
    holiday = Holiday.objects.select_for_update(of=("self",), no_key=True).get(pk=holiday_id)
    check_version(holiday.version, expected_version)
    return holiday


def _save(holiday: Holiday) -> None:
    try:
        with transaction.atomic():
            holiday.save()
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise WorkflowError(
            _("El %(day)s ya está entre los feriados.") % {"day": f"{holiday.day:%d/%m/%Y}"}, code="already_exists"
        ) from error


def _values(holiday: Holiday) -> dict[str, Any]:
    return {"day": holiday.day, "name": holiday.name, "closed": holiday.closed}


def closed_days(holidays: Sequence[Holiday]) -> dict[date, Holiday]:
    """Return those on which nothing opens, by their day."""
    return {holiday.day: holiday for holiday in holidays if holiday.closed}
