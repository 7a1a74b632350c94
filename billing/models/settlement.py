"""What settled which document, and the customer's credit. Only `billing.settlement` writes here."""

from collections.abc import Collection
from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from billing.models.customers import Customer
from billing.models.document_laws import CREDIT_REMAINDER, balance_adds_up
from billing.models.documents import Document
from core import clock
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet


class CustomerCreditQuerySet(CompanyQuerySet):
    """Named reads of credits."""

    def available(self) -> Self:
        """Return the credits with something left."""
        return self.filter(remaining__gt=0)

    def total(self) -> Decimal:
        """Return what is left in all of them, in USD."""
        return self.aggregate(total=Sum("remaining"))["total"] or Decimal("0.00")


class CustomerCredit(CompanyModel):
    """Money of the customer that settles nothing yet: an overpayment, or what a voided document released."""

    class Origin(models.TextChoices):
        """Where the money came from."""

        OVERPAYMENT = "overpayment", _("Pago en exceso")
        RELEASED = "released", _("Documento anulado")
        CREDITED = "credited", _("Nota de crédito")

    customer = CompanyForeignKey(Customer, related_name="credits")
    origin = models.CharField(_("origen"), max_length=12, choices=Origin.choices)
    # The payment the money came in with: payments adds the (composite) foreign key, being above billing.
    payment_id = models.BigIntegerField()
    document = CompanyForeignKey(Document, null=True, related_name="+")
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    remaining = models.DecimalField(_("disponible"), max_digits=14, decimal_places=2)
    created_at = models.DateTimeField(default=clock.now)
    voided_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(CustomerCreditQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["id"]
        verbose_name = _("saldo a favor")
        verbose_name_plural = _("saldos a favor")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")),
                name="credit_remainder_is_between_zero_and_its_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "customer"], condition=Q(remaining__gt=0), name="credit_by_customer"),
            models.Index(fields=["company", "payment_id"], name="credit_by_payment"),
        ]
        triggers = [
            pgtrigger.Protect(name="credits_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="credits_keep_what_they_granted", fields=["customer", "origin", "payment_id", "amount"]
            ),
            pgtrigger.Trigger(
                name="credit_remains_what_it_did_not_settle",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("settled", "numeric")],
                func=CREDIT_REMAINDER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_origin_display()} {self.remaining}"


class SettlementQuerySet(CompanyQuerySet):
    """Named reads of settlements."""

    def live(self) -> Self:
        """Leave out the reversed ones."""
        return self.filter(reversed_at=None)

    def of_payments(self, ids: Collection[int]) -> Self:
        """Return what these payments settle: directly, and through the credit they left."""
        credits = list(CustomerCredit.objects.filter(payment_id__in=ids).values_list("pk", flat=True))
        return self.filter(Q(payment_id__in=ids) | Q(credit_id__in=credits))


class Settlement(CompanyModel):
    """So much of this document was settled by this; reversed with a reason, never deleted."""

    class Kind(models.TextChoices):
        """What settled it."""

        PAYMENT = "payment", _("Cobro")
        CREDIT = "credit", _("Saldo a favor")
        NOTE = "note", _("Nota de crédito")

    document = CompanyForeignKey(Document, related_name="settlements")
    kind = models.CharField(_("con"), max_length=12, choices=Kind.choices)
    payment_id = models.BigIntegerField(null=True)
    credit = CompanyForeignKey(CustomerCredit, null=True, related_name="settlements")
    note = CompanyForeignKey(Document, null=True, related_name="effects")
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    settled_on = models.DateField(_("fecha"))
    created_at = models.DateTimeField(default=clock.now)
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.CharField(max_length=500, blank=True)

    objects = CompanyManager.from_queryset(SettlementQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["id"]
        verbose_name = _("cobro aplicado")
        verbose_name_plural = _("cobros aplicados")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="settlement_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(kind="payment", payment_id__isnull=False, credit__isnull=True, note__isnull=True)
                | Q(kind="credit", credit__isnull=False, payment_id__isnull=True, note__isnull=True)
                | Q(kind="note", note__isnull=False, credit__isnull=True, payment_id__isnull=True),
                name="settlement_says_what_settled",
            ),
            models.CheckConstraint(
                condition=Q(reversed_at=None, reversal_reason="")
                | (Q(reversed_at__isnull=False) & ~Q(reversal_reason="")),
                name="settlement_reversed_exactly_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "document"], name="settlement_by_document"),
            models.Index(fields=["company", "payment_id"], name="settlement_by_payment"),
            models.Index(fields=["company", "credit"], name="settlement_by_credit"),
            models.Index(fields=["company", "note"], condition=Q(note__isnull=False), name="settlement_by_note"),
        ]
        triggers = [
            pgtrigger.Protect(name="settlements_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="settlements_keep_what_they_say",
                fields=["document", "kind", "payment_id", "credit", "note", "amount", "settled_on"],
            ),
            pgtrigger.Trigger(
                name="settlement_agrees_with_the_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=balance_adds_up("NEW.document_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} → {self.document_id}"
