"""The same court every week: plan → start → change the rest, or cancel it.

Each date is a booking like any other, under one repetition; one that was moved by itself is an exception. Changing
"this and the following" ends the repetition the day before and goes on as another. The lock order is court,
repetition, bookings by id, then what each booking's own step locks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.log import changes, record
from billing.models import Customer
from core import clock
from core.actor import Actor
from core.errors import WorkflowError, check_version
from reservations import fees, moving, plan, workflow
from reservations.models import CHANGEABLE, Court, Repetition, Reservation
from reservations.plan import Plan, PlannedDate, RepeatInput
from reservations.rules import open_court, refused
from reservations.week import DAY, GRAIN, minutes_of, moment
from reservations.workflow import BookInput

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Left:
    """A date that stayed as it was, or was not booked, and why."""

    starts_at: datetime
    why: str
    reservation: Reservation | None = None
    is_refused: bool = False

    @property
    def reservation_id(self) -> int | None:
        """Return the id of the booking, where there is one."""
        return self.reservation.pk if self.reservation else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step on a repetition: the bookings it made or changed, and what it left alone."""

    repetition: Repetition
    done: list[Reservation]
    left: list[Left]


@dataclass(frozen=True, slots=True)
class ChangeInput:
    """The new court, weekday (0 is Monday) or hour (minutes after midnight); what is None stays."""

    court_id: int | None = None
    weekday: int | None = None
    starts: int | None = None


def preview(entered: RepeatInput, *, actor: Actor) -> Plan:
    """Look at every date of a weekly booking, saving nothing.

    Raises:
        RuleRefused: codes of `plan.make()`.
    """
    actor.require("reservations.view")
    court = Court.objects.select_related("venue").get(pk=entered.court_id)
    return plan.make(entered, court, Customer.objects.live().get(pk=entered.customer_id))


@transaction.atomic
def start(entered: RepeatInput, *, skip_others: bool = False, actor: Actor) -> Outcome:
    """Book and confirm every free date; with `skip_others` those that are not free are left out.

    Raises:
        WorkflowError: `dates_not_free`, naming them, unless they may be left out; `court_inactive`.
        RuleRefused: `no_free_dates`; codes of `plan.make()`.
    """
    actor.require("reservations.manage")
    court = open_court(entered.court_id)
    customer = Customer.objects.live().get(pk=entered.customer_id)
    planned = plan.make(entered, court, customer)
    if not planned.free:
        raise refused("first_on", "no_free_dates", _("Ninguna de esas fechas está libre."))
    if planned.others and not skip_others:
        raise _not_free([(row.starts_at, row.why) for row in planned.others])
    repetition = Repetition.objects.create(
        customer=customer,
        court=court,
        weekday=entered.first_on.weekday(),
        starts=entered.starts,
        minutes=entered.minutes,
        first_on=entered.first_on,
        until=planned.dates[-1].day,
        notes=entered.notes.strip(),
        created_at=clock.now(),
    )
    booked = [_book(repetition, entered, row, actor) for row in planned.free]
    record("repetition.started", repetition, actor=actor, after=_told(repetition) | {"bookings": len(booked)})
    return Outcome(repetition, booked, [Left(row.starts_at, row.why) for row in planned.others])


def _book(repetition: Repetition, entered: RepeatInput, planned: PlannedDate, actor: Actor) -> Reservation:
    wanted = BookInput(
        court_id=repetition.court_id,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        customer_id=repetition.customer_id,
        notes=entered.notes,
        extras=entered.extras,
        confirm=True,
        repetition_id=repetition.pk,
    )
    return workflow.book(wanted, actor=actor)


