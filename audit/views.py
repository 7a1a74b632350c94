"""The pages of the log: what changed, one entry, who came in, and the proof that nothing was edited."""

from typing import Any, Final

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
from core.listing import Empty, ListPage
from core.views import page

PERMISSION: Final = "audit.view"


ACCESS_KINDS: Final = {
    "": gettext_lazy("Accesos"),
    "read": gettext_lazy("Lecturas"),
    "refused": gettext_lazy("Rechazos"),
    "sign_in": gettext_lazy("Ingresos"),
    "sign_in_failed": gettext_lazy("Ingresos fallidos"),
}


def _sections(active: str, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the parts of the log as one row of tabs: the changes, the sorts of access, the verdict."""

    def tab(name: str, label: Any, query: str = "", *, chosen: bool = True) -> dict[str, Any]:
        return {"label": label, "url": reverse(f"audit:{name}") + query, "active": name == active and chosen}

    accesses = [
        tab("access", label, f"?kind={value}" if value else "", chosen=value == kind)
        for value, label in ACCESS_KINDS.items()
    ]
    return [tab("log", _("Cambios")), *accesses, tab("verify", _("Verificación"))]


class Log(ListPage):
    """What changed."""

    permissions = (PERMISSION,)
    title = gettext_lazy("Auditoría")
    subtitle = gettext_lazy("Cada cambio, con quién, cuándo, por dónde y por qué. Nadie puede editarlo ni borrarlo.")
    filterset_class, table_class = AuditFilterSet, AuditTable
    template = "audit/list.html"
    search_placeholder = gettext_lazy("Objeto, persona o motivo")
    empty = Empty(
        gettext_lazy("Todavía no ha cambiado nada"),
        gettext_lazy("Cada documento, cobro, reserva o ajuste deja aquí su línea en cuanto alguien lo hace."),
        "history",
        "companies:setup",
        gettext_lazy("Seguir con la puesta en marcha"),
        "company.view",
    )

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
    empty = Empty(
        gettext_lazy("Todavía no hay accesos"),
        gettext_lazy("Quién entra, quién abre un documento y a quién se le niega algo queda aquí durante 13 meses."),
        "login",
        "audit:log",
        gettext_lazy("Ver los cambios"),
        PERMISSION,
    )

    def queryset(self) -> QuerySet:
        """Return every access of the company."""
        return AccessEntry.objects.all()

    def context(self) -> dict[str, Any]:
        """Add the parts of the log."""
        return {"sections": _sections("access", self.request.GET.get("kind", "")), "hide_filters": "kind"}


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
