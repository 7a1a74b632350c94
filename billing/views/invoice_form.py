"""Drafting: the invoice form, its live totals, and the customer's pending work to pick from."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import stories, workflow
from billing.drafts import Composition, DraftInput, DraftLine
from billing.editor import Editor, with_lines, without_extras
from billing.entered import as_entered
from billing.line_templates import to_insert
from billing.models import Billable, BillableStatus, Document, DocumentType, LineTemplate, Status
from billing.series import sales_series
from billing.views.invoices import DRAFTING
from core.editing import SHAPE_REFUSED
from core.errors import WorkflowError, check_version
from core.forms import with_another_row
from core.ids import each_whole, whole
from core.money import ZERO
from core.views import done, note_refusal, page


@page(*DRAFTING)
def new(request: HttpRequest) -> HttpResponse:
    """Draft an invoice: of marked billables, for a chosen customer, or from nothing."""
    return _submitted(request, None) if request.method == "POST" else show(request, _begin(request), None)


@page(*DRAFTING)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft; an issued invoice is only looked at."""
    document = get_object_or_404(Document.objects.invoices(), pk=pk)
    if request.method == "POST":
        return _submitted(request, document)
    if document.status != Status.DRAFT:
        return redirect(document)
    return show(request, editor_for(request, as_entered(document), document), document)