@transaction.atomic
def change(
    repetition_id: int,
    entered: ChangeInput,
    *,
    from_date: date | None = None,
    keep_exceptions: bool = True,
    skip_others: bool = False,
    actor: Actor,
    expected_version: int | None = None,
) -> Outcome:
    """Give the bookings still to come (from a date on) another court, weekday or hour, as long as before.

    What is over, began, or is on a document stays and is listed; so are exceptions, unless they are to follow. With
    `skip_others` a date that is not free stays where it is.

    Raises:
        WorkflowError: `dates_not_free`, naming them; `repetition_ended`; `nothing_to_change`: no booking is left
            from there on; `court_inactive`; StaleVersion: somebody saved first.
        RuleRefused: `nothing_changed`, `not_a_quarter`.
    """
    actor.require("reservations.manage")
    present = Repetition.objects.get(pk=repetition_id)
    court = open_court(entered.court_id or present.court_id)
    repetition = _lock(repetition_id, expected_version)
    before = _told(repetition)
    _check_change(repetition, court, entered)
    rows = _from(repetition, from_date)
    exceptions = {row.pk for row in rows if is_exception(repetition, row)} if keep_exceptions else set()
    going = _going_on(repetition, rows, actor)
    going.court, going.weekday = court, repetition.weekday if entered.weekday is None else entered.weekday
    going.starts = repetition.starts if entered.starts is None else entered.starts
    going.first_on, going.until = _on_weekday(going.first_on, going.weekday), _on_weekday(going.until, going.weekday)
    going.version += 1
    going.save()
    outcome = _each(going, rows, lambda row: _why_stays(row, exceptions), lambda row: _move(going, row, actor))
    if not skip_others and (not_free := [left for left in outcome.left if left.is_refused]):
        raise _not_free([(left.starts_at, left.why) for left in not_free])
    if not outcome.done:
        raise WorkflowError(_("No queda ninguna reserva que cambiar desde esa fecha."), code="nothing_to_change")
    old, new = changes(before, _told(going))
    record("repetition.changed", going, actor=actor, before=old, after=new | _counted(outcome))
    return outcome


@transaction.atomic
def cancel_rest(
    repetition_id: int, *, from_date: date | None = None, reason: str, actor: Actor, expected_version: int | None = None
) -> Outcome:
    """Cancel the bookings still to come, from a date on; the repetition ends. What is on a document stays, listed.

    Raises:
        WorkflowError: `repetition_ended`; StaleVersion: somebody saved first.
        RuleRefused: `reason_required`.
    """
    actor.require("reservations.manage")
    repetition = _lock(repetition_id, expected_version)
    _check_active(repetition)
    if not reason.strip():
        raise refused("reason", "reason_required", _("Escriba el motivo de la cancelación."))
    rows = _from(repetition, from_date)
    outcome = _each(
        repetition,
        rows,
        lambda row: _why_stays(row, set()),
        lambda row: workflow.cancel(row.pk, reason=reason, actor=actor),
    )
    before = _told(repetition)
    _end(repetition, from_date or clock.today())
    old, new = changes(before, _told(repetition))
    told = new | _counted(outcome)
    record("repetition.ended", repetition, actor=actor, before=old, after=told, reason=reason.strip())
    return outcome


def is_exception(repetition: Repetition, reservation: Reservation) -> bool:
    """Say whether a date has another court, weekday or hour than its repetition."""
    start = clock.local(reservation.starts_at)
    length = (reservation.ends_at - reservation.starts_at) // timedelta(minutes=1)
    own = (reservation.court_id, start.weekday(), minutes_of(start.time()), length)
    return own != (repetition.court_id, repetition.weekday, repetition.starts, repetition.minutes)


# One date after the other


def _each(
    repetition: Repetition,
    rows: Sequence[Reservation],
    why_stays: Callable[[Reservation], str],
    act: Callable[[Reservation], Reservation],
) -> Outcome:
    """Do it to each that does not have to stay; a refusal of one leaves the others alone."""
    outcome = Outcome(repetition, [], [])
    for row in rows:
        if why := why_stays(row):
            outcome.left.append(Left(row.starts_at, why, row))
            continue
        try:
            with transaction.atomic():
                outcome.done.append(act(row))
        except WorkflowError as refusal:
            outcome.left.append(Left(row.starts_at, refusal.message, row, is_refused=True))
    return outcome


def _why_stays(reservation: Reservation, exceptions: set[int]) -> str:
    if reservation.status not in CHANGEABLE:
        return str(reservation.get_status_display())
    if reservation.starts_at <= clock.now():
        return _("Ya empezó")
    if fees.is_on_a_document(reservation):
        return _("Ya está en una factura o un borrador")
    return _("Se cambió por separado") if reservation.pk in exceptions else ""


def _move(repetition: Repetition, row: Reservation, actor: Actor) -> Reservation:
    day = _on_weekday(clock.local(row.starts_at).date(), repetition.weekday)
    starts_at = moment(day, repetition.starts, clock.zone())
    return moving.move(row.pk, repetition.court_id, starts_at, actor=actor)


def _on_weekday(day: date, weekday: int) -> date:
    """Return the day of the same week, Monday to Sunday, that is the weekday."""
    return day + ONE_DAY * (weekday - day.weekday())


