"""Who would play if a court came free."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from core import clock
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from reservations.models.bookings import Reservation
from reservations.models.venues import Court, Venue, has_beginning_and_end


class WaitingEntryQuerySet(CompanyQuerySet):
    """Named reads of the waiting list."""

    def open(self) -> Self:
        """Return those who still wait, offered a court or not."""
        return self.filter(status__in=["waiting", "offered"])


class WaitingEntry(CompanyModel):
    """Somebody who wants to play at a venue (or on one court of it) some time within a period."""

    class Status(models.TextChoices):
        """How far it has got."""

        WAITING = "waiting", _("En espera")
        OFFERED = "offered", _("Ofrecida")
        BOOKED = "booked", _("Reservada")
        DROPPED = "dropped", _("Retirada")

    venue = CompanyForeignKey(Venue, verbose_name=_("sede"), related_name="waiting")
    court = CompanyForeignKey(Court, verbose_name=_("cancha"), null=True, blank=True, related_name="waiting")
    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), null=True, blank=True, related_name="waiting")
    name = models.CharField(_("nombre"), max_length=300)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    period = DateTimeRangeField(_("cuándo"))
    note = models.CharField(_("nota"), max_length=500, blank=True)
    status = models.CharField(_("estado"), max_length=8, choices=Status.choices, default=Status.WAITING)
    reservation = CompanyForeignKey(Reservation, verbose_name=_("reserva"), null=True, related_name="waiting")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("desde"), default=clock.now, editable=False)

    objects = CompanyManager.from_queryset(WaitingEntryQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("lista de espera")
        verbose_name_plural = _("listas de espera")
        ordering = ["id"]
        constraints = [
            has_beginning_and_end("waiting_has_a_beginning_and_an_end"),
            models.CheckConstraint(
                condition=Q(status="booked", reservation__isnull=False) | ~Q(status="booked"),
                name="who_waited_and_booked_has_a_reservation",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "status", "id"], name="waiting_by_status"),
            models.Index(fields=["company", "-id"], name="waiting_by_id"),
        ]
        triggers = [pgtrigger.Protect(name="waiting_entries_are_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Say whether they still wait, offered a court or not."""
        return self.status in (self.Status.WAITING, self.Status.OFFERED)

    def suits(self, court: Court, start: datetime, end: datetime) -> bool:
        """Say whether a court's time would suit who waits."""
        here = self.court_id == court.pk if self.court_id else self.venue_id == court.venue_id
        return here and self.period.lower < end and start < self.period.upper

    def get_absolute_url(self) -> str:
        """Return the page of who waits."""
        return address_of("reservations:waiting_entry", self.pk)
