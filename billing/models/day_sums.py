"""What the company invoiced, is owed and collected, day by day: sums of a million rows that cost nothing to read.

A row is a difference. The triggers of the documents and payments append what each change adds to a day and takes from
it, in the writing transaction, so the sums are exact at every commit and no two writers ever wait for one row. Who
reads adds up; `billing.day_sums.fold` puts the rows of a day into one from time to time.
"""

from dataclasses import dataclass

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyModel


class DaySum(CompanyModel):
    """How many more, or fewer, and how much (USD) count for a day than the rows before it said."""

    class Kind(models.TextChoices):
        """What is added up, and by which day."""

        INVOICED = "invoiced", _("Facturado")  # the totals of the invoices that stand, by issue date
        OWED = "owed", _("Por cobrar")  # the open balances of invoices, by due date
        COLLECTED = "collected", _("Cobrado")  # the confirmed payments, by the day they came in

    kind = models.CharField(_("qué"), max_length=9, choices=Kind.choices)
    day = models.DateField(_("día"))
    count = models.IntegerField(_("cuántos"))
    amount = models.DecimalField(_("valor"), max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = _("suma del día")
        verbose_name_plural = _("sumas por día")
        indexes = [
            models.Index(fields=["company", "kind", "day"], include=["count", "amount"], name="day_sum_by_day"),
        ]
        triggers = [pgtrigger.Protect(name="day_sums_are_never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day:%d/%m/%Y}"


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a table counts for a kind: the columns of its day and amount, and the condition on `{row}`."""

    kind: str
    day: str
    amount: str
    condition: str


def appends(*counted: Counted) -> str:
    """Return the trigger body that appends what a change makes of the sums: nothing where nothing changes."""
    values = ",\n            ".join(
        f"('{each.kind}', {row}.{each.day}, {sign}1, {sign}{row}.{each.amount}, {each.condition.format(row=row)})"
        for each in counted
        for row, sign in (("OLD", "-"), ("NEW", ""))
    )
    return f"""
        INSERT INTO billing_daysum (company_id, kind, day, count, amount)
        SELECT NEW.company_id, kind, day, sum(count), sum(amount) FROM (VALUES
            {values}
        ) AS changed (kind, day, count, amount, counts)
        WHERE counts GROUP BY kind, day HAVING sum(count) <> 0 OR sum(amount) <> 0;
        RETURN NULL;
    """  # noqa: S608


# Only drafts are discarded, and a draft counts for nothing: `deleted_at` need not be asked for.
SALE = "{row}.document_type IN ('01', '02')"
OF_DOCUMENTS = appends(
    Counted(DaySum.Kind.INVOICED, "issue_date", "total", f"{{row}}.status IN ('issued', 'paid') AND {SALE}"),
    Counted(DaySum.Kind.OWED, "due_date", "balance", f"{{row}}.status = 'issued' AND {{row}}.balance > 0 AND {SALE}"),
)
