"""Files for a spreadsheet, written row by row: CSV as Ecuador's Excel opens it, and XLSX.

CSV: UTF-8 with BOM, semicolons between columns because the comma is decimal, `26/11/2026`, `1234,56` without signs or
thousands. XLSX: numbers are numbers, dates are dates. No text is ever taken for a formula: CSV has an apostrophe
before one (`import` takes it away again), XLSX says that it is text. XLSX is written by openpyxl in its write-only
mode, since imports read with the same library: rows go to disk as they come, and memory stays flat.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any, Final, Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core import clock

CSV, XLSX = "csv", "xlsx"
BOM: Final = "\ufeff"  # without it spreadsheets read the accents wrongly
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
LONGEST: Final = 32_767  # characters that fit in a cell
TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TITLE = re.compile(r"[\[\]:*?/\\]")


class Sheet(Protocol):
    """A file that takes rows of str, int, Decimal, date, datetime, bool and None."""

    def row(self, values: Iterable[Any]) -> None:
        """Write a row."""

    def close(self) -> None:
        """Write what is left; the file stays open."""


def open_sheet(kind: str, file: IO[bytes], *, title: str = "") -> Sheet:
    """Begin a file of this kind; `title` names the sheet where there are sheets."""
    return _Xlsx(file, title) if kind == XLSX else _Csv(file)


class _Csv:
    def __init__(self, file: IO[bytes]) -> None:
        self._text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._text.write(BOM)
        self._writer = csv.writer(self._text, delimiter=";")

    def row(self, values: Iterable[Any]) -> None:
        self._writer.writerow([as_text(value) for value in values])

    def close(self) -> None:
        self._text.detach()


def as_text(value: Any) -> str:
    """Write a value as a cell of CSV."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain_number(value).replace(".", ",")
    if isinstance(value, datetime):
        return f"{clock.local(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int):
        return str(int(value))
    return harmless(str(value))


def plain_number(value: Decimal) -> str:
    """Write a number with the decimals it has, two at least: `12.50`, `0.125`."""
    whole, _point, decimals = f"{value:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


@dataclass
class _Xlsx:
    file: IO[bytes]
    title: str

    def __post_init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(_TITLE.sub(" ", self.title)[:31] or None)
        self._sheet.freeze_panes = "A2"

    def row(self, values: Iterable[Any]) -> None:
        self._sheet.append([self._cell(value) for value in values])

    def _cell(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self._formatted(clock.local(value).replace(tzinfo=None), "dd/mm/yyyy hh:mm")
        if isinstance(value, date):
            return self._formatted(value, "dd/mm/yyyy")
        if isinstance(value, Decimal):
            places = max(2, len(plain_number(value).partition(".")[2]))
            return self._formatted(value, "#,##0." + "0" * places)
        if value is None or isinstance(value, int):
            return value
        text = ILLEGAL_CHARACTERS_RE.sub(" ", str(value))[:LONGEST]
        if not text.startswith("="):
            return text
        cell = WriteOnlyCell(self._sheet, text)
        cell.data_type = "s"
        return cell

    def _formatted(self, value: Any, number_format: str) -> WriteOnlyCell:
        cell = WriteOnlyCell(self._sheet, value)
        cell.number_format = number_format
        return cell

    def close(self) -> None:
        self._book.save(self.file)
