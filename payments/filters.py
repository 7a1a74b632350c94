"""The filters of the lists of payments, shared by pages and API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.filters import CustomerFilter
from billing.models import Customer, Document, Settlement
from core.cents import AmountFilter
from core.filters import DateRangeFilterSet, SearchFilterSet
from core.ids import whole
from payments.models import Payment, PaymentMethod, PaymentStatus, Receipt, Refund


def _methods(_request: Any) -> QuerySet:
    return PaymentMethod.objects.all()


class PaymentFilterSet(DateRangeFilterSet):
    """Filters of payments; `from` and `to` are the days on which the money came in."""

    date_field = "paid_on"

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=PaymentStatus.choices)
    method = django_filters.ModelChoiceFilter(label=_("Método"), queryset=_methods)
    customer = CustomerFilter()
    invoice = django_filters.NumberFilter(method="by_invoice", label=_("Factura (id)"))
    min_amount = AmountFilter("amount", "gte", label=_("Valor desde"))
    max_amount = AmountFilter("amount", "lte", label=_("Valor hasta"))

    class Meta:
        model = Payment
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Find a payment by the number of its receipt too."""
        if value.strip().upper().startswith(Receipt.PREFIX):
            return queryset.filter(receipt__sequential=sequential_of(value, Receipt.PREFIX))
        return super().by_search(queryset, name, value)

    def by_invoice(self, queryset: QuerySet, name: str, value: int) -> QuerySet:
        """Keep the payments that settle an invoice now."""
        settling = Settlement.objects.live().filter(document_id=value, payment_id__isnull=False)
        return queryset.filter(pk__in=settling.values("payment_id"))


class ReceiptFilterSet(DateRangeFilterSet):
    """Filters of receipts; `from` and `to` are the days on which the money came in."""

    date_field = "received_on"
    search = None

    number = django_filters.CharFilter(method="by_number", label=_("Número"))
    customer = CustomerFilter()

    class Meta:
        model = Receipt
        fields: list[str] = []

    def by_number(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the receipt of a number, written out or not."""
        return queryset.filter(sequential=sequential_of(value, Receipt.PREFIX))


class RefundFilterSet(DateRangeFilterSet):
    """Filters of refunds; `from` and `to` are the days on which the money went out."""

    date_field = "refunded_on"

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=PaymentStatus.choices)
    kind = django_filters.ChoiceFilter(label=_("Clase"), choices=Refund.Kind.choices)
    method = django_filters.ModelChoiceFilter(label=_("Método"), queryset=_methods)
    customer = CustomerFilter()

    class Meta:
        model = Refund
        fields: list[str] = []


def sequential_of(text: str, prefix: str) -> int | None:
    """Read a number as people type it: `REC-000000012`, `rec-12`, `12`; None where it is none."""
    return whole(text.strip().upper().removeprefix(prefix).lstrip("-"))


class IncomeFilterSet(DateRangeFilterSet):
    """What the income report may be narrowed to."""

    date_field = "paid_on"
    search = None

    class Meta:
        model = Payment
        fields: list[str] = []


class StatementFilterSet(DateRangeFilterSet):
    """The days of a statement of account."""

    search = None

    class Meta:
        model = Document
        fields: list[str] = []


class CreditFilterSet(SearchFilterSet):
    """Filters of the customers who have credit."""

    class Meta:
        model = Customer
        fields: list[str] = []
