"""Joining duplicates: one customer stays with all the rows of both, the other is hidden and leads to it; for good.

Documents say what they said (they copied their buyer); what follows is whose account they are on, so that lists,
statements and balances go on asking for one customer. The database lets a frozen row come to another customer by this
door only. Apps above say which of their rows follow:

    merging.register(Moved(When.SOURCES, Reservation, "reservation.customer_changed"))      in the app's `ready()`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import Change, changes, record, record_many
from billing.customers import CONTACT_FIELDS, EDITABLE, public_of
from billing.models import Billable, Customer, CustomerContact, CustomerCredit, Document, Letter
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from core.jobs import enqueue
from core.search import normalize
from core.tenancy import all_companies
from desk.models import Attachment, Comment

Side = Literal["keep", "other"]
THING: Final = "customer"  # what notes and files beside a customer call it
CHOSEN: Final = tuple(name for name in EDITABLE if name != "identification_type")  # which goes with its number


class When(IntEnum):
    """The lock order: rows that follow are locked and moved by it."""

    SOURCES = 1
    BILLABLES = 2
    DOCUMENTS = 3
    PAYMENTS = 4
    CREDITS = 5
    REST = 6


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows whose `customer` follows a merge, and the action each is told with (by the row's noun, where it has one)."""

    when: When
    model: type[Any]
    action: str | Mapping[str, str]


_moved: list[Moved] = [
    Moved(When.BILLABLES, Billable, "billable.customer_changed"),
    Moved(
        When.DOCUMENTS,
        Document,
        {"invoice": "invoice.customer_changed", "credit_note": "credit_note.customer_changed"},
    ),
    Moved(When.CREDITS, CustomerCredit, "customer_credit.customer_changed"),
    Moved(When.REST, Letter, "letter.customer_changed"),
]


def register(*moved: Moved) -> None:
    """Have rows of an app above follow; once, in its `ready()`."""
    _moved.extend(each for each in moved if each not in _moved)


def following() -> list[Moved]:
    """Return what follows, in the lock order."""
    return sorted(_moved, key=lambda each: each.when)


def counts(customer_id: int) -> dict[str, int]:
    """Return how many rows of each sort would follow, by what people call them."""
    found = {each.model._meta.verbose_name_plural: _rows(each, customer_id).count() for each in following()}
    return {str(name): count for name, count in found.items() if count}


@transaction.atomic
def merge(
    keep_id: int,
    other_id: int,
    choices: Mapping[str, Side] | None = None,
    *,
    actor: Actor,
    keep_version: int | None = None,
    other_version: int | None = None,
) -> Customer:
    """Join `other` into `keep`, which is returned with the rows of both.

    Args:
        choices: of which of the two a field of `CHOSEN` is kept; `keep`'s unless said, and `other`'s where `keep`'s
            is blank.

    Raises:
        RuleRefused: `same_customer`, `final_consumer_is_built_in`, `choices_invalid`.
        WorkflowError: `customer_merged` (naming where to) or `customer_hidden`.
        StaleVersion: one of the two was saved since.
    """
    actor.require("customers.merge")
    keep, other = _lock(keep_id, other_id)
    check_version(keep.version, keep_version)
    check_version(other.version, other_version)
    before = _values(keep)
    _choose(keep, other, choices or {})
    _hide(other, keep, actor)
    contacts = _move_contacts(other, keep)
    keep.version += 1
    keep.save()
    moved = _move_rows(other, keep, actor)
    old, new = changes(before, _values(keep) | {"contacts": contacts})
    record(
        "customer.merged",
        keep,
        actor=actor,
        before=old,
        after={**new, "joined": other.pk, "moved": moved},
        public=public_of(keep) | {"joined_customer_id": other.pk},
    )
    return keep


def _lock(keep_id: int, other_id: int) -> tuple[Customer, Customer]:
    if keep_id == other_id:
        raise _refused("other", "same_customer", _("Elija otro cliente: no se puede unir uno consigo mismo."))
    # What a locked row points at is read after the lock: joined, it would be as it was before somebody else's merge.
    rows = Customer.objects.select_for_update(of=("self",), no_key=True)
    found = {row.pk: row for row in rows.filter(pk__in=(keep_id, other_id)).order_by("pk")}
    if len(found) < 2:
        raise Customer.DoesNotExist
    for row in found.values():
        if row.is_final_consumer:
            raise RuleRefused(_("Consumidor final no se une con nadie."), code="final_consumer_is_built_in")
        if row.merged_into:
            raise WorkflowError(
                _("«%(name)s» ya se unió a «%(kept)s».") % {"name": row, "kept": row.merged_into},
                code="customer_merged",
                extra={"merged_into": row.merged_into.pk},
            )
        if row.deleted_at:
            raise WorkflowError(_("«%(name)s» está retirado de las listas.") % {"name": row}, code="customer_hidden")
    return found[keep_id], found[other_id]


