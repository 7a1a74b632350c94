"""The filters of the bookings' list, shared by its page and the API."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from billing.filters import CustomerFilter
from billing.models import Customer
from core import clock
from core.cents import AmountFilter
from core.filters import DateRangeFilterSet, MomentRangeFilterSet, SearchFilterSet
from reservations.models import (
    STANDINGS,
    BillingState,
    Court,
    Rate,
    Repetition,
    Reservation,
    ReservationStatus,
    Venue,
    WaitingEntry,
    Weekday,
)
from reservations.played import played_in

OPEN = "open"  # who still waits, offered a court or not
HOURS = [(hour, f"{hour:02d}:00–{(hour + 1) % 24:02d}:00") for hour in range(24)]
BILLING_CHOICES = [(state.value, state.label) for state in BillingState if state != BillingState.NONE]


def _courts(_request: Any) -> QuerySet:
    return Court.objects.select_related("venue")


def _venues(_request: Any) -> QuerySet:
    return Venue.objects.all()


class ReservationFilterSet(MomentRangeFilterSet):
    """Filters of bookings; `from` and `to` are the local dates on which they begin, both included."""

    moment_field = "starts_at"

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=ReservationStatus.choices)
    billing = django_filters.ChoiceFilter(label=_("Facturación"), choices=BILLING_CHOICES, method="by_billing")
    standing = django_filters.ChoiceFilter(label=_("Momento"), choices=list(STANDINGS.items()), method="by_standing")
    venue = django_filters.ModelChoiceFilter("court__venue", label=_("Sede"), queryset=_venues)
    resource = django_filters.ModelChoiceFilter("court", label=_("Cancha"), queryset=_courts)
    weekday = django_filters.TypedChoiceFilter(
        label=_("Día de la semana"), choices=Weekday.choices, coerce=int, method="by_hour"
    )
    hour = django_filters.TypedChoiceFilter(label=_("Hora"), choices=HOURS, coerce=int, method="by_hour")
    customer = CustomerFilter()
    min_total = AmountFilter("total", "gte", label=_("Total desde"))
    max_total = AmountFilter("total", "lte", label=_("Total hasta"))

    class Meta:
        model = Reservation
        fields: list[str] = []

    def by_standing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what stands so now."""
        return queryset.standing(value)  # type: ignore[attr-defined]

    def by_hour(self, queryset: QuerySet, name: str, value: int) -> QuerySet:
        """Keep what is played on that weekday, in that hour, or in that hour of that weekday."""
        weekday, hour = (self.form.cleaned_data.get(one) for one in ("weekday", "hour"))
        return played_in(queryset, *(None if one == "" else one for one in (weekday, hour)))

    def by_billing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what stands so with its money."""
        return queryset.in_billing_state(value)  # type: ignore[attr-defined]


class RepetitionFilterSet(SearchFilterSet):
    """Filters of weekly bookings."""

    status = django_filters.ChoiceFilter(label=_("Estado"), choices=Repetition.Status.choices)
    venue = django_filters.ModelChoiceFilter("court__venue", label=_("Sede"), queryset=_venues)
    resource = django_filters.ModelChoiceFilter("court", label=_("Cancha"), queryset=_courts)
    weekday = django_filters.TypedChoiceFilter(label=_("Día de la semana"), choices=Weekday.choices, coerce=int)
    customer = CustomerFilter()
    until = django_filters.DateFilter("until", "lte", label=_("Termina hasta"))

    class Meta:
        model = Repetition
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search the customers, by all they can be found by, and the courts."""
        return queryset.filter(_of_customers(value) | Q(court__name__icontains=value.strip()))


class WaitingFilterSet(MomentRangeFilterSet):
    """Filters of the waiting list; `from` and `to` are the local dates within which somebody would play."""

    status = django_filters.ChoiceFilter(
        label=_("Estado"), choices=[(OPEN, _("Por atender")), *WaitingEntry.Status.choices], method="by_status"
    )
    venue = django_filters.ModelChoiceFilter("venue", label=_("Sede"), queryset=_venues)
    resource = django_filters.ModelChoiceFilter("court", label=_("Cancha"), queryset=_courts)
    customer = CustomerFilter()

    class Meta:
        model = WaitingEntry
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search names, telephones and the customers, by all they can be found by."""
        text = value.strip()
        return queryset.filter(_of_customers(text) | Q(name__icontains=text) | Q(phone__contains=text))

    def by_status(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep one state, or all who still wait."""
        return queryset.open() if value == OPEN else queryset.filter(status=value)  # type: ignore[attr-defined]

    def from_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Keep who would still play on that local date or later."""
        return queryset.filter(period__endswith__gt=clock.day_range(value)[0])

    def to_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Keep who would already play on that local date or earlier."""
        return queryset.filter(period__startswith__lt=clock.day_range(value)[1])


def _of_customers(text: str) -> Q:
    return Q(customer__in=Customer.objects.search(text).values("pk"))


class OccupancyFilterSet(DateRangeFilterSet):
    """What the report of occupancy may be narrowed to."""

    venue = django_filters.ModelChoiceFilter(label=_("Sede"), queryset=_venues)
    date_field = "starts_at"
    search = None

    class Meta:
        model = Reservation
        fields: list[str] = []


class CourtFilterSet(django_filters.FilterSet):
    """Filters of courts."""

    venue = django_filters.ModelChoiceFilter(label=_("Sede"), queryset=_venues)
    active = django_filters.BooleanFilter(label=_("Activa"))

    class Meta:
        model = Court
        fields: list[str] = []


class RateFilterSet(CourtFilterSet):
    """Filters of rates."""

    resource = django_filters.ModelChoiceFilter("court", label=_("Cancha"), queryset=_courts)

    class Meta:
        model = Rate
        fields: list[str] = []
