"""Reports as files for a spreadsheet."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.http import HttpResponse

from core import sheets


def as_file(kind: str, title: str, name: str, lines: Iterable[Iterable[Any]]) -> HttpResponse:
    """Answer rows as CSV or XLSX, called `name`."""
    file = BytesIO()
    sheet = sheets.open_sheet(kind, file, title=title)
    for values in lines:
        sheet.row(values)
    sheet.close()
    response = HttpResponse(file.getvalue(), content_type=sheets.TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
