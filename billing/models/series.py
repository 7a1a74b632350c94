"""Where numbers come from: establishments, emission points, series, and the register of numbers not used."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.tenancy import CompanyForeignKey, CompanyModel

THREE_DIGITS = r"^[0-9]{3}$"


class DocumentType(models.TextChoices):
    """SRI table 3, as far as the product issues it."""

    INVOICE = "01", _("Factura")
    SALES_NOTE = "02", _("Nota de venta")
    CREDIT_NOTE = "04", _("Nota de crédito")


class Establishment(CompanyModel):
    """A place of business, by the three digits SRI gave it."""

    code = models.CharField(_("código"), max_length=3)
    name = models.CharField(_("nombre"), max_length=150)
    address = models.CharField(_("dirección"), max_length=300)
    active = models.BooleanField(_("activo"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("establecimiento")
        verbose_name_plural = _("establecimientos")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="one_establishment_per_code"),
            models.CheckConstraint(condition=Q(code__regex=THREE_DIGITS), name="establishment_code_has_three_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class EmissionPoint(CompanyModel):
    """A till or channel within an establishment."""

    establishment = CompanyForeignKey(Establishment, verbose_name=_("establecimiento"), related_name="emission_points")
    code = models.CharField(_("código"), max_length=3)
    name = models.CharField(_("nombre"), max_length=150, blank=True)
    active = models.BooleanField(_("activo"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["establishment__code", "code"]
        verbose_name = _("punto de emisión")
        verbose_name_plural = _("puntos de emisión")
        constraints = [
            models.UniqueConstraint(fields=["company", "establishment", "code"], name="one_emission_point_per_code"),
            models.CheckConstraint(condition=Q(code__regex=THREE_DIGITS), name="emission_point_code_has_three_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.establishment.code}-{self.code}"


class Series(CompanyModel):
    """The counter of one document type at one emission point (law 1).

    Its row is locked by whoever issues. The database lets `last_number` grow only by one, only together
    with the document that takes the number.
    """

    emission_point = CompanyForeignKey(EmissionPoint, verbose_name=_("punto de emisión"), related_name="series")
    document_type = models.CharField(_("tipo de documento"), max_length=2, choices=DocumentType.choices)
    start_number = models.PositiveIntegerField(_("primer número"), default=1)
    last_number = models.PositiveIntegerField(_("último número usado"), default=0)
    last_issue_date = models.DateField(_("fecha del último"), null=True)
    limit_number = models.PositiveIntegerField(_("límite interno"), null=True, blank=True)
    active = models.BooleanField(_("activa"), default=True)
    # Set while nobody knows which number really was the last (a restored backup; SRI says another system uses the
    # series): nothing is issued until an administrator confirms or raises it.
    doubt = models.CharField(_("por confirmar"), max_length=300, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("serie")
        verbose_name_plural = _("series")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "emission_point", "document_type"], name="one_series_per_point_and_document_type"
            ),
            models.CheckConstraint(
                condition=Q(start_number__gte=1, last_number__gte=F("start_number") - 1, last_number__lte=999_999_999),
                name="series_counts_from_its_start_to_nine_digits",
            ),
            models.CheckConstraint(
                condition=Q(limit_number=None) | Q(limit_number__gte=F("last_number")),
                name="series_never_passes_its_limit",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="series_grows_by_one",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.last_number = OLD.last_number AND NEW.start_number = OLD.start_number THEN RETURN NEW; END IF;
                    IF NEW.last_number = OLD.last_number + 1 AND NEW.start_number = OLD.start_number
                       AND (OLD.last_issue_date IS NULL OR NEW.last_issue_date >= OLD.last_issue_date) THEN
                        RETURN NEW;
                    END IF;
                    -- numbers that were used where we cannot see: confirmed by a person, registered as skipped
                    IF OLD.doubt <> '' AND NEW.doubt = '' AND NEW.last_number > OLD.last_number
                       AND NEW.start_number = OLD.start_number
                       AND EXISTS (SELECT FROM billing_skippednumbers k WHERE k.series_id = NEW.id
                                   AND k.first = OLD.last_number + 1 AND k.last = NEW.last_number) THEN
                        RETURN NEW;
                    END IF;
                    -- a series that has issued nothing may still be given another start
                    IF OLD.last_issue_date IS NULL AND NEW.last_issue_date IS NULL
                       AND NEW.last_number = NEW.start_number - 1 THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'series % goes from % to %: numbers are consecutive', OLD.id, OLD.last_number,
                        NEW.last_number USING ERRCODE = 'check_violation';
                """,  # noqa: E501
            ),
            pgtrigger.Trigger(
                name="series_number_is_used",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(old__last_number__lt=pgtrigger.F("new__last_number"))
                & pgtrigger.Q(new__last_issue_date__isnull=False),
                func="""
                    IF NOT EXISTS (SELECT FROM billing_document d WHERE d.series_id = NEW.id
                                   AND d.sequential = NEW.last_number)
                       AND NOT EXISTS (SELECT FROM billing_skippednumbers k WHERE k.series_id = NEW.id
                                       AND NEW.last_number BETWEEN k.first AND k.last) THEN
                        RAISE EXCEPTION 'number % of series % was taken by no document', NEW.last_number, NEW.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Protect(name="series_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_document_type_display()} {self.emission_point}"

    @property
    def next_number(self) -> int:
        """Return the number the next document will most likely get (nothing is reserved)."""
        return self.last_number + 1


class NumberGap(CompanyModel):
    """A number whose document was voided: it stays here with its reason (law 1)."""

    series = CompanyForeignKey(Series, related_name="gaps")
    sequential = models.PositiveIntegerField(_("secuencial"))
    document_id = models.BigIntegerField()
    reason = models.CharField(_("motivo"), max_length=500)
    created_at = models.DateTimeField(_("registrado"), default=clock.now)

    class Meta:
        ordering = ["-sequential"]
        verbose_name = _("número no utilizado")
        verbose_name_plural = _("números no utilizados")
        constraints = [
            models.UniqueConstraint(fields=["company", "series", "sequential"], name="one_gap_entry_per_number"),
        ]
        triggers = [
            pgtrigger.Protect(name="gaps_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.sequential:09d}"


class SkippedNumbers(CompanyModel):
    """Numbers of a series that were used where this database cannot see, and so are never given out here.

    After a restored backup: the documents of these numbers were lost here, and may be brought back from SRI.
    """

    series = CompanyForeignKey(Series, related_name="skipped")
    first = models.PositiveIntegerField(_("desde"))
    last = models.PositiveIntegerField(_("hasta"))
    reason = models.CharField(_("motivo"), max_length=500)
    created_at = models.DateTimeField(_("registrado"), default=clock.now)

    class Meta:
        ordering = ["-last"]
        verbose_name = _("números saltados")
        verbose_name_plural = _("números saltados")
        constraints = [
            models.UniqueConstraint(fields=["company", "series", "first"], name="numbers_are_skipped_once"),
            models.CheckConstraint(condition=Q(first__gte=1, last__gte=F("first")), name="skipped_numbers_go_up"),
        ]
        triggers = [
            pgtrigger.Protect(name="skipped_numbers_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.first:09d}–{self.last:09d}"
