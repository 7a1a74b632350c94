"""Files that people bring: read row by row, judged before anything is written, applied, and undone if need be."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyModel
from desk.models.tasks import Task


class ImportState(models.TextChoices):
    """How far an import has got."""

    CHECKING = "checking", _("Revisando")
    CHECKED = "checked", _("Revisada, sin aplicar")
    APPLYING = "applying", _("Aplicando")
    APPLIED = "applied", _("Aplicada")
    UNDOING = "undoing", _("Deshaciendo")
    UNDONE = "undone", _("Deshecha")
    FAILED = "failed", _("No se pudo leer")


IMPORT_STEPS: list[tuple[str, str]] = [
    (ImportState.CHECKING, ImportState.CHECKED),
    (ImportState.CHECKING, ImportState.FAILED),
    (ImportState.CHECKED, ImportState.CHECKING),
    (ImportState.CHECKED, ImportState.APPLYING),
    (ImportState.APPLYING, ImportState.APPLIED),
    (ImportState.APPLIED, ImportState.UNDOING),
    (ImportState.UNDOING, ImportState.UNDONE),
]


class Import(CompanyModel):
    """One file of a kind (customers, payments …). Nothing but its own rows is written until a person applies it."""

    kind = models.CharField(max_length=40)
    file_name = models.CharField(_("archivo"), max_length=200)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("estado"), max_length=8, choices=ImportState.choices, default=ImportState.CHECKING)
    error = models.CharField(max_length=500, blank=True)
    headings = models.JSONField(default=list)  # of the file's columns, in order
    columns = models.JSONField(default=dict)  # which field each heading is taken for
    requested_by = models.ForeignKey(
        "companies.User", verbose_name=_("traída por"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    task = CompanyForeignKey(Task, null=True, related_name="+")  # the one under way, or the last
    rows_read = models.PositiveIntegerField(_("filas"), default=0)
    created_at = models.DateTimeField(_("traída"), default=clock.now)
    applied_at = models.DateTimeField(_("aplicada"), null=True)
    undone_at = models.DateTimeField(_("deshecha"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("importación")
        verbose_name_plural = _("importaciones")
        indexes = [models.Index(fields=["company", "-id"], name="import_by_id")]
        triggers = [
            pgtrigger.FSM(name="import_takes_allowed_steps", field="state", transitions=IMPORT_STEPS),
            pgtrigger.Protect(name="imports_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        """Return the page of the import."""
        return address_of("desk:import", self.pk)

    @property
    def lacks_columns(self) -> bool:
        """Say whether a person must say which heading is which column before anything can be judged."""
        return self.state == ImportState.CHECKING and self.task_id is None


class Verdict(models.TextChoices):
    """What a row would do, or has done."""

    CREATE = "create", _("Nuevo")
    UPDATE = "update", _("Cambia")
    SAME = "same", _("Sin cambios")
    ERROR = "error", _("Con error")


class ImportRow(CompanyModel):
    """One row of a file: its texts, the verdict, and what it made; `kept` says why it could not be taken back."""

    source = CompanyForeignKey(Import, related_name="rows")
    position = models.PositiveIntegerField(_("fila"))
    cells = models.JSONField(default=list)  # the texts of the row, one for each heading of the file
    verdict = models.CharField(_("veredicto"), max_length=6, choices=Verdict.choices, blank=True)  # empty: not judged
    code = models.CharField(max_length=60, blank=True)
    field = models.CharField(max_length=60, blank=True)  # at fault
    message = models.CharField(_("detalle"), max_length=1000, blank=True)
    object_id = models.BigIntegerField(null=True)
    version_after = models.PositiveIntegerField(null=True)  # of the object when the row was applied
    before = models.JSONField(null=True)  # what the object said, of the fields the row changed
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    kept = models.CharField(_("no se deshizo porque"), max_length=500, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("fila importada")
        verbose_name_plural = _("filas importadas")
        constraints = [
            models.UniqueConstraint(fields=["company", "source", "position"], name="one_import_row_per_position"),
            models.CheckConstraint(
                condition=~Q(verdict="error") | (~Q(message="") & Q(applied_at=None)),
                name="a_row_with_an_error_says_which_and_is_not_applied",
            ),
        ]
        indexes = [models.Index(fields=["company", "source", "verdict", "position"], name="import_row_by_verdict")]

    def __str__(self) -> str:
        return f"{self.source_id}:{self.position}"
