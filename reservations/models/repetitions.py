"""Who plays every week: the rule from which bookings are made."""

from datetime import time

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from core import clock
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyModel
from reservations.models.venues import Court, Weekday, on_the_grain
from reservations.week import DAY, time_of


class Repetition(CompanyModel):
    """A customer has a court every week, from a day until a day; each time is a booking of its own."""

    class Status(models.TextChoices):
        """Whether more bookings may come of it."""

        ACTIVE = "active", _("Vigente")
        ENDED = "ended", _("Terminada")

    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="repetitions")
    court = CompanyForeignKey(Court, verbose_name=_("cancha"), related_name="repetitions")
    weekday = models.PositiveSmallIntegerField(_("día"), choices=Weekday.choices)
    starts = models.PositiveSmallIntegerField(_("desde"))
    minutes = models.PositiveSmallIntegerField(_("duración (minutos)"))
    first_on = models.DateField(_("primera fecha"))
    until = models.DateField(_("hasta"))
    notes = models.TextField(_("notas"), blank=True)
    status = models.CharField(_("estado"), max_length=6, choices=Status.choices, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("reserva repetida")
        verbose_name_plural = _("reservas repetidas")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, starts__lt=DAY, minutes__gte=1, minutes__lte=DAY),
                name="a_repetition_has_a_time_of_the_week",
            ),
            models.CheckConstraint(
                condition=Q(on_the_grain("starts")) & Q(on_the_grain("minutes")),
                name="a_repetition_is_on_a_quarter_of_an_hour",
            ),
            models.CheckConstraint(condition=Q(until__gte=F("first_on")), name="a_repetition_ends_after_it_begins"),
        ]
        indexes = [
            models.Index(fields=["company", "customer", "-id"], name="repetition_by_customer"),
            models.Index(fields=["company", "-id"], name="repetition_by_id"),
        ]
        triggers = [pgtrigger.Protect(name="repetitions_are_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.hours}"

    def get_absolute_url(self) -> str:
        """Return the page of the repetition and its bookings."""
        return address_of("reservations:repetition", self.pk)

    @property
    def hours(self) -> str:
        """Return the time as people read it: `18:00–20:00`."""
        return f"{self.starts_time:%H:%M}–{self.ends_time:%H:%M}"

    @property
    def starts_time(self) -> time:
        """Return when it begins."""
        return time_of(self.starts)

    @property
    def ends_time(self) -> time:
        """Return when it ends, maybe on the next day."""
        return time_of(self.starts + self.minutes)
