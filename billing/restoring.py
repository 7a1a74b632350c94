"""Taking back what was hidden, thrown away or cancelled: a customer, a product, a draft, a billable."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.log import record
from billing import billables as billables_door
from billing import settlement, sources
from billing.models import Billable, BillableStatus, Customer, Document, DocumentLine, Product
from billing.telling import tell
from core.actor import Actor
from core.errors import WorkflowError


@transaction.atomic
def restore_customer(customer_id: int, *, actor: Actor) -> Customer:
    """Put a hidden customer back on the lists.

    Raises:
        WorkflowError: `customer_not_hidden`; `customer_merged`: it was joined into another; `customer_exists`:
            somebody else has its identification by now.
    """
    actor.require("customers.manage")
    customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer_id)
    if customer.deleted_at is None:
        raise WorkflowError(_("«%(customer)s» no está retirado.") % {"customer": customer}, code="customer_not_hidden")
    if customer.merged_into_id:
        raise WorkflowError(
            _("«%(customer)s» se unió a otro cliente: sus datos están allí.") % {"customer": customer},
            code="customer_merged",
        )
    _show(customer, _("Ya existe otro cliente con la identificación %(own)s.") % {"own": customer.identification})
    public = {
        "customer_id": customer.pk,
        "identification_type": customer.identification_type,
        "identification": customer.identification,
        "name": customer.name,
    }
    record("customer.restored", customer, actor=actor, after={"hidden": False}, public=public)
    return customer


@transaction.atomic
def restore_product(product_id: int, *, actor: Actor) -> Product:
    """Put a hidden product back on the lists.

    Raises:
        WorkflowError: `product_not_hidden`; `product_exists`: another has its code by now.
    """
    actor.require("products.manage")
    product = Product.objects.select_for_update(of=("self",), no_key=True).get(pk=product_id)
    if product.deleted_at is None:
        raise WorkflowError(_("«%(product)s» no está retirado.") % {"product": product}, code="product_not_hidden")
    _show(product, _("Ya existe otro producto con el código «%(own)s».") % {"own": product.code})
    public = {"product_id": product.pk, "code": product.code, "name": product.name, "unit_price": product.unit_price}
    record("product.restored", product, actor=actor, after={"hidden": False}, public=public)
    return product


@transaction.atomic
def restore_draft(document_id: int, *, actor: Actor) -> Document:
    """Bring a discarded draft of an invoice or a note back, with the billables that were on it.

    Raises:
        WorkflowError: `not_discarded`; `billables_taken`: what was on it is invoiced elsewhere or cancelled by now.
    """
    was_on_it = DocumentLine.objects.filter(document_id=document_id, billable__isnull=False)
    wanted = set(was_on_it.values_list("billable_id", flat=True))
    locked = billables_door.lock(wanted)
    document = settlement.lock_documents([document_id]).get(document_id)
    if document is None:
        raise Document.DoesNotExist
    _require_for(document, locked, actor)
    if document.deleted_at is None:
        raise WorkflowError(_("«%(document)s» no está descartado.") % {"document": document}, code="not_discarded")
    if any(row.status != BillableStatus.WAITING for row in locked):
        raise WorkflowError(
            _("Lo que estaba en «%(document)s» ya se facturó o se canceló: haga otro borrador.")
            % {"document": document},
            code="billables_taken",
        )
    document.deleted_at = None
    document.version += 1
    document.save(update_fields=["deleted_at", "version"])
    billables_door.put_on(document, locked, actor=actor)
    tell("restored", document, actor=actor, after={"status": document.status, "total": document.total})
    return document


@transaction.atomic
def restore_billable(billable_id: int, *, actor: Actor) -> Billable:
    """Let what was cancelled wait to be invoiced again, with its lines, and return what waits now.

    It is offered anew under its key: a cancelled billable stays cancelled, in lists and in the database.

    Raises:
        WorkflowError: `billable_not_cancelled`; `billable_replaced`: its source offered another in its place;
            `customer_hidden`; what its source says where it no longer asks for it.
        RuleRefused: `source_exceeded`: other billables of its source come to all it is worth by now.
    """
    actor.require("billables.manage")
    sources.check_stands(Billable.objects.get(pk=billable_id))
    (billable,) = billables_door.lock([billable_id])
    if billable.status != BillableStatus.CANCELLED:
        raise WorkflowError(
            _("«%(billable)s» está en estado «%(status)s»: no está cancelado.")
            % {"billable": billable, "status": billable.get_status_display()},
            code="billable_not_cancelled",
        )
    later = Billable.objects.filter(source_type=billable.source_type, key=billable.key, pk__gt=billable.pk)
    if replaced_by := later.order_by("-pk").first():
        raise WorkflowError(
            _("En lugar de «%(billable)s» hay otro pendiente de %(source)s, en estado «%(status)s».")
            % {
                "billable": billable,
                "source": billable.source_label,
                "status": replaced_by.get_status_display(),
            },
            code="billable_replaced",
            extra={"billable_id": replaced_by.pk},
        )
    if billable.customer.deleted_at is not None:
        raise WorkflowError(
            _("«%(name)s» está retirado de las listas.") % {"name": billable.customer}, code="customer_hidden"
        )
    again = billables_door.offer_again(billable, actor=actor)
    public = {"billable_id": billable.pk, "source": billable.source_label, "offered_as": again.pk}
    record("billable.restored", billable, actor=actor, after={"offered_as": again.pk}, public=public)
    return again


def _require_for(document: Document, on_it: Sequence[Billable], actor: Actor) -> None:
    """Ask for what making such a draft asks for: the front desk drafts from reservations only (D24)."""
    free_lines = document.lines.filter(billable=None).exists()
    if document.is_credit_note:
        actor.require("billing.notes")
    elif on_it and not free_lines and all(row.source_type == "reservation" for row in on_it):
        actor.require("billing.draft", "billing.draft_reservations")
    else:
        actor.require("billing.draft")


def _show(row: Customer | Product, taken: str) -> None:
    row.deleted_at = None
    row.version += 1
    try:
        with transaction.atomic():
            row.save(update_fields=["deleted_at", "version"])
    except IntegrityError as error:
        raise WorkflowError(taken, code=f"{row._meta.model_name}_exists") from error
