"""Taking imported customers back, as far as nobody has changed or used them since."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Max, Model
from django.utils.translation import gettext as _

from audit.log import Change, record_many
from billing.customers import EDITABLE, public_of
from billing.models import Customer, CustomerContact, CustomerKind
from core import clock
from desk.import_kinds import Context
from desk.models import Attachment, Comment, ImportRow, Verdict

THING: Final = "customer"  # what notes and files beside a customer call it
PARTS: Final = (Customer, CustomerContact)  # rows that point at a customer without using it

Uses = dict[int, dict[str, datetime | None]]


def undo(rows: Sequence[ImportRow], context: Context) -> dict[int, str]:
    """Hide the customers that rows made and put back what they changed; return why not, by the id of the row."""
    ids = [row.object_id for row in rows if row.object_id]
    locked = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    there = {customer.pk: customer for customer in locked.prefetch_related("merged")}
    used = uses_of(ids)
    kept = {row.pk: why for row in rows if (why := _why_it_stays(row, there[row.object_id or 0], used))}
    gone = [(row, there[row.object_id or 0]) for row in rows if row.pk not in kept]
    _hide([customer for row, customer in gone if row.verdict == Verdict.CREATE], context)
    _put_back([(row, customer) for row, customer in gone if row.verdict == Verdict.UPDATE], context)
    return kept


def uses_of(ids: Collection[int]) -> Uses:
    """Return what points at customers, by what it is called, with the moment of the latest; None where none is kept."""
    found: Uses = {}
    for relation in Customer._meta.get_fields(include_hidden=True):
        model: Any = relation.related_model
        if not (relation.one_to_many and relation.auto_created) or model in PARTS:
            continue
        column = relation.field.attname  # type: ignore[union-attr]
        _note(found, model, model.objects.filter(**{f"{column}__in": ids}), column)
    for model in (Comment, Attachment):
        _note(found, model, model.objects.filter(object_type=THING, object_id__in=ids), "object_id")
    return found


def _note(found: Uses, model: type[Model], rows: Any, column: str) -> None:
    kept = {each.name for each in model._meta.get_fields()}
    if "created_at" in kept:
        latest = rows.order_by().values(column).annotate(latest=Max("created_at")).values_list(column, "latest")
    else:
        latest = ((pk, None) for pk in rows.order_by().values_list(column, flat=True).distinct())
    for pk, moment in latest:
        found.setdefault(pk, {})[str(model._meta.verbose_name_plural)] = moment


def _why_it_stays(row: ImportRow, customer: Customer, used: Uses) -> str:
    if customer.merged_into_id:
        return _("Se unió a otro cliente.")
    if customer.merged.all():
        return _("Otro cliente se unió a este.")
    if customer.deleted_at:
        return _("Ya se retiró de las listas.")
    if customer.version != row.version_after:
        return _("Alguien cambió el cliente después de la importación.")
    since = [
        name
        for name, moment in used.get(customer.pk, {}).items()
        if row.verdict == Verdict.CREATE or (moment and row.applied_at and moment >= row.applied_at)
    ]
    return _("Ya se usó: %(uses)s.") % {"uses": ", ".join(sorted(since))} if since else ""


def _hide(customers: Sequence[Customer], context: Context) -> None:
    for customer in customers:
        customer.deleted_at = clock.now()
        customer.version += 1
    save(customers)
    told = [Change(customer, after={"hidden": True}, public=public_of(customer)) for customer in customers]
    record_many("customer.hidden", told, actor=context.actor, reason=_reason(context))


def _put_back(taken: Sequence[tuple[ImportRow, Customer]], context: Context) -> None:
    told = []
    for row, customer in taken:
        before = dict(row.before or {})
        contact = before.pop("contact", None)
        was = {name: getattr(customer, name) for name in before}
        for name, value in before.items():
            setattr(customer, name, _value(name, value))
        customer.version += 1
        if contact:
            _put_contact_back(contact)
        told.append(
            Change(customer, was, {name: getattr(customer, name) for name in before}, public=public_of(customer))
        )
    save(customer for _row, customer in taken)
    record_many("customer.updated", told, actor=context.actor, reason=_reason(context))


def _put_contact_back(contact: Mapping[str, Any]) -> None:
    row = CustomerContact.objects.filter(pk=contact["id"])
    if contact["before"] is None:
        row.delete()
    else:
        row.update(**contact["before"])


def _value(name: str, stored: Any) -> Any:
    if name == "kind":
        return CustomerKind.objects.filter(pk=stored).first()
    column: Any = Customer._meta.get_field(name)
    return column.to_python(stored)


def _reason(context: Context) -> str:
    return _("Se deshizo la importación %(id)d") % {"id": context.import_id}


def save(customers: Iterable[Customer]) -> None:
    """Write many changed customers in one statement, with the texts they are found by."""
    rows = list(customers)
    if rows:
        names = [*EDITABLE, "version", "deleted_at", "search_text", "search_grams"]
        Customer.objects.bulk_create(rows, update_conflicts=True, unique_fields=["pk"], update_fields=names)
