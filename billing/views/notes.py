"""Credit notes: the list, each one's page, and their steps."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit import log
from audit.models import AccessEntry
from billing import notes, stories
from billing.bulk import OF_NOTES, OF_SRI
from billing.filters import NoteFilterSet
from billing.forms.steps import ReasonForm
from billing.models import Document
from billing.queries import list_totals, note_void_consequences
from billing.tables import NoteTable
from billing.views.document_pages import (
    Discarding,
    Ending,
    document_context,
    endings_menu,
    files_menu,
    joined,
    rendered,
)
from billing.views.note_form import CREDITING
from core.actor import Actor
from core.bulk import BulkAction
from core.chips import chip
from core.errors import WorkflowError
from core.ids import whole
from core.listing import Empty, ListPage, Tab, count_in_words
from core.money import format_money
from core.place import around
from core.views import done, page


class NoteList(ListPage):
    """Every credit note."""

    permissions = ("billing.view",)
    title = gettext_lazy("Notas de crédito")
    filterset_class, table_class = NoteFilterSet, NoteTable
    tabs = (
        Tab(gettext_lazy("Todas")),
        Tab(gettext_lazy("Borradores"), {"status": "draft"}),
        Tab(gettext_lazy("Emitidas"), {"status": "issued"}),
        Tab(gettext_lazy("Anuladas"), {"status": "voided"}),
    )
    ordering_fields = ("number", "buyer_name", "issue_date", "total")
    search_placeholder = gettext_lazy("Número, factura, cliente, RUC, clave de acceso o valor")
    totals_url = "billing:credit_note_totals"
    bulk = (*OF_NOTES, *OF_SRI)
    empty = Empty(
        gettext_lazy("Todavía no hay notas de crédito"),
        gettext_lazy("Se hacen desde la página de una factura emitida, en su menú."),
        "receipt-2",
        "billing:invoices",
        gettext_lazy("Ver las facturas"),
        "billing.view",
    )

    def queryset(self) -> QuerySet:
        """Return the notes that are not discarded, each with its invoice."""
        return Document.objects.credit_notes().select_related("modifies")

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return number and sum of what the filters match."""
        sums = list_totals(rows)
        return [
            {"label": _("Notas de crédito"), "value": count_in_words(sums.count, bounded=sums.bounded)},
            {"label": _("Total"), "value": format_money(sums.total), "proof": True},
        ]

    def offered(self) -> list[BulkAction]:
        """Leave out what is about SRI where nothing is sent to SRI."""
        is_electronic = self.request.company.e_invoicing  # type: ignore[attr-defined]
        return [act for act in super().offered() if is_electronic or act not in OF_SRI]

    def hidden_columns(self) -> set[str]:
        """Leave out SRI's chip where nothing is sent to SRI."""
        return set() if self.request.company.e_invoicing else {"authorization"}  # type: ignore[attr-defined]


@page("billing.view")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a credit note: the document, what it did, its story, and its one next step."""
    document = _reread(pk)
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=document)  # type: ignore[attr-defined]
    return _show(request, document)


def _reread(pk: int) -> Document:
    rows = Document.objects.credit_notes().select_related(
        "customer", "series__emission_point__establishment", "modifies", "replaces"
    )
    return get_object_or_404(rows, pk=pk)


def _show(request: HttpRequest, document: Document, refusal: WorkflowError | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    may_credit = actor.may(*CREDITING)
    place = around(request, "billing:credit_notes", document)
    context = document_context(request, document, place.carried) | {
        **place.context(),
        "chips": joined([chip(document.status)] + ([chip(document.authorization)] if document.access_key else [])),
        "menu": files_menu(document, actor) + endings_menu(document, may_discard=may_credit, may_void=may_credit),
        "effects": stories.effects(document),
        "may_issue": may_credit,
    }
    return rendered(request, "billing/credit_note.html", context, refusal)


# Its steps


@require_POST
@page(*CREDITING)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a draft as it stands on the page that was looked at."""
    seen = whole(request.POST.get("version", ""))
    try:
        document = notes.issue(pk, actor=request.actor, expected_version=seen)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        return _show(request, _reread(pk), refusal)
    return done(request, _("Nota de crédito %(number)s emitida.") % {"number": document.number}, document)


class _Ending(Ending):
    """A page that ends a note."""

    permissions = CREDITING
    list_title, list_url = gettext_lazy("Notas de crédito"), "billing:credit_notes"

    def rows(self) -> QuerySet[Document]:
        """Return the notes, each with its invoice."""
        return Document.objects.credit_notes().select_related("modifies")


class Discard(_Ending, Discarding):
    """Throw a draft away."""

    def discard(self) -> None:
        """Discard it."""
        notes.discard(self.document.pk, actor=self.actor)


class Void(_Ending):
    """Void an issued note that SRI has not got."""

    form_class = ReasonForm
    submit_label = gettext_lazy("Anular la nota de crédito")
    question = gettext_lazy("Anular la nota de crédito %(document)s")

    def save(self, form: ReasonForm) -> HttpResponse:
        """Void it."""
        notes.void(self.document.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        return done(self.request, _("Nota de crédito %(number)s anulada.") % {"number": self.document}, self.document)

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        return {"consequences": note_void_consequences(self.document)}
