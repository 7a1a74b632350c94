"""The ways in which a company takes money and gives it back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.addresses import address_of
from core.tenancy import CompanyModel

CASH = "01"  # SRI's "sin utilización del sistema financiero"


class ReferenceRule(models.TextChoices):
    """Whether what is paid by a method carries a reference."""

    NONE = "none", _("No lleva")
    OPTIONAL = "optional", _("Opcional")
    REQUIRED = "required", _("Obligatoria")


class ReferenceKind(models.TextChoices):
    """What a method's reference is, which says how it must look (payments.references)."""

    FREE = "free", _("Cualquier texto")
    CHEQUE = "cheque", _("Número de cheque")
    TRANSFER = "transfer", _("Comprobante de transferencia o depósito")
    CARD = "card", _("Autorización de tarjeta")


class PaymentMethod(CompanyModel):
    """A way to pay, with SRI's code (table 24)."""

    name = models.CharField(_("nombre"), max_length=100)
    sri_code = models.CharField(_("código SRI"), max_length=2)
    reference_rule = models.CharField(
        _("referencia"), max_length=8, choices=ReferenceRule.choices, default=ReferenceRule.OPTIONAL
    )
    reference_kind = models.CharField(
        _("qué es la referencia"), max_length=8, choices=ReferenceKind.choices, default=ReferenceKind.FREE
    )
    active = models.BooleanField(_("activo"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("método de cobro")
        verbose_name_plural = _("métodos de cobro")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_payment_method_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_reference(self) -> bool:
        """Say whether nothing is paid by it without a reference."""
        return self.reference_rule == ReferenceRule.REQUIRED

    @property
    def is_cash(self) -> bool:
        """Say whether change is given."""
        return self.sri_code == CASH

    def get_absolute_url(self) -> str:
        """Return where the method is changed."""
        return address_of("payments:method", self.pk)
