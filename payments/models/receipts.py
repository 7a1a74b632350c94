"""What a customer is given for money: one receipt over one payment or several, numbered."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from billing.models.customers import stays_with_its_customer
from core import clock
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyQuerySet
from payments.models import laws
from payments.models.numbers import NumberedModel, Prefix


class ReceiptQuerySet(CompanyQuerySet):
    """Named reads of receipts."""

    def live(self) -> Self:
        """Leave out the voided ones."""
        return self.filter(voided_at=None)


class Receipt(NumberedModel):
    """Money received in one act, by one method or several. Voided with its last payment; its number stays (D22)."""

    PREFIX = Prefix.RECEIPT

    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="receipts")
    received_on = models.DateField(_("fecha"))
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    recorded_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(_("motivo"), max_length=500, blank=True)

    objects = CompanyManager.from_queryset(ReceiptQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("recibo")
        verbose_name_plural = _("recibos")
        constraints = [
            models.UniqueConstraint(fields=["company", "sequential"], name="one_receipt_per_number"),
            models.CheckConstraint(condition=Q(total__gt=0), name="receipt_total_is_positive"),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="receipt_voided_exactly_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["company", "customer", "-id"], name="receipt_by_customer")]
        triggers = [
            pgtrigger.ReadOnly(
                name="receipts_are_frozen",
                fields=["received_on", "total", "recorded_by", "created_at"],
            ),
            stays_with_its_customer(),
            pgtrigger.Trigger(
                name="receipt_number_comes_from_its_counter",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=laws.NUMBERED_BY_COUNTER.format(prefix=Prefix.RECEIPT),
            ),
            pgtrigger.Trigger(
                name="receipt_is_its_payments",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=laws.receipt_adds_up("NEW.id"),
            ),
            pgtrigger.Protect(name="receipts_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the page of the receipt's first payment, which shows them all."""
        return address_of("payments:payment", self.payments.order_by("pk")[0].pk)
