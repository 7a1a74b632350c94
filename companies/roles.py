"""Roles × permissions (D24), in one table that reads like the decision it states.

Workflows ask for permissions, never for roles. A permission used in code and not listed here is refused
by a system check.
"""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in a company."""

    OWNER = "owner", _("Propietario")
    ADMINISTRATOR = "administrator", _("Administrador")
    BILLING = "billing", _("Facturación")
    CASHIER = "cashier", _("Caja")
    FRONTDESK = "frontdesk", _("Recepción")
    ACCOUNTANT = "accountant", _("Contabilidad")
    AUDITOR = "auditor", _("Auditoría")


# O owner, A administrator, B billing, C cashier, F front desk, K accountant, U auditor
_TABLE: Final = {
    #                                O A B C F K U
    "company.view":                 "x x x x x x x",
    "company.manage":               "x x . . . . .",
    "members.manage":               "x x . . . . .",
    "owners.manage":                "x . . . . . .",
    "api_keys.manage":              "x x . . . . .",
    "certificates.view":            "x x x . . x .",
    "certificates.manage":          "x x . . . . .",
    "audit.view":                   "x x . . . . x",
    "customers.view":               "x x x x x x x",
    "customers.manage":             "x x x x x . .",
    "customers.merge":              "x x x . . . .",
    "products.view":                "x x x x x x x",
    "products.manage":              "x x x . . . .",
    "reservations.view":            "x x x x x x x",
    "reservations.manage":          "x x . . x . .",
    "reservations.setup":           "x x . . . . .",
    "billables.view":               "x x x x x x x",
    "billables.manage":             "x x x . . . .",
    "billing.view":                 "x x x x x x x",
    "billing.draft":                "x x x . . . .",
    "billing.issue":                "x x x . . . .",
    "billing.draft_reservations":   "x x x . x . .",
    "billing.issue_reservations":   "x x x . x . .",
    "billing.quick_sale":           "x x . x x . .",
    "billing.discount_any":         "x x . . . . .",
    "billing.void":                 "x x x . . . .",
    "billing.notes":                "x x x . . . .",
    "billing.mail":                 "x x x . . . .",
    "payments.view":                "x x x x x x x",
    "payments.record":              "x x . x x . .",
    "payments.void":                "x x . x . . .",
    "payments.void_any":            "x x . . . . .",
    "payments.refund":              "x x . . . . .",
    "payments.setup":               "x x . . . . .",
    "periods.close":                "x x . . . x .",
    "periods.reopen":               "x x . . . . .",
    "imports.run":                  "x x x x . . .",
    "reports.view":                 "x x x . . x x",
    "exports.make":                 "x x x . . x x",
    "comments.view":                "x x x x x x x",
    "comments.write":               "x x x x x x .",
}  # fmt: skip

PERMISSIONS: Final = frozenset(_TABLE)

ROLES: Final[dict[str, frozenset[str]]] = {
    role: frozenset(permission for permission, marks in _TABLE.items() if marks.split()[column] == "x")
    for column, role in enumerate(
        [Role.OWNER, Role.ADMINISTRATOR, Role.BILLING, Role.CASHIER, Role.FRONTDESK, Role.ACCOUNTANT, Role.AUDITOR]
    )
}

# What a role is for, in a sentence a person chooses by; the table above is what holds.
ROLE_SUMMARIES: Final = {
    Role.OWNER: _("Todo, también nombrar y retirar propietarios"),
    Role.ADMINISTRATOR: _("Todo, menos tocar a los propietarios"),
    Role.BILLING: _("Clientes, productos, emitir y anular facturas; ve los cobros"),
    Role.CASHIER: _("Clientes y cobros; anula los suyos del día; ve las facturas"),
    Role.FRONTDESK: _("Reservas, facturarlas y cobrarlas; no anula"),
    Role.ACCOUNTANT: _("Ve todo, exporta y cierra meses; no cambia nada más"),
    Role.AUDITOR: _("Ve todo, también el registro de auditoría; no cambia nada"),
}
