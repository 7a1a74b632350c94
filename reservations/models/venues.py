"""Where one plays: venues, their courts, and when each court is open."""

from typing import Final, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from reservations.week import DAY, GRAIN, Span, time_of

SLOT_MINUTES: Final = (15, 30, 45, 60, 75, 90, 105, 120, 150, 180, 240)


def on_the_grain(field: str) -> Exact:
    """Make the condition that a column of minutes is a whole number of quarters of an hour."""
    return Exact(Mod(F(field), Value(GRAIN)), Value(0))


def has_beginning_and_end(name: str) -> models.CheckConstraint:
    """Make the constraint that `period` is a whole stretch: from its first moment up to its end, and without that."""
    whole = Q(
        period__isempty=False,
        period__lower_inc=True,
        period__upper_inc=False,
        period__lower_inf=False,
        period__upper_inf=False,
    )
    return models.CheckConstraint(condition=whole, name=name)


class Weekday(models.IntegerChoices):
    """The days as Python counts them."""

    MONDAY = 0, _("lunes")
    TUESDAY = 1, _("martes")
    WEDNESDAY = 2, _("miércoles")
    THURSDAY = 3, _("jueves")
    FRIDAY = 4, _("viernes")
    SATURDAY = 5, _("sábado")
    SUNDAY = 6, _("domingo")


class VenueQuerySet(CompanyQuerySet):
    """Named reads of venues."""

    def active(self) -> Self:
        """Leave out those no longer in use."""
        return self.filter(active=True)


class Venue(CompanyModel):
    """A place with courts."""

    name = models.CharField(_("nombre"), max_length=150)
    address = models.CharField(_("dirección"), max_length=300, blank=True)
    active = models.BooleanField(_("activo"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CompanyManager.from_queryset(VenueQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("sede")
        verbose_name_plural = _("sedes")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_venue_per_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page where the venue, its courts and its prices are set up."""
        return address_of("reservations:venue", self.pk)


class CourtQuerySet(CompanyQuerySet):
    """Named reads of courts."""

    def active(self) -> Self:
        """Leave out courts that cannot be booked any more, by themselves or with their venue."""
        return self.filter(active=True, venue__active=True)


class Court(CompanyModel):
    """What is booked, in slots of one length counted from each opening."""

    venue = CompanyForeignKey(Venue, verbose_name=_("sede"), related_name="courts")
    name = models.CharField(_("nombre"), max_length=100)
    detail = models.CharField(_("detalle"), max_length=100, blank=True, help_text=_("Por ejemplo: pádel, techada."))
    slot_minutes = models.PositiveSmallIntegerField(_("duración del turno (minutos)"), default=60)
    position = models.PositiveSmallIntegerField(_("orden en la agenda"), default=0)
    active = models.BooleanField(_("activa"), default=True)
    # The secret of its calendar's address: sealed, and found by its hash; empty until somebody makes the link.
    feed_token = models.TextField(blank=True, editable=False)
    feed_token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CompanyManager.from_queryset(CourtQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["venue__name", "position", "name", "id"]
        verbose_name = _("cancha")
        verbose_name_plural = _("canchas")
        constraints = [
            models.UniqueConstraint(fields=["company", "venue", "name"], name="one_court_per_name_and_venue"),
            models.CheckConstraint(condition=Q(slot_minutes__in=SLOT_MINUTES), name="court_slot_has_a_known_length"),
            models.CheckConstraint(
                condition=Q(feed_token="", feed_token_hash=None)
                | (~Q(feed_token="") & Q(feed_token_hash__isnull=False)),
                name="court_feed_is_found_by_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page where the court is set up."""
        return address_of("reservations:court", self.pk)


class OpeningHours(CompanyModel):
    """A stretch in which a court is open, in minutes after its weekday's midnight; beyond 1440 is past midnight."""

    court = CompanyForeignKey(Court, verbose_name=_("cancha"), related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("día"), choices=Weekday.choices)
    opens = models.PositiveSmallIntegerField(_("abre"))
    closes = models.PositiveSmallIntegerField(_("cierra"))

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name = _("horario")
        verbose_name_plural = _("horarios")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, opens__lt=DAY, closes__gt=F("opens"), closes__lte=F("opens") + DAY),
                name="court_opens_for_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=Q(on_the_grain("opens")) & Q(on_the_grain("closes")),
                name="court_opens_on_a_quarter_of_an_hour",
            ),
            # Sunday night against Monday morning is the workflow's to check: a range does not go round the week.
            ExclusionConstraint(
                name="hours_of_a_court_do_not_overlap",
                expressions=[
                    (Func(F("court_id"), F("court_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("weekday") * DAY + F("opens"), F("weekday") * DAY + F("closes"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {time_of(self.opens):%H:%M}–{time_of(self.closes):%H:%M}"

    @property
    def span(self) -> Span:
        """Return the stretch of the week."""
        return Span(self.weekday, self.opens, self.closes)
