"""The numbers of receipts and refunds: one counter each, consecutive within the company."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyModel
from payments.models import laws


class Prefix(models.TextChoices):
    """What is numbered, by the letters its numbers start with."""

    RECEIPT = "REC", _("Recibos")
    REFUND = "DEV", _("Devoluciones")


class Counter(CompanyModel):
    """The last number given to receipts, or to refunds. Its row is locked by whoever takes the next.

    The database lets it grow only by one, only together with the row that takes the number.
    """

    prefix = models.CharField(_("numera"), max_length=3, choices=Prefix.choices)
    last_number = models.PositiveIntegerField(_("último número"), default=0)

    class Meta:
        ordering = ["id"]
        verbose_name = _("contador")
        verbose_name_plural = _("contadores")
        constraints = [models.UniqueConstraint(fields=["company", "prefix"], name="one_counter_per_prefix")]
        triggers = [
            pgtrigger.Trigger(
                name="counter_grows_by_one",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=laws.COUNTS_BY_ONE,
            ),
            pgtrigger.Trigger(
                name="counter_number_is_used",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=laws.COUNTED_IS_USED,
            ),
            pgtrigger.Protect(name="counters_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return format_number(self.prefix, self.last_number)


class NumberedModel(CompanyModel):
    """A row with a number of its company, null until the end of the transaction that makes it, and a paper."""

    PREFIX: Prefix

    sequential = models.PositiveIntegerField(_("secuencial"), null=True)
    # What its paper says (payments.papers): copied and frozen with the number, never looked up again.
    facts = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @property
    def number(self) -> str:
        """Return the number as it is printed: `REC-000000001`."""
        return format_number(self.PREFIX, self.sequential or 0)


def format_number(prefix: str, sequential: int) -> str:
    """Write a number: `REC-000000001`."""
    return f"{prefix}-{sequential:09d}"
