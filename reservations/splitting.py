"""One booking paid by several: split → charge each share; split again, or join.

A share is a part of the price and a billable of its own. What is on a document stays as it is; the rest can be
divided anew as often as people change their minds. The lock order is booking, billables, document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Final

from django.db import transaction
from django.db.models import Max, prefetch_related_objects
from django.utils.translation import gettext as _

from billing import billables
from billing.models import Billable, BillableStatus, Customer, Document
from billing.models.billables import BillableQuerySet
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError
from core.money import ZERO, cents, format_money
from reservations import invoicing, parts
from reservations import shares as shares_offered
from reservations.invoicing import ChargeInput
from reservations.models import SOURCE_TYPE, Reservation, ReservationStatus, Share
from reservations.records import lock, tell
from reservations.rules import wrong_state

MOST_SHARES: Final = 50
SPLITTABLE: Final = (ReservationStatus.CONFIRMED, ReservationStatus.CHECKED_IN, ReservationStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class ShareInput:
    """Who pays a part, and how much of the price (USD with taxes); without any amount all pay the same."""

    customer_id: int
    amount: Decimal | None = None


@transaction.atomic
def split(reservation_id: int, shares: Sequence[ShareInput], *, actor: Actor) -> list[Share]:
    """Divide what is not on a document yet among several customers, and return all shares there are then.

    Each share waits to be invoiced to its customer. Those on a document stay; splitting again replaces the others.

    Raises:
        WorkflowError: `reservation_requested` and the like; `share_on_document`, naming the document that has it all.
        RuleRefused: `shares_required`, `too_many_shares`, `share_amounts_incomplete`, `amount_not_positive`,
            `amount_too_precise`, `too_little_to_split`, `shares_do_not_add_up` (with what is missing).
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_shared(reservation, _("dividir la cuenta"))
    offered = _lock_offered(reservation)
    kept = _on_documents(reservation, offered)
    left = reservation.total - sum((share.amount for share in kept), ZERO)
    if left == ZERO or (not kept and _drafted_or_invoiced(offered)):
        raise _on_document(offered)
    amounts = _amounts([share.amount for share in shares], left)
    customers = [Customer.objects.live().get(pk=share.customer_id) for share in shares]
    return _divide(reservation, kept, customers, amounts, actor=actor)


@transaction.atomic
def join(reservation_id: int, *, actor: Actor) -> Reservation:
    """Put a split booking back to one account, its customer's.

    Raises:
        WorkflowError: `reservation_cancelled` and the like: its shares ask for nothing by now; `not_split`;
            `share_on_document`, naming it.
    """
    actor.require("reservations.manage")
    reservation = lock(reservation_id)
    _check_shared(reservation, _("juntar la cuenta"))
    present = list(reservation.shares.present())
    if not present:
        raise WorkflowError(_("La cuenta de %(code)s no está dividida.") % {"code": reservation}, code="not_split")
    offered = _lock_offered(reservation)
    if _drafted_or_invoiced(offered):
        raise _on_document(offered)
    _supersede(present)
    invoicing.withdraw(reservation, reason=_("La cuenta vuelve a ser una"), actor=actor)
    shares_offered.offer_whole(reservation, actor=actor)
    tell("reservation.joined", reservation, actor=actor, before={"shares": _told(present)}, after={"shares": []})
    return reservation


def resplit(reservation: Reservation, *, actor: Actor) -> None:
    """Offer the shares of a locked booking anew, because its time or its price changed.

    Equal shares of another price are equal again.

    Raises:
        WorkflowError: `share_on_document`; `shares_typed`: the parts were typed, and only people know what they mean
            of another price.
        RuleRefused: `too_little_to_split`.
    """
    present = list(reservation.shares.present().select_related("customer"))
    offered = _lock_offered(reservation)
    if _drafted_or_invoiced(offered):
        raise _on_document(offered)
    amounts = [share.amount for share in present]
    if sum(amounts, ZERO) != reservation.total:
        if amounts != parts.equal(sum(amounts, ZERO), len(amounts)):
            raise WorkflowError(
                _("La cuenta de %(code)s está dividida en partes a mano. Júntela en una, cambie el precio y divídala.")
                % {"code": reservation},
                code="shares_typed",
            )
        amounts = _equal(reservation.total, len(amounts))
    _divide(reservation, [], [share.customer for share in present], amounts, actor=actor)


