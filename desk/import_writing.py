"""Files that go out and come back: the template of a kind, and the rows that were refused with their reasons."""

from typing import IO, Final

from django.utils.translation import gettext as _

from core.sheets import CSV, XLSX, open_sheet
from desk.import_kinds import Kind
from desk.models import Import, Verdict

KINDS: Final = (CSV, XLSX)
AT_ONCE: Final = 2_000


def template(kind: Kind, ending: str, file: IO[bytes]) -> None:
    """Write a file with every heading a kind knows and one example row."""
    sheet = open_sheet(ending, file, title=str(kind.label))
    sheet.row(column.field for column in kind.columns)
    sheet.row(column.example for column in kind.columns)
    sheet.close()


def rejected(imported: Import, file: IO[bytes]) -> None:
    """Write the rows with an error as they came, each with its column and reason: put right, they are brought again."""
    sheet = open_sheet(CSV, file)
    sheet.row([*imported.headings, _("columna con error"), _("motivo")])
    for row in imported.rows.filter(verdict=Verdict.ERROR).order_by("position").iterator(AT_ONCE):
        sheet.row([*row.cells, row.field, row.message])
    sheet.close()
