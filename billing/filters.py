"""The filters of billing's lists, shared by pages and API."""

import re
from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from billing.ages import AGES
from billing.models import (
    SALES,
    Authorization,
    Billable,
    BillableStatus,
    Customer,
    CustomerKind,
    Document,
    DocumentLine,
    DocumentType,
    FiscalStatus,
    IdentificationType,
    PaymentState,
    Product,
    Status,
    TaxCategory,
)
from billing.queries import in_force
from billing.sri_state import SriState, in_state
from core import clock
from core.cents import AmountFilter
from core.filters import DateRangeFilterSet, SearchFilterSet
from core.widgets import ComboboxField

NOTE_STATUSES = [(status.value, status.label) for status in (Status.DRAFT, Status.ISSUED, Status.VOIDED)]
NOT_DUE = "current"
AGE_CHOICES = [(NOT_DUE, _("Por vencer")), *((age.name, age.label) for age in AGES)]
STANDINGS = [("in_force", _("Vigentes: emitidas o pagadas"))]
INVOICE_NUMBER = re.compile(r"[0-9]{3}-[0-9]{3}-[0-9]{9}")
SOURCE_CODE = re.compile(r"[A-Za-z]{1,4}-[0-9]+")  # how sources call what they sold: R-1029


class CustomerFilter(django_filters.Filter):
    """One customer, found by any part of the name or identification; the parameter is the id."""

    field_class = ComboboxField

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label", _("Cliente"))
        super().__init__(*args, rows=Customer.objects.all, url=reverse_lazy("billing:customer_options"), **options)


class _DocumentFilterSet(DateRangeFilterSet):
    class Meta:
        model = Document
        fields: list[str] = []

    def by_sri(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what stands so with SRI now."""
        return in_state(queryset, value)


class InvoiceFilterSet(_DocumentFilterSet):
    """Filters of invoices; `from` and `to` are issue dates."""

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=Status.choices)
    payment_status = django_filters.ChoiceFilter(label=_("Cobro"), choices=PaymentState.choices, method="by_payment")
    authorization = django_filters.ChoiceFilter(label=_("Autorización SRI"), choices=Authorization.choices)
    sri = django_filters.ChoiceFilter(label=_("Ante el SRI"), choices=SriState.choices, method="by_sri")
    document_type = django_filters.ChoiceFilter(label=_("Tipo"), choices=[(kind.value, kind.label) for kind in SALES])
    customer = CustomerFilter()
    age = django_filters.ChoiceFilter(label=_("Vencida hace"), choices=AGE_CHOICES, method="by_age")
    standing = django_filters.ChoiceFilter(label=_("Vigencia"), choices=STANDINGS, method="by_standing")
    min_total = AmountFilter("total", "gte", label=_("Total desde"))
    max_total = AmountFilter("total", "lte", label=_("Total hasta"))

    @classmethod
    def ordering_for(cls, params: Mapping[str, str]) -> str:
        """What is overdue comes with the oldest first, unless it is asked for by its days."""
        overdue = params.get("payment_status") == PaymentState.OVERDUE
        return super().ordering_for(params) or ("due_date" if overdue else "")

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search number, key, buyer and amount; a source's code finds the invoices of that source."""
        if SOURCE_CODE.fullmatch(value.strip()):
            sold = Billable.objects.search(value).filter(source_label__iexact=value.strip())
            billables = list(sold.values_list("pk", flat=True))  # few
            return queryset.filter(pk__in=DocumentLine.objects.filter(billable__in=billables).values("document_id"))
        return super().by_search(queryset, name, value)

    def by_age(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what is owed and has been overdue for so long, or is not due yet."""
        if value == NOT_DUE:
            return queryset.with_balance().filter(due_date__gte=clock.today())  # type: ignore[attr-defined]
        age = next(age for age in AGES if age.name == value)
        return queryset.overdue(clock.today()).filter(age.condition(clock.today()))  # type: ignore[attr-defined]

    def by_standing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what was issued and stands."""
        return in_force(queryset)  # type: ignore[arg-type]

    def by_payment(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what stands so with its money today."""
        return queryset.in_payment_state(value, clock.today())  # type: ignore[attr-defined]


class NoteFilterSet(_DocumentFilterSet):
    """Filters of credit notes; `from` and `to` are issue dates."""

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=NOTE_STATUSES)
    authorization = django_filters.ChoiceFilter(label=_("Autorización SRI"), choices=Authorization.choices)
    sri = django_filters.ChoiceFilter(label=_("Ante el SRI"), choices=SriState.choices, method="by_sri")
    customer = CustomerFilter()
    invoice = django_filters.NumberFilter("modifies_id", label=_("Factura (id)"))
    min_total = AmountFilter("total", "gte", label=_("Total desde"))
    max_total = AmountFilter("total", "lte", label=_("Total hasta"))

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search number, key, buyer and amount; the number of an invoice finds the notes on it."""
        if INVOICE_NUMBER.fullmatch(value.strip()):
            mine = super().by_search(queryset, name, value).values("pk")
            return queryset.filter(Q(modifies__number=value.strip()) | Q(pk__in=mine.order_by()))
        return super().by_search(queryset, name, value)


class SriFilterSet(_DocumentFilterSet):
    """Filters of the documents, invoices and notes, that SRI has not authorized."""

    sri = django_filters.ChoiceFilter(label=_("Ante el SRI"), choices=SriState.choices, method="by_sri")
    document_type = django_filters.ChoiceFilter(label=_("Tipo"), choices=DocumentType.choices)
    customer = CustomerFilter()

    class Meta:
        model = Document
        fields: list[str] = []


class BillableFilterSet(DateRangeFilterSet):
    """Filters of billables; `from` and `to` are the dates of what was delivered."""

    date_field = "service_date"

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=BillableStatus.choices)
    customer = CustomerFilter()
    source_type = django_filters.CharFilter(label=_("Origen"))

    class Meta:
        model = Billable
        fields: list[str] = []


def _kinds(request: HttpRequest | None) -> QuerySet[CustomerKind]:
    return CustomerKind.objects.all()


class CustomerFilterSet(SearchFilterSet):
    """Filters of customers."""

    identification_type = django_filters.ChoiceFilter(label=_("Identificación"), choices=IdentificationType.choices)
    fiscal_status = django_filters.ChoiceFilter(label=_("Tipo de contribuyente"), choices=FiscalStatus.choices)
    kind = django_filters.ModelChoiceFilter(label=_("Clase"), queryset=_kinds)

    class Meta:
        model = Customer
        fields: list[str] = []


class ProductFilterSet(SearchFilterSet):
    """Filters of products."""

    tax_category = django_filters.ChoiceFilter(label=_("Categoría de IVA"), choices=TaxCategory.choices)

    class Meta:
        model = Product
        fields: list[str] = []
