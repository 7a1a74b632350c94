"""The one door into billing: what was delivered or agreed is offered here, once for each thing (law 5)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from audit.log import record
from billing.models import Billable, BillableLine, BillableStatus, Customer, Document
from billing.taxes import rates_on
from billing.totals import Discount, LineInput, Totals, TotalsError, compute
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError
from core.money import ZERO, format_money


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """One line to be invoiced: prices in USD, with or without tax inside."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    price_includes_tax: bool
    tax_category: str
    discount: Decimal = ZERO
    product_id: int | None = None
    code: str = ""


def estimate(lines: Sequence[OfferedLine], on: date) -> Totals:
    """Work out what the lines would come to on an invoice of that local date.

    Raises:
        RuleRefused: the lines cannot be billed (codes of `billing.totals`).
    """
    rates = rates_on(on)
    inputs = [
        LineInput(
            quantity=line.quantity,
            unit_price=line.unit_price,
            tax=rates[line.tax_category],
            price_includes_tax=line.price_includes_tax,
            discount=Discount.amount(line.discount),
        )
        for line in lines
    ]
    try:
        return compute(inputs)
    except TotalsError as error:
        raise RuleRefused(str(error), code=error.code) from error


@transaction.atomic
def offer(
    *,
    source_type: str,
    source_id: int,
    source_label: str,
    key: str,
    customer_id: int,
    description: str,
    service_date: date,
    lines: Sequence[OfferedLine],
    actor: Actor,
    source_amount: Decimal | None = None,
) -> Billable:
    """Make what waits to be invoiced; offering the same live key again returns the one that is there.

    The caller holds the lock of the source. `source_amount` (USD with taxes) is the most that all live
    billables of the source may come to; None means what these lines come to.

    Raises:
        RuleRefused: `source_exceeded`, or the lines cannot be billed.
    """
    present = Billable.objects.live().filter(source_type=source_type, key=key).first()
    if present:
        return present
    customer = Customer.objects.live().get(pk=customer_id)
    amount = estimate(lines, clock.today()).total
    allowed = amount if source_amount is None else source_amount
    _check_source(source_type, source_id, amount, allowed)
    billable = Billable.objects.create(
        customer=customer,
        source_type=source_type,
        source_id=source_id,
        source_label=source_label,
        source_amount=allowed,
        key=key,
        description=description,
        service_date=service_date,
        amount=amount,
        created_at=clock.now(),
    )
    _add_lines(billable, lines)
    record(
        "billable.offered",
        billable,
        actor=actor,
        after={"source": source_label, "amount": amount, "customer": customer.pk},
        public={"billable_id": billable.pk, "source": source_label, "amount": amount, "status": billable.status},
    )
    return billable


def offer_again(billable: Billable, *, actor: Actor) -> Billable:
    """Offer what a locked, cancelled billable was, under its key, with its lines.

    Raises:
        RuleRefused: as `offer()`.
    """
    return offer(
        source_type=billable.source_type,
        source_id=billable.source_id,
        source_label=billable.source_label,
        key=billable.key,
        customer_id=billable.customer_id,
        description=billable.description,
        service_date=billable.service_date,
        lines=[
            OfferedLine(
                description=line.description,
                quantity=line.quantity,
                unit_price=line.unit_price,
                price_includes_tax=line.price_includes_tax,
                tax_category=line.tax_category,
                discount=line.discount,
                product_id=line.product_id,
                code=line.code,
            )
            for line in billable.lines.all()
        ],
        source_amount=billable.source_amount,
        actor=actor,
    )


def _check_source(source_type: str, source_id: int, amount: Decimal, allowed: Decimal) -> None:
    taken = Billable.objects.live().of_source(source_type, source_id).aggregate(sum=Sum("amount"))["sum"] or ZERO
    if taken + amount > allowed:
        raise RuleRefused(
            _("El origen vale %(allowed)s y ya tiene %(taken)s por facturar: no admite %(amount)s más.")
            % {"allowed": format_money(allowed), "taken": format_money(taken), "amount": format_money(amount)},
            code="source_exceeded",
        )


