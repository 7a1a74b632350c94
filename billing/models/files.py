"""Printed forms: files are caches made by jobs, these rows are the truth about them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.documents import Document
from core import clock
from core.tenancy import CompanyForeignKey, CompanyModel


class FileState(models.TextChoices):
    """How far a file's making has come."""

    PENDING = "pending", _("En preparación")
    READY = "ready", _("Listo")
    FAILED = "failed", _("Con error")


class DocumentFile(CompanyModel):
    """The PDF of a document in its present state: a cache, made again byte-equal when missing (D27)."""

    document = CompanyForeignKey(Document, related_name="files")
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.PENDING)
    path = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, default=clock.now)
    made_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("PDF de documento")
        verbose_name_plural = _("PDF de documentos")
        constraints = [
            models.UniqueConstraint(fields=["company", "document"], name="one_pdf_per_document"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(path="") & ~Q(sha256="")), name="a_ready_file_has_path_and_hash"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="document_file_due"
            ),
        ]
