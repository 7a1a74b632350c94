"""What waits to be invoiced: the one door into billing."""

from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.customers import Customer
from billing.models.products import Product
from billing.models.taxes import TaxCategory
from core import clock
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel


class BillableStatus(models.TextChoices):
    """Where a billable stands."""

    WAITING = "waiting", _("Por facturar")
    DRAFTED = "drafted", _("En borrador")
    INVOICED = "invoiced", _("Facturado")
    CANCELLED = "cancelled", _("Cancelado")


BILLABLE_STEPS: list[tuple[str, str]] = [
    (BillableStatus.WAITING, BillableStatus.DRAFTED),
    (BillableStatus.DRAFTED, BillableStatus.WAITING),
    (BillableStatus.DRAFTED, BillableStatus.INVOICED),
    (BillableStatus.INVOICED, BillableStatus.WAITING),
    (BillableStatus.WAITING, BillableStatus.CANCELLED),
]


class BillableQuerySet(SearchableQuerySet):
    """Named reads of billables."""

    def waiting(self) -> Self:
        """Return those that can be put on an invoice now."""
        return self.filter(status=BillableStatus.WAITING)

    def live(self) -> Self:
        """Leave out the cancelled ones."""
        return self.exclude(status=BillableStatus.CANCELLED)

    def of_source(self, source_type: str, source_id: int) -> Self:
        """Return what one source offered."""
        return self.filter(source_type=source_type, source_id=source_id)


class Billable(SearchableModel):
    """Something delivered or agreed. One live row for each `key`; on at most one live invoice (law 5)."""

    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="billables")
    source_type = models.CharField(max_length=30)
    source_id = models.BigIntegerField()
    source_label = models.CharField(_("origen"), max_length=60)
    source_amount = models.DecimalField(max_digits=14, decimal_places=2)
    key = models.CharField(max_length=120)
    description = models.CharField(_("descripción"), max_length=300)
    service_date = models.DateField(_("fecha"))
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    status = models.CharField(
        _("estado"), max_length=10, choices=BillableStatus.choices, default=BillableStatus.WAITING
    )
    document = CompanyForeignKey("billing.Document", null=True, related_name="billables")
    cancel_reason = models.CharField(_("motivo"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = CompanyManager.from_queryset(BillableQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("pendiente de facturación")
        verbose_name_plural = _("pendientes de facturación")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "source_type", "key"],
                condition=~Q(status="cancelled"),
                name="one_live_billable_per_key",
            ),
            models.CheckConstraint(
                condition=(Q(status__in=["drafted", "invoiced"]) & Q(document__isnull=False))
                | (Q(status__in=["waiting", "cancelled"]) & Q(document__isnull=True)),
                name="billable_has_a_document_exactly_while_on_one",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="billable_amount_is_positive"),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="billable_grams"),
            models.Index(fields=["company", "status", "-id"], name="billable_by_status"),
            models.Index(fields=["company", "customer", "status"], name="billable_by_customer"),
            models.Index(fields=["company", "source_type", "source_id"], name="billable_by_source"),
            models.Index(fields=["company", "document"], name="billable_by_document"),
        ]
        triggers = [
            pgtrigger.FSM(name="billable_takes_allowed_steps", field="status", transitions=BILLABLE_STEPS),
            pgtrigger.Protect(name="billables_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.source_label}: {self.description}"[:200]

    def search_parts(self) -> list[str]:
        """Return the texts a billable is found by."""
        return [self.description, self.source_label, self.customer.name, self.customer.identification]


class BillableLine(CompanyModel):
    """One line the billable will put on its invoice."""

    billable = CompanyForeignKey(Billable, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = CompanyForeignKey(Product, null=True, related_name="+")
    code = models.CharField(_("código"), max_length=25, blank=True)
    description = models.CharField(_("descripción"), max_length=300)
    quantity = models.DecimalField(_("cantidad"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6)
    price_includes_tax = models.BooleanField(_("incluye IVA"))
    discount = models.DecimalField(_("descuento"), max_digits=14, decimal_places=2, default=0)
    tax_category = models.CharField(_("categoría de IVA"), max_length=16, choices=TaxCategory.choices)

    class Meta:
        verbose_name = _("línea de pendiente")
        verbose_name_plural = _("líneas de pendientes")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["company", "billable", "position"], name="one_billable_line_per_position"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gt=0, discount__gte=0), name="billable_line_has_an_amount"
            ),
        ]

    def __str__(self) -> str:
        return self.description