def _from(repetition: Repetition, from_date: date | None) -> list[Reservation]:
    rows = Reservation.objects.filter(repetition=repetition).select_related("court").order_by("pk")
    return list(rows.filter(starts_at__gte=clock.day_range(from_date)[0]) if from_date else rows)


def _going_on(repetition: Repetition, rows: Sequence[Reservation], actor: Actor) -> Repetition:
    """Return the repetition of some of its bookings: itself where they are all, else a new one that takes them over."""
    ids = [row.pk for row in rows]
    if not ids or not Reservation.objects.filter(repetition=repetition).exclude(pk__in=ids).exists():
        return repetition
    first_on = min(clock.local(row.starts_at).date() for row in rows)
    going = _another(repetition, first_on=first_on)
    Reservation.objects.filter(pk__in=ids).update(repetition=going)
    before = _told(repetition)
    _end(repetition, first_on)
    old, new = changes(before, _told(repetition))
    record("repetition.ended", repetition, actor=actor, before=old, after=new | {"goes_on_as": going.pk})
    record("repetition.started", going, actor=actor, after=_told(going) | {"goes_on_from": repetition.pk})
    return going


def _another(repetition: Repetition, *, first_on: date) -> Repetition:
    return Repetition.objects.create(
        customer_id=repetition.customer_id,
        court_id=repetition.court_id,
        weekday=repetition.weekday,
        starts=repetition.starts,
        minutes=repetition.minutes,
        first_on=first_on,
        until=max(first_on, repetition.until),
        notes=repetition.notes,
        created_at=clock.now(),
    )


def _end(repetition: Repetition, day: date) -> None:
    """Let a repetition end the day before."""
    repetition.until = min(repetition.until, max(repetition.first_on, day - ONE_DAY))
    repetition.status = Repetition.Status.ENDED
    repetition.version += 1
    repetition.save(update_fields=["until", "status", "version"])


# Rules, locks, words


def _lock(repetition_id: int, expected_version: int | None) -> Repetition:
    rows = Repetition.objects.select_for_update(of=("self",), no_key=True).select_related("court", "customer")
    repetition = rows.get(pk=repetition_id)
    check_version(repetition.version, expected_version)
    return repetition


def _check_active(repetition: Repetition) -> None:
    if repetition.status == Repetition.Status.ENDED:
        raise WorkflowError(
            _("Esa reserva repetida ya terminó el %(until)s.") % {"until": f"{repetition.until:%d/%m/%Y}"},
            code="repetition_ended",
        )


def _check_change(repetition: Repetition, court: Court, entered: ChangeInput) -> None:
    _check_active(repetition)
    starts = repetition.starts if entered.starts is None else entered.starts
    weekday = repetition.weekday if entered.weekday is None else entered.weekday
    if starts % GRAIN or not 0 <= starts < DAY:
        raise refused("starts", "not_a_quarter", _("Las horas van de cuarto en cuarto de hora."))
    if (court.pk, weekday, starts) == (repetition.court_id, repetition.weekday, repetition.starts):
        raise refused("starts", "nothing_changed", _("Elija otra cancha, otro día u otra hora."))


def _not_free(dates: Sequence[tuple[datetime, str]]) -> WorkflowError:
    said = [{"starts_at": clock.local(starts).isoformat(), "why": why} for starts, why in dates]
    first = "; ".join(f"{clock.local(starts):%d/%m/%Y}: {why}" for starts, why in dates[:3])
    message = ngettext(
        "%(n)d fecha no está libre (%(first)s). Déjela fuera, o elija otra hora.",
        "%(n)d fechas no están libres (%(first)s…). Déjelas fuera, o elija otra hora.",
        len(dates),
    ) % {"n": len(dates), "first": first}
    return WorkflowError(message, code="dates_not_free", extra={"dates": said})


def _told(repetition: Repetition) -> dict[str, Any]:
    return {
        "customer": repetition.customer.name,
        "court": repetition.court.name,
        "weekday": str(repetition.get_weekday_display()),
        "hours": repetition.hours,
        "first_on": repetition.first_on,
        "until": repetition.until,
        "status": repetition.status,
    }


def _counted(outcome: Outcome) -> dict[str, Any]:
    return {
        "bookings": len(outcome.done),
        "left": [f"{clock.local(left.starts_at):%d/%m/%Y}: {left.why}" for left in outcome.left],
    }
