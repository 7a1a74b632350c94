"""What can be done with a row of billing's lists, as the row's state and the person's permissions allow."""

from typing import Final

from billing.bulk import DRAFTING
from billing.models import Customer, Document, Status
from core.actor import Actor
from core.row_acts import RowAct
from core.views import Text
from core.words import gettext_lazy as _

VOIDING, CREDITING = ("billing.void",), ("billing.notes",)


def _is_draft(document: Document, actor: Actor) -> bool:
    return document.status == Status.DRAFT


def _is_issued(document: Document, actor: Actor) -> bool:
    return document.status == Status.ISSUED


def _counts(document: Document, actor: Actor) -> bool:
    return document.status in (Status.ISSUED, Status.PAID)


def _has_xml(document: Document, actor: Actor) -> bool:
    return bool(document.access_key)


def _is_somebody(customer: Customer, actor: Actor) -> bool:
    return not customer.is_final_consumer


def _owes(customer: Customer, actor: Actor) -> bool:
    return bool(customer.owed) and not customer.is_final_consumer  # type: ignore[attr-defined]


def _files(noun: str) -> tuple[RowAct, ...]:
    return (
        RowAct(_("Ver"), "arrow-right", f"billing:{noun}"),
        RowAct(_("Vista previa"), "eye", f"billing:{noun}", drawer=True),
        RowAct(_("PDF"), "file-type-pdf", f"billing:{noun}_pdf"),
        RowAct(_("XML"), "file-type-xml", "billing:sri_xml", when=_has_xml),
    )


def _endings(noun: str, discarding: tuple[str, ...], voiding: tuple[str, ...]) -> tuple[RowAct, ...]:
    discard: Text = _("Descartar…")
    return (
        RowAct(_("Enviar por correo…"), "send", "billing:document_mail", ("billing.mail",), _counts),
        RowAct(discard, "trash", f"billing:{noun}_discard", discarding, _is_draft, danger=True),
        RowAct(_("Anular…"), "ban", f"billing:{noun}_void", voiding, _is_issued, danger=True),
    )


OF_INVOICES: Final = (
    *_files("invoice"),
    RowAct(_("Editar"), "pencil", "billing:invoice_edit", DRAFTING, _is_draft),
    RowAct(_("Duplicar"), "copy", "billing:invoice_duplicate", ("billing.draft",), post=True),
    RowAct(_("Cobrar"), "cash", "payments:new", ("payments.record",), _is_issued, param="invoice"),
    *_endings("invoice", DRAFTING, VOIDING),
)
OF_NOTES: Final = (*_files("credit_note"), *_endings("credit_note", CREDITING, CREDITING))
OF_CUSTOMERS: Final = (
    RowAct(_("Ver"), "arrow-right", "billing:customer"),
    RowAct(_("Vista previa"), "eye", "billing:customer", drawer=True),
    RowAct(_("Nueva factura"), "file-invoice", "billing:invoice_new", DRAFTING, param="customer"),
    RowAct(_("Cobrar"), "cash", "payments:new", ("payments.record",), _owes, param="customer"),
    RowAct(_("Estado de cuenta"), "report-money", "payments:statement", ("payments.view",), _is_somebody),
    RowAct(_("Editar"), "pencil", "billing:customer_edit", ("customers.manage",), _is_somebody),
)
OF_PRODUCTS: Final = (
    RowAct(_("Ver"), "arrow-right", "billing:product"),
    RowAct(_("Editar"), "pencil", "billing:product_edit", ("products.manage",)),
    RowAct(_("Retirar de las listas…"), "eye-off", "billing:product_hide", ("products.manage",), danger=True),
)
