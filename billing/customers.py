"""Customers: who buys. Created, edited and hidden here; documents keep their own copies."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.log import changes, record
from billing.models import Billable, Customer, CustomerContact, Document, IdentificationType
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from core.search import normalize
from sri import identification

EDITABLE = (
    "identification_type",
    "identification",
    "name",
    "trade_name",
    "email",
    "phone",
    "address",
    "fiscal_status",
    "kind",
    "payment_days",
    "credit_limit",
    "notes",
)
CONTACT_FIELDS = ("name", "email", "phone", "position", "receives_documents")


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved customer and what a person should know about it: warnings never block."""

    customer: Customer
    warnings: tuple[str, ...]


@transaction.atomic
def create(values: dict[str, Any], *, actor: Actor) -> Saved:
    """Add a customer.

    Args:
        values: fields of `EDITABLE`, and optionally `contacts`, a list of dicts of `CONTACT_FIELDS`.

    Raises:
        RuleRefused: `identification_invalid` (shape, not check digit), `final_consumer_is_built_in`.
        WorkflowError: `customer_exists`, naming the one with this identification.
    """
    actor.require("customers.manage")
    customer = Customer(**{name: values[name] for name in EDITABLE if name in values}, created_at=clock.now())
    warnings = _check_identification(customer) + _likely_duplicates(customer)
    _refuse_joined(customer)
    _save(customer)
    _replace_contacts(customer, values.get("contacts", []))
    record("customer.created", customer, actor=actor, after=_values(customer), public=public_of(customer))
    return Saved(customer, tuple(warnings))


@transaction.atomic
def update(customer_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None) -> Saved:
    """Change a customer; issued documents keep what they say. `contacts`, when given, replaces all contacts.

    Raises:
        RuleRefused, WorkflowError: as `create`; `final_consumer_is_built_in` for consumidor final itself.
        StaleVersion: somebody saved first.
    """
    actor.require("customers.manage")
    customer = Customer.objects.live().select_for_update(of=("self",), no_key=True).get(pk=customer_id)
    check_version(customer.version, expected_version)
    _refuse_built_in(customer)
    before = _values(customer)
    for name in EDITABLE:
        if name in values:
            setattr(customer, name, values[name])
    customer.version += 1
    warnings = _check_identification(customer)
    _save(customer)
    if "contacts" in values:
        _replace_contacts(customer, values["contacts"])
    old, new = changes(before, _values(customer))
    record("customer.updated", customer, actor=actor, before=old, after=new, public=public_of(customer))
    return Saved(customer, tuple(warnings))


@transaction.atomic
def hide(customer_id: int, *, actor: Actor) -> Customer:
    """Take a customer off the lists; nothing is deleted (D28).

    Raises:
        WorkflowError: `customer_owes` or `customer_has_billables`, and RuleRefused for consumidor final.
    """
    actor.require("customers.manage")
    customer = Customer.objects.live().select_for_update(of=("self",), no_key=True).get(pk=customer_id)
    _refuse_built_in(customer)
    if Document.objects.invoices().filter(Q(balance__gt=0) | Q(status="draft"), customer=customer).exists():
        raise WorkflowError(
            _("«%(customer)s» tiene facturas por cobrar o en borrador.") % {"customer": customer}, code="customer_owes"
        )
    if Billable.objects.waiting().filter(customer=customer).exists():
        raise WorkflowError(
            _("«%(customer)s» tiene pendientes por facturar.") % {"customer": customer}, code="customer_has_billables"
        )
    customer.deleted_at = clock.now()
    customer.version += 1
    customer.save(update_fields=["deleted_at", "version"])
    record("customer.hidden", customer, actor=actor, after={"hidden": True}, public=public_of(customer))
    return customer


def final_consumer() -> Customer:
    """Return the company's built-in consumidor final (D21)."""
    return Customer.objects.get(identification_type=IdentificationType.FINAL_CONSUMER)


def make_final_consumer() -> Customer:
    """Give a new company its consumidor final; part of opening the company."""
    return Customer.objects.create(
        identification_type=IdentificationType.FINAL_CONSUMER,
        identification=identification.FINAL_CONSUMER_ID,
        name=identification.FINAL_CONSUMER_NAME,
    )


