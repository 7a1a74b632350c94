"""Invoices: the list, and each one's page."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.models import AccessEntry
from billing import note_drafts, stories
from billing.bulk import DRAFTING, ISSUING, OF_INVOICES, OF_SRI
from billing.filters import InvoiceFilterSet
from billing.models import Authorization, Document, PaymentState, Status
from billing.queries import credit_of, list_totals
from billing.sri_state import SriState
from billing.tables import InvoiceTable
from billing.views.document_pages import document_context, endings_menu, files_menu, joined, rendered, step_url
from companies.models import Rimpe
from core import clock
from core.actor import Actor
from core.bulk import BulkAction
from core.chips import chip
from core.errors import WorkflowError
from core.filters import SearchFilterSet
from core.listing import Empty, ListPage, Tab, count_in_words
from core.money import format_money
from core.place import around
from core.views import page

SRI_TABS = (
    Tab(_("SRI pendiente"), {"sri": SriState.PENDING.value}),
    Tab(_("Rechazadas"), {"sri": SriState.REJECTED.value}),
)


class InvoiceList(ListPage):
    """Every invoice, by what is to be done with it."""

    permissions = ("billing.view",)
    title = _("Facturas")
    filterset_class, table_class = InvoiceFilterSet, InvoiceTable
    tabs: Sequence[Tab] = (
        Tab(_("Todas")),
        Tab(_("Borradores"), {"status": "draft"}),
        Tab(_("Por cobrar"), {"status": "issued"}),
        Tab(_("Vencidas"), {"payment_status": "overdue"}),
        Tab(_("Cobro parcial"), {"payment_status": "partial"}),
        Tab(_("Pagadas"), {"status": "paid"}),
        Tab(_("Anuladas"), {"status": "voided"}),
    )
    ordering_fields = ("number", "buyer_name", "issue_date", "due_date", "total")
    search_placeholder = _("Número, cliente, RUC, clave de acceso, reserva o valor")
    totals_url = "billing:invoice_totals"
    bulk = (*OF_INVOICES, *OF_SRI)
    new_url, new_label, new_permissions = "billing:invoice_new", _("Nueva factura"), DRAFTING
    empty = Empty(
        _("Todavía no hay facturas"),
        _("Elija los pendientes de un cliente, o escriba las líneas, y emita la primera."),
        "file-invoice",
        "billing:invoice_new",
        _("Nueva factura"),
        "billing.draft",
    )

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(request, **kwargs)
        self.is_electronic = request.company.e_invoicing  # type: ignore[attr-defined]
        self.sells_with_notes = request.company.rimpe == Rimpe.POPULAR  # type: ignore[attr-defined]
        if self.is_electronic:
            self.tabs = (*self.tabs, *SRI_TABS)

    def queryset(self) -> QuerySet:
        """Return the invoices that are not discarded; a row reads nothing but its own columns."""
        return Document.objects.invoices().defer("issuer", "additional_info", "notes")

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return number, sum and balance of what the filters match."""
        sums = list_totals(rows)
        return [
            {"label": _("Facturas"), "value": count_in_words(sums.count, bounded=sums.bounded)},
            {"label": _("Total"), "value": format_money(sums.total), "proof": True},
            {"label": _("Saldo por cobrar"), "value": format_money(sums.balance), "proof": True},
        ]

    def offered(self) -> list[BulkAction]:
        """Leave out what is about SRI where nothing is sent to SRI."""
        return [act for act in super().offered() if self.is_electronic or act not in OF_SRI]

    def hidden_columns(self) -> set[str]:
        """Leave out SRI's chip where nothing is sent to SRI, and the type where there is only one."""
        hidden = set() if self.is_electronic else {"authorization"}
        return hidden if self.sells_with_notes else hidden | {"document_type"}

    def _filterset(self, params: Any) -> SearchFilterSet | None:
        found = super()._filterset(params)
        if found is not None and not self.sells_with_notes:
            del found.filters["document_type"]
        return found


