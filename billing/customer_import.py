"""Importing customers: recognised by their identification; a blank cell never empties what is there.

`check` says what each row would do, `apply` says it again under lock and writes it in a few statements, `undo` takes
back what nobody has changed or used since.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.log import Change, changes, record_many
from billing import customer_rows
from billing.customer_rows import COLUMNS, BadField, Read
from billing.customer_undo import save, undo
from billing.customers import CONTACT_FIELDS, EDITABLE, public_of
from billing.models import Customer, CustomerContact, CustomerKind
from core import clock
from core.actor import Actor
from core.search import normalize
from desk.import_kinds import Context, Judged, Kind, Row
from desk.import_values import BadCell
from desk.models import Verdict


@dataclass(slots=True)
class _Plan:
    """What one row comes to: whom it is about, what it changes there, and the contact it adds or changes."""

    judged: Judged
    customer: Customer | None = None
    before: dict[str, Any] | None = None
    there: list[CustomerContact] = field(default_factory=list)
    contact: CustomerContact | None = None
    contact_before: dict[str, Any] | None = None


def check(rows: Sequence[Row], context: Context) -> list[Judged]:
    """Say what each row would do."""
    return [plan.judged for plan in _plans(rows, Customer.objects.live())]


def apply(rows: Sequence[Row], context: Context) -> list[Judged]:
    """Write what the rows say, with an audit entry for each customer."""
    locked = Customer.objects.live().select_for_update(of=("self",), no_key=True).order_by("pk")
    plans = _plans(rows, locked)
    _create([plan for plan in plans if plan.judged.verdict == Verdict.CREATE], context.actor)
    _update([plan for plan in plans if plan.judged.verdict == Verdict.UPDATE], context.actor)
    return [_done(plan) for plan in plans]


# What the rows come to


def _plans(rows: Sequence[Row], there: QuerySet[Customer]) -> list[_Plan]:
    kinds = list(CustomerKind.objects.all())
    read: dict[int, Read] = {}
    errors: dict[int, Judged] = {}
    for row in rows:
        try:
            read[row.position] = customer_rows.read(row.values, kinds)
        except BadField as bad:
            errors[row.position] = Judged.error(bad.field, bad.error)
    numbers = {each.identification for each in read.values()}
    known = there.filter(identification__in=numbers)  # what a locked row points at is read after the lock, not joined
    found = _by_number(known.prefetch_related("kind", "contacts", "merged"))
    joined = _by_number(
        Customer.objects.exclude(merged_into=None).filter(identification__in=numbers).select_related("merged_into")
    )
    plans = []
    for row in rows:
        if row.position in errors:
            plans.append(_Plan(errors[row.position]))
        else:
            plans.append(_plan(read[row.position], found, joined))
    return plans


def _by_number(customers: QuerySet[Customer]) -> Mapping[str, list[Customer]]:
    found: dict[str, list[Customer]] = defaultdict(list)
    for customer in customers:
        found[customer.identification].append(customer)
    return found


def _plan(read: Read, found: Mapping[str, list[Customer]], joined: Mapping[str, list[Customer]]) -> _Plan:
    customer = _same(read, found.get(read.identification, []))
    if customer is not None:
        return _plan_update(read, customer)
    merged = _same(read, joined.get(read.identification, []))
    if merged is not None and merged.merged_into is not None:
        message = _("Este cliente se unió a «%(name)s»: no se vuelve a crear.") % {"name": merged.merged_into}
        return _Plan(Judged(Verdict.SAME, merged.merged_into.pk, "merged", message))
    return _plan_create(read)


def _same(read: Read, candidates: Sequence[Customer]) -> Customer | None:
    """Return whom a row is about: its type too where the row says one, else the only one with the number."""
    exact = [one for one in candidates if one.identification_type == read.identification_type]
    if exact:
        return exact[0]
    return candidates[0] if len(candidates) == 1 and not read.type_given else None


def _plan_create(read: Read) -> _Plan:
    if "name" not in read.values:
        error = BadCell("name_required", _("Falta el nombre: es un cliente nuevo."))
        return _Plan(Judged.error("nombre", error))
    customer = Customer(
        identification_type=read.identification_type,
        identification=read.identification,
        created_at=clock.now(),
        **read.values,
    )
    plan = _Plan(Judged(Verdict.CREATE, message=" ".join(read.warnings)), customer)
    return _with_contact(plan, read)


def _plan_update(read: Read, customer: Customer) -> _Plan:
    before = {name: getattr(customer, name) for name, new in read.values.items() if getattr(customer, name) != new}
    same = Judged(Verdict.SAME, customer.pk, message=" ".join(read.warnings))
    plan = _with_contact(_Plan(same, customer, before, list(customer.contacts.all())), read)
    if plan.judged.verdict == Verdict.SAME and (before or plan.contact):
        for name in before:
            setattr(customer, name, read.values[name])
        plan.judged = Judged(Verdict.UPDATE, customer.pk, message=plan.judged.message)
    return plan


def _with_contact(plan: _Plan, read: Read) -> _Plan:
    """Add to a plan the contact that its row names, unless it is there already and says the same."""
    if not read.contact:
        return plan
    contact = _same_contact(read.contact, plan.there)
    if contact is None:
        contact, before = (
            CustomerContact(customer=plan.customer, **{"name": read.contact.get("email")} | read.contact),
            None,
        )
    else:
        before = {name: getattr(contact, name) for name, new in read.contact.items() if getattr(contact, name) != new}
        if not before:
            return plan
        for name in before:
            setattr(contact, name, read.contact[name])
    if contact.receives_documents and not contact.email:
        message = _("Un contacto que recibe documentos necesita un correo.")
        return _Plan(Judged.error("contacto_correo", BadCell("contact_email_required", message)))
    plan.contact, plan.contact_before = contact, before
    return plan


def _same_contact(read: Mapping[str, Any], there: Sequence[CustomerContact]) -> CustomerContact | None:
    """Return the contact a row means: by its mail, else by its name."""
    for name in ("email", "name"):
        wanted = normalize(read.get(name, ""))
        for contact in there:
            if wanted and normalize(getattr(contact, name)) == wanted:
                return contact
    return None


# Writing


def _create(plans: Sequence[_Plan], actor: Actor) -> None:
    made = Customer.objects.bulk_create([plan.customer for plan in plans if plan.customer])
    _save_contacts(plans)
    record_many(
        "customer.created",
        [
            Change(row, after=_values(row, _contacts(plan)), public=public_of(row))
            for row, plan in zip(made, plans, strict=True)
        ],
        actor=actor,
    )


def _update(plans: Sequence[_Plan], actor: Actor) -> None:
    told = []
    for plan in plans:
        customer: Any = plan.customer
        customer.version += 1
        now = {name: getattr(customer, name) for name in plan.before or {}}
        before, after = changes(
            (plan.before or {}) | {"contacts": _as_they_were(plan)}, now | {"contacts": _contacts(plan)}
        )
        told.append(Change(customer, before, after, public=public_of(customer)))
    save(plan.customer for plan in plans if plan.customer)
    _save_contacts(plans)
    record_many("customer.updated", told, actor=actor)


def _save_contacts(plans: Sequence[_Plan]) -> None:
    """Write the contacts that rows add or change, each in one statement with its like."""
    contacts = [plan.contact for plan in plans if plan.contact]
    changed = [contact for contact in contacts if contact.pk]
    CustomerContact.objects.bulk_create(contact for contact in contacts if contact.pk is None)
    if changed:
        CustomerContact.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["pk"], update_fields=CONTACT_FIELDS
        )


def _values(customer: Customer, contacts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in EDITABLE} | {"contacts": contacts}


def _contacts(plan: _Plan) -> list[dict[str, Any]]:
    """Return the customer's contacts as they are after the row."""
    added = [plan.contact] if plan.contact and plan.contact not in plan.there else []
    return [_contact_values(row) for row in (*plan.there, *added)]


