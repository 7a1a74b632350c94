"""What the tax authority's side keeps: the companies' certificates, and how the line to each of SRI's hosts is."""

from typing import Final

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.tenancy import CompanyManager, CompanyModel, CompanyQuerySet

# What opens a certificate: read where it signs, and nowhere else.
SEALED: Final = ("sealed_p12", "sealed_password")


class CertificateQuerySet(CompanyQuerySet):
    """Named reads of certificates."""

    def in_use(self) -> "CertificateQuerySet":
        """Leave out the retired ones, newest first: the first that is in force signs."""
        return self.filter(retired_at=None).order_by("-valid_from", "-id")

    def for_ruc(self, ruc: str) -> "CertificateQuerySet":
        """Return those in use that name this RUC or none; without what opens them."""
        return self.in_use().filter(ruc__in=("", ruc)).defer(*SEALED)


class Certificate(CompanyModel):
    """A company's signing certificate: the .p12 and its password are stored encrypted (FIELD_KEYS), never shown."""

    sealed_p12 = models.TextField()
    sealed_password = models.TextField()
    holder = models.CharField(_("titular"), max_length=300)
    issuer = models.CharField(_("emitido por"), max_length=500)
    serial = models.CharField(_("número de serie"), max_length=60)
    ruc = models.CharField(_("RUC en el certificado"), max_length=13, blank=True)
    fingerprint = models.CharField(_("huella SHA-256"), max_length=64)
    valid_from = models.DateTimeField(_("válido desde"))
    valid_until = models.DateTimeField(_("válido hasta"))
    uploaded_at = models.DateTimeField(_("subido"), default=clock.now)
    retired_at = models.DateTimeField(_("retirado"), null=True)
    next_alarm_at = models.DateTimeField(null=True)  # when its owner is next told that it expires; null: never again

    objects = CompanyManager.from_queryset(CertificateQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("certificado de firma")
        verbose_name_plural = _("certificados de firma")
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "fingerprint"],
                condition=Q(retired_at=None),
                name="one_certificate_in_use_per_fingerprint",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="certificate_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_alarm_at"], condition=Q(next_alarm_at__isnull=False), name="certificate_alarm_due"
            ),
        ]
        triggers = [pgtrigger.Protect(name="certificates_are_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.holder

    @property
    def state(self) -> str:
        """Say whether it signs: `active`, `future`, `expired` or `retired`."""
        if self.retired_at:
            return "retired"
        if clock.now() >= self.valid_until:
            return "expired"
        return "active" if clock.now() >= self.valid_from else "future"


class Host(models.Model):
    """The line to SRI in one environment (table 4), shared by all workers and companies: pace and breaker."""

    environment = models.CharField(max_length=1, primary_key=True)
    next_slot_at = models.DateTimeField(null=True)  # pace: the moment from which the next document may be sent
    failed_at = ArrayField(models.DateTimeField(), default=list)  # the latest transport failures
    opened_at = models.DateTimeField(null=True)  # the breaker has been open since
    next_probe_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("línea con el SRI")
        verbose_name_plural = _("líneas con el SRI")
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_at=None, next_probe_at=None)
                | Q(opened_at__isnull=False, next_probe_at__isnull=False),
                name="an_open_breaker_probes",
            ),
        ]

    def __str__(self) -> str:
        return self.environment
