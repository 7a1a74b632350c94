"""How money came in."""

from decimal import Decimal
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from billing.models.customers import stays_with_its_customer
from core import clock
from core.addresses import address_of
from core.cents import cents_of
from core.money import format_money
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyForeignKey, CompanyManager
from payments.models import laws
from payments.models.methods import PaymentMethod
from payments.models.receipts import Receipt


class PaymentStatus(models.TextChoices):
    """A payment is confirmed when recorded; voiding says it never happened (D22)."""

    CONFIRMED = "confirmed", _("Confirmado")
    VOIDED = "voided", _("Anulado")


PAYMENT_STEPS: list[tuple[str, str]] = [(PaymentStatus.CONFIRMED, PaymentStatus.VOIDED)]


class PaymentQuerySet(SearchableQuerySet):
    """Named reads of payments."""

    def confirmed(self) -> Self:
        """Leave out the voided ones."""
        return self.filter(status=PaymentStatus.CONFIRMED)


class Payment(SearchableModel):
    """Money received from a customer by one method. What it settled is in `billing.Settlement`."""

    SORTED_AS: ClassVar[dict[str, str]] = {"amount": "amount_cents"}

    receipt = CompanyForeignKey(Receipt, verbose_name=_("recibo"), related_name="payments")
    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="payments")
    method = CompanyForeignKey(PaymentMethod, verbose_name=_("método"), related_name="payments")
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    amount_cents = cents_of("amount")
    tendered = models.DecimalField(_("recibido"), max_digits=14, decimal_places=2, null=True)
    paid_on = models.DateField(_("fecha"))
    reference = models.CharField(_("referencia"), max_length=100, blank=True)
    notes = models.CharField(_("observaciones"), max_length=500, blank=True)
    status = models.CharField(
        _("estado"), max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.CONFIRMED
    )
    recorded_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    void_reason = models.CharField(_("motivo"), max_length=500, blank=True)
    voided_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(PaymentQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("cobro")
        verbose_name_plural = _("cobros")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(tendered=None) | Q(tendered__gte=F("amount")), name="payment_tendered_covers_the_amount"
            ),
            models.CheckConstraint(
                condition=Q(status="confirmed", voided_at=None, void_reason="")
                | (Q(status="voided", voided_at__isnull=False) & ~Q(void_reason="")),
                name="payment_voided_exactly_with_a_reason",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="payment_grams"),
            models.Index(fields=["company", "-id"], name="payment_by_id"),
            models.Index(fields=["company", "-paid_on", "-id"], name="payment_by_date"),
            models.Index(fields=["company", "-amount_cents", "-id"], name="payment_by_amount"),
            models.Index(fields=["company", "customer", "-id"], name="payment_by_customer"),
            models.Index(fields=["company", "receipt"], name="payment_by_receipt"),
            models.Index(
                "company", "method", Upper("reference"), condition=~Q(reference=""), name="payment_by_reference"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="payment_takes_allowed_steps", field="status", transitions=PAYMENT_STEPS),
            pgtrigger.ReadOnly(
                name="payments_are_frozen",
                fields=["receipt", "method", "amount", "tendered", "paid_on", "reference", "recorded_by",
                        "created_at"],
            ),
            stays_with_its_customer(),
            pgtrigger.Trigger(
                name="payment_is_on_its_receipt",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=laws.receipt_adds_up("NEW.receipt_id"),
            ),
            pgtrigger.Trigger(
                name="payments_are_in_the_day_sums",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=laws.IN_THE_DAY_SUMS,
            ),
            pgtrigger.Protect(name="payments_are_never_deleted", operation=pgtrigger.Delete),
            *laws.closed_days_stay("payments", "paid_on"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.method} {format_money(self.amount)}"

    @property
    def change(self) -> Decimal | None:
        """Return what was given back of the cash tendered, in USD; None where nobody counted it."""
        return None if self.tendered is None else self.tendered - self.amount

    def get_absolute_url(self) -> str:
        """Return the page of the payment."""
        return address_of("payments:payment", self.pk)

    def search_parts(self) -> list[str]:
        """Return the texts a payment is found by."""
        return [self.customer.name, self.customer.identification, self.reference, str(self.amount)]
