"""A document's PDF: to look at, or to take away. Each look is written to the access log."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from audit import log
from audit.models import AccessEntry
from billing import files
from billing.models import Document
from core.views import View, page


def pdf_view(rows: Callable[[], QuerySet[Document]], disposition: str) -> View:
    """Return the page that sends the PDF of one of these documents, `inline` or as an `attachment`."""

    @page("billing.view")
    def pdf(request: HttpRequest, pk: int) -> HttpResponse:
        document = get_object_or_404(rows(), pk=pk)
        log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=document, detail="PDF")  # type: ignore[attr-defined]
        name = files.file_name(document)
        headers = {"Content-Disposition": f'{disposition}; filename="{name}"', "Cache-Control": "private, no-cache"}
        return HttpResponse(files.pdf(document), content_type="application/pdf", headers=headers)

    return pdf
