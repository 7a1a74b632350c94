"""What happened to a booking and to the money it brought, in the order of the log."""

from typing import Any

from django.db.models import Q

from audit.labels import label
from audit.models import AuditEntry
from reservations.models import Reservation

# Of the invoice's own story a booking tells the turning points.
OF_THE_MONEY = (
    "invoice.created",
    "invoice.issued",
    "invoice.discarded",
    "invoice.voided",
    "invoice.paid",
    "invoice.credited",
    "payment.confirmed",
    "payment.voided",
)


def of(reservation: Reservation, document_ids: list[int]) -> list[dict[str, Any]]:
    """Return the steps as components/timeline.html takes them, oldest first, with one query."""
    mine = Q(object_type=reservation._meta.label_lower, object_id=reservation.pk)
    money = Q(document_id__in=document_ids, action__in=OF_THE_MONEY)
    return [_step(entry) for entry in AuditEntry.objects.filter(mine | money).order_by("id")]


def _step(entry: AuditEntry) -> dict[str, Any]:
    told = label(entry.action)
    subject = "" if entry.action.startswith("reservation.") else entry.object_label
    return {
        "label": told.text,
        "icon": told.icon,
        "tone": told.tone,
        "who": entry.actor_label,
        "at": entry.at,
        "note": " · ".join(part for part in (subject, entry.reason) if part),
    }
