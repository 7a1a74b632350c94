"""Credit notes: the list, each one's page and PDF, and their steps."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit import log
from audit.models import AccessEntry
from audit.queries import timeline as audited
from billing import files, notes, sri_story, stories
from billing.filters import NoteFilterSet
from billing.forms.steps import ReasonForm
from billing.models import Document, Status
from billing.queries import list_totals, note_void_consequences
from billing.tables import NoteTable
from billing.views.note_form import CREDITING
from core.actor import Actor
from core.chips import chip
from core.editing import ConfirmForm, FormPage
from core.errors import WorkflowError
from core.ids import whole
from core.listing import Empty, ListPage, Tab, count_in_words
from core.money import format_money
from core.views import Text, done, note_refusal, page


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
    context = _context(request, document) | {"refusal": refusal}
    response = render(request, "billing/credit_note.html", context, status=refusal.status if refusal else 200)
    return note_refusal(response, refusal) if refusal else response


def _context(request: HttpRequest, document: Document) -> dict[str, Any]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    tab = request.GET.get("tab", "")
    auditing = tab == "auditoria" and actor.may("audit.view")
    found = [chip(document.status)] + ([chip(document.authorization)] if document.access_key else [])
    return {
        "title": str(document),
        "document": document,
        "object": document,
        "tab": tab,
        "tabs": _tabs(actor, tab),
        "chips": format_html_join("", "{}", ((item,) for item in found)),
        "crumbs": [(_("Notas de crédito"), reverse("billing:credit_notes"))],
        "menu": _menu(document, actor),
        "lines": document.lines.all(),
        "total_rows": stories.total_rows(
            (stories.Rate(row.rate_code, row.rate, row.base, row.tax) for row in document.taxes.all()),
            document.total_discount,
        ),
        "effects": stories.effects(document),
        "timeline": stories.timeline(document),
        "related": stories.related(document),
        "sri": sri_story.block(document, actor),
        "mailed": stories.letters(document),
        "history": audited("billing.document", document.pk, document_id=document.pk) if auditing else None,
        "may_credit": actor.may("billing.notes"),
    }


def _tabs(actor: Actor, tab: str) -> list[dict[str, Any]]:
    parts = [("", _("Documento")), ("pdf", _("PDF"))]
    if actor.may("audit.view"):
        parts.append(("auditoria", _("Auditoría")))
    return [{"label": label, "url": f"?tab={key}" if key else "?", "active": tab == key} for key, label in parts]


def _menu(document: Document, actor: Actor) -> list[dict[str, Any]]:
    def step(name: str) -> str:
        return reverse(f"billing:credit_note_{name}", args=[document.pk])

    menu: list[dict[str, Any]] = [{"label": _("Descargar PDF"), "url": step("download"), "icon": "download"}]
    if document.access_key:
        url = reverse("billing:sri_xml", args=[document.pk])
        menu.append({"label": _("Descargar XML"), "url": url, "icon": "file-type-xml"})
    if document.status == Status.ISSUED and actor.may("billing.mail"):
        url = reverse("billing:document_mail", args=[document.pk])
        menu.append({"label": _("Enviar por correo…"), "url": url, "icon": "send"})
    if document.status == Status.DRAFT and actor.may("billing.notes"):
        menu.append({"label": _("Descartar…"), "url": step("discard"), "icon": "trash", "danger": True})
    if document.status == Status.ISSUED and actor.may("billing.notes"):
        menu.append({"label": _("Anular…"), "url": step("void"), "icon": "ban", "danger": True})
    return menu


# Its PDF


@page("billing.view")
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the PDF in the browser."""
    return _pdf(request, pk, "inline")


@page("billing.view")
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the PDF as a file."""
    return _pdf(request, pk, "attachment")


def _pdf(request: HttpRequest, pk: int, disposition: str) -> HttpResponse:
    document = _reread(pk)
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=document, detail="PDF")  # type: ignore[attr-defined]
    response = HttpResponse(files.pdf(document), content_type="application/pdf")
    response["Content-Disposition"] = f'{disposition}; filename="{files.file_name(document)}"'
    return response


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


class _Ending(FormPage):
    """A page that ends a note: what will happen, and the way back."""

    permissions = CREDITING
    template = "components/confirm_page.html"

    def prepare(self) -> None:
        """Find the note."""
        self.document = _reread(self.kwargs["pk"])

    def cancel_url(self) -> str:
        """Return to the note."""
        return self.document.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return list and note."""
        return [(_("Notas de crédito"), reverse("billing:credit_notes")), (str(self.document), self.cancel_url())]


class Discard(_Ending):
    """Throw a draft away."""

    form_class = ConfirmForm
    submit_label = gettext_lazy("Descartar el borrador")

    def prepare(self) -> None:
        """Say which draft."""
        super().prepare()
        self.title = _("Descartar %(document)s") % {"document": self.document}

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Discard it."""
        notes.discard(self.document.pk, actor=self.actor)
        return done(self.request, _("Borrador descartado."), "billing:credit_notes")

    def context(self) -> dict[str, Any]:
        """Say what becomes of it."""
        return {"consequences": [_("El borrador sale de las listas y no se puede recuperar.")]}


class Void(_Ending):
    """Void an issued note that SRI has not got."""

    form_class = ReasonForm
    submit_label = gettext_lazy("Anular la nota de crédito")

    def prepare(self) -> None:
        """Say which note."""
        super().prepare()
        self.title = _("Anular la nota de crédito %(document)s") % {"document": self.document}

    def save(self, form: ReasonForm) -> HttpResponse:
        """Void it."""
        notes.void(self.document.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        return done(self.request, _("Nota de crédito %(number)s anulada.") % {"number": self.document}, self.document)

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        return {"consequences": note_void_consequences(self.document)}
