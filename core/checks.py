"""The house's conventions, checked by `manage.py check` (and so at every start and in every test run)."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel

DOMAIN = ("core", "audit", "sri", "companies", "desk", "billing", "payments", "reservations")

# Rows that belong to no single company, each for a reason its docstring gives.
INSTALLATION_WIDE = {
    "core.Heartbeat",
    "core.InstallationFact",
    "core.ScheduleRun",
    "companies.User",
    "companies.Company",
    "audit.AuditSeal",
    "audit.AuditHead",
    "sri.Host",
    "billing.TaxRate",
    "billing.LegalLimit",
}
# Secrets are looked up across companies, so their hashes are unique across them too.
GLOBALLY_UNIQUE = {
    "companies.Invitation.token_hash",
    "companies.ApiKey.secret_hash",
    "billing.PublicLink.token_hash",
    "reservations.Court.feed_token_hash",
}
UNIT_PRICES = {"unit_price", "net_unit_price", "quantity"}


def _domain_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in DOMAIN]


@register()
def every_domain_model_is_behind_the_wall(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Each domain model is a CompanyModel or listed, with its relations composite and its keys per company."""
    problems: list[CheckMessage] = []
    for model in _domain_models():
        label = model._meta.label
        if not issubclass(model, CompanyModel):
            if label not in INSTALLATION_WIDE:
                problems.append(Error(f"{label} is neither a CompanyModel nor installation-wide.", id="cuadre.E001"))
            continue
        if not isinstance(model._base_manager, CompanyManager):
            problems.append(Error(f"{label} is saved and followed outside the wall.", id="cuadre.E006"))
        problems += _relations(model) + _unique_keys(model) + _money(model)
    return problems


def _relations(model: type[models.Model]) -> list[CheckMessage]:
    return [
        Error(f"{model._meta.label}.{field.name} must be a CompanyForeignKey.", id="cuadre.E002")
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and not isinstance(field, CompanyForeignKey)
        and issubclass(field.related_model, CompanyModel)
    ]


def _unique_keys(model: type[models.Model]) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            first = constraint.fields[0] if constraint.fields else getattr(constraint.expressions[0], "name", "")
            if first != "company":
                problems.append(Error(f"{constraint.name} must start with the company.", id="cuadre.E003"))
    for field in model._meta.local_fields:
        label = f"{model._meta.label}.{field.name}"
        if field.unique and not field.primary_key and label not in GLOBALLY_UNIQUE:
            problems.append(Error(f"{label} is unique across companies.", id="cuadre.E003"))
    return problems


def _money(model: type[models.Model]) -> list[CheckMessage]:
    return [
        Error(f"{model._meta.label}.{field.name}: money has two decimals.", id="cuadre.E004")
        for field in model._meta.local_fields
        if isinstance(field, models.DecimalField) and field.name not in UNIT_PRICES and field.decimal_places != 2
    ]
