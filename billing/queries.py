"""Reads that are more than a filter: what a customer owes, what a list comes to, what voiding would do."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import CustomerCredit, Document, Settlement
from core.money import ZERO, format_money

COUNT_LIMIT = 100_000


def owed_by(customer_id: int) -> Decimal:
    """Return the sum of a customer's open balances, in USD."""
    open_ones = Document.objects.invoices().with_balance().filter(customer_id=customer_id)
    return open_ones.aggregate(sum=Sum("balance"))["sum"] or ZERO


def credit_of(customer_id: int) -> Decimal:
    """Return the customer's credit still available, in USD."""
    return CustomerCredit.objects.filter(customer_id=customer_id).available().total()


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


def void_consequences(document: Document) -> list[str]:
    """Say, sentence by sentence, what voiding the document will do."""
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
        sentences.append(
            _("Hay %(settled)s cobrados: pasan a saldo a favor de %(buyer)s, o se anulan los cobros, como usted elija.")
            % {"settled": format_money(settled), "buyer": document.buyer_name}
        )
    return sentences
