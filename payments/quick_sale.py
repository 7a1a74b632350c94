"""The counter's sale: drafted, issued and paid in one act, or not at all.

Who may sell at the counter needs nothing else for it: the sale goes through the ordinary steps as somebody who may take
them, and keeps that person's own limits (no discount above the company's). Products sell at their own price.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from billing import customers
from billing import workflow as billing
from billing.customers import final_consumer
from billing.drafts import Composition, DraftInput, DraftLine, PaymentTerm
from billing.models import Customer, Document, DocumentLine, Product
from billing.totals import NO_DISCOUNT, Discount
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError
from core.money import ZERO
from payments import workflow
from payments.allocation import Allocation
from payments.entered import PartInput, ReceiptInput
from payments.models import Payment, PaymentMethod, Receipt
from sri.catalogs import IdentificationType

PERMISSION: Final = "billing.quick_sale"
STEPS: Final = frozenset({"billing.draft", "billing.issue", "payments.record", "customers.manage"})
LOOKED_AT: Final = 400  # of the lines that were sold last, to tell what sells
FAVOURITES: Final = 12


@dataclass(frozen=True, slots=True)
class SaleLine:
    """So many of a product, at its price."""

    product_id: int
    quantity: Decimal
    discount: Discount = NO_DISCOUNT


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, by cédula, RUC or passport; the name is needed where nobody has bought with it yet."""

    identification: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class SaleInput:
    """Everything a counter enters. Without customer and buyer it is consumidor final who buys."""

    lines: tuple[SaleLine, ...]
    method_id: int
    customer_id: int | None = None
    buyer: Buyer | None = None
    tendered: Decimal | None = None
    reference: str = ""
    series_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What was sold and how it was paid."""

    document: Document
    receipt: Receipt
    payment: Payment
    warnings: tuple[str, ...] = ()  # what a person should know of a buyer who is new

    @property
    def change(self) -> Decimal:
        """Return the cash to give back, in USD."""
        return self.payment.change or ZERO


@transaction.atomic
def sell(entered: SaleInput, *, actor: Actor) -> Sale:
    """Draft, issue and receive the money of a sale at the counter: all of it or nothing.

    Raises:
        RuleRefused: `final_consumer_limit` (on the buyer's field: identify who buys), `buyer_name_required`,
            `discount_above_limit`, and what drafting, issuing and receiving refuse.
        WorkflowError: what they refuse.
        ObjectDoesNotExist: a product, the customer, the method or the series is not this company's.
    """
    clerk = _clerk(actor)
    customer, warnings = _customer(entered, clerk)
    method = PaymentMethod.objects.get(pk=entered.method_id)
    draft = billing.draft(_draft(entered, customer, method.sri_code), actor=clerk)
    document = _issue(draft, clerk)
    receipt = workflow.receive(
        ReceiptInput(
            customer_id=customer.pk,
            parts=(PartInput(method.pk, document.total, entered.reference, entered.tendered),),
            allocations=(Allocation(document.pk, document.total),),
        ),
        actor=clerk,
    )
    return Sale(Document.objects.get(pk=document.pk), receipt, receipt.payments.get(), warnings)


def preview(entered: SaleInput, *, actor: Actor) -> Composition:
    """Work out what a sale comes to; nothing is saved, and who buys may still be unknown.

    Raises:
        RuleRefused, ObjectDoesNotExist: as `sell`.
    """
    customer = known(entered) or final_consumer()
    return billing.preview(_draft(entered, customer), actor=_clerk(actor))


def known(entered: SaleInput) -> Customer | None:
    """Return who buys, where the company knows them already."""
    if entered.customer_id is not None:
        return Customer.objects.live().get(pk=entered.customer_id)
    if entered.buyer is None:
        return final_consumer()
    typed = "".join(entered.buyer.identification.split()).upper()
    return Customer.objects.live().filter(identification=typed).order_by("pk").first()


def find(text: str) -> list[Product]:
    """Return the product a shortcut means: the one with this code, else those whose name or code holds the text."""
    typed = text.strip()
    if not typed:
        return []
    exact = Product.objects.live().filter(code__iexact=typed).order_by("pk").first()
    return [exact] if exact else list(Product.objects.live().search(typed).order_by("name", "pk")[:FAVOURITES])


def favourites() -> list[Product]:
    """Return what sells most among what was sold last, filled up by name."""
    sold = DocumentLine.all_revisions.filter(product__isnull=False, product__deleted_at=None).order_by("-pk")
    counted = _count(sold.values_list("product_id", flat=True)[:LOOKED_AT])
    found = Product.objects.live().in_bulk(counted[:FAVOURITES])
    best = [found[pk] for pk in counted[:FAVOURITES] if pk in found]
    others = Product.objects.live().exclude(pk__in=found).order_by("name", "pk")
    return [*best, *others[: FAVOURITES - len(best)]]


def _count(ids: Iterable[int]) -> list[int]:
    counts: dict[int, int] = {}
    for pk in ids:
        counts[pk] = counts.get(pk, 0) + 1
    return sorted(counts, key=lambda pk: -counts[pk])


def _clerk(actor: Actor) -> Actor:
    """Return the same person as one who may take the steps of a sale."""
    actor.require(PERMISSION)
    return replace(actor, permissions=actor.permissions | STEPS)


def _draft(entered: SaleInput, customer: Customer, sri_method: str = "") -> DraftInput:
    return DraftInput(
        customer_id=customer.pk,
        series_id=entered.series_id,
        payment_days=0,
        lines=tuple(DraftLine(row.quantity, product_id=row.product_id, discount=row.discount) for row in entered.lines),
        payment_terms=(PaymentTerm(sri_method),) if sri_method else (),
    )


def _customer(entered: SaleInput, clerk: Actor) -> tuple[Customer, tuple[str, ...]]:
    found = known(entered)
    if found is not None:
        return found, ()
    buyer = entered.buyer or Buyer("")
    if not buyer.name.strip():
        message = _("Nadie ha comprado con esa identificación: escriba también el nombre.")
        fields = [FieldError(field="name", code="buyer_name_required", message=message)]
        raise RuleRefused(message, code="buyer_name_required", fields=fields)
    values = {
        "identification": buyer.identification,
        "identification_type": _type_of(buyer.identification),
        "name": buyer.name.strip(),
        "email": buyer.email,
    }
    saved = customers.create(values, actor=clerk)
    return saved.customer, saved.warnings


def _type_of(identification: str) -> str:
    digits = "".join(identification.split())
    if digits.isdecimal() and len(digits) in (10, 13):
        return IdentificationType.CEDULA if len(digits) == 10 else IdentificationType.RUC
    return IdentificationType.PASSPORT


def _issue(draft: Document, clerk: Actor) -> Document:
    try:
        return billing.issue(draft.pk, actor=clerk)
    except WorkflowError as refusal:
        if refusal.code == "final_consumer_limit":  # the way out stands beside the lines, which stay
            field = FieldError(field="identification", code=refusal.code, message=refusal.message)
            raise RuleRefused(refusal.message, code=refusal.code, fields=[field]) from refusal
        raise
