"""What a document's page tells beside the document: its story, its money, and what belongs to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.labels import label
from audit.models import AuditEntry
from audit.queries import history
from billing import public
from billing.models import (
    Billable,
    CustomerCredit,
    Document,
    DocumentPayment,
    Letter,
    PublicLink,
    Settlement,
    Status,
)
from billing.sources import page_of
from core.chips import chip
from core.money import format_money
from core.templatetags.cuadre import percent
from sri import catalogs

TOLD = (
    "invoice.created",
    "invoice.issued",
    "invoice.sent",
    "invoice.waiting",
    "invoice.authorized",
    "invoice.failed",
    "invoice.retried",
    "invoice.corrected",
    "invoice.replaced",
    "invoice.repaired",
    "invoice.balance_changed",
    "invoice.paid",
    "invoice.reopened",
    "invoice.credited",
    "invoice.uncredited",
    "invoice.voided",
    "invoice.discarded",
    "invoice.restored",
    "credit_note.created",
    "credit_note.issued",
    "credit_note.sent",
    "credit_note.waiting",
    "credit_note.authorized",
    "credit_note.failed",
    "credit_note.retried",
    "credit_note.corrected",
    "credit_note.replaced",
    "credit_note.repaired",
    "credit_note.voided",
    "credit_note.discarded",
    "credit_note.restored",
)
CREDITED = {
    "invoice.credited": gettext_lazy("Nota de crédito %(note)s de %(amount)s"),
    "invoice.uncredited": gettext_lazy("Nota de crédito %(note)s de %(amount)s retirada"),
}
ICONS: Final[dict[str, str]] = {
    Settlement.Kind.PAYMENT: "cash",
    Settlement.Kind.CREDIT: "wallet",
    Settlement.Kind.NOTE: "receipt-2",
}
MOST_LETTERS = 20
MONEY = ("invoice.balance_changed", "invoice.paid", "invoice.reopened")
METHODS = {form.code: form.label for form in catalogs.PAYMENT_FORMS}


def timeline(document: Document) -> list[dict[str, Any]]:
    """Tell what happened to a document, oldest first, and what is to come, for components/timeline.html."""
    entries = history("billing.document", document.pk).filter(action__in=TOLD)
    return [_step(entry) for entry in entries] + _next_step(document)


def _step(entry: AuditEntry) -> dict[str, Any]:
    look = label(entry.action)
    text = _money_moved(entry) if entry.action in MONEY else _credited(entry) or look.text
    step = {"label": text, "icon": look.icon, "tone": look.tone, "who": entry.actor_label, "at": entry.at}
    return step | {"note": entry.reason}


def _money_moved(entry: AuditEntry) -> str:
    """Say how much came in or was taken back: the entry has the balance before and after."""
    before, after = (Decimal((values or {}).get("balance", "0")) for values in (entry.before, entry.after))
    if after > before:
        return _("Cobro de %(amount)s reversado") % {"amount": format_money(after - before)}
    if after:
        return _("Cobro de %(amount)s") % {"amount": format_money(before - after)}
    return _("Cobro de %(amount)s: pagada") % {"amount": format_money(before - after)}


def _credited(entry: AuditEntry) -> str:
    """Say which note took how much, or gave it back."""
    if entry.action not in CREDITED:
        return ""
    after = entry.after or {}
    amount = format_money(Decimal(after.get("amount", "0")))
    return str(CREDITED[entry.action]) % {"note": after.get("credit_note", ""), "amount": amount}


def _next_step(document: Document) -> list[dict[str, Any]]:
    if document.deleted_at or (document.is_credit_note and document.status != Status.DRAFT):
        return []
    coming = {
        Status.DRAFT: _("Falta emitirla"),
        Status.ISSUED: _("Falta cobrar %(balance)s") % {"balance": format_money(document.balance)},
    }
    text = coming.get(Status(document.status))
    return [{"label": text, "icon": "circle-dashed", "next": True}] if text else []


def settlements(document: Document) -> list[dict[str, Any]]:
    """List what settled a document, reversed settlements among them, for components/related.html."""
    rows = Settlement.objects.filter(document=document).select_related("note")
    return [_settled(row) for row in rows.order_by("pk")]


def _settled(row: Settlement) -> dict[str, Any]:
    when = f"{row.settled_on:%d/%m/%Y}"
    return {
        "label": f"{_settled_with(row)}: {format_money(row.amount)}",
        "url": _page_of_what_settled(row),
        "icon": ICONS[row.kind],
        "is_note": row.note_id is not None,
        "is_live": row.reversed_at is None,
        "detail": f"{when} · {row.reversal_reason}" if row.reversed_at else when,
        "chip": chip("voided", _("Reversado")) if row.reversed_at else "",
    }


def _page_of_what_settled(row: Settlement) -> str:
    if row.note:
        return row.note.get_absolute_url()
    return page_of("payment", row.payment_id) if row.payment_id else ""


def _settled_with(row: Settlement) -> str:
    return f"{row.get_kind_display()} {row.note}" if row.note else row.get_kind_display()


def effects(note: Document) -> list[dict[str, Any]]:
    """List what an issued note did: to its invoice, and to the customer's credit, for components/related.html."""
    settled = Settlement.objects.filter(note=note).select_related("document").order_by("pk")
    granted = CustomerCredit.objects.filter(document=note).order_by("pk")
    found = [
        {
            "label": _("Acreditado a la factura %(invoice)s: %(amount)s")
            % {"invoice": row.document, "amount": format_money(row.amount)},
            "url": row.document.get_absolute_url(),
            "icon": ICONS[row.kind],
            "detail": row.reversal_reason,
            "chip": chip("voided", _("Reversado")) if row.reversed_at else "",
        }
        for row in settled
    ]
    found += [
        {
            "label": _("Saldo a favor: %(amount)s") % {"amount": format_money(row.amount)},
            "url": page_of("payment", row.payment_id),
            "icon": "wallet",
            "detail": _("quedan %(remaining)s") % {"remaining": format_money(row.remaining)},
        }
        for row in granted
    ]
    return found


