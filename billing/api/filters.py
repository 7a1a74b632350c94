"""The filters only programs use, on top of the pages' own."""

from datetime import date

import django_filters
from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from billing.filters import InvoiceFilterSet, NoteFilterSet
from billing.models import Annulment, Authorization, Status
from core import clock


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


class _ByCreation(django_filters.FilterSet):
    """Filters by the local days of creation, both included."""

    created_after = django_filters.DateFilter(method="by_first_day")
    created_before = django_filters.DateFilter(method="by_last_day")

    def by_first_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Keep what was created on a local day or later."""
        return queryset.filter(created_at__gte=clock.day_range(value)[0])

    def by_last_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Keep what was created on a local day or earlier."""
        return queryset.filter(created_at__lt=clock.day_range(value)[1])


class ApiInvoiceFilterSet(InvoiceFilterSet, _ByCreation):
    """The page's filters, and those under the names other systems' programs know."""

    state = django_filters.ChoiceFilter(choices=State.choices, method="by_state")

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the invoices in one of the four states; drafts are in none."""
        return queryset.filter(MEANINGS[State(value)])


class ApiNoteFilterSet(NoteFilterSet, _ByCreation):
    """The page's filters, and those by creation."""