def _choose(keep: Customer, other: Customer, choices: Mapping[str, Side]) -> None:
    strange = [name for name, side in choices.items() if name not in CHOSEN or side not in ("keep", "other")]
    if strange:
        message = _("No se puede elegir «%(name)s».") % {"name": strange[0]}
        raise _refused("choices", "choices_invalid", message)
    for name in CHOSEN:
        side = choices.get(name) or ("other" if getattr(keep, name) in ("", None) else "keep")
        if side == "other":
            setattr(keep, name, getattr(other, name))
            if name == "identification":
                keep.identification_type = other.identification_type


def _hide(other: Customer, keep: Customer, actor: Actor) -> None:
    """Hide the duplicate, and lead those that had been joined into it on to the one that stays."""
    other.merged_into, other.deleted_at = keep, clock.now()
    other.version += 1
    other.save(update_fields=["merged_into", "deleted_at", "version"])
    record("customer.joined", other, actor=actor, after={"merged_into": keep.pk}, public=public_of(other))
    earlier = list(Customer.objects.filter(merged_into=other).order_by("pk"))
    Customer.objects.filter(merged_into=other).update(merged_into=keep)
    told = [Change(row, {"merged_into": other.pk}, {"merged_into": keep.pk}, public=public_of(row)) for row in earlier]
    record_many("customer.joined", told, actor=actor)


def _move_contacts(other: Customer, keep: Customer) -> list[dict[str, Any]]:
    """Give the one that stays the contacts it does not have; return all of them."""
    have = {_who(row) for row in keep.contacts.all()}
    new = [row.pk for row in other.contacts.all() if _who(row) not in have]
    CustomerContact.objects.filter(pk__in=new).update(customer=keep)
    return list(keep.contacts.order_by("pk").values(*CONTACT_FIELDS))


def _who(contact: CustomerContact) -> tuple[str, str]:
    return normalize(contact.name), normalize(contact.email)


def _values(customer: Customer) -> dict[str, Any]:
    contacts = list(customer.contacts.order_by("pk").values(*CONTACT_FIELDS))
    return {name: getattr(customer, name) for name in EDITABLE} | {"contacts": contacts}


# Rows that follow


def _rows(each: Moved, customer_id: int) -> Any:
    return each.model.objects.filter(customer_id=customer_id)


def _move_rows(other: Customer, keep: Customer, actor: Actor) -> dict[str, int]:
    """Move every row of the duplicate, with an entry for each; return how many of each sort."""
    moved = {each.model._meta.model_name: _move(each, other, keep, actor) for each in following()}
    moved["comment"] = _move_beside(Comment, "comment.moved", other, keep, actor)
    moved["attachment"] = _move_beside(Attachment, "attachment.moved", other, keep, actor)
    return {name: count for name, count in moved.items() if count}


def _move(each: Moved, other: Customer, keep: Customer, actor: Actor) -> int:
    rows = list(_rows(each, other.pk).select_for_update(of=("self",), no_key=True).order_by("pk"))
    each.model.objects.filter(pk__in=[row.pk for row in rows]).update(customer=keep)
    told: dict[str, list[Change]] = {}
    for row in rows:
        action = each.action if isinstance(each.action, str) else each.action[row.noun]
        document_id = row.pk if isinstance(row, Document) else None
        told.setdefault(action, []).append(Change(row, {"customer": other.pk}, {"customer": keep.pk}, document_id))
    for action, entries in told.items():
        record_many(action, entries, actor=actor)
    return len(rows)


def _move_beside(model: type[Any], action: str, other: Customer, keep: Customer, actor: Actor) -> int:
    rows = list(model.objects.filter(object_type=THING, object_id=other.pk).order_by("pk"))
    model.objects.filter(pk__in=[row.pk for row in rows]).update(object_id=keep.pk)
    told = [Change(row, {"object_id": other.pk}, {"object_id": keep.pk}) for row in rows]
    record_many(action, told, actor=actor)
    return len(rows)


# What came to a duplicate in the very moment it was joined


def sweep() -> int:
    """Queue the duplicates that have rows again: a step that began before the merge ended after it. For the clock."""
    strays: set[tuple[int, int]] = set()
    with all_companies():
        for each in following():
            found = each.model.objects.filter(customer__merged_into__isnull=False)
            strays.update(found.values_list("company_id", "customer_id").distinct())
        for company_id, customer_id in sorted(strays):
            enqueue("billing.merging.follow", customer_id, company_id=company_id)
    return len(strays)


@transaction.atomic
def follow(customer_id: int) -> None:
    """Move what came to a duplicate after it was joined; safe to run twice."""
    other = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer_id)
    if other.merged_into:
        _move_rows(other, other.merged_into, Actor.job("billing.merging"))


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])
