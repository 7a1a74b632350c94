"""What each permission is called on screen, by subject: for choosing what an API key may do."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.actor import Actor

Label = str | Promise

SUBJECTS: Final[dict[Label, dict[str, Label]]] = {
    _("Reservas"): {
        "reservations.view": _("Ver reservas y disponibilidad"),
        "reservations.manage": _("Reservar, confirmar y cancelar"),
        "reservations.setup": _("Canchas, horarios y tarifas"),
    },
    _("Clientes y productos"): {
        "customers.view": _("Ver clientes"),
        "customers.manage": _("Crear y cambiar clientes"),
        "customers.merge": _("Unir clientes duplicados"),
        "products.view": _("Ver productos"),
        "products.manage": _("Crear y cambiar productos"),
    },
    _("Facturación"): {
        "billables.view": _("Ver pendientes de facturación"),
        "billables.manage": _("Crear y cancelar pendientes"),
        "billing.view": _("Ver facturas"),
        "billing.draft": _("Hacer borradores"),
        "billing.issue": _("Emitir facturas"),
        "billing.draft_reservations": _("Hacer borradores desde reservas"),
        "billing.issue_reservations": _("Emitir facturas desde reservas"),
        "billing.quick_sale": _("Venta rápida de mostrador"),
        "billing.discount_any": _("Dar descuentos por encima del máximo"),
        "billing.void": _("Anular facturas"),
        "billing.notes": _("Notas de crédito: hacerlas, emitirlas y anularlas"),
        "billing.mail": _("Enviar documentos por correo y dar su enlace"),
    },
    _("Cobros"): {
        "payments.view": _("Ver cobros"),
        "payments.record": _("Registrar cobros"),
        "payments.void": _("Anular cobros propios del día"),
        "payments.void_any": _("Anular cualquier cobro"),
        "payments.refund": _("Devolver dinero"),
        "payments.setup": _("Métodos de cobro"),
    },
    _("Notas y archivos"): {
        "comments.view": _("Ver notas y archivos adjuntos"),
        "comments.write": _("Escribir notas y adjuntar archivos"),
    },
    _("Informes"): {
        "reports.view": _("Ver informes"),
        "exports.make": _("Exportar"),
        "imports.run": _("Importar archivos"),
        "periods.close": _("Cerrar meses"),
        "periods.reopen": _("Reabrir meses"),
        "audit.view": _("Leer el registro de auditoría"),
    },
    _("Empresa"): {
        "company.view": _("Ver el perfil de la empresa"),
        "company.manage": _("Cambiar el perfil y las series"),
        "members.manage": _("Personas e invitaciones"),
        "owners.manage": _("Nombrar y retirar propietarios"),
        "api_keys.manage": _("Claves de API"),
        "certificates.view": _("Ver los certificados de firma"),
        "certificates.manage": _("Subir y retirar certificados de firma"),
    },
}

LABELS: Final[dict[str, Label]] = {code: label for codes in SUBJECTS.values() for code, label in codes.items()}


def grouped(actor: Actor) -> list[tuple[Label, list[tuple[str, Label]]]]:
    """Return the permissions the actor holds as grouped choices of a form field."""
    held = (
        (subject, [(code, label) for code, label in codes.items() if actor.may(code)])
        for subject, codes in SUBJECTS.items()
    )
    return [(subject, choices) for subject, choices in held if choices]
