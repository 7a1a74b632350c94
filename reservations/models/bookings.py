"""Bookings: who has which court when, what it costs, and how far it has got."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Sum, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing.models import Customer, Product, TaxCategory
from core import clock
from core.addresses import address_of
from core.cents import cents_of
from core.money import ZERO
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel
from reservations.models.billing_state import BillingState, money, unbilled
from reservations.models.policies import BookingPolicy
from reservations.models.rates import Rate
from reservations.models.repetitions import Repetition
from reservations.models.venues import Court, has_beginning_and_end


class ReservationStatus(models.TextChoices):
    """How far a booking has got."""

    HELD = "held", _("Apartada")
    REQUESTED = "requested", _("Solicitada")
    CONFIRMED = "confirmed", _("Confirmada")
    CHECKED_IN = "checked_in", _("En cancha")
    COMPLETED = "completed", _("Completada")
    CANCELLED = "cancelled", _("Cancelada")
    NO_SHOW = "no_show", _("No asistió")
    EXPIRED = "expired", _("Vencida")


# The steps, as data: read by the workflow, the trigger, the buttons and the tests.
RESERVATION_STEPS: Final[list[tuple[str, str]]] = [
    (ReservationStatus.HELD, ReservationStatus.REQUESTED),
    (ReservationStatus.HELD, ReservationStatus.CONFIRMED),
    (ReservationStatus.HELD, ReservationStatus.EXPIRED),
    (ReservationStatus.HELD, ReservationStatus.CANCELLED),
    (ReservationStatus.REQUESTED, ReservationStatus.CONFIRMED),
    (ReservationStatus.REQUESTED, ReservationStatus.CANCELLED),
    (ReservationStatus.CONFIRMED, ReservationStatus.CHECKED_IN),
    (ReservationStatus.CONFIRMED, ReservationStatus.NO_SHOW),
    (ReservationStatus.CONFIRMED, ReservationStatus.CANCELLED),
    (ReservationStatus.CHECKED_IN, ReservationStatus.COMPLETED),
]

# A booking in one of these states holds its court; nobody comes from another state back into these.
LIVE: Final = (
    ReservationStatus.HELD,
    ReservationStatus.REQUESTED,
    ReservationStatus.CONFIRMED,
    ReservationStatus.CHECKED_IN,
    ReservationStatus.COMPLETED,
)

# How a booking stands at this moment, for lists and figures.
STANDINGS: Final = {
    "live": _("Vigentes"),
    "coming": _("Por venir"),
    "past": _("Pasadas"),
    "unconfirmed": _("Por venir sin confirmar"),
    "to_charge": _("Por cobrar"),
}

# In one of these a booking can still be given another court, time or price.
CHANGEABLE: Final = (ReservationStatus.HELD, ReservationStatus.REQUESTED, ReservationStatus.CONFIRMED)


# What is on a document, or was invoiced, costs what that document says.
ON_A_DOCUMENT: Final = """EXISTS (SELECT FROM billing_billable b
                               WHERE b.company_id = {row}.company_id AND b.source_type = 'reservation'
                               AND b.source_id = {source} AND b.status IN ('drafted', 'invoiced'))"""


def shares_add_up(reservation: str) -> str:
    """Make the body of the law that the present shares of a booking, if it has any, sum to its price."""
    return f"""
        IF EXISTS (SELECT FROM reservations_reservation r, LATERAL (
                       SELECT sum(s.amount) AS amount FROM reservations_share s
                       WHERE s.reservation_id = r.id AND s.superseded_at IS NULL) AS present
                   WHERE r.id = {reservation} AND present.amount <> r.total) THEN
            RAISE EXCEPTION 'the shares of reservation % do not sum to its price', {reservation}
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """  # noqa: S608 — two fixed names are put in


class ReservationQuerySet(SearchableQuerySet):
    """Named reads of bookings."""

    def live(self) -> Self:
        """Return those that hold their court."""
        return self.filter(status__in=LIVE)

    def stale(self) -> Self:
        """Return the holds whose time is over and that still hold their court."""
        return self.filter(status=ReservationStatus.HELD, held_until__lte=clock.now())

    def meeting(self, start: datetime, end: datetime) -> Self:
        """Return those that have a moment in common with the half-open period."""
        return self.filter(period__overlap=(start, end))

    def standing(self, name: str) -> Self:
        """Return those that stand so now: one of `STANDINGS`."""
        now = clock.now()
        match name:
            case "coming":
                return self.live().filter(starts_at__gte=now)
            case "past":
                return self.filter(starts_at__lt=now)
            case "unconfirmed":
                return self.filter(status=ReservationStatus.REQUESTED, starts_at__gte=now)
            case "to_charge":
                owing = (BillingState.UNBILLED, BillingState.DRAFTED, BillingState.PARTLY, BillingState.INVOICED)
                return self.live().with_billing().filter(money__state__in=owing)
            case _:
                return self.live()

    def with_billing(self) -> Self:
        """Annotate `money`, which says how far the money is: see `billing_state.money()`."""
        return self.annotate(money=money())

    def in_billing_state(self, state: str) -> Self:
        """Return those whose money is there (a `BillingState` other than none)."""
        return self.with_billing().filter(money__state=state)

    def unbilled(self) -> Decimal:
        """Return how much of these bookings (USD) waits to be invoiced."""
        return self.order_by().aggregate(sum=Sum(unbilled()))["sum"] or ZERO


class NumberCounter(CompanyModel):
    """The last booking number given; a number whose booking was rolled back may be missing."""

    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("contador de reservas")
        verbose_name_plural = _("contadores de reservas")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_reservation_counter_per_company")]


class Reservation(SearchableModel):
    """A customer has a court for a while. Two live ones of a court never overlap: the database refuses.

    `customer_*` are copies, as they were when it was booked. Court, time and price may change until it begins or is
    on a document; who booked does not change once it is confirmed. A hold may be for somebody who is only a name yet.
    """

    SORTED_AS: ClassVar[dict[str, str]] = {"total": "total_cents"}

    code = models.CharField(_("código"), max_length=12)
    court = CompanyForeignKey(Court, verbose_name=_("cancha"), related_name="reservations")
    period = DateTimeRangeField(_("período"))
    starts_at = models.GeneratedField(
        expression=Func(F("period"), function="lower"), output_field=models.DateTimeField(_("desde")), db_persist=True
    )
    ends_at = models.GeneratedField(
        expression=Func(F("period"), function="upper"), output_field=models.DateTimeField(_("hasta")), db_persist=True
    )
    status = models.CharField(
        _("estado"), max_length=10, choices=ReservationStatus.choices, default=ReservationStatus.REQUESTED
    )
    held_until = models.DateTimeField(_("apartada hasta"), null=True, editable=False)
    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), null=True, related_name="reservations")
    customer_name = models.CharField(_("a nombre de"), max_length=300)
    customer_email = models.EmailField(_("correo electrónico"), blank=True)
    customer_phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    total_cents = cents_of("total")
    # Why it does not cost what the rates say; empty while it does.
    price_reason = models.CharField(_("motivo del precio"), max_length=500, blank=True)
    policy = CompanyForeignKey(BookingPolicy, verbose_name=_("reglas"), null=True, related_name="reservations")
    # What a cancelled or missed booking still costs; empty while neither happened.
    fee = models.DecimalField(_("cargo"), max_digits=14, decimal_places=2, null=True)
    repetition = CompanyForeignKey(
        Repetition, verbose_name=_("reserva repetida"), null=True, related_name="reservations"
    )
    notes = models.TextField(_("notas"), blank=True)
    cancel_reason = models.CharField(_("motivo de cancelación"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = CompanyManager.from_queryset(ReservationQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("reserva")
        verbose_name_plural = _("reservas")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="one_reservation_per_code"),
            ExclusionConstraint(
                name="no_two_live_bookings_of_a_court_overlap",
                # gist has no equality for numbers without an extension: a range of one number has overlap
                expressions=[
                    (Func(F("court_id"), F("court_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=["held", "requested", "confirmed", "checked_in", "completed"]),
            ),
            has_beginning_and_end("reservation_has_a_beginning_and_an_end"),
            models.CheckConstraint(condition=Q(total__gt=0), name="reservation_costs_something"),
            models.CheckConstraint(
                condition=(Q(status="cancelled") & ~Q(cancel_reason=""))
                | (~Q(status="cancelled") & Q(cancel_reason="")),
                name="reservation_cancelled_exactly_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | Q(status__in=["held", "expired", "cancelled"]),
                name="who_books_is_known_once_requested",
            ),
            models.CheckConstraint(
                condition=Q(held_until__isnull=False) | ~Q(status__in=["held", "expired"]),
                name="a_hold_says_until_when",
            ),
            models.CheckConstraint(
                condition=Q(fee=None) | Q(status__in=["cancelled", "no_show"], fee__gte=0, fee__lte=F("total")),
                name="a_fee_is_the_price_at_most",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="reservation_grams"),
            models.Index(fields=["company", "-starts_at", "-id"], name="reservation_by_start"),
            models.Index(fields=["company", "status", "-starts_at", "-id"], name="reservation_by_status"),
            models.Index(fields=["company", "court", "starts_at"], name="reservation_by_court"),
            models.Index(fields=["company", "customer", "-id"], name="reservation_by_customer"),
            models.Index(fields=["company", "-total_cents", "-id"], name="reservation_by_total"),
            models.Index(fields=["company", "-id"], name="reservation_by_id"),
            models.Index(
                fields=["company", "repetition", "starts_at"],
                condition=Q(repetition__isnull=False),
                name="reservation_by_repetition",
            ),
            models.Index(fields=["held_until"], condition=Q(status="held"), name="reservation_held"),
        ]
        triggers = [
            pgtrigger.FSM(name="reservation_takes_allowed_steps", field="status", transitions=RESERVATION_STEPS),
            pgtrigger.Trigger(
                name="reservations_begin_as_held_or_requested",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status__in=["held", "requested"]),
                func="RAISE EXCEPTION 'reservations begin as held or requested' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Trigger(
                name="reservation_stays_as_confirmed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF NEW.code <> OLD.code
                       OR OLD.status <> 'held' AND NEW.policy_id IS DISTINCT FROM OLD.policy_id
                       OR OLD.status NOT IN ('held', 'requested') AND NEW.customer_id IS DISTINCT FROM OLD.customer_id
                       OR OLD.status NOT IN ('held', 'requested', 'confirmed')
                          AND (NEW.court_id, NEW.period, NEW.total) IS DISTINCT FROM
                              (OLD.court_id, OLD.period, OLD.total)
                       OR NEW.total <> OLD.total AND {ON_A_DOCUMENT.format(row="NEW", source="NEW.id")} THEN
                        RAISE EXCEPTION 'reservation % is %: it stays as it was agreed', OLD.code, OLD.status
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="shares_sum_to_the_changed_price",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("total"),
                timing=pgtrigger.Deferred,
                func=shares_add_up("NEW.id"),
            ),
            pgtrigger.Protect(name="reservations_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """Return the booking's page."""
        return address_of("reservations:detail", self.pk)

    def search_parts(self) -> list[str]:
        """Return the texts a booking is found by: code, customer, court, amount."""
        return [
            self.code,
            self.customer_name,
            self.customer.name if self.customer else "",
            self.customer.identification if self.customer else "",
            self.customer_phone,
            self.court.name,
            str(self.total),
        ]

    @property
    def is_stale(self) -> bool:
        """Say whether it is a hold whose time is over, though nobody has noted it yet."""
        return self.status == ReservationStatus.HELD and self.held_until is not None and self.held_until <= clock.now()

    @property
    def is_live(self) -> bool:
        """Say whether it holds its court."""
        return self.status in LIVE and not self.is_stale

    @property
    def _money(self) -> dict[str, Any]:
        return getattr(self, "money", None) or {"state": BillingState.NONE, "parts": 0, "document": None}

    @property
    def billing_state(self) -> BillingState:
        """Return where its money is; needs `with_billing()`, like the three below."""
        return BillingState(self._money["state"])

    @property
    def billing_said(self) -> str:
        """Say where its money is; with several parts, how many of them: `2 de 4 pagadas`."""
        parts, state = self._money["parts"], self.billing_state
        if parts < 2 or state not in (BillingState.PARTLY, BillingState.INVOICED):
            return str(state.label)
        paid, invoiced = self._money["paid"], self._money["invoiced"]
        if paid:
            return ngettext("%(n)d de %(parts)d pagada", "%(n)d de %(parts)d pagadas", paid) % {
                "n": paid,
                "parts": parts,
            }
        if state == BillingState.INVOICED or not invoiced:
            return str(state.label)
        told = ngettext("%(n)d de %(parts)d facturada", "%(n)d de %(parts)d facturadas", invoiced)
        return told % {"n": invoiced, "parts": parts}

    @property
    def is_split(self) -> bool:
        """Say whether its account stands in several parts, each with a document of its own."""
        return self._money["parts"] > 1

    @property
    def invoice_id(self) -> int | None:
        """Return the id of the one document it is on, if it is on one as a whole."""
        return self._money["document"]


