"""The dated tables of the law: tax rates and limits. Of the whole installation, not of a company (D4)."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _


class TaxCategory(models.TextChoices):
    """What a product is to the IVA; the rate follows from it and the issue date."""

    GENERAL = "general", _("Tarifa general")
    CONSTRUCTION = "construction", _("Materiales de construcción")
    TOURISM = "tourism", _("Servicios turísticos")
    ZERO = "zero", _("Tarifa 0 %")
    EXEMPT = "exempt", _("Exento de IVA")
    NOT_SUBJECT = "not_subject", _("No objeto de IVA")


class TaxRateQuerySet(models.QuerySet["TaxRate"]):
    """Reads by date."""

    def in_force(self, on: date) -> Self:
        """Return the rows in force on a local date, at most one for each category."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)


class TaxRate(models.Model):
    """One category's SRI code and rate between two dates; a decree is a new row, not a release."""

    category = models.CharField(_("categoría"), max_length=16, choices=TaxCategory.choices)
    valid_from = models.DateField(_("desde"))
    valid_to = models.DateField(_("hasta"), null=True, blank=True)
    code = models.CharField(_("código de impuesto"), max_length=1, default="2")
    rate_code = models.CharField(_("código de porcentaje"), max_length=4)
    rate = models.DecimalField(_("tarifa %"), max_digits=5, decimal_places=2)
    source = models.CharField(_("norma"), max_length=200, blank=True)

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        ordering = ["category", "valid_from"]
        verbose_name = _("tarifa de impuesto")
        verbose_name_plural = _("tarifas de impuesto")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="tax_rate_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=100), name="tax_rate_is_a_percentage"),
            ExclusionConstraint(
                name="one_tax_rate_per_category_and_day",
                # gist has no equality for text without an extension: the category's hash as a point range has overlap
                expressions=[
                    (
                        Func(
                            Func(F("category"), function="hashtext"),
                            Func(F("category"), function="hashtext"),
                            Value("[]"),
                            function="int4range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.rate} %"


class LegalLimit(models.Model):
    """A dated amount set by law, such as the most that may be sold to consumidor final (D21)."""

    class Code(models.TextChoices):
        """The limits the product knows."""

        FINAL_CONSUMER = "final_consumer_limit", _("Máximo a consumidor final (USD)")

    code = models.CharField(_("límite"), max_length=40, choices=Code.choices)
    valid_from = models.DateField(_("desde"))
    amount = models.DecimalField(_("valor"), max_digits=14, decimal_places=2)
    source = models.CharField(_("norma"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("límite legal")
        verbose_name_plural = _("límites legales")
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="one_legal_limit_per_code_and_day")]

    def __str__(self) -> str:
        return f"{self.get_code_display()}: {self.amount}"

    @classmethod
    def in_force(cls, code: str, on: date) -> Decimal | None:
        """Return the limit in USD on a local date, None before the first."""
        row = cls.objects.filter(code=code, valid_from__lte=on).order_by("-valid_from").first()
        return row.amount if row else None
