"""Who owes what and for how long: open invoices by customer and age, each figure with the list that proves it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.ages import AGES
from billing.models import Document
from core.money import ZERO

NOT_DUE: Final = "current"
MOST_CUSTOMERS: Final = 500  # on one page; who owes most comes first, the files have all


@dataclass(frozen=True, slots=True)
class Band:
    """Open invoices of so many days since they were due."""

    name: str
    label: str | Promise


BANDS: Final = (Band(NOT_DUE, _("Por vencer")), *(Band(age.name, age.label) for age in AGES))


@dataclass(frozen=True, slots=True)
class Owed:
    """What one customer owes, or all of them (`customer_id` None), by band and together (USD)."""

    customer_id: int | None
    name: str
    identification: str
    amounts: tuple[Decimal, ...]  # one for each of BANDS

    @property
    def total(self) -> Decimal:
        """Return all that is owed."""
        return sum(self.amounts, ZERO)

    @property
    def by_band(self) -> dict[str, Decimal]:
        """Return what is owed in each band, by its name."""
        return {band.name: amount for band, amount in zip(BANDS, self.amounts, strict=True)}

    def proof(self, band: str = "") -> str:
        """Return the list of invoices that proves a figure."""
        asked = {"payment_status": "overdue"} if band not in ("", NOT_DUE) else {"status": "issued"}
        filters = asked | ({"age": band} if band else {})
        if self.customer_id:
            filters["customer"] = str(self.customer_id)
        return f"{reverse('billing:invoices')}?{urlencode(filters)}"

    @property
    def cells(self) -> Iterator[tuple[Decimal, str]]:
        """Yield each band's figure and the list that proves it."""
        for band, amount in zip(BANDS, self.amounts, strict=True):
            yield amount, self.proof(band.name)


def ageing(on: date, *, customer_id: int | None = None) -> list[Owed]:
    """Add up what is owed on a local date by customer and band, who owes most first, in one query."""
    rows = _open(customer_id).values("customer_id", "customer__name", "customer__identification")
    found = rows.annotate(**_sums(on), total=Sum("balance")).order_by("-total", "customer__name", "customer_id")
    return [
        Owed(row["customer_id"], row["customer__name"], row["customer__identification"], _amounts(row)) for row in found
    ]


def of_customer(customer_id: int, on: date) -> Owed:
    """Return what one customer owes by band, nothing included."""
    sums = _open(customer_id).aggregate(**_sums(on))
    return Owed(customer_id, "", "", _amounts(sums))


def together(rows: list[Owed]) -> Owed:
    """Add up all rows."""
    return Owed(None, "", "", tuple(sum((row.amounts[at] for row in rows), ZERO) for at in range(len(BANDS))))


def _open(customer_id: int | None) -> QuerySet[Document]:
    rows = Document.objects.invoices().with_balance().order_by()
    return rows.filter(customer_id=customer_id) if customer_id else rows


def _sums(on: date) -> dict[str, Sum]:
    ages = {f"band_{age.name}": Sum("balance", filter=age.condition(on)) for age in AGES}
    return {f"band_{NOT_DUE}": Sum("balance", filter=Q(due_date__gte=on))} | ages


def _amounts(sums: Mapping[str, Any]) -> tuple[Decimal, ...]:
    return tuple(sums[f"band_{band.name}"] or ZERO for band in BANDS)
