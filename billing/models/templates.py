"""Lines that are billed again and again, kept under a name."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.products import Product
from billing.models.taxes import TaxCategory
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyModel


class LineTemplate(CompanyModel):
    """A named set of lines that a person puts on a draft in one act; the draft then has its own copies."""

    name = models.CharField(_("nombre"), max_length=100)
    active = models.BooleanField(_("activa"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("plantilla de líneas")
        verbose_name_plural = _("plantillas de líneas")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_line_template_per_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page where the template is changed."""
        return address_of("billing:line_template", self.pk)


class TemplateLine(CompanyModel):
    """One line of a template. What is empty is taken from the product when the line is used."""

    template = CompanyForeignKey(LineTemplate, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = CompanyForeignKey(Product, verbose_name=_("producto"), null=True, related_name="+")
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    quantity = models.DecimalField(_("cantidad"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6, null=True)
    price_includes_tax = models.BooleanField(_("incluye IVA"), null=True)
    discount_value = models.DecimalField(_("descuento"), max_digits=14, decimal_places=2, default=0)
    discount_is_percent = models.BooleanField(default=False)
    tax_category = models.CharField(_("categoría de IVA"), max_length=16, choices=TaxCategory.choices, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("línea de plantilla")
        verbose_name_plural = _("líneas de plantillas")
        constraints = [
            models.UniqueConstraint(fields=["company", "template", "position"], name="one_template_line_per_position"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & (Q(unit_price=None) | Q(unit_price__gt=0)),
                name="template_line_has_a_quantity",
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False) | (~Q(description="") & Q(unit_price__isnull=False)),
                name="template_line_is_of_a_product_or_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.description or str(self.product)
