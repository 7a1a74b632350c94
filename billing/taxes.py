"""Which rate applies: a tax category and a date give SRI's code and percentage (D4)."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import LegalLimit, TaxCategory, TaxRate
from billing.totals import TaxKey
from core.errors import RuleRefused
from core.tenancy import memo


def rates_on(day: date) -> dict[str, TaxKey]:
    """Return each tax category's rate on a local date, read once in each request or job.

    A category without a rate of its own that day (tourism outside the decreed holidays) has the general one.

    Raises:
        RuleRefused: `no_tax_rate`: the dated table has no general rate for that day.
    """
    remembered: dict[date, dict[str, TaxKey]] = memo().setdefault("rates", {})
    if day not in remembered:
        remembered[day] = _read_rates(day)
    return remembered[day]


def _read_rates(day: date) -> dict[str, TaxKey]:
    rows = {row.category: TaxKey(row.code, row.rate_code, row.rate) for row in TaxRate.objects.in_force(day)}
    general = rows.get(TaxCategory.GENERAL)
    if general is None:
        raise RuleRefused(
            _("La tabla de tarifas de IVA no tiene una tarifa general para el %(day)s.") % {"day": day},
            code="no_tax_rate",
        )
    return {category: rows.get(category, general) for category in TaxCategory.values}


def final_consumer_limit(day: date) -> Decimal | None:
    """Return the most, in USD with taxes, that one invoice to consumidor final may be (D21); None is no limit."""
    return LegalLimit.in_force(LegalLimit.Code.FINAL_CONSUMER, day)
