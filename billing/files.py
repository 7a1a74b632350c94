"""PDFs as a cache (D27): asked for at each change of state, made by a job, made again when missing or wrong."""

import hashlib
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction

from billing.models import Document, DocumentFile, DocumentType, FileState, Status
from billing.printing import ride_of
from billing.rendering import render
from core import clock
from core.jobs import LEASE, enqueue

# A name holds the digest of what it names: whoever writes over a file writes the same bytes, or mends a torn one.
CACHE: Final = FileSystemStorage(allow_overwrite=True)


def request(document: Document) -> None:
    """Have the document's PDF made (again) by a job; called in the transaction that changed the document."""
    row = DocumentFile(document=document, state=FileState.PENDING, next_attempt_at=clock.now() + LEASE)
    DocumentFile.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["company", "document"],
        update_fields=["state", "path", "sha256", "attempts", "next_attempt_at"],
    )
    enqueue("billing.jobs.render_pdf", document.pk)


def pdf(document: Document) -> bytes:
    """Return the document's PDF: from the cache when it is there and whole, else made now.

    A draft is a preview and is never stored.
    """
    if document.status == Status.DRAFT:
        return render(ride_of(document))
    return _stored(document) or make(document.pk)


def _stored(document: Document) -> bytes | None:
    row = DocumentFile.objects.filter(document=document, state=FileState.READY).first()
    if row is None or not CACHE.exists(row.path):
        return None
    with CACHE.open(row.path) as file:
        content: bytes = file.read()
    return content if hashlib.sha256(content).hexdigest() == row.sha256 else None


def make(document_id: int) -> bytes:
    """Render and store a document's PDF; safe to run twice, also at the same time: both make the same bytes."""
    document = Document.objects.prefetch_related("lines", "taxes", "payment_terms").get(pk=document_id)
    content = render(ride_of(document))
    digest = hashlib.sha256(content).hexdigest()
    path = f"{document.company_id}/pdf/{document.issue_date:%Y/%m}/{document.pk}-{digest[:16]}.pdf"
    _record(document, CACHE.save(path, ContentFile(content)), digest, len(content))
    return content


@transaction.atomic
def _record(document: Document, path: str, digest: str, size: int) -> None:
    """Note the file, unless the document has changed while it was rendered: then another job is on its way."""
    now = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
    if now.version != document.version and (now.status, now.authorization) != (document.status, document.authorization):
        return
    DocumentFile.objects.update_or_create(
        document=document,
        defaults={
            "state": FileState.READY,
            "path": path,
            "sha256": digest,
            "size": size,
            "next_attempt_at": None,
            "made_at": clock.now(),
        },
    )


def file_name(document: Document, kind: str = "pdf") -> str:
    """Return the name a person sees when downloading a document's file of this kind (its ending)."""
    what = {DocumentType.CREDIT_NOTE: "nota-de-credito", DocumentType.SALES_NOTE: "nota-de-venta"}.get(
        DocumentType(document.document_type), "factura"
    )
    return f"{what}-{document.number or f'borrador-{document.pk}'}.{kind}"
