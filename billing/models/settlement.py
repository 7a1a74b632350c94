"""What settled which document, and the customer's credit. Only `billing.settlement` writes here."""

from collections.abc import Collection
from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from billing.models.customers import Customer, stays_with_its_customer
from billing.models.document_laws import balance_adds_up, credit_remainder
from billing.models.documents import Document
from core import clock
from core.money import format_money
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet


class CustomerCreditQuerySet(CompanyQuerySet):
    """Named reads of credits."""

    def available(self) -> Self:
        """Return the credits with something left that is not held for a source."""
        return self.filter(remaining__gt=F("held"))

    def held_for(self, source_type: str, source_ids: Collection[int]) -> Self:
        """Return the credits with something left that wait for the invoices of these sources."""
        return self.filter(held__gt=0, held_source_type=source_type, held_source_id__in=source_ids)

    def total(self) -> Decimal:
        """Return what is left in all of them and not held, in USD."""
        return self.aggregate(total=Sum(F("remaining") - F("held")))["total"] or Decimal("0.00")


class CustomerCredit(CompanyModel):
    """Money of the customer that settles nothing yet: an overpayment, an advance, or what a document released.

    `held` of what remains waits for a source's invoices (a deposit for a booking) and settles them by itself.
    """

    class Origin(models.TextChoices):
        """Where the money came from."""

        OVERPAYMENT = "overpayment", _("Pago en exceso")
        ADVANCE = "advance", _("Anticipo")
        DEPOSIT = "deposit", _("Depósito")
        RELEASED = "released", _("Documento anulado")
        CREDITED = "credited", _("Nota de crédito")

    customer = CompanyForeignKey(Customer, related_name="credits")
    origin = models.CharField(_("origen"), max_length=12, choices=Origin.choices)
    # The payment the money came in with: payments adds the (composite) foreign key, being above billing.
    payment_id = models.BigIntegerField()
    document = CompanyForeignKey(Document, null=True, related_name="+")
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    remaining = models.DecimalField(_("disponible"), max_digits=14, decimal_places=2)
    held = models.DecimalField(_("retenido"), max_digits=14, decimal_places=2, default=0)
    held_source_type = models.CharField(max_length=30, blank=True)
    held_source_id = models.BigIntegerField(null=True)
    held_label = models.CharField(_("retenido para"), max_length=60, blank=True)
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
            models.CheckConstraint(
                condition=Q(held=0, held_source_type="", held_source_id=None, held_label="")
                | (
                    Q(held__gte=0, held__lte=F("remaining"), held_source_id__isnull=False)
                    & ~Q(held_source_type="")
                    & ~Q(held_label="")
                ),
                name="credit_is_held_for_a_named_source",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "customer"], condition=Q(remaining__gt=0), name="credit_by_customer"),
            models.Index(fields=["company", "payment_id"], name="credit_by_payment"),
            models.Index(
                fields=["company", "held_source_type", "held_source_id"],
                condition=Q(held__gt=0),
                name="credit_by_held_source",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="credits_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="credits_keep_what_they_granted",
                fields=[
                    "origin",
                    "payment_id",
                    "amount",
                    "held_source_type",
                    "held_source_id",
                    "held_label",
                ],
            ),
            stays_with_its_customer(),
            pgtrigger.Trigger(
                name="credit_remains_what_it_did_not_settle",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("used", "numeric")],
                func=credit_remainder("NEW.id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_origin_display()} {format_money(self.remaining)}"

    @property
    def free(self) -> Decimal:
        """Return what of it may settle anything, or be given back, in USD."""
        return self.remaining - self.held


class CreditPayout(CompanyModel):
    """So much of a credit was given back as money (D22); reversed with a reason, never deleted."""

    credit = CompanyForeignKey(CustomerCredit, related_name="payouts")
    # The refund it went out with: payments adds the (composite) foreign key, being above billing.
    refund_id = models.BigIntegerField()
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    paid_on = models.DateField(_("fecha"))
    created_at = models.DateTimeField(default=clock.now)
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("saldo devuelto")
        verbose_name_plural = _("saldos devueltos")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(reversed_at=None, reversal_reason="")
                | (Q(reversed_at__isnull=False) & ~Q(reversal_reason="")),
                name="payout_reversed_exactly_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "credit"], name="payout_by_credit"),
            models.Index(fields=["company", "refund_id"], name="payout_by_refund"),
        ]
        triggers = [
            pgtrigger.Protect(name="payouts_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="payouts_keep_what_they_say", fields=["credit", "refund_id", "amount", "paid_on"]),
            pgtrigger.Trigger(
                name="payout_agrees_with_its_credit",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("used", "numeric")],
                func=credit_remainder("NEW.credit_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{format_money(self.amount)} ← {self.credit_id}"


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
