"""Products: what is sold, at what price, with which tax category."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.log import changes, record
from billing.models import Product
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version

EDITABLE = ("code", "auxiliary_code", "name", "unit_price", "price_includes_tax", "tax_category")


@transaction.atomic
def create(values: dict[str, Any], *, actor: Actor) -> Product:
    """Add a product.

    Raises:
        WorkflowError: `product_exists`: the code is taken.
        RuleRefused: `price_not_positive`.
    """
    actor.require("products.manage")
    product = Product(**{name: values[name] for name in EDITABLE if name in values}, created_at=clock.now())
    _save(product)
    record("product.created", product, actor=actor, after=_values(product), public=_public(product))
    return product


@transaction.atomic
def update(product_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None) -> Product:
    """Change a product; documents keep the price they were made with.

    Raises:
        WorkflowError, RuleRefused: as `create`; StaleVersion: somebody saved first.
    """
    actor.require("products.manage")
    product = Product.objects.live().select_for_update(of=("self",), no_key=True).get(pk=product_id)
    check_version(product.version, expected_version)
    before = _values(product)
    for name in EDITABLE:
        if name in values:
            setattr(product, name, values[name])
    product.version += 1
    _save(product)
    old, new = changes(before, _values(product))
    record("product.updated", product, actor=actor, before=old, after=new, public=_public(product))
    return product


@transaction.atomic
def hide(product_id: int, *, actor: Actor) -> Product:
    """Take a product off the lists; nothing is deleted (D28)."""
    actor.require("products.manage")
    product = Product.objects.live().select_for_update(of=("self",), no_key=True).get(pk=product_id)
    product.deleted_at = clock.now()
    product.version += 1
    product.save(update_fields=["deleted_at", "version"])
    record("product.hidden", product, actor=actor, after={"hidden": True}, public=_public(product))
    return product


def _save(product: Product) -> None:
    if product.unit_price <= 0:
        message = _("El precio debe ser mayor que cero.")
        fields = [FieldError(field="unit_price", code="price_not_positive", message=message)]
        raise RuleRefused(message, code="price_not_positive", fields=fields)
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        raise WorkflowError(
            _("Ya existe un producto con el código «%(code)s».") % {"code": product.code}, code="product_exists"
        ) from error


def _values(product: Product) -> dict[str, Any]:
    return {name: getattr(product, name) for name in EDITABLE}


def _public(product: Product) -> dict[str, Any]:
    return {"product_id": product.pk, "code": product.code, "name": product.name, "unit_price": product.unit_price}
