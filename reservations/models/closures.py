"""When nothing can be booked though the court is open: blackouts and holidays."""

from datetime import date, datetime
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from companies.models import User
from core import clock
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from reservations.models.venues import Court, Venue, has_beginning_and_end


class BlackoutQuerySet(CompanyQuerySet):
    """Named reads of blackouts."""

    def standing(self) -> Self:
        """Leave out the cancelled ones."""
        return self.filter(cancelled_at=None)

    def of_court(self, court: Court) -> Self:
        """Return those that close a court: its own, its venue's and everybody's."""
        return self.filter(Q(court=court) | Q(venue_id=court.venue_id) | Q(court=None, venue=None))

    def meeting(self, start: datetime, end: datetime) -> Self:
        """Return those that have a moment in common with the half-open period."""
        return self.filter(period__overlap=(start, end))


class Blackout(CompanyModel):
    """For a while nobody books a court, a venue, or anything (both empty). What was booked before stays."""

    venue = CompanyForeignKey(Venue, verbose_name=_("sede"), null=True, blank=True, related_name="blackouts")
    court = CompanyForeignKey(Court, verbose_name=_("cancha"), null=True, blank=True, related_name="blackouts")
    period = DateTimeRangeField(_("período"))
    reason = models.CharField(_("motivo"), max_length=200)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    cancelled_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(BlackoutQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("bloqueo")
        verbose_name_plural = _("bloqueos")
        ordering = ["period", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(venue=None) | Q(court=None), name="a_blackout_is_of_a_court_or_of_a_venue_or_of_all"
            ),
            has_beginning_and_end("blackout_has_a_beginning_and_an_end"),
            models.CheckConstraint(condition=~Q(reason=""), name="blackout_has_a_reason"),
        ]
        indexes = [
            GistIndex(fields=["period"], condition=Q(cancelled_at=None), name="blackout_by_period"),
            models.Index(fields=["company", "-id"], name="blackout_by_id"),
        ]
        triggers = [
            pgtrigger.Protect(name="blackouts_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="blackouts_keep_what_they_say", fields=["venue", "court", "period", "reason"]),
        ]

    def __str__(self) -> str:
        return self.reason

    def get_absolute_url(self) -> str:
        """Return the page that shows it with the bookings inside."""
        return address_of("reservations:blackout", self.pk)

    @property
    def starts_at(self) -> datetime:
        """Return when it begins."""
        return self.period.lower

    @property
    def ends_at(self) -> datetime:
        """Return when it ends."""
        return self.period.upper

    @property
    def place(self) -> str:
        """Say what it closes."""
        return str(self.court or self.venue or _("Todas las sedes"))

    def closes(self, court: Court) -> bool:
        """Say whether it closes a court."""
        if self.court_id or self.venue_id:
            return self.court_id == court.pk or self.venue_id == court.venue_id
        return True


class HolidayQuerySet(CompanyQuerySet):
    """Named reads of holidays."""

    def between(self, first: date, last: date) -> Self:
        """Return those of the local days first..last."""
        return self.filter(day__range=(first, last))


class Holiday(CompanyModel):
    """A day with holiday prices, or one on which nothing opens. What begins that day belongs to it past midnight."""

    day = models.DateField(_("día"))
    name = models.CharField(_("nombre"), max_length=100)
    closed = models.BooleanField(_("no se abre"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CompanyManager.from_queryset(HolidayQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("feriado")
        verbose_name_plural = _("feriados")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["company", "day"], name="one_holiday_per_day")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page where the holiday is changed."""
        return address_of("reservations:holiday", self.pk)
