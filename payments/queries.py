"""Reads of payments: what a list comes to, what came in by method and day, who has credit, what voiding would do."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.models import CreditPayout, Customer, CustomerCredit, Document, Settlement, Status
from core.money import ZERO, format_money
from core.pagination import COUNT_LIMIT
from payments import workflow
from payments.models import Payment, Receipt, Refund
from sri import catalogs

METHOD = ("method_id", "method__name", "method__sri_code")
SRI_FORMS = {form.code: form.label for form in catalogs.PAYMENT_FORMS}


def invoices_settled(payment_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """Return, for each payment, id and number of the invoices it settles now."""
    live = Settlement.objects.live().filter(payment_id__in=payment_ids).order_by("pk")
    found: defaultdict[Any, list[tuple[int, str]]] = defaultdict(list)
    for payment_id, document_id, number in live.values_list("payment_id", "document_id", "document__number"):
        found[payment_id].append((document_id, number))
    return found


# What a list comes to


@dataclass(frozen=True, slots=True)
class MethodSum:
    """How many payments came in by one method, and how much (USD)."""

    method_id: int
    method: str
    sri_code: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class ListTotals:
    """What a filtered list comes to; voided payments are counted and not added. Exact up to 100,000 rows."""

    count: int
    bounded: bool
    total: Decimal
    by_method: tuple[MethodSum, ...]


def list_totals(payments: QuerySet[Payment]) -> ListTotals:
    """Count a filtered list, and add up what is confirmed in it, by method."""
    counted = Payment.objects.filter(pk__in=payments.order_by()[: COUNT_LIMIT + 1].values("pk"))
    count = counted.count()
    by_method = _by_method(counted.confirmed())
    total = sum((row.total for row in by_method), ZERO)
    return ListTotals(min(count, COUNT_LIMIT), count > COUNT_LIMIT, total, tuple(by_method))


def _by_method(payments: QuerySet[Payment]) -> list[MethodSum]:
    sums = payments.order_by().values(*METHOD).annotate(count=Count("pk"), total=Sum("amount"))
    return [MethodSum(*row) for row in sums.order_by("method_id").values_list(*METHOD, "count", "total")]


# Income by method and day


@dataclass(frozen=True, slots=True)
class DayIncome:
    """What came in on one local day: a sum for each method of the report (None where nothing did)."""

    day: date
    cells: tuple[MethodSum | None, ...]

    @property
    def count(self) -> int:
        """Return the number of payments of the day."""
        return sum(cell.count for cell in self.cells if cell)

    @property
    def total(self) -> Decimal:
        """Return what came in on the day, in USD."""
        return sum((cell.total for cell in self.cells if cell), ZERO)


@dataclass(frozen=True, slots=True)
class Income:
    """Confirmed payments by day and method, with the sum of each column in `methods`."""

    first: date
    last: date
    methods: tuple[MethodSum, ...]
    days: tuple[DayIncome, ...]

    @property
    def count(self) -> int:
        """Return the number of payments."""
        return sum(row.count for row in self.methods)

    @property
    def total(self) -> Decimal:
        """Return what came in, in USD."""
        return sum((row.total for row in self.methods), ZERO)


def income(first: date, last: date) -> Income:
    """Add up the confirmed payments of the local days first..last (both included), by day and method."""
    payments = Payment.objects.confirmed().filter(paid_on__range=(first, last))
    methods = _by_method(payments)
    cells: dict[date, dict[int, MethodSum]] = defaultdict(dict)
    daily = payments.values("paid_on", *METHOD).annotate(count=Count("pk"), total=Sum("amount"))
    for day, *values in daily.order_by("-paid_on").values_list("paid_on", *METHOD, "count", "total"):
        cells[day][values[0]] = MethodSum(*values)
    days = [DayIncome(day, tuple(found.get(row.method_id) for row in methods)) for day, found in cells.items()]
    return Income(first, last, tuple(methods), tuple(days))


# Credit


def customers_with_credit() -> QuerySet[Customer]:
    """Return the customers with credit left; each has `credit` and `owed` (USD)."""
    of_customer: dict[str, Any] = {"customer": OuterRef("pk")}
    credits = CustomerCredit.objects.available().filter(**of_customer).order_by().values("customer")
    owed = Document.objects.invoices().with_balance().filter(**of_customer).order_by().values("customer")
    return Customer.objects.filter(pk__in=CustomerCredit.objects.available().values("customer")).annotate(
        credit=Subquery(credits.annotate(sum=Sum("remaining")).values("sum")),
        owed=Coalesce(Subquery(owed.annotate(sum=Sum("balance")).values("sum")), ZERO),
    )


# One payment


def applied_by(payment: Payment) -> list[Settlement]:
    """Return what the payment settled directly, reversed or not, each with its invoice."""
    return list(Settlement.objects.filter(payment_id=payment.pk).select_related("document").order_by("pk"))


def credits_of(payment: Payment) -> list[CustomerCredit]:
    """Return the credit the payment left or that was released from it, each with what it settled."""
    credits = CustomerCredit.objects.filter(payment_id=payment.pk).select_related("document")
    return list(credits.prefetch_related("settlements__document").order_by("pk"))


def siblings(payment: Payment) -> list[Payment]:
    """Return the other payments on the same receipt: what came in by other methods."""
    return list(payment.receipt.payments.exclude(pk=payment.pk).select_related("method").order_by("pk"))


def likely_duplicates(customer_id: int, amount: Decimal, day: date) -> QuerySet[Receipt]:
    """Return the receipts of the same customer, amount and day that count, by whichever methods it came."""
    same = Receipt.objects.live().filter(customer_id=customer_id, total=amount, received_on=day)
    return same.order_by("-pk")


def void_consequences(*payments: Payment) -> list[dict[str, str]]:
    """Say, one by one, what voiding payments of one receipt will do."""
    settled = list(workflow.settled_by(*(payment.pk for payment in payments)).select_related("document"))
    credits = [credit for payment in payments for credit in credits_of(payment)]
    left = payments[0].receipt.payments.confirmed().exclude(pk__in=[payment.pk for payment in payments]).count()
    figures = {"number": payments[0].receipt.number}
    kept = (
        _("El recibo %(number)s sigue en pie con sus otros cobros.")
        if left
        else _("El recibo %(number)s queda marcado como anulado y conserva su número.")
    )
    return [*_reopened(settled), *_withdrawn(credits), {"text": kept % figures, "icon": "receipt"}, {
        "text": _("El cobro queda anulado con su motivo, a la vista de todos. No se puede reactivar."), "icon": "ban",
    }]  # fmt: skip


def _reopened(settled: Sequence[Settlement]) -> list[dict[str, str]]:
    by_document: dict[int, list[Settlement]] = defaultdict(list)
    for row in settled:
        by_document[row.document_id].append(row)
    return [_reopening(rows[0].document, sum((row.amount for row in rows), ZERO)) for rows in by_document.values()]


def _reopening(document: Document, amount: Decimal) -> dict[str, str]:
    sentence = (
        _("La factura %(number)s está pagada y se reabre: vuelve a deber %(balance)s.")
        if document.status == Status.PAID
        else _("La factura %(number)s sube su saldo de %(before)s a %(balance)s.")
    )
    figures = {
        "number": document.number,
        "before": format_money(document.balance),
        "balance": format_money(document.balance + amount),
    }
    return {"text": sentence % figures, "icon": "file-invoice"}


def _withdrawn(credits: Sequence[CustomerCredit]) -> list[dict[str, str]]:
    left = sum((row.amount for row in credits if not row.voided_at), ZERO)
    if not left:
        return []
    used = left - sum((row.remaining for row in credits), ZERO)
    text = _("Desaparece el saldo a favor de %(credit)s que dejó.") % {"credit": format_money(left)}
    if used:
        text = _("Desaparece el saldo a favor de %(credit)s que dejó, del que ya se aplicaron %(used)s.") % {
            "credit": format_money(left),
            "used": format_money(used),
        }
    return [{"text": text, "icon": "wallet"}]


# Refunds


def refund_totals(rows: QuerySet[Refund]) -> tuple[int, bool, Decimal]:
    """Count a filtered list, exactly up to 100,000 rows, and add up what is confirmed in it (USD)."""
    counted = Refund.objects.filter(pk__in=rows.order_by()[: COUNT_LIMIT + 1].values("pk"))
    count = counted.count()
    total = counted.confirmed().aggregate(total=Sum("amount"))["total"] or ZERO
    return min(count, COUNT_LIMIT), count > COUNT_LIMIT, total


def payouts_of(refund: Refund) -> list[CreditPayout]:
    """Return what a refund took out of which credit, reversed or not."""
    return list(CreditPayout.objects.filter(refund_id=refund.pk).select_related("credit").order_by("pk"))


def refund_consequences(customer: Customer, invoice: Document | None) -> list[dict[str, str]]:
    """Say, one by one, what giving money back will do."""
    if invoice:
        stays = _("La factura %(number)s queda como está: ante el SRI no cambia.") % {"number": invoice.number}
        first = {"text": stays, "icon": "file-invoice"}
    else:
        less = _("El saldo a favor de %(customer)s baja en lo devuelto.") % {"customer": customer}
        first = {"text": less, "icon": "wallet"}
    return [
        first,
        {"text": _("La devolución recibe su propio número y su comprobante para firmar."), "icon": "receipt"},
        {"text": _("El cobro del que vino el dinero ya no se podrá anular mientras la devolución exista."),
         "icon": "lock"},
    ]  # fmt: skip


def refund_void_consequences(refund: Refund) -> list[dict[str, str]]:
    """Say, one by one, what voiding a refund will do."""
    back = [
        {"text": _("El saldo a favor de %(customer)s vuelve a tener %(amount)s más.")
         % {"customer": refund.customer, "amount": format_money(refund.amount)}, "icon": "wallet"}
    ] if refund.kind == Refund.Kind.CREDIT else []  # fmt: skip
    kept = _("%(number)s queda marcada como anulada y conserva su número.") % {"number": refund.number}
    return [*back, {"text": kept, "icon": "ban"}]
