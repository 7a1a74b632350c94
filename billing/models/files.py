"""Printed forms and their zips: files are caches and products of jobs, these rows are the truth about them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
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


class BulkDownload(CompanyModel):
    """A zip of many PDFs, made by a job slice by slice: `done` is the cursor."""

    requested_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    document_ids = ArrayField(models.BigIntegerField())
    done = models.PositiveIntegerField(default=0)
    state = models.CharField(_("estado"), max_length=8, choices=FileState.choices, default=FileState.PENDING)
    path = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("descarga")
        verbose_name_plural = _("descargas")
        constraints = [
            models.CheckConstraint(
                condition=Q(document_ids__len__gte=F("done")), name="download_cursor_stays_in_its_list"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="bulk_download_due"
            ),
            models.Index(fields=["company", "-id"], name="bulk_download_by_id"),
        ]

    @property
    def total(self) -> int:
        """Return how many documents go in."""
        return len(self.document_ids)
