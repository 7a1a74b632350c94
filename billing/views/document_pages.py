"""What the pages of invoices and of credit notes have in common: each one's page, and the pages that end it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.queries import timeline as audited
from billing import sri_story, stories
from billing.models import Document, Status
from core.actor import Actor
from core.editing import ConfirmForm, FormPage
from core.errors import WorkflowError
from core.filter_bar import link
from core.views import Text, done, note_refusal
from desk import comments


def rendered(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: WorkflowError | None
) -> HttpResponse:
    """Render a document's page, with the refusal of the step that was tried on it."""
    status = refusal.status if refusal else 200
    response = render(request, template, context | {"refusal": refusal}, status=status)
    return note_refusal(response, refusal) if refusal else response


def document_context(request: HttpRequest, document: Document, carried: QueryDict) -> dict[str, Any]:
    """Return what billing/document.html shows of any document; its tabs' links carry a query along."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    tab = request.GET.get("tab", "")
    auditing = tab == "auditoria" and actor.may("audit.view")
    return {
        "title": str(document),
        "document": document,
        "object": document,
        "tab": tab,
        "tabs": _tabs(actor, tab, carried),
        "pdf_url": step_url(document, "pdf"),
        "download_url": step_url(document, "download"),
        "issue_url": step_url(document, "issue"),
        "lines": document.lines.all(),
        "total_rows": stories.total_rows(
            (stories.Rate(row.rate_code, row.rate, row.base, row.tax) for row in document.taxes.all()),
            document.total_discount,
        ),
        "timeline": stories.timeline(document),
        "related": stories.related(document),
        "sri": sri_story.block(document, actor),
        "mailed": stories.letters(document),
        "panel": comments.panel(document.noun, document.pk, actor),
        "history": audited("billing.document", document.pk, document_id=document.pk) if auditing else None,
    }


def _tabs(actor: Actor, tab: str, carried: QueryDict) -> list[dict[str, Any]]:
    parts = [(None, _("Documento")), ("pdf", _("PDF"))]
    if actor.may("audit.view"):
        parts.append(("auditoria", _("Auditoría")))
    return [{"label": label, "url": link(carried, {"tab": key}), "active": tab == (key or "")} for key, label in parts]


def step_url(document: Document, name: str) -> str:
    """Return the address of a step, or of the PDF, of a document of either type."""
    return reverse(f"billing:{document.noun}_{name}", args=[document.pk])


def joined(chips: list[SafeString]) -> SafeString:
    """Return chips as one piece of HTML."""
    return format_html_join("", "{}", ((item,) for item in chips))


def files_menu(document: Document, actor: Actor) -> list[dict[str, Any]]:
    """Return the part of the menu that hands a document out: PDF, XML, mail."""
    menu: list[dict[str, Any]] = [
        {"label": _("Descargar PDF"), "url": step_url(document, "download"), "icon": "download"}
    ]
    if document.access_key:
        url = reverse("billing:sri_xml", args=[document.pk])
        menu.append({"label": _("Descargar XML"), "url": url, "icon": "file-type-xml"})
    if document.status in (Status.ISSUED, Status.PAID) and actor.may("billing.mail"):
        url = reverse("billing:document_mail", args=[document.pk])
        menu.append({"label": _("Enviar por correo…"), "url": url, "icon": "send"})
    return menu


def endings_menu(document: Document, *, may_discard: bool, may_void: bool) -> list[dict[str, Any]]:
    """Return the part of the menu that ends a document: a draft is discarded, what is issued is voided."""
    if document.status == Status.DRAFT and may_discard:
        return [{"label": _("Descartar…"), "url": step_url(document, "discard"), "icon": "trash", "danger": True}]
    if document.status == Status.ISSUED and may_void:
        return [{"label": _("Anular…"), "url": step_url(document, "void"), "icon": "ban", "danger": True}]
    return []


class Ending(FormPage):
    """A page that ends a document: what will happen, and the way back."""

    template = "components/confirm_page.html"
    question: Text  # the title, with the document's name as %(document)s
    list_title: Text
    list_url: ClassVar[str]

    def rows(self) -> QuerySet[Document]:
        """Return the documents it may be about."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Find the document."""
        self.document = get_object_or_404(self.rows(), pk=self.kwargs["pk"])
        self.title = self.question % {"document": self.document}

    def cancel_url(self) -> str:
        """Return to the document."""
        return self.document.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return list and document."""
        return [(self.list_title, reverse(self.list_url)), (str(self.document), self.cancel_url())]


class Discarding(Ending):
    """Throw a draft away; nobody asks why, for a draft has no number to account for."""

    form_class = ConfirmForm
    submit_label = gettext_lazy("Descartar el borrador")
    question = gettext_lazy("Descartar %(document)s")

    def discard(self) -> None:
        """Call the workflow."""
        raise NotImplementedError

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Discard it."""
        self.discard()
        back = reverse("billing:draft_restore", args=[self.document.pk])
        return done(self.request, _("Borrador descartado."), self.list_url, undo_url=back)

    def context(self) -> dict[str, Any]:
        """Say what becomes of it."""
        return {"consequences": [_("El borrador sale de las listas. Recién descartado, se puede deshacer.")]}