@require_POST
@page(*DRAFTING)
def preview(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Answer the totals of what is typed so far; nothing is saved."""
    document = get_object_or_404(Document.objects.invoices(), pk=pk) if pk else None
    editor = editor_for(request, data=request.POST)
    context = {"figures": figures_of(request, editor, document), "preview_url": request.path, "editor": editor}
    return render(request, "billing/invoice_preview.html", context)


@page(*DRAFTING)
def pending(request: HttpRequest) -> HttpResponse:
    """Answer what the chosen customer has waiting, with what is marked already."""
    picked = each_whole(request.GET.getlist("billables"))
    rows = _offered(whole(request.GET.get("customer", "")), picked)
    return render(
        request, "billing/invoice_billables.html", {"rows": rows, "picked": picked, "free_lines": _free_lines(request)}
    )


def _begin(request: HttpRequest) -> Editor:
    """Start from the query string: marked `billables`, or a `customer` (with `all` that waits for them)."""
    picked = each_whole(request.GET.getlist("billables"))
    customer = whole(request.GET.get("customer", "")) or 0
    theirs = Q(customer_id=customer) if "all" in request.GET else Q(pk__in=picked)
    chosen = list(Billable.objects.waiting().filter(theirs).order_by("pk"))
    entered = DraftInput(
        customer_id=chosen[0].customer_id if chosen else customer, billable_ids=tuple(row.pk for row in chosen)
    )
    return editor_for(request, entered)


def editor_for(
    request: HttpRequest,
    entered: DraftInput | None = None,
    document: Document | None = None,
    *,
    data: QueryDict | None = None,
) -> Editor:
    """Return the form as one thing, to be filled in or as it was sent."""
    company = request.company  # type: ignore[attr-defined]
    series = sales_series(company)
    may_date = not company.e_invoicing or any(row.document_type == DocumentType.SALES_NOTE for row in series)
    return Editor(data, series=series, may_date=may_date, entered=entered, document=document)


def _submitted(request: HttpRequest, document: Document | None) -> HttpResponse:
    if "add_line" in request.POST:
        editor = editor_for(request, data=with_another_row(request.POST, request.POST["add_line"]))
        return show(request, editor, document, judged=False)
    if "insert_template" in request.POST:
        editor = editor_for(request, data=with_lines(request.POST, _template_lines(request)))
        return show(request, editor, document, judged=False)
    editor = editor_for(request, data=request.POST)
    if "calculate" in request.POST:
        return show(request, editor, document, judged=False)
    if not editor.is_valid():
        return show(request, editor, document, status=SHAPE_REFUSED)
    try:
        return _saved(request, editor, document)
    except WorkflowError as refusal:
        editor.show_refusal(refusal)
        return note_refusal(show(request, editor, document, status=refusal.status), refusal)


def _template_lines(request: HttpRequest) -> tuple[DraftLine, ...]:
    template = LineTemplate.objects.filter(active=True, pk=whole(request.POST.get("template", "")) or 0).first()
    return to_insert(template) if template else ()


def _saved(request: HttpRequest, editor: Editor, document: Document | None) -> HttpResponse:
    with transaction.atomic():  # what was to be issued and cannot be, is not left behind as a draft
        stored, warnings = _save(request, editor, document)
        if "issue" in request.POST:
            stored = workflow.issue(stored.pk, actor=request.actor)  # type: ignore[attr-defined]
    for warning in warnings:
        messages.warning(request, warning)
    if "issue" in request.POST:
        said = {"kind": stored.get_document_type_display(), "number": stored.number}
        return done(request, _("%(kind)s %(number)s emitida.") % said, stored)
    to = f"{stored.get_absolute_url()}?tab=pdf" if "show_pdf" in request.POST else stored.get_absolute_url()
    return done(request, _("Borrador guardado."), to)


def _save(request: HttpRequest, editor: Editor, document: Document | None) -> tuple[Document, tuple[str, ...]]:
    actor, entered = request.actor, editor.entered()  # type: ignore[attr-defined]
    if document is None:
        warnings = workflow.preview(entered, actor=actor).warnings
        return workflow.draft(entered, actor=actor), warnings
    version = editor.form.cleaned_data["version"]
    check_version(document.version, version)  # before anything is said about content that is out of date
    warnings = workflow.preview(entered, actor=actor, document_id=document.pk).warnings
    return workflow.update_draft(document.pk, entered, actor=actor, expected_version=version), warnings


# What the form shows


@dataclass(frozen=True, slots=True)
class Figures:
    """What the typed document comes to, as the totals panel shows it."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    total: Decimal = ZERO
    due_date: Any = None
    warnings: list[str] = field(default_factory=list)


def figures_of(
    request: HttpRequest, editor: Editor, document: Document | None, *, while_typing: bool = True
) -> Figures:
    """Work out what is typed so far; what is wrong with it is among the warnings."""
    entered = editor.entered_so_far()
    notes = editor.shape_errors() if while_typing else []  # else they stand beside their fields
    if entered is None:
        return Figures(warnings=notes)
    composition, refusals = _composed(request, entered, document)
    notes += refusals
    if composition is None:
        return Figures(warnings=notes)
    _note_amounts(editor, composition)
    totals = composition.totals
    rates = (stories.Rate(row.tax.rate_code, row.tax.rate, row.base, row.tax_amount) for row in totals.taxes)
    rows = stories.total_rows(rates, totals.net_discount)
    return Figures(rows, totals.total, composition.due_date, [*notes, *composition.warnings])


def _composed(
    request: HttpRequest, entered: DraftInput, document: Document | None
) -> tuple[Composition | None, list[str]]:
    """Work the document out; what is wrong beside the lines is said without hiding the totals."""
    actor, pk = request.actor, document.pk if document else None  # type: ignore[attr-defined]
    if document and document.status != Status.DRAFT:
        entered = replace(entered, date_asked=document.issue_date)  # a correction keeps its date, and that day's rates
    said: list[str] = []
    for attempt in (entered, without_extras(entered)):
        try:
            return workflow.preview(attempt, actor=actor, document_id=pk), said
        except WorkflowError as refusal:
            said = said or [refusal.message]
        except ObjectDoesNotExist:
            return None, [_("Algo de lo elegido ya no existe. Vuelva a elegirlo.")]
    return None, said


def _note_amounts(editor: Editor, composition: Composition) -> None:
    """Note on each line of the form what it comes to: quantity × price less its discount."""
    results = zip(composition.lines, composition.totals.lines, strict=True)
    free = [result for line, result in results if line.billable_id is None]
    for (_position, form), result in zip(editor.countable(), free, strict=True):
        form.amount = result.gross - result.discount  # type: ignore[attr-defined]


def show(
    request: HttpRequest,
    editor: Editor,
    document: Document | None,
    *,
    judged: bool = True,
    status: int = 200,
    template: str = "billing/invoice_form.html",
    **otherwise: Any,
) -> HttpResponse:
    """Render the form; `otherwise` is what another page that uses it says differently."""
    figures = figures_of(request, editor, document, while_typing=not judged)
    if not judged:
        editor.forget_errors()
    context = {
        "title": _("Editar %(document)s") % {"document": document} if document else _("Nueva factura"),
        "editor": editor,
        "form": editor.form,
        "formset": editor.lines,
        "document": document,
        "figures": figures,
        "picked": editor.picked(),
        "rows": _offered(editor.customer_id(), editor.picked()),
        "free_lines": _free_lines(request),
        "templates": LineTemplate.objects.filter(active=True) if _free_lines(request) else (),
        "may_issue": _may_issue(request),
        "preview_url": reverse("billing:invoice_edit_preview", args=[document.pk])
        if document
        else reverse("billing:invoice_preview"),
        "cancel_url": document.get_absolute_url() if document else reverse("billing:invoices"),
        "crumbs": _crumbs(document),
    }
    return render(request, template, context | otherwise, status=status)


def _free_lines(request: HttpRequest) -> bool:
    """Say whether the person may type lines, or only bill what reservations offer (D24)."""
    return request.actor.may("billing.draft")  # type: ignore[attr-defined]


def _may_issue(request: HttpRequest) -> bool:
    actor = request.actor  # type: ignore[attr-defined]
    return actor.may("billing.issue") or actor.may("billing.issue_reservations")


def _crumbs(document: Document | None) -> list[tuple[str, str]]:
    crumbs = [(_("Facturas"), reverse("billing:invoices"))]
    return [*crumbs, (str(document), document.get_absolute_url())] if document else crumbs


def _offered(customer_id: int | None, picked: list[int]) -> QuerySet[Billable]:
    """Return what can be picked: all that waits for the customer, and what is picked already."""
    theirs = Q(customer_id=customer_id, status=BillableStatus.WAITING)
    return (
        Billable.objects.live()
        .filter(theirs | Q(pk__in=picked))
        .select_related("customer")
        .order_by("service_date", "pk")
    )