def identified(identification_type: str, number: str) -> Customer | None:
    """Return who has an identification, or who the one that had it was joined into."""
    same = Customer.objects.filter(identification_type=identification_type, identification=number)
    found = same.live().first()
    if found is not None:
        return found
    joined = same.exclude(merged_into=None).select_related("merged_into").first()
    return joined.merged_into if joined else None


def receivers(customer: Customer) -> list[str]:
    """Return the addresses documents go to: the contacts who receive documents, else the customer's own."""
    contacts = [row.email for row in customer.contacts.filter(receives_documents=True) if row.email]
    return contacts or ([customer.email] if customer.email else [])


def _check_identification(customer: Customer) -> list[str]:
    """Normalize the identification; a wrong shape refuses, a failing check digit warns (FACTS on RUC)."""
    if customer.identification_type == IdentificationType.FINAL_CONSUMER:
        raise _refused(
            "identification_type",
            "final_consumer_is_built_in",
            _("Consumidor final ya existe: elíjalo de la lista de clientes."),
        )
    checked = identification.check(customer.identification_type, customer.identification)
    if checked.error:
        raise _refused("identification", "identification_invalid", checked.error)
    customer.identification = checked.normalized
    return [checked.warning] if checked.warning else []


def _likely_duplicates(customer: Customer) -> list[str]:
    """Warn when the same person is probably there already, under another identification."""
    wanted = Q(name__iexact=customer.name)
    if customer.email:
        wanted |= Q(email__iexact=customer.email)
    if customer.identification_type in (IdentificationType.RUC, IdentificationType.CEDULA):
        wanted |= Q(identification__startswith=customer.identification[:10])
    same = [row for row in Customer.objects.live().filter(wanted)[:3] if not row.is_final_consumer]
    return [
        _("Se parece a un cliente que ya existe: %(name)s (%(identification)s).")
        % {"name": row.name, "identification": row.identification}
        for row in same
        if normalize(row.identification) != normalize(customer.identification)
    ]


def _save(customer: Customer) -> None:
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        present = Customer.objects.live().filter(
            identification_type=customer.identification_type, identification=customer.identification
        )
        raise WorkflowError(
            _("Ya existe un cliente con la identificación %(identification)s: %(name)s.")
            % {"identification": customer.identification, "name": present.first() or ""},
            code="customer_exists",
            extra={"customer_id": present.values_list("pk", flat=True).first()},
        ) from error


def _refuse_joined(customer: Customer) -> None:
    """Refuse to make a duplicate again that was joined into another."""
    joined = Customer.objects.filter(
        identification_type=customer.identification_type, identification=customer.identification
    ).exclude(merged_into=None)
    for row in joined.select_related("merged_into")[:1]:
        raise WorkflowError(
            _("%(identification)s se unió al cliente «%(name)s»: úselo.")
            % {"identification": row.identification, "name": row.merged_into},
            code="customer_exists",
            extra={"customer_id": row.merged_into_id},
        )


def _replace_contacts(customer: Customer, contacts: list[dict[str, Any]]) -> None:
    customer.contacts.all().delete()
    for values in contacts:
        if values.get("receives_documents") and not values.get("email"):
            raise _refused(
                "contacts", "contact_email_required", _("Un contacto que recibe documentos necesita un correo.")
            )
        CustomerContact.objects.create(
            customer=customer, **{name: values[name] for name in CONTACT_FIELDS if name in values}
        )


def _refuse_built_in(customer: Customer) -> None:
    if customer.is_final_consumer:
        raise RuleRefused(_("Consumidor final no se edita ni se oculta."), code="final_consumer_is_built_in")


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _values(customer: Customer) -> dict[str, Any]:
    contacts = [{name: getattr(row, name) for name in CONTACT_FIELDS} for row in customer.contacts.order_by("pk")]
    return {name: getattr(customer, name) for name in EDITABLE} | {"contacts": contacts}


def public_of(customer: Customer) -> dict[str, Any]:
    """Return what events tell of a customer."""
    return {
        "customer_id": customer.pk,
        "identification_type": customer.identification_type,
        "identification": customer.identification,
        "name": customer.name,
    }
