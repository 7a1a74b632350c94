"""Lists as files: exactly what is shown — filters, order, columns — over all its pages.

What is short is answered at once; what is long is a task with a file, so that no request and no memory holds it.
"""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import RuleRefused
from core.list_names import list_at
from core.list_tools import Export
from core.listing import ListPage
from core.sheets import open_sheet
from core.tenancy import current_company_id
from desk import task_files, tasks
from desk.models import Task

AT_ONCE: Final = 5_000  # rows answered by the request itself: about a second
MOST: Final = 100_000
CHUNK: Final = 1_000
IN_MEMORY: Final = 8 * 1024 * 1024
KIND: Final = "lists.export"


def is_long(listing: ListPage) -> bool:
    """Say whether a list is too long to be answered at once.

    Raises:
        RuleRefused: `too_many_rows`: too long for a file, too.
    """
    count = listing.rows().order_by()[: MOST + 1].count()
    if count > MOST:
        raise RuleRefused(_("Son más de 100.000 filas: acote las fechas o los filtros."), code="too_many_rows")
    return count > AT_ONCE


def write(listing: ListPage, export: Export, file: IO[bytes]) -> int:
    """Write a list to a file and return how many rows it has."""
    sheet, count = open_sheet(export.kind, file, title=str(listing.title)), 0
    sheet.row(export.headings or listing.table([], without={"pk"}).headings())
    for values in _rows(listing, export):
        sheet.row(values)
        count += 1
    sheet.close()
    return count


def _rows(listing: ListPage, export: Export) -> Iterator[list[Any]]:
    for chunk in listing.chunks(CHUNK):
        if export.values:
            yield from filter(None, map(export.values, chunk))
        else:
            yield from listing.table(chunk, without={"pk"}).values_of_rows()


def file_name(listing: ListPage, export: Export) -> str:
    """Return what a list's file is called."""
    word = listing.name.partition(":")[2] or listing.name
    return f"{word.replace('_', '-')}-{clock.today():%Y%m%d}.{export.kind}"


def start(listing: ListPage, export: Export, *, actor: Actor) -> Task:
    """Have a list written by a task.

    Raises:
        RuleRefused: `too_many_rows`.
    """
    is_long(listing)
    return tasks.start(
        KIND,
        [(0, str(listing.title))],
        title=_("Exportación de %(list)s") % {"list": listing.title},
        parameters={"list": listing.name, "query": listing.query, "export": export.code},
        actor=actor,
    )


def finish(task: Task, actor: Actor) -> None:
    """Write the file of an export's task."""
    asked = task.parameters
    listing = opened(asked["list"], asked["query"], actor)
    export = listing.export(asked["export"])
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        write(listing, export, file)
        task_files.keep_file(task, file, file_name(listing, export))


def opened(list_name: str, query: str, actor: Actor) -> ListPage:
    """Open a list outside any request, as the actor would see it.

    Raises:
        Forbidden: they may not see it.
    """
    page = list_at(list_name)
    if page.permissions:
        actor.require(*page.permissions)
    request = HttpRequest()
    request.method, request.path = "GET", reverse(list_name)
    request.actor = actor  # type: ignore[attr-defined]
    request.company = Company.objects.get(pk=current_company_id())  # type: ignore[attr-defined]
    return page(request, name=list_name, params=QueryDict(query))


def kind() -> tasks.Kind:
    """Return the kind of task that writes lists."""
    return tasks.Kind(
        KIND,
        _("Exportar una lista"),
        work=lambda pk, parameters, actor: None,
        permissions=("exports.make",),
        finish=finish,
    )
