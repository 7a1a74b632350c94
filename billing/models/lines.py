"""What a document consists of: lines, totals by rate, payment terms. Frozen with it."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.billables import Billable
from billing.models.document_laws import PART_OF_DRAFT
from billing.models.documents import Document
from billing.models.products import Product
from billing.models.taxes import TaxCategory
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel


def frozen_with_its_document(name: str) -> pgtrigger.Trigger:
    """Make the trigger that lets a document's parts change only while it is a draft (law 2)."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=PART_OF_DRAFT,
    )


class PresentRevision(CompanyManager):
    """Sees the parts of each document's present revision; those of earlier ones are kept, not shown."""

    def get_queryset(self) -> models.QuerySet:
        """Return the parts that say what their document says now."""
        return super().get_queryset().filter(revision=F("document__revision"))


class DocumentLine(CompanyModel):
    """One line. Inputs as typed; results as `billing.totals` computed them.

    `base` is SRI's precioTotalSinImpuesto. `net_unit_price` and `net_discount` are without tax, as the XML
    and the RIDE print them.
    """

    document = CompanyForeignKey(Document, related_name="lines")
    revision = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    billable = CompanyForeignKey(Billable, null=True, related_name="document_lines")
    product = CompanyForeignKey(Product, null=True, related_name="+")
    code = models.CharField(_("código"), max_length=25, blank=True)
    auxiliary_code = models.CharField(_("código auxiliar"), max_length=25, blank=True)
    description = models.CharField(_("descripción"), max_length=300)
    quantity = models.DecimalField(_("cantidad"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("precio unitario"), max_digits=18, decimal_places=6)
    price_includes_tax = models.BooleanField(_("incluye IVA"), default=False)
    discount_value = models.DecimalField(_("descuento"), max_digits=14, decimal_places=2, default=0)
    discount_is_percent = models.BooleanField(default=False)

    tax_category = models.CharField(_("categoría de IVA"), max_length=16, choices=TaxCategory.choices)
    tax_code = models.CharField(max_length=1)
    rate_code = models.CharField(max_length=4)
    rate = models.DecimalField(_("tarifa %"), max_digits=5, decimal_places=2)
    gross = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2)
    document_discount_share = models.DecimalField(max_digits=14, decimal_places=2)
    net_unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    net_discount = models.DecimalField(max_digits=14, decimal_places=2)
    base = models.DecimalField(_("base"), max_digits=14, decimal_places=2)
    tax = models.DecimalField(_("impuesto"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    # Of a credit note's line: the invoice's line it takes back; empty on a line that takes back an amount.
    credits = CompanyForeignKey("self", null=True, related_name="credited_by")

    objects = PresentRevision()  # type: ignore[misc]
    all_revisions = CompanyManager()

    class Meta:
        verbose_name = _("línea de documento")
        verbose_name_plural = _("líneas de documentos")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "revision", "position"], name="one_document_line_per_position"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gt=0), name="document_line_has_quantity_and_price"
            ),
            models.CheckConstraint(
                condition=Q(total=F("base") + F("tax"), base__gte=0, tax__gte=0),
                name="document_line_total_is_base_plus_tax",
            ),
        ]
        indexes = [models.Index(fields=["company", "billable"], name="document_line_by_billable")]
        triggers = [frozen_with_its_document("lines_are_frozen_with_their_document")]

    def __str__(self) -> str:
        return self.description


class DocumentTax(CompanyModel):
    """The document's base and tax at one rate."""

    document = CompanyForeignKey(Document, related_name="taxes")
    revision = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    tax_code = models.CharField(max_length=1)
    rate_code = models.CharField(max_length=4)
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    base = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.DecimalField(max_digits=14, decimal_places=2)

    objects = PresentRevision()  # type: ignore[misc]
    all_revisions = CompanyManager()

    class Meta:
        verbose_name = _("impuesto de documento")
        verbose_name_plural = _("impuestos de documentos")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "revision", "tax_code", "rate_code"], name="one_document_tax_per_rate"
            ),
        ]
        triggers = [frozen_with_its_document("taxes_are_frozen_with_their_document")]


class DocumentPayment(CompanyModel):
    """How the buyer is to pay: SRI's forma de pago (table 24), amount and term."""

    document = CompanyForeignKey(Document, related_name="payment_terms")
    revision = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    sri_method = models.CharField(_("forma de pago"), max_length=2)
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    term_days = models.PositiveSmallIntegerField(_("plazo en días"), default=0)

    objects = PresentRevision()  # type: ignore[misc]
    all_revisions = CompanyManager()

    class Meta:
        verbose_name = _("forma de pago de documento")
        verbose_name_plural = _("formas de pago de documentos")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "revision", "position"], name="one_document_payment_per_position"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="document_payment_amount_is_positive"),
        ]
        triggers = [frozen_with_its_document("payment_terms_are_frozen_with_their_document")]
