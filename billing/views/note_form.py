"""Crediting an invoice: the form, and what the note would be while it is typed."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import notes, stories
from billing.forms.notes import NoteForm
from billing.models import Document, DocumentType
from billing.note_drafts import ComposedLine, Composition, Mode, NoteInput, check_creditable, remainder
from core.editing import SHAPE_REFUSED
from core.errors import WorkflowError
from core.money import ZERO, format_money
from core.views import done, note_refusal, page

CREDITING = ("billing.notes",)


@page(*CREDITING)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Credit an invoice; where that cannot be, say why."""
    invoice = _invoice(pk)
    check_creditable(invoice)
    form = _form(request, invoice)
    if request.method != "POST":
        return _show(request, invoice, form)
    if "calculate" in request.POST:
        form.is_valid()
        return _show(request, invoice, form)
    if not form.is_valid():
        return _show(request, invoice, form, SHAPE_REFUSED)
    try:
        return _saved(request, invoice, form.entered())
    except WorkflowError as refusal:
        form.show_refusal(refusal)
        return note_refusal(_show(request, invoice, form, refusal.status), refusal)


@require_POST
@page(*CREDITING)
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer what the note would be; nothing is saved."""
    invoice = _invoice(pk)
    form = _form(request, invoice)
    form.is_valid()
    context = {"figures": _figures(request, invoice, form), "preview_url": request.path}
    return render(request, "billing/note_panel.html", context)


def _invoice(pk: int) -> Document:
    return get_object_or_404(Document.objects.invoices(), pk=pk)


def _form(request: HttpRequest, invoice: Document) -> NoteForm:
    lines = list(invoice.lines.all())
    rest = {left.line.id: left for left in remainder(invoice, lines).lines}
    data = request.POST if request.method == "POST" else None
    return NoteForm(data, lines=[(line, rest.get(line.pk)) for line in lines])


def _saved(request: HttpRequest, invoice: Document, entered: NoteInput) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    for warning in notes.preview(invoice.pk, entered, actor=actor).warnings:
        messages.warning(request, warning)
    if "issue" in request.POST:
        note = notes.draft_and_issue(invoice.pk, entered, actor=actor)
        return done(request, _("Nota de crédito %(number)s emitida.") % {"number": note.number}, note)
    return done(request, _("Borrador guardado."), notes.draft(invoice.pk, entered, actor=actor))


# What the form shows


@dataclass(frozen=True, slots=True)
class Figures:
    """What the note would be: its lines and totals, what it would do, and what a person should know."""

    lines: tuple[ComposedLine, ...] = ()
    rows: list[dict[str, Any]] = field(default_factory=list)
    total: Decimal = ZERO
    consequences: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    series_url: str = ""  # where the series is added that is missing


def _figures(request: HttpRequest, invoice: Document, form: NoteForm) -> Figures:
    entered = form.entered() if form.is_bound else NoteInput(Mode.WHOLE)
    shape = [str(error) for errors in form.errors.values() for error in errors] if form.is_bound else []
    try:
        composition = notes.preview(invoice.pk, entered, actor=request.actor)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        return Figures(warnings=[*shape, refusal.message], series_url=_series_url(request, refusal))
    except ObjectDoesNotExist:
        return Figures(warnings=[_("Algo de lo elegido ya no existe. Vuelva a abrir la página.")])
    rates = (
        stories.Rate(row.tax.rate_code, row.tax.rate, row.base, row.tax_amount) for row in composition.totals.taxes
    )
    return Figures(
        composition.lines,
        stories.total_rows(rates, composition.totals.discount),
        composition.totals.total,
        consequences(composition),
        [*shape, *composition.warnings],
    )


def consequences(composition: Composition) -> list[str]:
    """Say, sentence by sentence, what issuing the note does."""
    invoice, said = composition.invoice, []
    if composition.lowers:
        said.append(
            _("El saldo de la factura %(number)s baja de %(before)s a %(after)s.")
            % {
                "number": invoice,
                "before": format_money(invoice.balance),
                "after": format_money(invoice.balance - composition.lowers),
            }
        )
    if composition.frees:
        said.append(
            _("%(amount)s de lo ya cobrado quedan como saldo a favor de %(buyer)s.")
            % {"amount": format_money(composition.frees), "buyer": invoice.buyer_name}
        )
    if composition.remains:
        said.append(
            _("Después quedan %(amount)s de la factura por acreditar.") % {"amount": format_money(composition.remains)}
        )
    else:
        said.append(_("Después no queda nada de la factura por acreditar."))
    return said


def _show(request: HttpRequest, invoice: Document, form: NoteForm, status: int = 200) -> HttpResponse:
    context = {
        "title": _("Nota de crédito a la factura %(invoice)s") % {"invoice": invoice},
        "subtitle": f"{invoice.buyer_name} · {format_money(invoice.total)}",
        "invoice": invoice,
        "form": form,
        "figures": _figures(request, invoice, form),
        "preview_url": reverse("billing:credit_note_preview", args=[invoice.pk]),
        "cancel_url": invoice.get_absolute_url(),
        "crumbs": [(_("Facturas"), reverse("billing:invoices")), (str(invoice), invoice.get_absolute_url())],
    }
    return render(request, "billing/note_form.html", context, status=status)


def _series_url(request: HttpRequest, refusal: WorkflowError) -> str:
    """Return where the series is added that was missing, to who may add it."""
    if refusal.code != "note_series_missing" or not request.actor.may("company.manage"):  # type: ignore[attr-defined]
        return ""
    point = refusal.extra["emission_point"]
    return f"{reverse('billing:series_new')}?emission_point={point}&document_type={DocumentType.CREDIT_NOTE.value}"
