"""Payment methods: the ways in which a company takes money. Added, changed and switched off; never deleted."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.log import changes, record
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from payments.models import Payment, PaymentMethod, ReferenceKind, ReferenceRule
from sri import catalogs

EDITABLE = ("name", "sri_code", "reference_rule", "reference_kind", "active")

# What a new company starts with: name, SRI's code (table 24), whether it asks for a reference and of what kind.
USUAL = (
    ("Efectivo", "01", ReferenceRule.OPTIONAL, ReferenceKind.FREE),
    ("Transferencia bancaria", "20", ReferenceRule.REQUIRED, ReferenceKind.TRANSFER),
    ("Tarjeta de débito", "16", ReferenceRule.REQUIRED, ReferenceKind.CARD),
    ("Tarjeta de crédito", "19", ReferenceRule.REQUIRED, ReferenceKind.CARD),
    ("Cheque", "20", ReferenceRule.REQUIRED, ReferenceKind.CHEQUE),
)


@transaction.atomic
def create(values: dict[str, Any], *, actor: Actor) -> PaymentMethod:
    """Add a way to pay.

    Args:
        values: fields of `EDITABLE`.

    Raises:
        WorkflowError: `method_exists`: the name is taken.
        RuleRefused: `name_required`, `sri_code_unknown`.
    """
    actor.require("payments.setup")
    method = PaymentMethod(**{name: values[name] for name in EDITABLE if name in values})
    _check_code(method.sri_code)
    _save(method)
    record("payment_method.created", method, actor=actor, after=_values(method), public=_public(method))
    return method


@transaction.atomic
def update(
    method_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None
) -> PaymentMethod:
    """Change a way to pay, or switch it off; payments recorded with it stay as they are.

    Raises:
        WorkflowError: `method_exists`; `method_in_use`: its SRI code stands behind payments; StaleVersion.
        RuleRefused: `name_required`, `sri_code_unknown`.
    """
    actor.require("payments.setup")
    method = PaymentMethod.objects.select_for_update(of=("self",), no_key=True).get(pk=method_id)
    check_version(method.version, expected_version)
    before = _values(method)
    for name in EDITABLE:
        if name in values:
            setattr(method, name, values[name])
    if method.sri_code != before["sri_code"]:
        _check_code(method.sri_code)
        _check_unused(method)
    method.version += 1
    _save(method)
    old, new = changes(before, _values(method))
    record("payment_method.updated", method, actor=actor, before=old, after=new, public=_public(method))
    return method


def make_usual() -> None:
    """Give a new company the usual ways to pay; part of opening the company."""
    for name, code, rule, kind in USUAL:
        PaymentMethod.objects.create(name=name, sri_code=code, reference_rule=rule, reference_kind=kind)


# The rules


def _check_code(code: str) -> None:
    if code not in {form.code for form in catalogs.payment_forms(clock.today())}:
        message = _("«%(code)s» no es una forma de pago vigente del SRI.") % {"code": code}
        raise _refused("sri_code", "sri_code_unknown", message)


def _check_unused(method: PaymentMethod) -> None:
    if Payment.objects.filter(method=method).exists():
        raise WorkflowError(
            _("«%(method)s» ya tiene cobros con su código del SRI. Desactívelo y cree otro método.")
            % {"method": method},
            code="method_in_use",
        )


def _save(method: PaymentMethod) -> None:
    method.name = " ".join(method.name.split())
    if not method.name:
        raise _refused("name", "name_required", _("Escriba el nombre del método."))
    if PaymentMethod.objects.filter(name__iexact=method.name).exclude(pk=method.pk).exists():
        raise _taken(method)
    try:
        with transaction.atomic():
            method.save()
    except IntegrityError as error:
        raise _taken(method) from error


def _taken(method: PaymentMethod) -> WorkflowError:
    message = _("Ya existe un método de cobro llamado «%(name)s».") % {"name": method.name}
    fields = [FieldError(field="name", code="method_exists", message=message)]
    return WorkflowError(message, code="method_exists", fields=fields)


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _values(method: PaymentMethod) -> dict[str, Any]:
    return {name: getattr(method, name) for name in EDITABLE}


def _public(method: PaymentMethod) -> dict[str, Any]:
    return {"payment_method_id": method.pk, "name": method.name, "sri_code": method.sri_code, "active": method.active}