def _add_lines(billable: Billable, lines: Sequence[OfferedLine]) -> None:
    BillableLine.objects.bulk_create(
        BillableLine(
            billable=billable,
            position=position,
            product_id=line.product_id,
            code=line.code,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            price_includes_tax=line.price_includes_tax,
            discount=line.discount,
            tax_category=line.tax_category,
        )
        for position, line in enumerate(lines, start=1)
    )


def lock(ids: Iterable[int]) -> list[Billable]:
    """Lock billables in id order; ids of another company are simply not there."""
    rows = Billable.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return list(rows.select_related("customer"))


@transaction.atomic
def cancel(billable_id: int, *, reason: str, actor: Actor) -> Billable:
    """Cancel one waiting billable by hand.

    Raises:
        WorkflowError: `billable_drafted`, `billable_invoiced` or `billable_cancelled`: it is not waiting.
        RuleRefused: `reason_required`.
    """
    actor.require("billables.manage")
    if not reason.strip():
        raise RuleRefused(_("Escriba el motivo de la cancelación."), code="reason_required")
    billable = next(iter(lock([billable_id])), None)
    if billable is None:
        raise Billable.DoesNotExist
    _cancel(billable, reason=reason, actor=actor)
    return billable


@transaction.atomic
def withdraw(
    source_type: str, source_id: int, *, keys: Collection[str] | None = None, reason: str, actor: Actor
) -> None:
    """Cancel what a source offered (all, or what it offered under `keys`); the caller holds the source's lock.

    Raises:
        WorkflowError: `billable_drafted` or `billable_invoiced`, naming the document in the way.
    """
    rows = Billable.objects.live().of_source(source_type, source_id)
    chosen = rows if keys is None else rows.filter(key__in=keys)
    for billable in lock(chosen.values_list("pk", flat=True)):
        _cancel(billable, reason=reason, actor=actor)


def _cancel(billable: Billable, *, reason: str, actor: Actor) -> None:
    if billable.status != BillableStatus.WAITING:
        raise not_waiting(billable)
    billable.status, billable.cancel_reason = BillableStatus.CANCELLED, reason
    billable.version += 1
    billable.save(update_fields=["status", "cancel_reason", "version"])
    record(
        "billable.cancelled",
        billable,
        actor=actor,
        before={"status": BillableStatus.WAITING},
        after={"status": billable.status},
        reason=reason,
        public={"billable_id": billable.pk, "source": billable.source_label, "status": billable.status},
    )


def not_waiting(billable: Billable) -> WorkflowError:
    """Make the refusal that names where a billable is, when it was needed waiting."""
    return WorkflowError(
        _("«%(billable)s» está en estado «%(status)s»%(where)s.")
        % {
            "billable": billable,
            "status": billable.get_status_display(),
            "where": f" ({billable.document})" if billable.document_id else "",
        },
        code=f"billable_{billable.status}",
        extra={"billable_id": billable.pk, "document_id": billable.document_id},
    )


def put_on(document: Document, billables: Sequence[Billable], *, actor: Actor) -> None:
    """Put locked, waiting billables on a draft."""
    for billable in billables:
        _move(billable, BillableStatus.DRAFTED, document, actor=actor)


def mark_invoiced(document: Document, billables: Sequence[Billable], *, actor: Actor) -> None:
    """Note that the draft the locked billables are on was issued."""
    for billable in billables:
        _move(billable, BillableStatus.INVOICED, document, actor=actor)


def take_off(billables: Sequence[Billable], *, actor: Actor) -> None:
    """Free locked billables from a document that was discarded, changed or voided: they wait again (D10)."""
    for billable in billables:
        _move(billable, BillableStatus.WAITING, None, actor=actor)


def _move(billable: Billable, status: BillableStatus, document: Document | None, *, actor: Actor) -> None:
    left, left_status = billable.document_id, billable.status
    billable.status, billable.document = status, document
    billable.version += 1
    billable.save(update_fields=["status", "document", "version"])
    record(
        f"billable.{status}",
        billable,
        actor=actor,
        before={"status": left_status, "document": left},
        after={"status": status, "document": billable.document_id},
        document_id=billable.document_id or left,
        public={"billable_id": billable.pk, "source": billable.source_label, "status": status},
    )
