"""Money given back to a customer, numbered."""

from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Customer, Document
from billing.models.customers import stays_with_its_customer
from core import clock
from core.addresses import address_of
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyForeignKey, CompanyManager
from payments.models import laws
from payments.models.methods import PaymentMethod
from payments.models.numbers import NumberedModel, Prefix
from payments.models.payments import PAYMENT_STEPS, PaymentStatus


class RefundQuerySet(SearchableQuerySet):
    """Named reads of refunds."""

    def confirmed(self) -> Self:
        """Leave out the voided ones."""
        return self.filter(status=PaymentStatus.CONFIRMED)


class Refund(NumberedModel, SearchableModel):
    """Money that went out: of a customer's credit, or of an invoice that can be neither annulled nor credited."""

    PREFIX = Prefix.REFUND

    class Kind(models.TextChoices):
        """What the money was before it went out."""

        CREDIT = "credit", _("Saldo a favor")
        INTERNAL = "internal", _("Interna, de una factura a consumidor final")

    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="refunds")
    method = CompanyForeignKey(PaymentMethod, verbose_name=_("método"), related_name="refunds")
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    refunded_on = models.DateField(_("fecha"))
    reference = models.CharField(_("referencia"), max_length=100, blank=True)
    reason = models.CharField(_("motivo"), max_length=500)
    kind = models.CharField(_("clase"), max_length=10, choices=Kind.choices)
    document = CompanyForeignKey(Document, verbose_name=_("factura"), null=True, related_name="refunds")
    status = models.CharField(
        _("estado"), max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.CONFIRMED
    )
    recorded_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    void_reason = models.CharField(_("motivo de la anulación"), max_length=500, blank=True)
    voided_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(RefundQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("devolución")
        verbose_name_plural = _("devoluciones")
        constraints = [
            models.UniqueConstraint(fields=["company", "sequential"], name="one_refund_per_number"),
            models.CheckConstraint(condition=Q(amount__gt=0) & ~Q(reason=""), name="refund_says_how_much_and_why"),
            models.CheckConstraint(
                condition=Q(kind="credit", document=None) | Q(kind="internal", document__isnull=False),
                name="refund_names_an_invoice_exactly_when_internal",
            ),
            models.CheckConstraint(
                condition=Q(status="confirmed", voided_at=None, void_reason="")
                | (Q(status="voided", voided_at__isnull=False) & ~Q(void_reason="")),
                name="refund_voided_exactly_with_a_reason",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="refund_grams"),
            models.Index(fields=["company", "-refunded_on", "-id"], name="refund_by_date"),
            models.Index(fields=["company", "customer", "-id"], name="refund_by_customer"),
            models.Index(fields=["company", "document"], condition=Q(document__isnull=False), name="refund_by_invoice"),
        ]
        triggers = [
            pgtrigger.FSM(name="refund_takes_allowed_steps", field="status", transitions=PAYMENT_STEPS),
            pgtrigger.ReadOnly(
                name="refunds_are_frozen",
                fields=["method", "amount", "refunded_on", "reference", "reason", "kind", "document",
                        "recorded_by", "created_at"],
            ),
            stays_with_its_customer(),
            pgtrigger.Trigger(
                name="refund_number_comes_from_its_counter",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=laws.NUMBERED_BY_COUNTER.format(prefix=Prefix.REFUND),
            ),
            pgtrigger.Trigger(
                name="refund_is_what_left_the_credit",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=laws.refund_is_paid_out("NEW.id"),
            ),
            pgtrigger.Protect(name="refunds_are_never_deleted", operation=pgtrigger.Delete),
            *laws.closed_days_stay("refunds", "refunded_on"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the page of the refund."""
        return address_of("payments:refund", self.pk)

    def search_parts(self) -> list[str]:
        """Return the texts a refund is found by."""
        number = self.number if self.sequential else ""
        return [number, self.customer.name, self.customer.identification, self.reference, str(self.amount)]