def settled_by_note(settled: Sequence[dict[str, Any]]) -> bool | None:
    """Say whether everything that settles an invoice is notes; None where none of it is."""
    live = [row["is_note"] for row in settled if row["is_live"]]
    return all(live) if any(live) else None


def related(document: Document) -> list[dict[str, Any]]:
    """List what a document comes from and what was made of it, for components/related.html."""
    sources = Billable.objects.filter(document_lines__document=document).distinct().order_by("pk")
    found = [
        {
            "label": row.source_label,
            "url": page_of(row.source_type, row.source_id),
            "icon": "calendar",
            "detail": row.description,
        }
        for row in sources
    ]
    return found + [
        {
            "label": text % {"other": other},
            "url": other.get_absolute_url(),
            "icon": icon,
            "detail": format_money(other.total),
            "chip": chip(other.status),
        }
        for text, icon, other in _relatives(document)
        if other is not None
    ]


def _relatives(document: Document) -> list[tuple[str, str, Document | None]]:
    """Return the documents this one comes from, and those that come from it, each with a sentence and an icon."""
    before = [
        (_("Modifica la factura %(other)s"), "file-invoice", document.modifies),
        (_("Duplicada de %(other)s"), "copy", document.duplicate_of),
        (_("Reemplaza a %(other)s"), "transfer", document.replaces),
    ]
    of_it = Q(modifies=document) | Q(duplicate_of=document) | Q(replaces=document)
    return before + [_descendant(document, other) for other in Document.objects.live().filter(of_it).order_by("pk")]


def _descendant(document: Document, other: Document) -> tuple[str, str, Document | None]:
    if other.modifies_id == document.pk:
        return _("Nota de crédito %(other)s"), "receipt-2", other
    if other.replaces_id == document.pk:
        return _("Reemplazada por %(other)s"), "transfer", other
    return _("Duplicada como %(other)s"), "copy", other


@dataclass(frozen=True, slots=True)
class Mailed:
    """What was mailed of a document, and its public link, for billing/_letters.html."""

    letters: list[Letter]
    address: str
    seen_at: datetime | None
    may_be_mailed: bool


def letters(document: Document) -> Mailed:
    """Tell what was mailed of a document, the newest first, and where the public sees it."""
    link = PublicLink.objects.filter(document=document, revoked_at=None).first()
    return Mailed(
        letters=list(Letter.objects.filter(document=document)[:MOST_LETTERS]),
        address=public.address_of(link) if link else "",
        seen_at=link.last_seen_at if link else None,
        may_be_mailed=document.status in (Status.ISSUED, Status.PAID),
    )


def payment_terms(document: Document) -> list[tuple[str, DocumentPayment]]:
    """Return how the buyer is to pay, each row with SRI's words for its method."""
    return [(METHODS[row.sri_method], row) for row in document.payment_terms.all()]


class Rate(NamedTuple):
    """What a document comes to at one rate: SRI's code (table 17), percent, base and tax in USD."""

    code: str
    percent: Decimal
    base: Decimal
    tax: Decimal


WITHOUT_RATE = {
    "": gettext_lazy("Subtotal, IVA incluido"),
    "6": gettext_lazy("Subtotal no objeto de IVA"),
    "7": gettext_lazy("Subtotal exento de IVA"),
}


def total_rows(rates: Iterable[Rate], discount: Decimal) -> list[dict[str, Any]]:
    """List the rows above a document's total: the base at each rate, the discount in them, and the taxes."""
    rates = list(rates)
    bases = [{"label": _base_label(rate), "value": rate.base} for rate in rates]
    taxes = [
        {"label": _("IVA %(rate)s") % {"rate": percent(rate.percent)}, "value": rate.tax}
        for rate in rates
        if rate.percent
    ]
    return bases + ([{"label": _("Descuento incluido"), "value": discount}] if discount else []) + taxes


def _base_label(rate: Rate) -> str:
    named = WITHOUT_RATE.get(rate.code)
    return str(named) if named else _("Subtotal IVA %(rate)s") % {"rate": percent(rate.percent)}
