"""What is sold."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.taxes import TaxCategory
from core import clock
from core.addresses import address_of
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyManager


class ProductQuerySet(SearchableQuerySet):
    """Named reads of products."""

    def live(self) -> Self:
        """Leave out hidden products."""
        return self.filter(deleted_at=None)


class Product(SearchableModel):
    """A good or service with its price, with or without tax (D20), and its tax category (D4)."""

    code = models.CharField(_("código"), max_length=25)
    auxiliary_code = models.CharField(_("código auxiliar"), max_length=25, blank=True)
    name = models.CharField(_("nombre"), max_length=300)
    unit_price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6)
    price_includes_tax = models.BooleanField(_("el precio incluye IVA"), default=False)
    tax_category = models.CharField(
        _("categoría de IVA"), max_length=16, choices=TaxCategory.choices, default=TaxCategory.GENERAL
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = CompanyManager.from_queryset(ProductQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("producto")
        verbose_name_plural = _("productos")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], condition=Q(deleted_at=None), name="one_live_product_per_code"
            ),
            models.CheckConstraint(condition=Q(unit_price__gt=0), name="product_price_is_positive"),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="product_grams"),
            models.Index(fields=["company", "name", "id"], name="product_by_name"),
            models.Index(fields=["company", "-id"], name="product_by_id"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page of the product."""
        return address_of("billing:product", self.pk)

    def search_parts(self) -> list[str]:
        """Return the texts a product is found by."""
        return [self.code, self.auxiliary_code, self.name]
