"""One booking paid by several: who pays which part of its price."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from billing.models.customers import stays_with_its_customer
from core import clock
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from reservations.models.billing_state import SOURCE_TYPE
from reservations.models.bookings import Reservation, shares_add_up


class ShareQuerySet(CompanyQuerySet):
    """Named reads of shares."""

    def present(self) -> Self:
        """Return those of the latest split; the others were superseded."""
        return self.filter(superseded_at=None)


class Share(CompanyModel):
    """A customer's part of a booking's price. Splitting again makes a new generation; no share ever changes."""

    reservation = CompanyForeignKey(Reservation, verbose_name=_("reserva"), related_name="shares")
    generation = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="shares")
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    created_at = models.DateTimeField(default=clock.now)
    superseded_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(ShareQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("parte de una reserva")
        verbose_name_plural = _("partes de reservas")
        ordering = ["generation", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "reservation", "generation", "position"], name="one_share_per_position"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="share_amount_is_positive"),
        ]
        indexes = [models.Index(fields=["company", "customer", "-id"], name="share_by_customer")]
        triggers = [
            pgtrigger.Protect(name="shares_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="shares_keep_what_they_say",
                fields=["reservation", "generation", "position", "amount"],
            ),
            stays_with_its_customer(),
            pgtrigger.Trigger(
                name="shares_sum_to_the_price",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=shares_add_up("NEW.reservation_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.amount}"

    @property
    def key(self) -> str:
        """Return the key under which billing knows it."""
        return f"{SOURCE_TYPE}:{self.reservation_id}:share:{self.generation}:{self.position}"
