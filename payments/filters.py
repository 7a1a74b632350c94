"""The filters of the lists of payments, shared by pages and API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.filters import AmountFilter, CustomerFilter
from billing.models import Customer, Settlement
from core.filters import DateRangeFilterSet, SearchFilterSet
from payments.models import Payment, PaymentMethod, PaymentStatus


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

    def by_invoice(self, queryset: QuerySet, name: str, value: int) -> QuerySet:
        """Keep the payments that settle an invoice now."""
        settling = Settlement.objects.live().filter(document_id=value, payment_id__isnull=False)
        return queryset.filter(pk__in=settling.values("payment_id"))


class IncomeFilterSet(DateRangeFilterSet):
    """What the income report may be narrowed to."""

    date_field = "paid_on"
    search = None

    class Meta:
        model = Payment
        fields: list[str] = []


class CreditFilterSet(SearchFilterSet):
    """Filters of the customers who have credit."""

    class Meta:
        model = Customer
        fields: list[str] = []
