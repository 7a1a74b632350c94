"""The dated tables: which rate and which limit hold on a day, and that they are SRI's."""

import csv
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from billing.models import LegalLimit, TaxRate
from billing.taxes import final_consumer_limit, rates_on
from core.errors import RuleRefused

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / os.environ.get("SRI_FILES", "../shared/sri")).resolve() / "tables" / "iva_codigo_porcentaje.csv"


@pytest.mark.parametrize(
    ("category", "on", "code", "rate"),
    [
        ("general", date(2001, 9, 1), "2", 12),
        ("general", date(2016, 5, 31), "2", 12),
        ("general", date(2016, 6, 1), "3", 14),
        ("general", date(2017, 5, 31), "3", 14),
        ("general", date(2017, 6, 1), "2", 12),
        ("general", date(2024, 3, 31), "2", 12),
        ("general", date(2024, 4, 1), "4", 15),
        ("general", date(2026, 11, 21), "4", 15),
        ("construction", date(2024, 3, 31), "2", 12),
        ("construction", date(2024, 4, 1), "5", 5),
        ("zero", date(2026, 1, 1), "0", 0),
        ("exempt", date(2026, 1, 1), "7", 0),
        ("not_subject", date(2026, 1, 1), "6", 0),
        ("tourism", date(2026, 5, 3), "4", 15),
    ],
)
def test_category_and_day_decide_the_rate(category: str, on: date, code: str, rate: int) -> None:
    tax = rates_on(on)[category]
    assert (tax.code, tax.rate_code, tax.rate) == ("2", code, Decimal(rate))


@pytest.mark.parametrize(
    ("on", "code"),
    [(date(2026, 4, 30), "4"), (date(2026, 5, 1), "8"), (date(2026, 5, 3), "8"), (date(2026, 5, 4), "4")],
)
def test_a_decree_lowers_the_rate_of_tourism_on_its_days_only(on: date, code: str) -> None:
    TaxRate.objects.create(
        category="tourism", valid_from=date(2026, 5, 1), valid_to=date(2026, 5, 3), rate_code="8", rate=8
    )
    assert rates_on(on)["tourism"].rate_code == code
    assert rates_on(on)["general"].rate_code == "4"


def test_two_rates_of_a_category_never_hold_on_one_day() -> None:
    with pytest.raises(IntegrityError, match="one_tax_rate_per_category_and_day"), transaction.atomic():
        TaxRate.objects.create(category="general", valid_from=date(2027, 1, 1), rate_code="10", rate=13)
    TaxRate.objects.filter(category="general", valid_to=None).update(valid_to=date(2026, 12, 31))
    TaxRate.objects.create(category="general", valid_from=date(2027, 1, 1), rate_code="10", rate=13)
    assert rates_on(date(2027, 1, 1))["general"].rate == 13


def test_a_day_before_every_rate_is_refused() -> None:
    with pytest.raises(RuleRefused) as refused:
        rates_on(date(2001, 8, 31))
    assert refused.value.code == "no_tax_rate"


def test_the_rates_are_sris_with_their_dates() -> None:
    if not TABLE.exists():
        pytest.skip("SRI's table iva_codigo_porcentaje is not at hand (SRI_FILES)")
    with TABLE.open(encoding="utf-8", newline="") as file:
        published = {row["codigoPorcentaje"]: row for row in csv.DictReader(file)}
    for row in TaxRate.objects.all():
        theirs = published[row.rate_code]
        assert row.rate == Decimal(theirs["tarifa"])
        if theirs["desde"]:
            assert row.valid_from.isoformat() >= theirs["desde"]
        if theirs["hasta"]:
            assert row.valid_to is not None
            assert row.valid_to.isoformat() <= theirs["hasta"]


@pytest.mark.parametrize(
    ("on", "limit"), [(date(2023, 1, 31), "200.00"), (date(2023, 2, 1), "50.00"), (date(2026, 1, 1), "50.00")]
)
def test_the_limit_for_final_consumers_is_dated(on: date, limit: str) -> None:
    assert final_consumer_limit(on) == Decimal(limit)
    assert LegalLimit.in_force("final_consumer_limit", date(2000, 1, 1)) is None
