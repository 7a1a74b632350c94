"""Code tables: their dates, and that they are SRI's, compared with the published tables where those are at hand."""

import csv
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sri.catalogs import (
    IVA_RATES,
    PAYMENT_FORMS,
    TAX_RULES,
    DocumentType,
    Environment,
    IdentificationType,
    Period,
    TaxCategory,
    TaxCode,
    TaxRule,
    final_consumer_limit,
    payment_forms,
    tax_rule,
)

ROOT = Path(__file__).resolve().parents[2]
TABLES = (ROOT / os.environ.get("SRI_FILES", "../shared/sri")).resolve() / "tables"

DECREE = TaxRule(
    TaxCategory.TOURISM, TaxCode.IVA, "8", Decimal(8), Period(date(2026, 5, 1), date(2026, 5, 3)), "Decreto de feriado"
)


def published(table: str) -> list[dict[str, str]]:
    path = TABLES / f"{table}.csv"
    if not path.exists():
        pytest.skip(f"SRI's table {table} is not at hand (SRI_FILES)")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def days(period: Period) -> tuple[str, str]:
    return tuple("" if day is None else day.isoformat() for day in (period.first, period.last))  # type: ignore[return-value]


# As SRI publishes them


def test_document_types_are_sris() -> None:
    ours = [(kind.value, kind.label) for kind in DocumentType if kind.electronic]
    assert ours == [(row["codDoc"], row["documento"]) for row in published("tipos_comprobante")]


def test_identification_types_are_sris() -> None:
    ours = [(kind.value, kind.label) for kind in IdentificationType]
    assert ours == [(row["codigo"], row["tipo"]) for row in published("identificacion")]


def test_payment_forms_are_sris_with_their_dates() -> None:
    ours = [(form.code, form.label, *days(form.period)) for form in PAYMENT_FORMS]
    rows = published("formas_pago")
    assert ours == [(row["codigo"], row["descripcion"], row["desde"], row["hasta"]) for row in rows]


def test_iva_rates_are_sris_with_their_dates() -> None:
    ours = [
        (
            rate.code,
            rate.rate,
            days(rate.periods[0])[0] if rate.periods else "",
            days((rate.periods or (Period(),))[-1])[1],
        )
        for rate in IVA_RATES
    ]
    rows = published("iva_codigo_porcentaje")
    assert ours == [(row["codigoPorcentaje"], Decimal(row["tarifa"]), row["desde"], row["hasta"]) for row in rows]


def test_sris_codes_for_taxes_and_environments() -> None:
    assert [code.value for code in TaxCode] == ["2", "3", "5"]
    assert Environment.choices() == [("1", "Pruebas"), ("2", "Producción")]


# On their days


@pytest.mark.parametrize(
    ("category", "on", "code", "rate"),
    [
        (TaxCategory.GENERAL, date(2001, 9, 1), "2", 12),
        (TaxCategory.GENERAL, date(2016, 5, 31), "2", 12),
        (TaxCategory.GENERAL, date(2016, 6, 1), "3", 14),
        (TaxCategory.GENERAL, date(2017, 5, 31), "3", 14),
        (TaxCategory.GENERAL, date(2017, 6, 1), "2", 12),
        (TaxCategory.GENERAL, date(2024, 3, 31), "2", 12),
        (TaxCategory.GENERAL, date(2024, 4, 1), "4", 15),
        (TaxCategory.GENERAL, date(2026, 11, 21), "4", 15),
        (TaxCategory.CONSTRUCTION, date(2024, 3, 31), "2", 12),
        (TaxCategory.CONSTRUCTION, date(2024, 4, 1), "5", 5),
        (TaxCategory.ZERO, date(2026, 1, 1), "0", 0),
        (TaxCategory.EXEMPT, date(2026, 1, 1), "7", 0),
        (TaxCategory.NOT_SUBJECT, date(2026, 1, 1), "6", 0),
        (TaxCategory.TOURISM, date(2026, 5, 3), "4", 15),
    ],
)
def test_category_and_day_decide_the_rate(category: TaxCategory, on: date, code: str, rate: int) -> None:
    rule = tax_rule(category, on)
    assert (rule.tax_code, rule.rate_code, rule.rate) == (TaxCode.IVA, code, Decimal(rate))


@pytest.mark.parametrize(("day", "code"), [(30, "4"), (1, "8"), (3, "8"), (4, "4")])
def test_a_decree_lowers_the_rate_of_tourism_on_its_days_only(day: int, code: str) -> None:
    on = date(2026, 4 if day == 30 else 5, day)
    assert tax_rule(TaxCategory.TOURISM, on, [*TAX_RULES, DECREE]).rate_code == code
    assert tax_rule(TaxCategory.GENERAL, on, [*TAX_RULES, DECREE]).rate_code == "4"


def test_a_later_decree_overrules_an_open_ended_one() -> None:
    later = TaxRule(TaxCategory.GENERAL, TaxCode.IVA, "10", Decimal(13), Period(date(2027, 1, 1)), "Decreto nuevo")
    for rules in ([*TAX_RULES, later], [later, *TAX_RULES]):
        assert tax_rule(TaxCategory.GENERAL, date(2026, 12, 31), rules).rate_code == "4"
        assert tax_rule(TaxCategory.GENERAL, date(2027, 1, 1), rules).rate_code == "10"


@pytest.mark.parametrize("category", [TaxCategory.GENERAL, TaxCategory.TOURISM])
def test_a_day_before_every_rule_has_no_rate(category: TaxCategory) -> None:
    with pytest.raises(LookupError, match="No hay tarifa de IVA para «Tarifa general» el 31/08/2001"):
        tax_rule(category, date(2001, 8, 31))


def test_every_rule_names_a_rate_that_was_law_on_its_days() -> None:
    rates = {rate.code: rate for rate in IVA_RATES}
    for rule in TAX_RULES:
        rate = rates[rule.rate_code]
        assert rule.rate == rate.rate
        assert rule.period in rate.periods


def test_seed_rules_of_a_category_never_overlap() -> None:
    for day in (date(2001, 9, 1), date(2016, 6, 1), date(2017, 6, 1), date(2024, 3, 31), date(2024, 4, 1)):
        for category in TaxCategory:
            assert len([rule for rule in TAX_RULES if rule.category is category and day in rule.period]) <= 1


@pytest.mark.parametrize(("on", "codes"), [(date(2016, 5, 31), ["01", "15"]), (date(2026, 1, 1), None)])
def test_forms_of_payment_hold_from_their_day(on: date, codes: list[str] | None) -> None:
    expected = ["01", "15", "16", "17", "18", "19", "20", "21"] if codes is None else codes
    assert [form.code for form in payment_forms(on)] == expected


@pytest.mark.parametrize(
    ("on", "limit"),
    [
        (date(2020, 1, 1), "200.00"),
        (date(2023, 1, 31), "200.00"),
        (date(2023, 2, 1), "50.00"),
        (date(2026, 1, 1), "50.00"),
    ],
)
def test_the_limit_for_final_consumers_is_dated(on: date, limit: str) -> None:
    assert final_consumer_limit(on) == Decimal(limit)
