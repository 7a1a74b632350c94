"""Until when the books are closed."""

from datetime import date
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.tenancy import CompanyManager, CompanyModel, CompanyQuerySet

# Plus a company's id, the advisory lock that who writes dated rows shares and who closes holds alone.
GATE: Final = 0x0C1A0E0 << 32


def day_is_open(day: str) -> str:
    """Return the body of a trigger that refuses a row dated (an SQL expression) on a closed day."""
    body = """
        PERFORM pg_advisory_xact_lock_shared(<gate> + NEW.company_id);
        IF <day> <= (SELECT closed_until FROM billing_periodclose WHERE company_id = NEW.company_id
                     ORDER BY id DESC LIMIT 1) THEN
            RAISE EXCEPTION 'the books are closed on %', <day> USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """
    return body.replace("<gate>", str(GATE)).replace("<day>", day)


class PeriodCloseQuerySet(CompanyQuerySet):
    """Named reads of closings."""

    def newest(self) -> Self:
        """Return them with the one in force first."""
        return self.order_by("-id")


class PeriodClose(CompanyModel):
    """From here on nothing dated up to `closed_until` is issued, received, voided or given back.

    The newest row holds. Reopening is another row, with an earlier day and its reason; no row ever changes.
    """

    closed_until = models.DateField(_("cerrado hasta"), null=True)
    reason = models.CharField(_("motivo"), max_length=500)
    closed_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = CompanyManager.from_queryset(PeriodCloseQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["-id"]
        verbose_name = _("cierre de período")
        verbose_name_plural = _("cierres de período")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_closing_says_why"),
        ]
        indexes = [models.Index(fields=["company", "-id"], name="period_close_by_id")]
        triggers = [
            pgtrigger.Protect(name="closings_are_kept_as_they_were", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        until: date | None = self.closed_until
        return f"{until:%d/%m/%Y}" if until else str(_("Abierto"))
