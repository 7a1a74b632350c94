"""What happened: entries, the seal that proves they were not edited, and the access log beside them."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.addresses import address_of
from core.tenancy import CompanyModel


class AuditEntry(CompanyModel):
    """One change of one object: who, what, when, why, through which door (law 8). Never edited."""

    at = models.DateTimeField(_("fecha y hora"), default=clock.now)
    actor_kind = models.CharField(max_length=12)
    actor_label = models.CharField(_("quién"), max_length=200)
    actor_user = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(_("por dónde"), max_length=8)
    action = models.CharField(_("acción"), max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    object_label = models.CharField(_("objeto"), max_length=200)
    document_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(_("motivo"), max_length=500, blank=True)
    public = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name = _("entrada de auditoría")
        verbose_name_plural = _("entradas de auditoría")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "-id"], name="audit_by_company"),
            models.Index(fields=["company", "object_type", "object_id", "id"], name="audit_by_object"),
            models.Index(fields=["company", "document_id", "id"], name="audit_by_document"),
            models.Index(fields=["company", "action", "-id"], name="audit_by_action"),
            models.Index(fields=["company", "correlation_id"], name="audit_by_correlation"),
            models.Index(fields=["company", "-at"], name="audit_by_time"),
        ]
        triggers = [
            pgtrigger.Protect(name="audit_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"

    def get_absolute_url(self) -> str:
        """Return the entry's page."""
        return address_of("audit:entry", self.pk)


class AuditSeal(models.Model):
    """The entry's place in its company's chain; written at commit by the database itself.

    `position` is gap-free commit order: the cursor of replay, webhooks and `Last-Event-ID`.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    position = models.BigIntegerField()
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("sello de auditoría")
        verbose_name_plural = _("sellos de auditoría")
        constraints = [
            models.UniqueConstraint(fields=["company", "position"], name="audit_seal_positions_are_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}:{self.position}"


class AuditHead(models.Model):
    """The last link of a company's chain; the row every sealing commit locks last."""

    company = models.OneToOneField("companies.Company", on_delete=models.PROTECT, primary_key=True, related_name="+")
    position = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("cabeza del registro")
        verbose_name_plural = _("cabezas del registro")

    def __str__(self) -> str:
        return f"{self.company_id}:{self.position}"


class AccessEntry(CompanyModel):
    """A read of a document, a refusal or a sign-in: outside the chain, kept 13 months (D28)."""

    class Kind(models.TextChoices):
        """What sort of access was made."""

        READ = "read", _("lectura")
        REFUSED = "refused", _("rechazo")
        SIGN_IN = "sign_in", _("ingreso")
        SIGN_IN_FAILED = "sign_in_failed", _("ingreso fallido")

    company = models.ForeignKey(  # type: ignore[assignment]  # a refused sign-in is of no company
        "companies.Company", null=True, on_delete=models.PROTECT, editable=False, related_name="+"
    )
    at = models.DateTimeField(_("fecha y hora"), default=clock.now)
    kind = models.CharField(_("tipo"), max_length=16, choices=Kind.choices)
    actor_label = models.CharField(_("quién"), max_length=200, blank=True)
    door = models.CharField(_("por dónde"), max_length=8)
    method = models.CharField(max_length=8, blank=True)
    path = models.CharField(_("dirección"), max_length=300, blank=True)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    code = models.CharField(_("código"), max_length=60, blank=True)
    detail = models.CharField(_("detalle"), max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name = _("acceso registrado")
        verbose_name_plural = _("accesos registrados")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "-id"], name="access_by_company"),
            models.Index(fields=["at"], name="access_by_time"),
            models.Index(fields=["company", "object_type", "object_id"], name="access_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"