def _as_they_were(plan: _Plan) -> list[dict[str, Any]]:
    old = plan.contact_before or {}
    return [_contact_values(row) | (old if row == plan.contact else {}) for row in plan.there]


def _contact_values(contact: CustomerContact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in CONTACT_FIELDS}


def _done(plan: _Plan) -> Judged:
    """Return what became of a row, and what takes it back."""
    if plan.customer is None or plan.judged.verdict not in (Verdict.CREATE, Verdict.UPDATE):
        return plan.judged
    before: dict[str, Any] = {name: _stored(value) for name, value in (plan.before or {}).items()}
    if plan.contact and plan.before is not None:
        before["contact"] = {"id": plan.contact.pk, "before": plan.contact_before}
    return replace(plan.judged, object_id=plan.customer.pk, version_after=plan.customer.version, before=before)


def _stored(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, CustomerKind):
        return value.pk
    return str(value) if isinstance(value, Decimal) else value


KIND: Final = Kind(
    name="customers",
    label=gettext_lazy("Clientes"),
    columns=COLUMNS,
    permissions=("customers.manage",),
    key=customer_rows.key,
    key_field="identificacion",
    check=check,
    apply=apply,
    undo=undo,
    row_model=Customer,
    about=gettext_lazy(
        "Una fila por cliente. A quien ya existe (por su identificación) se le cambia lo que la fila dice; una celda"
        " vacía no borra nada. Primero verá qué haría cada fila: nada se guarda hasta que usted lo aplique."
    ),
)
