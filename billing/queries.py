"""Reads that are more than a filter: what a customer owes, what a list comes to, what voiding would do."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Billable, BillableStatus, Customer, CustomerCredit, Document, Settlement, Status
from billing.models.documents import DocumentQuerySet
from core import clock
from core.money import ZERO, format_money

COUNT_LIMIT = 100_000


def owed_by(customer_id: int) -> Decimal:
    """Return the sum of a customer's open balances, in USD."""
    open_ones = Document.objects.invoices().with_balance().filter(customer_id=customer_id)
    return open_ones.aggregate(sum=Sum("balance"))["sum"] or ZERO


def credit_of(customer_id: int) -> Decimal:
    """Return the customer's credit still available, in USD."""
    return CustomerCredit.objects.filter(customer_id=customer_id).available().total()


def in_force(documents: DocumentQuerySet) -> DocumentQuerySet:
    """Keep what was issued and stands, paid or not."""
    return documents.filter(status__in=(Status.ISSUED, Status.PAID))


def held_of(customer_id: int) -> Decimal:
    """Return what of the customer's credit waits for a source's invoices, in USD."""
    held = CustomerCredit.objects.filter(customer_id=customer_id, held__gt=0).aggregate(total=Sum("held"))["total"]
    return held or ZERO


def waiting_now() -> QuerySet[Billable]:
    """Return what waits to be invoiced."""
    return Billable.objects.waiting()


def overdue_now() -> QuerySet[Document]:
    """Return the invoices that should have been paid before today."""
    return Document.objects.invoices().overdue(clock.today())


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be invoiced of one customer's."""

    customer: int
    customer_name: str
    count: int
    total: Decimal


def waiting_by_customer(billables: QuerySet[Billable], most: int | None = None) -> list[Waiting]:
    """Add up what can be put on an invoice now, customer by customer; with `most`, so many of whom most waits."""
    waiting = billables.filter(status=BillableStatus.WAITING).order_by()
    sums = waiting.values("customer_id", "customer__name").annotate(count=Count("pk"), total=Sum("amount"))
    rows = sums.order_by("customer__name", "customer_id")
    if most is not None:
        rows = rows.order_by("-total", "customer__name", "customer_id")[:most]
    return [Waiting(*row) for row in rows.values_list("customer_id", "customer__name", "count", "total")]


def with_owed(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Add `owed`, the sum of open balances in USD, to each customer."""
    open_ones = Document.objects.invoices().with_balance().filter(customer=OuterRef("pk")).order_by()
    sums = open_ones.values("customer").annotate(sum=Sum("balance")).values("sum")
    return customers.annotate(owed=Coalesce(Subquery(sums), ZERO, output_field=DecimalField()))


@dataclass(frozen=True, slots=True)
class Figure:
    """How many, and what they come to in USD."""

    count: int
    amount: Decimal


def outstanding(invoices: DocumentQuerySet, on: date) -> tuple[Figure, Figure]:
    """Return what is to be collected of these invoices, and the part of it that is overdue on a local date."""
    late = Q(due_date__lt=on)
    sums = invoices.with_balance().aggregate(
        count=Count("balance"),  # not of ids, which the index that says the rest does not hold
        amount=Sum("balance"),
        late_count=Count("balance", filter=late),
        late_amount=Sum("balance", filter=late),
    )
    return (
        Figure(sums["count"], sums["amount"] or ZERO),
        Figure(sums["late_count"], sums["late_amount"] or ZERO),
    )


def drafts() -> Figure:
    """Return how many drafts there are, and their sum."""
    sums = Document.objects.invoices().filter(status=Status.DRAFT).aggregate(count=Count("*"), amount=Sum("total"))
    return Figure(sums["count"], sums["amount"] or ZERO)


def sum_of(billables: QuerySet[Billable]) -> Figure:
    """Return how many of these billables there are, and their sum."""
    sums = billables.aggregate(count=Count("pk"), amount=Sum("amount"))
    return Figure(sums["count"], sums["amount"] or ZERO)


@dataclass(frozen=True, slots=True)
class ListTotals:
    """What a filtered list comes to; `bounded` where only the first 100,000 rows were counted."""

    count: int
    total: Decimal
    balance: Decimal
    bounded: bool


def list_totals(documents: QuerySet[Document]) -> ListTotals:
    """Count and add up a filtered list, exactly up to 100,000 rows."""
    counted = documents.order_by()[: COUNT_LIMIT + 1]
    sums = Document.objects.filter(pk__in=counted.values("pk")).aggregate(
        count=Count("pk"), total=Sum("total"), balance=Sum("balance")
    )
    return ListTotals(
        min(sums["count"], COUNT_LIMIT), sums["total"] or ZERO, sums["balance"] or ZERO, sums["count"] > COUNT_LIMIT
    )


def note_void_consequences(note: Document) -> list[str]:
    """Say, sentence by sentence, what voiding a credit note will do."""
    granted = CustomerCredit.objects.filter(document=note).total()
    sentences = [
        _("El número %(number)s no se vuelve a usar: queda en el registro de números no utilizados con su motivo.")
        % {"number": note.number},
        _("La factura %(invoice)s deja de tener acreditados %(total)s.")
        % {"invoice": note.modifies, "total": format_money(note.total)},
    ]
    if granted:
        sentences.append(
            _("Los %(granted)s que quedan del saldo a favor que dio la nota vuelven a pagar la factura.")
            % {"granted": format_money(granted)}
        )
    sentences.append(_("Lo que falte de la factura vuelve a quedar por cobrar."))
    return sentences


def void_consequences(document: Document, *, may_choose: bool = True) -> list[str]:
    """Say, sentence by sentence, what voiding the document will do.

    `may_choose`: the person may have the payments voided too, instead of keeping the money as credit (D8).
    """
    sentences = [
        _("El número %(number)s no se vuelve a usar: queda en el registro de números no utilizados con su motivo.")
        % {"number": document.number},
        _("La factura anulada no se puede reactivar; si hace falta, emita una nueva."),
    ]
    count = document.billables.count()
    if count:
        sentences.append(
            ngettext(
                "%(count)d pendiente vuelve a quedar por facturar.",
                "%(count)d pendientes vuelven a quedar por facturar.",
                count,
            )
            % {"count": count}
        )
    settled = Settlement.objects.live().filter(document=document).aggregate(sum=Sum("amount"))["sum"]
    if settled:
        said = _("Los %(settled)s cobrados pasan a saldo a favor de %(buyer)s.")
        if may_choose:
            said = _(
                "Hay %(settled)s cobrados: pasan a saldo a favor de %(buyer)s, o se anulan los cobros: usted elige."
            )
        sentences.append(said % {"settled": format_money(settled), "buyer": document.buyer_name})
    return sentences
