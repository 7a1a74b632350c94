"""Zips of many documents: asked for, watched, taken away."""

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import downloads
from billing.models import BulkDownload, FileState
from billing.views.invoices import InvoiceList
from core.ids import each_whole
from core.listing import bounded_count
from core.views import done, is_htmx, page

STATES = {FileState.PENDING: "running", FileState.READY: "done", FileState.FAILED: "failed"}


@page("exports.make")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for the zip of the list's marked rows, or of all that its filters match."""
    rows = InvoiceList(request).rows()
    if request.method != "POST":
        return render(request, "billing/download_new.html", _question(request, bounded_count(rows)))
    marked = each_whole(request.POST.getlist("pk"))
    if not request.POST.get("all"):
        rows = rows.filter(pk__in=marked)
    chosen = rows.order_by("pk").values_list("pk", flat=True)[: downloads.MOST + 1]
    download = downloads.start(list(chosen), actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("El zip se está preparando."), "billing:download", download.pk)


def _question(request: HttpRequest, count: str) -> dict[str, Any]:
    return {
        "title": _("Descargar los documentos de la lista"),
        "lead": _("Facturas que coinciden con los filtros: %(count)s.") % {"count": count},
        "consequences": [
            {
                "text": _("El PDF de cada factura y, si el SRI la autorizó, su XML."),
                "icon": "file-type-xml",
                "tone": "info",
            },
            {"text": _("Se prepara en segundo plano; puede seguir trabajando."), "icon": "hourglass", "tone": "info"},
            {
                "text": _("Hasta %(most)s documentos por zip.") % {"most": f"{downloads.MOST:,}".replace(",", ".")},
                "icon": "file-zip",
                "tone": "info",
            },
        ],
        "cancel_url": f"{reverse('billing:invoices')}?{request.GET.urlencode()}",
        "submit_label": _("Preparar el zip"),
        "safe": True,
        "crumbs": [(_("Facturas"), reverse("billing:invoices"))],
    }


@page("exports.make")
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a zip is; htmx asks again by itself."""
    download = get_object_or_404(BulkDownload, pk=pk)
    template = "components/progress.html" if is_htmx(request) else "billing/download.html"
    return render(request, template, _progress(download))


def _progress(download: BulkDownload) -> dict[str, Any]:
    total = download.total
    label = ngettext("Zip de %(count)d documento", "Zip de %(count)d documentos", total) % {"count": total}
    return {
        "title": label,
        "crumbs": [(_("Facturas"), reverse("billing:invoices"))],
        "task": {
            "label": label,
            "done": download.done,
            "total": total,
            "percent": download.done * 100 // total,
            "state": STATES[FileState(download.state)],
        },
        "download": download,
        "progress_url": reverse("billing:download", args=[download.pk]),
        "result_url": reverse("billing:download_file", args=[download.pk]),
        "result_label": _("Descargar el zip"),
    }


@page("exports.make")
def take(request: HttpRequest, pk: int) -> FileResponse:
    """Send a finished zip."""
    download = get_object_or_404(BulkDownload, pk=pk, state=FileState.READY)
    if not default_storage.exists(download.path):
        raise Http404
    return FileResponse(default_storage.open(download.path), as_attachment=True, filename=f"facturas-{pk}.zip")
