"""Where the money of a booking is: read from its billables and their documents each time, never stored."""

from django.db import models
from django.db.models import Case, CharField, Count, F, Max, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from billing.models import Billable, BillableStatus, Status

SOURCE_TYPE = "reservation"


class BillingState(models.TextChoices):
    """How far the money of a booking has got; a booking whose account is split counts as far as all its parts."""

    NONE = "none", _("—")
    UNBILLED = "waiting", _("Sin facturar")
    DRAFTED = "drafted", _("En borrador")
    PARTLY = "partly", _("Facturada en parte")
    INVOICED = "invoiced", _("Facturada")
    PAID = "paid", _("Pagada")


def _billables() -> models.QuerySet:
    return (
        Billable.objects.live()
        .filter(company_id=OuterRef("company_id"), source_type=SOURCE_TYPE, source_id=OuterRef("pk"))
        .order_by()
        .values("source_id")
    )


def money() -> Subquery:
    """Return what the live billables of a booking come to: {state, parts, invoiced, paid, document}.

    `document` is the one that all are on; with several parts there is none.
    """
    counted = _billables().annotate(
        parts=Count("pk"),
        waiting=Count("pk", filter=Q(status=BillableStatus.WAITING)),
        drafted=Count("pk", filter=Q(status=BillableStatus.DRAFTED)),
        invoiced=Count("pk", filter=Q(status=BillableStatus.INVOICED)),
        paid=Count("pk", filter=Q(document__status=Status.PAID)),
    )
    state = Case(
        When(paid=F("parts"), then=Value(BillingState.PAID.value)),
        When(invoiced=F("parts"), then=Value(BillingState.INVOICED.value)),
        When(drafted=F("parts"), then=Value(BillingState.DRAFTED.value)),
        When(waiting=F("parts"), then=Value(BillingState.UNBILLED.value)),
        default=Value(BillingState.PARTLY.value),
        output_field=CharField(),
    )
    told = JSONObject(
        state=state,
        parts=F("parts"),
        invoiced=F("invoiced"),
        paid=F("paid"),
        document=Case(When(parts=1, then=Max("document_id"))),
    )
    return Subquery(counted.annotate(told=told).values("told"))


def unbilled() -> Subquery:
    """Return how much of a booking (USD) waits to be invoiced."""
    return Subquery(_billables().filter(status=BillableStatus.WAITING).annotate(sum=Sum("amount")).values("sum"))
