"""Correcting the lines of an invoice that SRI refused: the invoice form once more, with another end."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import correcting, sri_story
from billing.drafts import DraftInput
from billing.editor import Editor
from billing.entered import as_entered
from billing.models import Authorization, Document, Transmission
from billing.views import invoice_form
from billing.views.sri_steps import find
from core.editing import SHAPE_REFUSED
from core.errors import WorkflowError
from core.forms import with_another_row
from core.views import done, note_refusal, page


@page("billing.issue")
def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit what the refused invoice says; number, date and customer stay."""
    document = find(pk)
    if request.method == "POST":
        return _submitted(request, document)
    if document.authorization != Authorization.REJECTED or document.is_credit_note:
        return redirect(document)
    return _show(request, _editor(document, as_entered(document)), document)


@require_POST
@page("billing.issue")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the totals of what is typed so far; nothing is saved."""
    document = find(pk)
    editor = _editor(document, data=request.POST)
    figures = invoice_form.figures_of(request, editor, document)
    context = {"figures": figures, "preview_url": request.path, "editor": editor}
    return render(request, "billing/invoice_preview.html", context)


def _editor(document: Document, entered: DraftInput | None = None, *, data: Any = None) -> Editor:
    return Editor(data, series=[document.series], may_date=False, entered=entered, document=document)


def _submitted(request: HttpRequest, document: Document) -> HttpResponse:
    data = request.POST
    if "add_line" in data:
        return _show(request, _editor(document, data=with_another_row(data, data["add_line"])), document, judged=False)
    editor = _editor(document, data=data)
    if "calculate" in data:
        return _show(request, editor, document, judged=False)
    if not editor.is_valid():
        return _show(request, editor, document, status=SHAPE_REFUSED)
    try:
        version = editor.form.cleaned_data["version"]
        correcting.correct(document.pk, editor.entered(), actor=request.actor, expected_version=version)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        editor.show_refusal(refusal)
        return note_refusal(_show(request, editor, document, status=refusal.status), refusal)
    return done(request, _("Corregida: sale hacia el SRI con el mismo número."), document)


def _show(request: HttpRequest, editor: Editor, document: Document, **options: Any) -> HttpResponse:
    back = reverse("billing:sri_correct", args=[document.pk])
    row = Transmission.objects.filter(document=document).first()
    return invoice_form.show(
        request,
        editor,
        document,
        template="billing/sri_correct_lines.html",
        title=_("Corregir %(document)s") % {"document": document},
        crumbs=[(_("Facturas"), reverse("billing:invoices")), (str(document), document.get_absolute_url())],
        preview_url=reverse("billing:sri_correct_preview", args=[document.pk]),
        cancel_url=back,
        messages_of_sri=sri_story.messages_of(row),
        kept=document.billables.all(),
        **options,
    )
