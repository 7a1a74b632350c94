"""Code tables: their dates, and that they are SRI's, compared with the published tables where those are at hand."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest

from sri.catalogs import (
    PAYMENT_FORMS,
    DocumentType,
    Environment,
    IdentificationType,
    Period,
    TaxCode,
    payment_forms,
)

ROOT = Path(__file__).resolve().parents[2]
TABLES = (ROOT / os.environ.get("SRI_FILES", "../shared/sri")).resolve() / "tables"


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


def test_sris_codes_for_taxes_and_environments() -> None:
    assert [code.value for code in TaxCode] == ["2", "3", "5"]
    assert Environment.choices() == [("1", "Pruebas"), ("2", "Producción")]


# On their days


@pytest.mark.parametrize(("on", "codes"), [(date(2016, 5, 31), ["01", "15"]), (date(2026, 1, 1), None)])
def test_forms_of_payment_hold_from_their_day(on: date, codes: list[str] | None) -> None:
    expected = ["01", "15", "16", "17", "18", "19", "20", "21"] if codes is None else codes
    assert [form.code for form in payment_forms(on)] == expected
