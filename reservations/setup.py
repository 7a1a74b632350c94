"""Setting up what can be booked: venues, courts, their hours, and the rates that price them."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from audit.log import changes, record
from billing.models import CustomerKind, Product, TaxCategory
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from reservations.models import SLOT_MINUTES, Court, OpeningHours, PricePer, Rate, Venue
from reservations.week import DAY, GRAIN, Span

PERMISSION = "reservations.setup"


@transaction.atomic
def add_venue(*, name: str, address: str = "", actor: Actor) -> Venue:
    """Open a venue.

    Raises:
        WorkflowError: `already_exists`.
    """
    actor.require(PERMISSION)
    return _create(Venue(name=name, address=address), actor=actor)


@transaction.atomic
def update_venue(venue_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None) -> Venue:
    """Change a venue's name, address or activity; an inactive venue takes no new bookings.

    Raises:
        WorkflowError: `already_exists`; StaleVersion: somebody saved first.
    """
    actor.require(PERMISSION)
    venue = _lock(Venue, venue_id, expected_version)
    return _update(venue, values, {"name", "address", "active"}, actor=actor)


@transaction.atomic
def add_court(
    *,
    venue_id: int,
    name: str,
    detail: str = "",
    slot_minutes: int = 60,
    position: int = 0,
    hours: Sequence[Span] = (),
    actor: Actor,
) -> Court:
    """Add a court to a venue, with the hours it opens.

    Raises:
        WorkflowError: `already_exists`.
        RuleRefused: `unknown_slot_length`, `hours_overlap`, `not_a_quarter_hour`, `band_too_long`.
    """
    actor.require(PERMISSION)
    venue = Venue.objects.get(pk=venue_id)
    _check_slot(slot_minutes)
    court = Court(venue=venue, name=name, detail=detail, slot_minutes=slot_minutes, position=position)
    return _create(court, hours=hours, actor=actor)


@transaction.atomic
def update_court(
    court_id: int,
    values: dict[str, Any],
    *,
    hours: Sequence[Span] | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Court:
    """Change a court, and with `hours` replace the hours it opens. What is already booked stays booked.

    Raises:
        WorkflowError: `already_exists`; StaleVersion: somebody saved first.
        RuleRefused: `unknown_slot_length`, `hours_overlap`, `not_a_quarter_hour`, `band_too_long`.
    """
    actor.require(PERMISSION)
    court = _lock(Court, court_id, expected_version)
    _check_slot(values.get("slot_minutes", court.slot_minutes))
    return _update(court, values, {"name", "detail", "slot_minutes", "position", "active"}, hours=hours, actor=actor)


@transaction.atomic
def add_rate(
    *,
    venue_id: int,
    court_id: int | None = None,
    name: str,
    weekdays: Iterable[int],
    starts: int,
    ends: int,
    unit_price: Decimal,
    per: str = PricePer.HOUR,
    price_includes_tax: bool = True,
    tax_category: str = TaxCategory.GENERAL,
    product_id: int | None = None,
    customer_kind_id: int | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    on_holidays: bool = False,
    actor: Actor,
) -> Rate:
    """Add a price (USD) for a band of hours, in minutes after midnight, on some weekdays.

    It may be for a kind of customer, between two days (both included), or on holidays only.

    Raises:
        RuleRefused: `rate_tie`, naming the rate it could not be told from; `court_of_another_venue`,
            `price_not_positive`, `no_weekday`, `season_backwards`, `not_a_quarter_hour`, `band_too_long`.
        Product.DoesNotExist, CustomerKind.DoesNotExist: the product or the kind is not this company's.
    """
    actor.require(PERMISSION)
    _lock(Venue, venue_id)
    rate = Rate(
        venue_id=venue_id,
        court_id=court_id,
        name=name,
        weekdays=sorted(set(weekdays)),
        starts=starts,
        ends=ends,
        unit_price=unit_price,
        per=per,
        price_includes_tax=price_includes_tax,
        tax_category=tax_category,
        product_id=product_id,
        customer_kind_id=customer_kind_id,
        valid_from=valid_from,
        valid_until=valid_until,
        on_holidays=on_holidays,
    )
    _check_rate(rate)
    return _create(rate, actor=actor)


@transaction.atomic
def update_rate(rate_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None) -> Rate:
    """Change a rate. What was booked keeps the price it was booked at, until it is repriced.

    Raises:
        StaleVersion: somebody saved first.
        RuleRefused: as `add_rate()`.
    """
    actor.require(PERMISSION)
    _lock(Venue, Rate.objects.get(pk=rate_id).venue_id)
    rate = _lock(Rate, rate_id, expected_version)
    allowed = {"court_id", "name", "weekdays", "starts", "ends", "unit_price", "per"}
    allowed |= {"price_includes_tax", "tax_category", "product_id", "active"}
    allowed |= {"customer_kind_id", "valid_from", "valid_until", "on_holidays"}
    if "weekdays" in values:
        values = values | {"weekdays": sorted(set(values["weekdays"]))}
    return _update(rate, values, allowed, check=_check_rate, actor=actor)


# The rules


def _check_slot(minutes: int) -> None:
    if minutes not in SLOT_MINUTES:
        message = _("Un turno dura uno de: %(listed)s minutos.") % {"listed": ", ".join(map(str, SLOT_MINUTES))}
        raise _refused("slot_minutes", "unknown_slot_length", message)


def _check_hours(hours: Sequence[Span]) -> None:
    for span in hours:
        _check_band("hours", span.starts, span.ends)
    if any(one.meets(other) for one, other in combinations(hours, 2)):
        message = _("Dos horarios de la cancha se cruzan. Revise los que pasan la medianoche.")
        raise _refused("hours", "hours_overlap", message)


def _check_band(field: str, starts: int, ends: int) -> None:
    if starts % GRAIN or ends % GRAIN:
        raise _refused(field, "not_a_quarter_hour", _("Las horas van por cuartos: 06:00, 06:15, 06:30, 06:45."))
    if not (0 <= starts < DAY and starts < ends <= starts + DAY):
        raise _refused(field, "band_too_long", _("Un horario empieza en su día y dura 24 horas como máximo."))


def _check_rate(rate: Rate) -> None:
    _check_band("starts", rate.starts, rate.ends)
    if not rate.weekdays:
        raise _refused("weekdays", "no_weekday", _("Elija al menos un día de la semana."))
    if rate.unit_price <= 0:
        raise _refused("unit_price", "price_not_positive", _("El precio debe ser mayor que cero."))
    if rate.court_id and not Court.objects.filter(pk=rate.court_id, venue_id=rate.venue_id).exists():
        raise _refused("court", "court_of_another_venue", _("Esa cancha no es de la sede de la tarifa."))
    if rate.product_id:
        Product.objects.live().get(pk=rate.product_id)
    if rate.customer_kind_id:
        CustomerKind.objects.get(pk=rate.customer_kind_id)
    if rate.valid_from and rate.valid_until and rate.valid_until < rate.valid_from:
        raise _refused("valid_until", "season_backwards", _("La temporada debe terminar después de empezar."))
    if rate.active:
        _check_no_tie(rate)


def _check_no_tie(rate: Rate) -> None:
    """Refuse a rate that somewhere in the week could not be told from another: neither would be the more specific."""
    rivals = Rate.objects.active().filter(venue_id=rate.venue_id).exclude(pk=rate.pk)
    for rival in rivals:
        if rate.could_be_taken_for(rival):
            raise RuleRefused(
                _(
                    "La tarifa «%(rival)s» vale en las mismas horas (%(hours)s) y es igual de específica. "
                    "Cambie las horas o los días de una de las dos."
                )
                % {"rival": rival, "hours": rival.hours},
                code="rate_tie",
                extra={"rate_id": rival.pk},
            )


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


# Locks, reads and writes


def _lock(model: Any, pk: int, expected_version: int | None = None) -> Any:
    row = model.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    check_version(row.version, expected_version)
    return row


def _create(row: Any, *, hours: Sequence[Span] | None = None, actor: Actor) -> Any:
    _save(row)
    if hours is not None:
        _write_hours(row, hours)
    record(f"{row._meta.model_name}.created", row, actor=actor, after=_values(row))
    return row


def _update(
    row: Any,
    values: dict[str, Any],
    allowed: set[str],
    *,
    hours: Sequence[Span] | None = None,
    check: Any = None,
    actor: Actor,
) -> Any:
    before = _values(row)
    for name in allowed & values.keys():
        setattr(row, name, values[name])
    if check:
        check(row)
    row.version += 1
    _save(row)
    if hours is not None:
        _write_hours(row, hours)
    old, new = changes(before, _values(row))
    record(f"{row._meta.model_name}.updated", row, actor=actor, before=old, after=new)
    return row


def _save(row: Any) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise WorkflowError(_("Ya existe «%(row)s».") % {"row": row}, code="already_exists") from error


def _write_hours(court: Court, hours: Sequence[Span]) -> None:
    _check_hours(hours)
    OpeningHours.objects.filter(court=court).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(court=court, weekday=span.weekday, opens=span.starts, closes=span.ends) for span in sorted(hours)
    )


def _values(row: Any) -> dict[str, Any]:
    hidden = {"id", "company", "version", "feed_token", "feed_token_hash"}
    values = {field.name: field.value_from_object(row) for field in row._meta.fields if field.name not in hidden}
    if isinstance(row, Court):
        values["hours"] = [str(stretch) for stretch in OpeningHours.objects.filter(court=row)]
    return values