@page("billing.view")
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an invoice: the document, its story, its money, and its one next step."""
    document = get_object_or_404(_documents(Document.objects.live()), pk=pk)
    if document.is_credit_note:  # the log and the gap register know a document, not its type
        return redirect(document)
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=document)  # type: ignore[attr-defined]
    return show(request, document)


def show(request: HttpRequest, document: Document, refusal: WorkflowError | None = None) -> HttpResponse:
    """Render an invoice's page, with the refusal of the step that was tried on it."""
    return rendered(request, "billing/invoice.html", _context(request, document), refusal)


def reread(pk: int) -> Document:
    """Return an invoice as its page shows it."""
    return get_object_or_404(_documents(Document.objects.invoices()), pk=pk)


def _documents(rows: QuerySet[Document]) -> QuerySet[Document]:
    return rows.select_related("customer", "series__emission_point__establishment", "duplicate_of", "replaces")


def _context(request: HttpRequest, document: Document) -> dict[str, Any]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    place = around(request, "billing:invoices", document)
    state = document.payment_state(clock.today())
    settled = stories.settlements(document)
    by_note = stories.settled_by_note(settled)
    return {
        **document_context(request, document, place.carried),
        **place.context(),
        "chips": _chips(document, state, by_note),
        "overdue": state == "overdue",
        "menu": _menu(document, actor),
        "terms": stories.payment_terms(document),
        "settlements": settled,
        "by_note": by_note,
        "may_edit": any(actor.may(permission) for permission in DRAFTING),
        "may_issue": any(actor.may(permission) for permission in ISSUING),
        "credit": credit_of(document.customer_id) if document.status == Status.ISSUED else None,
    }


def _chips(document: Document, state: str, by_note: bool | None) -> SafeString:
    found = [chip(document.status)] if state in ("", "unpaid") else [chip(state)]
    if by_note is not None:  # nothing was collected for what a note settled
        only = by_note and state == PaymentState.PAID
        found = [chip("settled", _("Saldada por nota de crédito"))] if only else [*found, _with_note()]
    if document.access_key:
        found.append(chip(document.authorization))
    if document.is_sales_note:
        found.append(chip("sales_note"))
    return joined(found)


def _with_note() -> SafeString:
    return chip("settled", _("Con nota de crédito"))


def _menu(document: Document, actor: Actor) -> list[dict[str, Any]]:
    menu = files_menu(document, actor)
    if actor.may("billing.draft"):
        url = step_url(document, "duplicate")
        menu.append({"label": _("Duplicar"), "url": url, "icon": "copy", "post": True})
    if actor.may("products.manage"):
        url = reverse("billing:line_template_keep", args=[document.pk])
        menu.append({"label": _("Guardar como plantilla…"), "url": url, "icon": "notes"})
    if document.status in (Status.ISSUED, Status.PAID) and actor.may("billing.notes") and _may_be_credited(document):
        url = reverse("billing:credit_note_new", args=[document.pk])
        menu.append({"label": _("Nota de crédito…"), "url": url, "icon": "receipt-2"})
    if actor.may("payments.refund") and document.customer.is_final_consumer and _is_authorized_sale(document):
        url = f"{reverse('payments:refund_new')}?invoice={document.pk}"
        menu.append({"label": _("Devolver dinero…"), "url": url, "icon": "transfer"})
    may_discard = any(actor.may(permission) for permission in DRAFTING)
    return menu + endings_menu(document, may_discard=may_discard, may_void=actor.may("billing.void"))


def _is_authorized_sale(document: Document) -> bool:
    """Say whether money given back of it can only be an internal refund, being to consumidor final (D7)."""
    live = document.status in (Status.ISSUED, Status.PAID)
    return live and document.authorization == Authorization.AUTHORIZED


def _may_be_credited(document: Document) -> bool:
    """Say whether there is something to show: the form, or why consumidor final gets no note (D7)."""
    obstacle = note_drafts.obstacle(document)
    return obstacle is None or obstacle.code == "final_consumer_no_note"