def preview(reservation_id: int, amounts: Sequence[Decimal | None], *, actor: Actor) -> list[Decimal]:
    """Work out what each of several would pay of what is not on a document yet, saving nothing.

    Raises:
        RuleRefused: as `split()`.
    """
    actor.require("reservations.view")
    reservation = Reservation.objects.get(pk=reservation_id)
    return _amounts(amounts, left_of(reservation))


def left_of(reservation: Reservation) -> Decimal:
    """Return how much of a booking's price (USD) is on no document yet and can be divided."""
    kept = _on_documents(reservation, list(_live(reservation)))
    return reservation.total - sum((share.amount for share in kept), ZERO)


def is_split(reservation: Reservation) -> bool:
    """Say whether several pay for a booking."""
    return bool(reservation.shares.present().exists())


@transaction.atomic
def charge_share(reservation_id: int, share_id: int, entered: ChargeInput, *, actor: Actor) -> Document:
    """Invoice a share to its customer, issue the invoice and record the money for it, all or nothing.

    Raises:
        WorkflowError: `already_paid`; `share_superseded`: the account was divided anew meanwhile; codes of
            `billing.workflow` and `payments.workflow.record()`.
    """
    reservation = lock(reservation_id)
    return invoicing.charge_billable(_billable(reservation, share_id), entered, actor=actor)


@transaction.atomic
def invoice_share(
    reservation_id: int, share_id: int, *, series_id: int | None = None, issue: bool = False, actor: Actor
) -> Document:
    """Make a share's invoice, or return the one it has; with `issue`, give it its number.

    Raises:
        WorkflowError: `share_superseded`; codes of `billing.workflow`.
    """
    reservation = lock(reservation_id)
    billable = _billable(reservation, share_id)
    return invoicing.invoice_billable(billable, series_id=series_id, issue=issue, actor=actor)


def _billable(reservation: Reservation, share_id: int) -> Billable:
    share = Share.objects.get(pk=share_id, reservation=reservation)
    found = _live(reservation).filter(key=share.key).select_related("document").first()
    if share.superseded_at is None and found is None:
        raise WorkflowError(
            _("Lo que esa parte de %(code)s tenía por facturar se canceló.") % {"code": reservation},
            code="nothing_to_invoice",
        )
    if found is None:
        raise WorkflowError(
            _("La cuenta de %(code)s se dividió de otra forma mientras tanto: esa parte ya no existe.")
            % {"code": reservation},
            code="share_superseded",
        )
    return found


# Dividing


def _divide(
    reservation: Reservation,
    kept: Sequence[Share],
    customers: Sequence[Customer],
    amounts: Sequence[Decimal],
    *,
    actor: Actor,
) -> list[Share]:
    before = list(reservation.shares.present().select_related("customer"))
    replaced = [share for share in before if share not in kept]
    prefetch_related_objects([reservation], "lines")
    kinds = shares_offered.kinds_of(replaced) if kept else shares_offered.kinds(reservation)
    _supersede(replaced)
    stale = {row.key for row in _lock_offered(reservation)} - {share.key for share in kept}
    reason = _("La cuenta se divide de otra forma")
    billables.withdraw(SOURCE_TYPE, reservation.pk, keys=stale, reason=reason, actor=actor)
    made = _make(reservation, kept, customers, amounts)
    for share, cuts in zip(made, parts.by_kind(amounts, list(kinds.values())), strict=True):
        said = _("Parte %(part)d de %(parts)d · %(booking)s") % {
            "part": share.position,
            "parts": len(kept) + len(made),
            "booking": invoicing.said_of(reservation),
        }
        cut = dict(zip(kinds, cuts, strict=True))
        shares_offered.offer(reservation, share.key, share.customer_id, said, cut, actor=actor)
    shares = sorted([*kept, *made], key=lambda share: share.position)
    tell(
        "reservation.split",
        reservation,
        actor=actor,
        before={"shares": _told(before)},
        after={"shares": _told(shares)},
    )
    return shares


