"""Kinds of customer: what customers are to the business (socio, estudiante); some prices depend on it."""

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.log import changes, record
from billing.models import CustomerKind
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version

EDITABLE: Final = ("name", "active")


@transaction.atomic
def create(values: dict[str, Any], *, actor: Actor) -> CustomerKind:
    """Add a kind of customer.

    Args:
        values: fields of `EDITABLE`.

    Raises:
        WorkflowError: `customer_kind_exists`: the name is taken.
        RuleRefused: `name_required`.
    """
    actor.require("products.manage")
    kind = CustomerKind(**{name: values[name] for name in EDITABLE if name in values})
    _save(kind)
    record("customer_kind.created", kind, actor=actor, after=_values(kind))
    return kind


@transaction.atomic
def update(kind_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None) -> CustomerKind:
    """Rename a kind or put it away: customers who are of it stay so, nobody new becomes it.

    Raises:
        WorkflowError, RuleRefused: as `create`; StaleVersion: somebody saved first.
    """
    actor.require("products.manage")
    kind = CustomerKind.objects.select_for_update(of=("self",), no_key=True).get(pk=kind_id)
    check_version(kind.version, expected_version)
    before = _values(kind)
    for name in EDITABLE:
        if name in values:
            setattr(kind, name, values[name])
    kind.version += 1
    _save(kind)
    old, new = changes(before, _values(kind))
    record("customer_kind.updated", kind, actor=actor, before=old, after=new)
    return kind


def _save(kind: CustomerKind) -> None:
    kind.name = " ".join(kind.name.split())
    if not kind.name:
        raise _refused(RuleRefused, "name_required", _("Escriba el nombre de la clase."))
    if CustomerKind.objects.filter(name__iexact=kind.name).exclude(pk=kind.pk).exists():
        raise _taken(kind)
    try:
        with transaction.atomic():
            kind.save()
    except IntegrityError as error:
        raise _taken(kind) from error


def _taken(kind: CustomerKind) -> WorkflowError:
    message = _("Ya existe una clase llamada «%(name)s».") % {"name": kind.name}
    return _refused(WorkflowError, "customer_kind_exists", message)


def _refused(error: type[WorkflowError], code: str, message: str) -> WorkflowError:
    return error(message, code=code, fields=[FieldError(field="name", code=code, message=message)])


def _values(kind: CustomerKind) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in EDITABLE}
