"""Reports of payments as files for a spreadsheet."""

import csv
from io import StringIO

from core.money import format_cents
from payments.queries import SRI_FORMS, Income, MethodSum

BOM = "\ufeff"  # without it spreadsheets read the accents wrongly
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def income_csv(income: Income) -> str:
    """Write one line for each day and method; commas are decimal, so semicolons separate (as Ecuador's Excel does)."""
    file = StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["Fecha", "Método", "Código SRI", "Forma de pago del SRI", "Cobros", "Total"])
    for day in income.days:
        for cell in filter(None, day.cells):
            writer.writerow([day.day.strftime("%d/%m/%Y"), *_figures(cell)])
    return BOM + file.getvalue()


def _figures(cell: MethodSum) -> list[object]:
    return [_text(cell.method), cell.sri_code, SRI_FORMS.get(cell.sri_code, ""), cell.count, format_cents(cell.total)]


def _text(value: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value
