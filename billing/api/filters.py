"""The filters only programs use, on top of the pages' own."""

import django_filters
from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from billing.filters import InvoiceFilterSet
from billing.models import Annulment, Authorization, Status


class State(TextChoices):
    """Where an invoice stands, in the four words of systems that know one axis only."""

    PENDING = "pending", _("Emitida, sin respuesta final del SRI")
    ISSUED = "issued", _("Autorizada, o emitida donde nada se envía")
    FAILED = "failed", _("Rechazada por el SRI")
    CANCELLED = "cancelled", _("Anulada")


_ISSUED = Q(status__in=[Status.ISSUED, Status.PAID]) & ~Q(annulment=Annulment.ANNULLED)
MEANINGS = {
    State.PENDING: _ISSUED & Q(authorization__in=[Authorization.PENDING, Authorization.SENT]),
    State.ISSUED: _ISSUED & Q(authorization__in=[Authorization.NONE, Authorization.AUTHORIZED]),
    State.FAILED: _ISSUED & Q(authorization=Authorization.REJECTED),
    State.CANCELLED: Q(status=Status.VOIDED) | Q(annulment=Annulment.ANNULLED),
}


class ApiInvoiceFilterSet(InvoiceFilterSet):
    """The page's filters, and the names another system's programs know; those are both exclusive of nothing."""

    state = django_filters.ChoiceFilter(choices=State.choices, method="by_state")
    created_after = django_filters.DateFilter("created_at", "date__gte")
    created_before = django_filters.DateFilter("created_at", "date__lte")

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the invoices in one of the four states; drafts are in none."""
        return queryset.filter(MEANINGS[State(value)])
