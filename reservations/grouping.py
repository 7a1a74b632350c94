"""Several bookings of one customer on one invoice, such as a month of a team's Tuesdays."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from billing import workflow
from billing.drafts import DraftInput
from billing.models import Billable, BillableStatus, Document
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError
from reservations.models import SOURCE_TYPE, Reservation

MOST: Final = 100
NAMED: Final = 5  # in the sentence; `extra` has them all


@transaction.atomic
def group_invoice(
    reservation_ids: Collection[int], *, series_id: int | None = None, issue: bool = False, actor: Actor
) -> Document:
    """Draft one invoice of all that some bookings have to be invoiced; with `issue`, give it its number.

    Raises:
        WorkflowError: `on_a_document` or `nothing_to_invoice`, with the bookings that are in the way; codes of
            `billing.workflow`.
        RuleRefused: `nothing_selected`, `too_many_selected`; `several_customers`, with each booking's.
    """
    actor.require("billing.draft", "billing.draft_reservations")
    _check_count(reservation_ids)
    bookings = _lock(reservation_ids)
    offered = _offered(bookings)
    _check_free(bookings, offered)
    customers = {row.customer_id for row in offered}
    if len(customers) > 1:
        raise _several_customers(offered)
    ids = tuple(row.pk for row in offered)
    document = workflow.draft(
        DraftInput(customer_id=offered[0].customer_id, series_id=series_id, billable_ids=ids), actor=actor
    )
    return workflow.issue(document.pk, actor=actor) if issue else document


def _lock(reservation_ids: Collection[int]) -> list[Reservation]:
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(reservation_ids))
    found = list(rows.order_by("pk"))
    if len(found) < len(set(reservation_ids)):
        raise Reservation.DoesNotExist
    return found


def _offered(bookings: Sequence[Reservation]) -> list[Billable]:
    rows = Billable.objects.live().filter(source_type=SOURCE_TYPE, source_id__in=[row.pk for row in bookings])
    return list(rows.select_related("customer", "document").order_by("service_date", "pk"))


def _check_count(reservation_ids: Collection[int]) -> None:
    if not reservation_ids:
        raise RuleRefused(_("No se eligió ninguna reserva."), code="nothing_selected")
    if len(set(reservation_ids)) > MOST:
        raise RuleRefused(_("Se facturan juntas hasta %(most)d reservas.") % {"most": MOST}, code="too_many_selected")


def _check_free(bookings: Sequence[Reservation], offered: Sequence[Billable]) -> None:
    sources = {row.source_id for row in offered}
    empty = [row for row in bookings if row.pk not in sources]
    if empty:
        named = _named([row.code for row in empty])
        raise WorkflowError(
            _("No tienen nada por facturar: %(named)s. Quítelas de la selección.") % {"named": named},
            code="nothing_to_invoice",
            extra={"reservations": [_told(row.pk, row.code) for row in empty]},
        )
    taken = [row for row in offered if row.status != BillableStatus.WAITING]
    if taken:
        named = _named([f"{row.source_label} ({row.document})" for row in taken])
        raise WorkflowError(
            _("Ya están en una factura o un borrador: %(named)s. Quítelas de la selección.") % {"named": named},
            code="on_a_document",
            extra={
                "reservations": [_told(row.source_id, row.source_label, document_id=row.document_id) for row in taken]
            },
        )


def _several_customers(offered: Sequence[Billable]) -> RuleRefused:
    people = dict.fromkeys(row.customer.name for row in offered)
    return RuleRefused(
        _("Una factura es de un solo cliente y estas reservas son de %(people)s.") % {"people": _named(list(people))},
        code="several_customers",
        extra={"reservations": [_told(row.source_id, row.source_label, customer=row.customer.name) for row in offered]},
    )


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    shown = ", ".join(names[:NAMED])
    return _("%(shown)s y %(more)d más") % {"shown": shown, "more": more} if more > 0 else shown


def _told(pk: int, code: str, **more: Any) -> dict[str, Any]:
    return {"id": pk, "code": code, **more}
