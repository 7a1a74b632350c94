"""Zips of many documents, each with its PDF and its XML as SRI authorized it: a task makes the PDFs, then the file."""

import zipfile
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from billing import files, sri_xml
from billing.models import Document
from core import clock
from core.actor import Actor
from desk.models import ItemState, Task
from desk.task_files import keep_file

MOST: Final = 5_000
SLICE: Final = 50
IN_MEMORY: Final = 32 * 1024 * 1024


def prepare(pk: int, parameters: dict[str, Any], actor: Actor) -> None:
    """Make a document's PDF where it is not made."""
    files.pdf(Document.objects.live().get(pk=pk))


def finish(task: Task, actor: Actor) -> None:
    """Put the PDFs and XML of a task's documents in one zip."""
    ids = list(task.items.filter(state=ItemState.DONE).values_list("object_id", flat=True))
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_STORED) as archive:
            for start in range(0, len(ids), SLICE):
                for document in Document.objects.live().filter(pk__in=ids[start : start + SLICE]).order_by("pk"):
                    _put(archive, document)
        keep_file(task, spool, f"documentos-{clock.today():%Y%m%d}.zip")


def _put(archive: zipfile.ZipFile, document: Document) -> None:
    archive.writestr(files.file_name(document), files.pdf(document))
    xml = sri_xml.authorized(document) if document.access_key else None
    if xml:
        archive.writestr(xml.name, xml.content)
