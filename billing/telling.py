"""Telling of a document: its entry in the log, and what of it goes out in events."""

from collections.abc import Mapping
from typing import Any

from audit.log import record
from billing.models import Document
from core.actor import Actor


def tell(
    verb: str,
    document: Document,
    *,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Record `invoice.<verb>` or `credit_note.<verb>` in the caller's transaction, for the log and the events (D16)."""
    failure = {"error": reason} if verb == "failed" else {}
    record(
        f"{document.noun}.{verb}",
        document,
        actor=actor,
        before=before,
        after=after,
        reason=reason[:500],
        document_id=document.pk,
        public=public(document) | failure,
    )


def story(document: Document) -> dict[str, object]:
    """Return what the log keeps of a document before and after a step."""
    return {
        "status": document.status,
        "number": document.number,
        "issue_date": document.issue_date,
        "buyer": document.buyer_name,
        "total": document.total,
        "balance": document.balance,
    } | ({"discount_approved_by": document.discount_approved_by} if document.discount_approved_by else {})


def public(document: Document) -> dict[str, object]:
    """Return what goes out in events about a document."""
    names = {"invoice_id": document.pk, "invoice_number": document.number}
    if document.is_credit_note:
        names = {
            "credit_note_id": document.pk,
            "credit_note_number": document.number,
            "invoice_id": document.modifies_id,
        }
    return names | {
        "total_amount": document.total,
        "currency": "USD",
        "status": document.status,
        "authorization": document.authorization,
        "customer_name": document.buyer_name,
    }
