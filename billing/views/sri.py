"""The page of SRI: how the line is, what keeps the company from issuing, and every document that is not authorized."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import sri_state, upkeep
from billing.bulk import OF_SRI
from billing.filters import SriFilterSet
from billing.models import Document, IssuerPause
from billing.notices import address
from billing.sri_state import SriState
from billing.tables import SriTable
from core.editing import ConfirmForm, FormPage
from core.listing import Empty, ListPage, Tab, bounded_count
from core.models import ScheduleRun
from core.views import Text, done
from sri import connection

MOST_ORPHANS = 50


class SriList(ListPage):
    """Every document that SRI has not authorized, the oldest first, under how things are with SRI."""

    permissions = ("billing.view",)
    title = gettext_lazy("SRI")
    subtitle = gettext_lazy("Lo que el SRI todavía no ha autorizado, y por qué.")
    template = "billing/sri.html"
    filterset_class, table_class = SriFilterSet, SriTable
    tabs = (
        Tab(gettext_lazy("Sin autorizar")),
        Tab(gettext_lazy("Pendientes"), {"sri": SriState.PENDING.value}),
        Tab(gettext_lazy("Más de un minuto"), {"sri": SriState.LATE.value}),
        Tab(gettext_lazy("Rechazadas"), {"sri": SriState.REJECTED.value}),
        Tab(gettext_lazy("Detenidas"), {"sri": SriState.BLOCKED.value}),
    )
    default_ordering = "id"
    search_placeholder = gettext_lazy("Número, cliente, RUC o clave de acceso")
    totals_url = "billing:sri_totals"
    bulk = OF_SRI
    empty = Empty(
        gettext_lazy("El SRI tiene todo autorizado"),
        gettext_lazy(
            "Lo que se emita estará aquí mientras espera su respuesta o si lo rechaza, con lo que hay que hacer."
        ),
        "circle-check",
        "billing:invoices",
        gettext_lazy("Ver las facturas"),
        "billing.view",
    )

    def queryset(self) -> QuerySet:
        """Return what is not authorized, each with how far it came."""
        return sri_state.unfinished().annotate(
            problem=F("transmissions__problem"),
            attempts=F("transmissions__attempts"),
            next_attempt_at=F("transmissions__next_attempt_at"),
        )

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return how many there are."""
        return [{"label": _("Comprobantes"), "value": bounded_count(rows)}]

    def context(self) -> dict[str, Any]:
        """Say how things are: line, pauses, certificate, orphans, the night's reconciliation; read when shown."""
        company = self.request.company  # type: ignore[attr-defined]
        return {
            "line": SimpleLazyObject(lambda: connection.state(company.environment)),
            "standing": SimpleLazyObject(lambda: sri_state.standing(company)),
            "oldest": _oldest,
            "orphans": upkeep.orphans().order_by("pk")[:MOST_ORPHANS],
            "reconciled": ScheduleRun.objects.filter(name="sri_reconciliation").order_by("-day").first,
            "certificates_url": address("sri:certificates") if self.actor.may("certificates.view") else "",
            "may_manage": self.actor.may("company.manage"),
        }


def _oldest() -> Document | None:
    """Return what has waited the longest."""
    return sri_state.in_state(sri_state.unfinished(), SriState.PENDING).order_by("issued_at").first()


class Resume(FormPage):
    """Let a paused company, or establishment, send again."""

    permissions = ("company.manage",)
    form_class = ConfirmForm
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Reanudar el envío")

    def prepare(self) -> None:
        """Find the pause."""
        pauses = IssuerPause.objects.select_related("establishment")
        self.pause: IssuerPause = get_object_or_404(pauses, pk=self.kwargs["pk"])
        self.title = _("Reanudar el envío al SRI")

    def answer(self) -> HttpResponse:
        """Ask before resuming; a pause that is over is history."""
        if self.request.method != "POST" and self.pause.ended_at:
            return redirect("billing:sri")
        return super().answer()

    def cancel_url(self) -> str:
        """Return to the page of SRI."""
        return reverse("billing:sri")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the page of SRI."""
        return [(_("SRI"), self.cancel_url())]

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Resume."""
        upkeep.resume(self.pause.pk, actor=self.actor)
        return done(self.request, _("Envío reanudado: lo que esperaba sale por sí solo."), "billing:sri")

    def context(self) -> dict[str, Any]:
        """Say why it stopped, and what resuming does."""
        where = self.pause.establishment or self.request.company  # type: ignore[attr-defined]
        return {
            "lead": _("%(where)s: %(why)s") % {"where": where, "why": self.pause.reason},
            "consequences": [
                {"text": _("Los comprobantes que esperan se envían enseguida, del más antiguo al más nuevo.")},
                {"text": _("Si el SRI sigue sin admitirlos, el envío se detiene otra vez."), "icon": "player-pause"},
            ],
            "safe": True,
        }