def _make(
    reservation: Reservation, kept: Sequence[Share], customers: Sequence[Customer], amounts: Sequence[Decimal]
) -> list[Share]:
    """Write the rows of a new generation, numbered where those that stay leave room."""
    generation = (reservation.shares.aggregate(last=Max("generation"))["last"] or 0) + 1
    used = {share.position for share in kept}
    free = (number for number in count(1) if number not in used)
    return Share.objects.bulk_create(
        Share(
            reservation=reservation,
            generation=generation,
            position=next(free),
            customer=customer,
            amount=amount,
            created_at=clock.now(),
        )
        for customer, amount in zip(customers, amounts, strict=True)
    )


def _supersede(shares: Sequence[Share]) -> None:
    Share.objects.filter(pk__in=[share.pk for share in shares]).update(superseded_at=clock.now())


def _told(shares: Sequence[Share]) -> list[str]:
    return [f"{share.customer}: {format_money(share.amount)}" for share in shares]


# Rules and reads


def _check_shared(reservation: Reservation, doing: str) -> None:
    if reservation.status not in SPLITTABLE:
        raise wrong_state(reservation, doing)


def _amounts(entered: Sequence[Decimal | None], left: Decimal) -> list[Decimal]:
    if not entered:
        raise _refused("shares", "shares_required", _("Indique quién paga."))
    if len(entered) > MOST_SHARES:
        raise _refused("shares", "too_many_shares", _("Se divide hasta en %(most)d partes.") % {"most": MOST_SHARES})
    typed = [amount for amount in entered if amount is not None]
    if not typed:
        return _equal(left, len(entered))
    if len(typed) < len(entered):
        raise _refused(
            "shares",
            "share_amounts_incomplete",
            _("Escriba el valor de todas las partes, o de ninguna: serán iguales."),
        )
    for position, amount in enumerate(typed):
        _check_amount(position, amount)
    if (missing := left - sum(typed, ZERO)) != ZERO:
        message = _("Las partes suman %(sum)s y deben sumar %(left)s: %(what)s %(missing)s.") % {
            "sum": format_money(sum(typed, ZERO)),
            "left": format_money(left),
            "what": _("faltan") if missing > ZERO else _("sobran"),
            "missing": format_money(abs(missing)),
        }
        raise _refused("shares", "shares_do_not_add_up", message, left=left, missing=missing)
    return typed


def _equal(left: Decimal, people: int) -> list[Decimal]:
    try:
        return parts.equal(left, people)
    except ValueError as error:
        message = _("%(left)s no alcanza para %(people)d partes.") % {"left": format_money(left), "people": people}
        raise _refused("shares", "too_little_to_split", message) from error


def _check_amount(position: int, amount: Decimal) -> None:
    if amount <= ZERO:
        raise _refused(f"shares.{position}.amount", "amount_not_positive", _("El valor debe ser mayor que cero."))
    if amount != cents(amount):
        raise _refused(f"shares.{position}.amount", "amount_too_precise", _("El valor admite hasta dos decimales."))


def _refused(field: str, code: str, message: str, **figures: Decimal) -> RuleRefused:
    fields = [FieldError(field=field, code=code, message=message)]
    return RuleRefused(message, code=code, fields=fields, extra={name: str(value) for name, value in figures.items()})


def _live(reservation: Reservation) -> BillableQuerySet:
    return Billable.objects.live().of_source(SOURCE_TYPE, reservation.pk)


def _lock_offered(reservation: Reservation) -> list[Billable]:
    return billables.lock(_live(reservation).values_list("pk", flat=True))


def _drafted_or_invoiced(offered: Sequence[Billable]) -> bool:
    return any(row.status != BillableStatus.WAITING for row in offered)


def _on_documents(reservation: Reservation, offered: Sequence[Billable]) -> list[Share]:
    """Return the present shares that are drafted or invoiced: nobody divides those again."""
    keys = {row.key for row in offered if row.status != BillableStatus.WAITING}
    return [share for share in reservation.shares.present().select_related("customer") if share.key in keys]


def _on_document(offered: Sequence[Billable]) -> WorkflowError:
    billable = next((row for row in offered if row.status != BillableStatus.WAITING), None)
    document = billable.document if billable else None
    return WorkflowError(
        _("La cuenta ya está en %(document)s: descarte el borrador o anule la factura para dividirla de otra forma.")
        % {"document": document},
        code="share_on_document",
        extra={"document_id": document.pk if document else None},
    )