class ReservationLine(CompanyModel):
    """What a booking consists of: court time priced by a rate, and extras. Changes until it is on a document."""

    class Kind(models.TextChoices):
        """What a line stands for."""

        COURT = "court", _("Cancha")
        EXTRA = "extra", _("Adicional")

    reservation = CompanyForeignKey(Reservation, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=Kind.choices)
    rate = CompanyForeignKey(Rate, null=True, related_name="+")
    product = CompanyForeignKey(Product, null=True, related_name="+")
    code = models.CharField(_("código"), max_length=25, blank=True)
    description = models.CharField(_("descripción"), max_length=300)
    quantity = models.DecimalField(_("cantidad"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6)
    price_includes_tax = models.BooleanField(_("incluye IVA"))
    tax_category = models.CharField(_("categoría de IVA"), max_length=16, choices=TaxCategory.choices)

    class Meta:
        verbose_name = _("línea de reserva")
        verbose_name_plural = _("líneas de reservas")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "reservation", "position"], name="one_reservation_line_per_position"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gt=0), name="reservation_line_has_quantity_and_price"
            ),
            models.CheckConstraint(
                condition=Q(kind="court", rate__isnull=False) | Q(kind="extra", rate=None),
                name="court_time_is_priced_by_a_rate",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="lines_change_until_they_are_on_a_document",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT FROM reservations_reservation r
                               WHERE r.id = COALESCE(NEW.reservation_id, OLD.reservation_id)
                               AND (r.status NOT IN ('held', 'requested', 'confirmed')
                                    OR {ON_A_DOCUMENT.format(row="r", source="r.id")})) THEN
                        RAISE EXCEPTION 'the lines of a reservation that is over or on a document never change'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.description
