"""What billing's workers do; each is safe to run twice."""

from contextlib import suppress

from billing import files, transmission
from billing.models import DocumentFile, FileState
from core.actor import Actor
from core.errors import WorkflowError
from core.jobs import enqueue_due


def render_pdf(document_id: int) -> None:
    """Make a document's PDF, unless it is made already."""
    if DocumentFile.objects.filter(document_id=document_id, state=FileState.READY).exists():
        return
    files.make(document_id)


def render_due_pdf(file_id: int) -> None:
    """Make the PDF of a row that was left unmade (its job died)."""
    row = DocumentFile.objects.filter(pk=file_id).first()
    if row:
        render_pdf(row.document_id)


def advance_transmission(transmission_id: int) -> None:
    """Carry a document on its way to SRI."""
    transmission.advance(transmission_id)


def check_document(document_id: int) -> None:
    """Ask SRI about a document; one that is being asked about already needs no second question."""
    from billing import upkeep

    with suppress(WorkflowError):
        upkeep.check(document_id, actor=Actor.job("SRI"))


def replace_document(document_id: int, code: str) -> None:
    """Issue a document anew whose number or date SRI will never have (law 6)."""
    from billing import replacing

    replacing.replace_refused(document_id, code)


def sweep_pdfs() -> int:
    """Queue the PDFs whose job was lost."""
    return enqueue_due(DocumentFile.unscoped.all(), "next_attempt_at", "billing.jobs.render_due_pdf")
