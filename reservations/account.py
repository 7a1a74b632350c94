"""Where the account of a booking stands: who pays which part of it, and how far each has got."""

from dataclasses import dataclass

from billing.models import Billable, BillableStatus, Document, Status
from reservations.models import SOURCE_TYPE, BillingState, Reservation, Share


@dataclass(frozen=True, slots=True)
class Part:
    """A share with what billing knows of it; `billable` is None where it was cancelled by hand."""

    share: Share
    billable: Billable | None

    @property
    def document(self) -> Document | None:
        """Return the document it is on."""
        return self.billable.document if self.billable else None

    @property
    def document_id(self) -> int | None:
        """Return the id of the document it is on."""
        return self.billable.document_id if self.billable else None

    @property
    def state(self) -> BillingState:
        """Return how far its money has got."""
        if self.billable is None:
            return BillingState.NONE
        if self.billable.status == BillableStatus.INVOICED:
            paid = self.document is not None and self.document.status == Status.PAID
            return BillingState.PAID if paid else BillingState.INVOICED
        return BillingState.DRAFTED if self.billable.status == BillableStatus.DRAFTED else BillingState.UNBILLED

    @property
    def is_open(self) -> bool:
        """Say whether there is money to be taken for it."""
        return self.state not in (BillingState.NONE, BillingState.PAID)


def offered_by(reservation: Reservation) -> list[Billable]:
    """Return what a booking offered and did not take back, with its documents."""
    rows = Billable.objects.live().of_source(SOURCE_TYPE, reservation.pk)
    return list(rows.select_related("document").order_by("pk"))


def parts_of(reservation: Reservation, offered: list[Billable]) -> list[Part]:
    """Return the parts of a split booking in their order; none where its account is one."""
    by_key = {row.key: row for row in offered}
    shares = reservation.shares.present().select_related("customer").order_by("position", "pk")
    return [Part(share, by_key.get(share.key)) for share in shares]
