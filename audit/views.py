"""The pages of the log: what changed, one entry, who came in, and the proof that nothing was edited."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.filters import AccessFilterSet, AuditFilterSet
from audit.heads import last_published, verify_against_published
from audit.models import AccessEntry, AuditEntry
from audit.queries import told
from audit.tables import AccessTable, AuditTable
from core.listing import Empty, ListPage, Tab
from core.views import page

PERMISSION = "audit.view"


def _sections(active: str) -> list[dict[str, Any]]:
    """Return the parts of the log as tabs."""
    parts = [("log", _("Cambios")), ("access", _("Accesos")), ("verify", _("Verificación"))]
    return [{"label": text, "url": reverse(f"audit:{name}"), "active": name == active} for name, text in parts]


class Log(ListPage):
    """What changed."""

    permissions = (PERMISSION,)
    title = gettext_lazy("Auditoría")
    subtitle = gettext_lazy("Cada cambio, con quién, cuándo, por dónde y por qué. Nadie puede editarlo ni borrarlo.")
    filterset_class, table_class = AuditFilterSet, AuditTable
    template = "audit/list.html"
    search_placeholder = gettext_lazy("Objeto, persona o motivo")
    empty = Empty(gettext_lazy("Todavía no ha cambiado nada"), icon="history")

    def queryset(self) -> QuerySet:
        """Return every entry."""
        return AuditEntry.objects.all()

    def context(self) -> dict[str, Any]:
        """Add the parts of the log."""
        return {"sections": _sections("log")}


class AccessLog(ListPage):
    """Who looked, who was refused, who came in."""

    permissions = (PERMISSION,)
    title = gettext_lazy("Accesos")
    subtitle = gettext_lazy("Lecturas de documentos, rechazos e ingresos de los últimos 13 meses.")
    filterset_class, table_class = AccessFilterSet, AccessTable
    template = "audit/list.html"
    search_placeholder = gettext_lazy("Persona, dirección o detalle")
    tabs = (
        Tab(gettext_lazy("Todos"), {}),
        Tab(gettext_lazy("Lecturas"), {"kind": "read"}),
        Tab(gettext_lazy("Rechazos"), {"kind": "refused"}),
        Tab(gettext_lazy("Ingresos"), {"kind": "sign_in"}),
        Tab(gettext_lazy("Ingresos fallidos"), {"kind": "sign_in_failed"}),
    )
    empty = Empty(gettext_lazy("Todavía no hay accesos"), icon="login")

    def queryset(self) -> QuerySet:
        """Return every access of the company."""
        return AccessEntry.objects.all()

    def context(self) -> dict[str, Any]:
        """Add the parts of the log."""
        return {"sections": _sections("access")}


@page(PERMISSION)
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one entry whole, with what else the same request changed."""
    found = get_object_or_404(AuditEntry.objects.select_related("seal"), pk=pk)
    same = AuditEntry.objects.filter(correlation_id=found.correlation_id).exclude(pk=pk).order_by("id")[:20]
    context = {"step": told(found), "same": [told(other) for other in same] if found.correlation_id else []}
    return render(request, "audit/entry.html", {"title": told(found).label, **context})


@page(PERMISSION)
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the company's chain and show the verdict."""
    return render(
        request,
        "audit/verify.html",
        {"sections": _sections("verify"), "verdict": verify_against_published(), "published": last_published()},
    )


@page()
def badges(request: HttpRequest) -> HttpResponse:
    """Answer the menu's counts, which pages ask for again when an event says that they moved."""
    return render(request, "audit/badges.html")
