"""Reading what people bring: CSV as spreadsheets of any country write it, or the first sheet of an XLSX workbook.

A file becomes headings and rows of texts. Nothing in it is run: of a formula the value that was stored counts.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from core.errors import FieldError, RuleRefused
from core.money import format_input
from core.sheets import FORMULA

MAX_BYTES: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 60_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 10_000
BLANKS_AT_THE_END: Final = 1_000  # after so many blank rows nothing more is looked for
MAX_UNPACKED: Final = 400 * 1024 * 1024  # a workbook is a zip: a small one may hold a lot
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Table:
    """The texts of a file: its headings, none twice, and its rows with the number each has in the spreadsheet."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]


def read(name: str, content: bytes) -> Table:
    """Read a file by what it holds, whatever it is called.

    Raises:
        RuleRefused: `file_too_large`, `file_unreadable`, `file_empty`, `too_many_rows`, `too_many_columns`.
    """
    if len(content) > MAX_BYTES:
        raise refused(
            "file_too_large",
            _("El archivo pesa más de %(most)d MB. Divídalo en varios.") % {"most": MAX_BYTES // 1024**2},
        )
    if not content.strip():
        raise refused("file_empty", _("El archivo está vacío."))
    if content.startswith(OLD_EXCEL):
        raise refused("file_unreadable", _("Es un Excel antiguo (.xls): guárdelo como .xlsx o como CSV."))
    records = _of_workbook(content) if content.startswith(ZIP) else _of_text(content)
    return _table(records)


def ending(content: bytes) -> str:
    """Return the ending that fits what a file holds."""
    return ".xlsx" if content.startswith(ZIP) else ".csv"


def shown_name(name: str) -> str:
    """Return an uploaded file's name as a row keeps it: without folders and what does not print."""
    return "".join(char for char in PurePath(name.replace("\\", "/")).name if char.isprintable())[-200:] or "archivo"


def refused(code: str, message: str) -> RuleRefused:
    """Refuse the file."""
    return RuleRefused(message, code=code, fields=[FieldError(field="file", code=code, message=message)])


def _table(records: Iterable[list[str]]) -> Table:
    headings: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    blanks = 0
    for number, record in enumerate(records, start=1):
        cells = [_clean(cell) for cell in record]
        if not any(cells):
            blanks += 1
            if blanks > BLANKS_AT_THE_END:
                break
            continue
        blanks = 0
        if not headings:
            headings = _headings(cells)
            continue
        if len(rows) == MOST_ROWS or number > 2 * MOST_ROWS:
            raise refused("too_many_rows", _("El archivo tiene más de %(most)d filas: divídalo.") % {"most": MOST_ROWS})
        rows.append((number, (cells + [""] * len(headings))[: len(headings)]))
    if not rows:
        raise refused("file_empty", _("El archivo no tiene filas debajo de los títulos."))
    return Table(headings, rows)


def _headings(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise refused("too_many_columns", _("El archivo tiene más de %(most)d columnas.") % {"most": MOST_COLUMNS})
    headings: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.split())[:100] or _("Columna %(n)d") % {"n": position}
        headings.append(name if name not in headings else f"{name} ({position})")
    return headings


def _clean(cell: str) -> str:
    """Trim a text, drop what does not print, and the apostrophe that keeps a spreadsheet from running it."""
    plain = cell.strip()
    if not plain.isprintable():
        plain = "".join(char for char in plain if char.isprintable() or char in "\r\n\t")
    if plain[:1] == "'" and plain[1:].startswith(FORMULA):
        plain = plain[1:]
    return plain[:LONGEST_CELL]


# CSV


def _of_text(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    first, _newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):
        text = rest
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        yield from reader
    except csv.Error as error:
        raise refused(
            "file_unreadable", _("No se entiende la fila %(n)d: revise sus comillas.") % {"n": reader.line_num}
        ) from error


def _decoded(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # what Excel calls Unicode text
    encodings = ["utf-16"] if wide else ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise refused("file_unreadable", _("No es un archivo CSV ni XLSX. Guárdelo con uno de esos formatos."))


def _delimiter(text: str) -> str:
    """Return what parts the cells: what stands most often in the first line outside quotes."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(line.split('"')[::2])
    return max(";,\t|", key=bare.count)


# XLSX


def _of_workbook(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise refused("file_too_large", _("El libro de Excel es demasiado grande: guárdelo como CSV."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a workbook says of its own size may be wrong
            for record in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1):
                yield [_told(value) for value in record]
        finally:
            book.close()
    except RuleRefused:
        raise
    except Exception as error:  # whatever a broken workbook makes the library stumble over
        raise refused(
            "file_unreadable", _("El libro de Excel no se puede leer: ábralo, guárdelo de nuevo como .xlsx y repita.")
        ) from error


def _told(value: Any) -> str:
    """Write a typed cell as people write it, so that it is read back as the same."""
    match value:
        case None:
            return ""
        case bool():
            return _("sí") if value else _("no")
        case int():
            return str(value)
        case float():
            return format_input(Decimal(repr(value))) if abs(value) < 10**15 else repr(value)
        case datetime():
            return value.strftime("%d/%m/%Y" if value.time() == time() else "%d/%m/%Y %H:%M")
        case date():
            return value.strftime("%d/%m/%Y")
        case _:
            return str(value)
