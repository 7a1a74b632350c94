"""An invoice's PDF: to look at, or to take away. Each look is written to the access log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from audit import log
from audit.models import AccessEntry
from billing import files
from billing.models import Document
from core.views import page


@page("billing.view")
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the PDF in the browser."""
    return _pdf(request, pk, "inline")


@page("billing.view")
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the PDF as a file."""
    return _pdf(request, pk, "attachment")


def _pdf(request: HttpRequest, pk: int, disposition: str) -> HttpResponse:
    document = get_object_or_404(Document.objects.invoices(), pk=pk)
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=document, detail="PDF")  # type: ignore[attr-defined]
    name = files.file_name(document)
    headers = {"Content-Disposition": f'{disposition}; filename="{name}"', "Cache-Control": "private, no-cache"}
    return HttpResponse(files.pdf(document), content_type="application/pdf", headers=headers)
