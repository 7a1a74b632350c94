"""Importing in tests: a file in words, and its steps with the workers' part done at once."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from core.actor import Actor
from desk import imports, tasks
from desk.models import Import, ImportRow

HEADINGS = ("identificacion", "nombre", "correo")


def csv_of(rows: Iterable[Iterable[Any]], headings: Iterable[str] = HEADINGS, delimiter: str = ";") -> bytes:
    """Write a CSV file."""
    return "\r\n".join(delimiter.join(str(cell) for cell in row) for row in (headings, *rows)).encode()


def xlsx_of(rows: Iterable[Iterable[Any]], headings: Iterable[str] = HEADINGS) -> bytes:
    """Write a workbook of one sheet."""
    book, file = Workbook(), BytesIO()
    for row in (headings, *rows):
        book.active.append(list(row))
    book.save(file)
    return file.getvalue()


def worked(imported: Import) -> Import:
    """Return an import after the workers have done all there is to do."""
    imported.refresh_from_db()
    if imported.task_id:
        tasks.advance(imported.task_id)
    return Import.objects.select_related("task").get(pk=imported.pk)


def checked(content: bytes, actor: Actor, name: str = "clientes.csv", **options: Any) -> Import:
    """Bring a file and have it judged."""
    return worked(imports.start("customers", name, content, actor=actor, **options))


def applied(content: bytes, actor: Actor, **options: Any) -> Import:
    """Bring a file and have it applied."""
    return worked(imports.apply(checked(content, actor, **options).pk, actor=actor))


def undone(imported: Import, actor: Actor) -> Import:
    """Take an import back."""
    return worked(imports.undo(imported.pk, actor=actor))


def verdicts(imported: Import) -> dict[int, tuple[str, str, str]]:
    """Return what was said of each row: verdict, code and field."""
    rows: Any = ImportRow.objects.filter(source=imported).order_by("position")
    return {row.position: (row.verdict, row.code, row.field) for row in rows}


def said(imported: Import, position: int) -> str:
    """Return the message of a row."""
    return ImportRow.objects.get(source=imported, position=position).message


def figures(counts: Mapping[str, int], *names: str) -> list[int]:
    """Return some figures of a tally."""
    return [counts[name] for name in names]
