"""What a booking costs: court time slot by slot at the rate that holds when the slot begins, and extras.

`quote()` is the same function for the price shown while a person chooses, and for the lines a booking keeps.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from billing.billables import OfferedLine, estimate
from billing.models import Customer, Product, TaxCategory
from billing.totals import Totals
from core import clock
from core.errors import FieldError, RuleRefused
from core.money import half_up
from reservations import timetable
from reservations.models import Court, Holiday, PricePer, Rate, ReservationLine
from reservations.timetable import Period

LONGEST = timedelta(hours=24)

Kind = ReservationLine.Kind


@dataclass(frozen=True, slots=True)
class ExtraInput:
    """One extra: of a product (whose text, price and tax are taken where left empty) or typed."""

    quantity: Decimal
    product_id: int | None = None
    description: str = ""
    unit_price: Decimal | None = None
    price_includes_tax: bool | None = None
    tax_category: str = ""


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line as billing will take it, and the rate that priced it if it is court time."""

    offered: OfferedLine
    kind: Kind
    rate_id: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a period on a court costs: its lines, and their totals with the taxes in force today."""

    court: Court
    starts_at: datetime
    ends_at: datetime
    lines: tuple[PricedLine, ...]
    totals: Totals


def quote(
    court: Court,
    start: datetime,
    end: datetime,
    extras: Sequence[ExtraInput] = (),
    *,
    customer: Customer | None = None,
) -> Quote:
    """Price a period on a court, with extras, for a customer (whose kind may have its own prices).

    Raises:
        RuleRefused: `empty_period`, `too_long`, `outside_hours`, `not_a_slot`, `no_rate`, `extra_incomplete`,
            `product_not_found`, or the lines cannot be billed (codes of `billing.totals`).
    """
    start, end = clock.local(start), clock.local(end)
    lines = (*_court_lines(court, start, end, customer), *_extra_lines(extras))
    return Quote(court, start, end, lines, estimate([line.offered for line in lines], clock.today()))


def rate_at(
    rates: Iterable[Rate], moment: datetime, holidays: Collection[date] = (), kind_id: int | None = None
) -> Rate | None:
    """Return the most specific of a court's rates that holds at a local moment for a kind of customer."""
    holding = (rate for rate in rates if rate.holds(moment, holidays, kind_id))
    return max(holding, key=lambda rate: rate.rank, default=None)


def holidays_for(rates: Iterable[Rate], first: date, last: date) -> set[date]:
    """Return the holidays among the local days first..last; not looked up where no rate asks."""
    if not any(rate.on_holidays for rate in rates):
        return set()
    return set(Holiday.objects.between(first, last).values_list("day", flat=True))


def _court_lines(court: Court, start: datetime, end: datetime, customer: Customer | None) -> list[PricedLine]:
    """Make a line for each run of slots with one rate."""
    chosen = _slots(court, start, end)
    rates = list(Rate.objects.active().of_court(court).select_related("product"))
    days = holidays_for(rates, start.date() - timedelta(days=1), end.date())
    kind_id = customer.kind_id if customer else None
    priced = [(slot, _rate(court, rate_at(rates, slot[0], days, kind_id), slot[0])) for slot in chosen]
    runs = (list(run) for _rate_id, run in groupby(priced, key=lambda pair: pair[1].pk))
    return [_court_line(court, run[0][1], [slot for slot, _rate in run]) for run in runs]


def _slots(court: Court, start: datetime, end: datetime) -> list[Period]:
    _check_length(start, end)
    hours = [row.span for row in court.hours.all()]
    opened = timetable.openings(hours, start.date() - timedelta(days=1), end.date(), clock.zone())
    if not timetable.is_open(opened, start, end):
        raise _refuse(
            "outside_hours",
            _("%(court)s no abre de %(period)s. Elija otra hora.") % {"court": court, "period": said(start, end)},
        )
    chosen = timetable.slots_between(timetable.slots(opened, court.slot_minutes), start, end)
    if not chosen:
        raise _refuse(
            "not_a_slot",
            _("%(court)s se reserva por turnos de %(minutes)d minutos desde que abre: %(period)s no es un turno.")
            % {"court": court, "minutes": court.slot_minutes, "period": said(start, end)},
        )
    return chosen


def _check_length(start: datetime, end: datetime) -> None:
    if end <= start:
        raise _refuse("empty_period", _("La reserva debe terminar después de empezar."))
    if end - start > LONGEST:
        raise _refuse("too_long", _("Una reserva dura 24 horas como máximo."))


def _rate(court: Court, rate: Rate | None, moment: datetime) -> Rate:
    if rate is None:
        raise _refuse(
            "no_rate",
            _("%(court)s no tiene tarifa para el %(moment)s. Agréguela en la configuración de la sede.")
            % {"court": court, "moment": moment.strftime("%d/%m/%Y %H:%M")},
        )
    return rate


def _court_line(court: Court, rate: Rate, run: Sequence[Period]) -> PricedLine:
    start, end = run[0][0], run[-1][1]
    hours = half_up(Decimal((end - start) // timedelta(minutes=1)) / 60, 6)
    offered = OfferedLine(
        description=f"{rate.name}: {court.name}, {said(start, end)}",
        quantity=Decimal(len(run)) if rate.per == PricePer.SLOT else hours,
        unit_price=rate.unit_price,
        price_includes_tax=rate.price_includes_tax,
        tax_category=rate.tax_category,
        product_id=rate.product_id,
        code=rate.product.code if rate.product else "",
    )
    return PricedLine(offered, Kind.COURT, rate.pk)


def _extra_lines(extras: Sequence[ExtraInput]) -> list[PricedLine]:
    products = Product.objects.live().in_bulk([extra.product_id for extra in extras if extra.product_id])
    return [_extra_line(position, extra, products) for position, extra in enumerate(extras)]


def _extra_line(position: int, extra: ExtraInput, products: dict[int, Product]) -> PricedLine:
    product = products.get(extra.product_id) if extra.product_id else None
    if extra.product_id and product is None:
        message = _("El producto del adicional %(line)d ya no está disponible.") % {"line": position + 1}
        raise _refuse("product_not_found", message, field=f"extras.{position}.product")
    description = extra.description.strip() or (product.name if product else "")
    price = extra.unit_price if extra.unit_price is not None else (product.unit_price if product else None)
    if not description or price is None:
        message = _("El adicional %(line)d necesita un producto, o una descripción y un precio.")
        raise _refuse("extra_incomplete", message % {"line": position + 1}, field=f"extras.{position}.description")
    inside = extra.price_includes_tax
    if inside is None:
        inside = product.price_includes_tax if product else True
    offered = OfferedLine(
        description=description,
        quantity=extra.quantity,
        unit_price=price,
        price_includes_tax=inside,
        tax_category=extra.tax_category or (product.tax_category if product else TaxCategory.GENERAL),
        product_id=product.pk if product else None,
        code=product.code if product else "",
    )
    return PricedLine(offered, Kind.EXTRA)


def said(start: datetime, end: datetime) -> str:
    """Say a local period as people do: `21/11/2026 20:00–22:00`."""
    return f"{start:%d/%m/%Y %H:%M}–{end:%H:%M}"


def _refuse(code: str, message: str, *, field: str = "starts_at") -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])
