"""What a company asks of who holds, cancels or does not come: dated rules, of which the latest is in force."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from companies.models import User
from core import clock
from core.tenancy import CompanyForeignKey, CompanyModel

# The rules of who never set any: a hold of a quarter of an hour, cancelling is free, who does not come pays all.
HOLD_MINUTES: Final = 15
NO_SHOW_PERCENT: Final = Decimal(100)


class BookingPolicy(CompanyModel):
    """One version of the rules. It never changes: each booking keeps the version it was made under."""

    hold_minutes = models.PositiveSmallIntegerField(_("minutos que dura un apartado"), default=HOLD_MINUTES)
    no_show_percent = models.DecimalField(
        _("cargo a quien no asiste (%)"), max_digits=5, decimal_places=2, default=NO_SHOW_PERCENT
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("vigente desde"), default=clock.now)

    class Meta:
        verbose_name = _("reglas de reserva")
        verbose_name_plural = _("reglas de reserva")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_minutes__gte=1, hold_minutes__lte=1440), name="a_hold_lasts_a_day_at_most"
            ),
            models.CheckConstraint(
                condition=Q(no_show_percent__gte=0, no_show_percent__lte=100), name="a_no_show_costs_the_price_at_most"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="policies_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{clock.local(self.created_at):%d/%m/%Y %H:%M}"

    @property
    def hold_time(self) -> timedelta:
        """Return how long a slot is held for somebody."""
        return timedelta(minutes=self.hold_minutes)


class PolicyTier(CompanyModel):
    """Who cancels less than so many hours before the beginning pays so much of the price."""

    policy = CompanyForeignKey(BookingPolicy, related_name="tiers")
    hours_before = models.PositiveSmallIntegerField(_("con menos de (horas)"))
    percent = models.DecimalField(_("cargo (%)"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("cargo por cancelación")
        verbose_name_plural = _("cargos por cancelación")
        ordering = ["hours_before"]
        constraints = [
            models.UniqueConstraint(fields=["company", "policy", "hours_before"], name="one_tier_per_hours"),
            models.CheckConstraint(
                condition=Q(hours_before__gte=1, percent__gt=0, percent__lte=100),
                name="a_cancellation_costs_the_price_at_most",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="tiers_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="tiers_come_before_the_first_booking",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (SELECT FROM reservations_reservation r WHERE r.policy_id = NEW.policy_id) THEN
                        RAISE EXCEPTION 'policy % has bookings: its tiers never change', NEW.policy_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"< {self.hours_before} h: {self.percent} %"
