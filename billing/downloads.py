"""Zips of many documents, each with its PDF and its XML as SRI authorized it.

A row with a cursor, worked off by a job slice by slice (nothing runs longer than a minute).
"""

import zipfile
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from billing import files, sri_xml
from billing.models import BulkDownload, Document, FileState
from core import clock
from core.actor import Actor
from core.errors import RuleRefused
from core.jobs import LEASE, enqueue

MOST = 5_000
SLICE = 50
IN_MEMORY = 32 * 1024 * 1024


@transaction.atomic
def start(documents: Sequence[int], *, actor: Actor) -> BulkDownload:
    """Ask for a zip of these documents' PDFs.

    Raises:
        RuleRefused: `nothing_selected` or `too_many_selected`.
    """
    actor.require("exports.make")
    if not documents:
        raise RuleRefused(_("La lista está vacía: no hay PDF que descargar."), code="nothing_selected")
    if len(documents) > MOST:
        raise RuleRefused(
            _("Se pueden descargar hasta %(most)d documentos a la vez y la lista tiene %(count)d. Acote las fechas.")
            % {"most": MOST, "count": len(documents)},
            code="too_many_selected",
        )
    download = BulkDownload.objects.create(
        requested_by_id=actor.user_id,
        document_ids=list(documents),
        next_attempt_at=clock.now() + LEASE,
        created_at=clock.now(),
    )
    record("download.requested", download, actor=actor, after={"documents": len(documents)})
    enqueue("billing.jobs.advance_download", download.pk)
    return download


def advance(download_id: int) -> None:
    """Do the next slice: make missing PDFs, and at the end put all of them in the zip."""
    download = BulkDownload.objects.get(pk=download_id)
    if download.state != FileState.PENDING:
        return
    slice_ids = download.document_ids[download.done : download.done + SLICE]
    for document in Document.objects.filter(pk__in=slice_ids):
        files.pdf(document)
    if slice_ids:
        _move_on(download, len(slice_ids))
    else:
        _finish(download)


@transaction.atomic
def _move_on(download: BulkDownload, count: int) -> None:
    moved = BulkDownload.objects.filter(pk=download.pk, done=download.done).update(
        done=download.done + count, next_attempt_at=clock.now() + LEASE
    )
    if moved:
        enqueue("billing.jobs.advance_download", download.pk)


def _finish(download: BulkDownload) -> None:
    path = f"{download.company_id}/downloads/facturas-{download.pk}.zip"
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_STORED) as archive:
            for start_at in range(0, download.total, SLICE):
                for document in Document.objects.filter(pk__in=download.document_ids[start_at : start_at + SLICE]):
                    _put(archive, document)
        size = spool.tell()
        spool.seek(0)
        default_storage.delete(path)
        stored = default_storage.save(path, File(spool))
    _record_finished(download, stored, size)


def _put(archive: zipfile.ZipFile, document: Document) -> None:
    archive.writestr(files.file_name(document), files.pdf(document))
    xml = sri_xml.authorized(document) if document.access_key else None
    if xml:
        archive.writestr(xml.name, xml.content)


@transaction.atomic
def _record_finished(download: BulkDownload, path: str, size: int) -> None:
    finished = BulkDownload.objects.filter(pk=download.pk, state=FileState.PENDING).update(
        state=FileState.READY, path=path, size=size, next_attempt_at=None, finished_at=clock.now()
    )
    if finished:
        record(
            "download.ready",
            download,
            actor=Actor.job("billing.downloads"),
            after={"documents": download.total, "size": size},
            public={"download_id": download.pk, "documents": download.total},
        )
