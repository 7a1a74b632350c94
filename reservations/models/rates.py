"""What an hour costs, by weekday and time of day, season, holiday and kind of customer."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models import CustomerKind, Product, TaxCategory
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from reservations.models.venues import Court, Venue, Weekday, on_the_grain
from reservations.week import DAY, WEEK, Span, minute_of_week, time_of


class PricePer(models.TextChoices):
    """What the price of a rate is for."""

    SLOT = "slot", _("por turno")
    HOUR = "hour", _("por hora")


class RateQuerySet(CompanyQuerySet):
    """Named reads of rates."""

    def active(self) -> Self:
        """Leave out those no longer in use."""
        return self.filter(active=True)

    def of_court(self, court: Court) -> Self:
        """Return what may price a court: its own rates and those of its whole venue."""
        return self.filter(Q(court=court) | Q(court=None), venue_id=court.venue_id)


class Rate(CompanyModel):
    """A price in a band of hours on some weekdays, for one court or for every court of the venue.

    It may be for one kind of customer only, for a season (both days included), or for holidays only. Where several
    rates hold, the most specific wins (`rank`); two of the same rank never meet (the setup workflow refuses it). A
    slot is priced by the rate that holds at its first minute. A band that passes midnight belongs to the weekday on
    which it begins.
    """

    venue = CompanyForeignKey(Venue, verbose_name=_("sede"), related_name="rates")
    court = CompanyForeignKey(Court, verbose_name=_("cancha"), null=True, blank=True, related_name="rates")
    name = models.CharField(_("nombre"), max_length=100, help_text=_("Aparece en la línea de la factura."))
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=Weekday.choices), verbose_name=_("días"))
    starts = models.PositiveSmallIntegerField(_("desde"))
    ends = models.PositiveSmallIntegerField(_("hasta"))
    unit_price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6)
    per = models.CharField(_("el precio es"), max_length=4, choices=PricePer.choices, default=PricePer.HOUR)
    price_includes_tax = models.BooleanField(_("el precio incluye IVA"), default=True)
    tax_category = models.CharField(
        _("categoría de IVA"), max_length=16, choices=TaxCategory.choices, default=TaxCategory.GENERAL
    )
    customer_kind = CompanyForeignKey(
        CustomerKind, verbose_name=_("clase de cliente"), null=True, blank=True, related_name="+"
    )
    valid_from = models.DateField(_("desde el día"), null=True, blank=True)
    valid_until = models.DateField(_("hasta el día"), null=True, blank=True)
    on_holidays = models.BooleanField(_("solo en feriados"), default=False)
    product = CompanyForeignKey(Product, verbose_name=_("producto"), null=True, blank=True, related_name="+")
    active = models.BooleanField(_("activa"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CompanyManager.from_queryset(RateQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["venue__name", "starts", "name", "id"]
        verbose_name = _("tarifa")
        verbose_name_plural = _("tarifas")
        constraints = [
            models.CheckConstraint(condition=Q(unit_price__gt=0), name="rate_price_is_positive"),
            models.CheckConstraint(
                condition=Q(weekdays__len__gte=1, weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]),
                name="rate_holds_on_some_weekday",
            ),
            models.CheckConstraint(
                condition=Q(starts__lt=DAY, ends__gt=F("starts"), ends__lte=F("starts") + DAY),
                name="rate_band_lasts_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=Q(on_the_grain("starts")) & Q(on_the_grain("ends")),
                name="rate_band_is_on_a_quarter_of_an_hour",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="rate_season_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page where the rate is set up."""
        return address_of("reservations:rate", self.pk)

    @property
    def spans(self) -> list[Span]:
        """Return the stretches of the week in which it holds."""
        return [Span(weekday, self.starts, self.ends) for weekday in self.weekdays]

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, int, int]:
        """Return how specific it is: for a kind of customer, holidays, a season, a court, then fewer days and hours."""
        return (
            self.customer_kind_id is not None,
            self.on_holidays,
            self.has_season,
            self.court_id is not None,
            -len(self.weekdays),
            self.starts - self.ends,
        )

    @property
    def has_season(self) -> bool:
        """Say whether it begins or ends on a day."""
        return bool(self.valid_from or self.valid_until)

    def in_season(self, day: date) -> bool:
        """Say whether it is in force on a local day."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)

    def holds(self, moment: datetime, holidays: Collection[date] = (), kind_id: int | None = None) -> bool:
        """Say whether it prices a slot that begins at a local moment, for a customer of that kind.

        What is past midnight belongs to the day on which the band begins: so do its season and its holiday.
        """
        if self.customer_kind_id and self.customer_kind_id != kind_id:
            return False
        minute = minute_of_week(moment)
        days = [
            (moment - timedelta(minutes=(minute - span.first) % WEEK)).date()
            for span in self.spans
            if span.holds(minute)
        ]
        return any(self.in_season(day) and (day in holidays or not self.on_holidays) for day in days)

    def could_be_taken_for(self, rival: "Rate") -> bool:
        """Say whether somewhere both hold and neither is the more specific."""
        mine, other = ((row.court_id, row.customer_kind_id, row.rank) for row in (self, rival))
        return (
            mine == other
            and (self.valid_from or date.min) <= (rival.valid_until or date.max)
            and (rival.valid_from or date.min) <= (self.valid_until or date.max)
            and any(one.meets(two) for one in self.spans for two in rival.spans)
        )

    @property
    def hours(self) -> str:
        """Return the band as people read it: `18:00–02:00`."""
        return f"{time_of(self.starts):%H:%M}–{time_of(self.ends):%H:%M}"
