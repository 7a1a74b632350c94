"""What the log says to people: a sentence for each action, and words for doors, objects and values.

A new action needs a line in `LABELS`; a test reads the code for `record("…")` and misses it otherwise.
"""

from typing import Final, NamedTuple

from django.apps import apps
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Label(NamedTuple):
    """How an action is told: a sentence, an icon of the sprite, a tone (a CSS class `tone-…`)."""

    text: str | Promise
    icon: str = "pencil"
    tone: str = "neutral"


_CREATED, _UPDATED, _HIDDEN = ("plus", "info"), ("pencil", "neutral"), ("eye-off", "muted")

LABELS: Final[dict[str, Label]] = {
    # documents
    "invoice.created": Label(_("Borrador de factura creado"), "pencil", "neutral"),
    "invoice.updated": Label(_("Borrador de factura modificado"), *_UPDATED),
    "invoice.issued": Label(_("Factura emitida"), "file-text", "info"),
    "invoice.discarded": Label(_("Borrador de factura descartado"), "trash", "muted"),
    "invoice.restored": Label(_("Borrador de factura recuperado"), "arrow-back-up", "info"),
    "credit_note.restored": Label(_("Borrador de nota de crédito recuperado"), "arrow-back-up", "info"),
    "invoice.voided": Label(_("Factura anulada"), "ban", "bad"),
    "invoice.paid": Label(_("Factura pagada"), "circle-check", "good"),
    "invoice.balance_changed": Label(_("Saldo de la factura modificado"), "circle-half-2", "warn"),
    "invoice.reopened": Label(_("Factura reabierta: vuelve a tener saldo"), "circle", "warn"),
    "invoice.credited": Label(_("Nota de crédito aplicada a la factura"), "receipt-2", "violet"),
    "invoice.uncredited": Label(_("Nota de crédito retirada de la factura"), "receipt-2", "warn"),
    "invoice.sent": Label(_("Factura enviada al SRI: en proceso"), "send", "info"),
    "invoice.authorized": Label(_("Factura autorizada por el SRI"), "rubber-stamp", "good"),
    "invoice.failed": Label(_("Factura rechazada por el SRI"), "alert-triangle", "bad"),
    "invoice.waiting": Label(_("Factura por enviar de nuevo al SRI"), "hourglass", "warn"),
    "invoice.retried": Label(_("Envío de la factura al SRI repetido por una persona"), "refresh", "info"),
    "invoice.corrected": Label(_("Factura corregida para el SRI"), "pencil", "info"),
    "invoice.repaired": Label(_("Envío de la factura al SRI reparado"), "adjustments-horizontal", "info"),
    "invoice.replaced": Label(_("Factura reemplazada por otra"), "transfer", "warn"),
    "credit_note.created": Label(_("Borrador de nota de crédito creado"), "pencil", "neutral"),
    "credit_note.issued": Label(_("Nota de crédito emitida"), "receipt-2", "info"),
    "credit_note.discarded": Label(_("Borrador de nota de crédito descartado"), "trash", "muted"),
    "credit_note.voided": Label(_("Nota de crédito anulada"), "ban", "bad"),
    "credit_note.sent": Label(_("Nota de crédito enviada al SRI: en proceso"), "send", "info"),
    "credit_note.authorized": Label(_("Nota de crédito autorizada por el SRI"), "rubber-stamp", "good"),
    "credit_note.failed": Label(_("Nota de crédito rechazada por el SRI"), "alert-triangle", "bad"),
    "credit_note.waiting": Label(_("Nota de crédito por enviar de nuevo al SRI"), "hourglass", "warn"),
    "credit_note.retried": Label(_("Envío de la nota de crédito al SRI repetido por una persona"), "refresh", "info"),
    "credit_note.corrected": Label(_("Nota de crédito corregida para el SRI"), "pencil", "info"),
    "credit_note.repaired": Label(_("Envío de la nota de crédito al SRI reparado"), "adjustments-horizontal", "info"),
    "credit_note.replaced": Label(_("Nota de crédito reemplazada por otra"), "transfer", "warn"),
    "sri.paused": Label(_("Envío al SRI detenido"), "player-pause", "bad"),
    "sri.resumed": Label(_("Envío al SRI reanudado"), "player-play", "good"),
    "sri.delayed": Label(_("Comprobantes sin autorización desde hace más de un día"), "clock-hour-4", "bad"),
    "sri.orphan_found": Label(_("El SRI autorizó un comprobante anulado aquí"), "alert-triangle", "bad"),
    "sri.replacement_refused": Label(_("Un comprobante rechazado no se pudo reemplazar"), "alert-triangle", "bad"),
    "letter.requested": Label(_("Correo al cliente pedido"), "mail", "neutral"),
    "letter.sent": Label(_("Correo enviado al cliente"), "send", "good"),
    "letter.failed": Label(_("Correo que no se pudo enviar"), "alert-triangle", "bad"),
    "public_link.opened": Label(_("Enlace público nuevo"), "link", "info"),
    "public_link.revoked": Label(_("Enlace público revocado"), "unlink", "warn"),
    "task.started": Label(_("Tarea en segundo plano pedida"), "list-check", "neutral"),
    "task.cancelled": Label(_("Tarea en segundo plano detenida"), "ban", "muted"),
    "task.failed": Label(_("Tarea en segundo plano con error"), "alert-triangle", "bad"),
    "bulk_job.progress": Label(_("Tarea en segundo plano avanza"), "hourglass", "neutral"),
    "bulk_job.completed": Label(_("Tarea en segundo plano terminada"), "circle-check", "good"),
    "comment.added": Label(_("Nota escrita"), "note", "neutral"),
    "comment.withdrawn": Label(_("Nota retirada"), "eye-off", "muted"),
    "comment.restored": Label(_("Nota repuesta"), "note", "neutral"),
    "mention.created": Label(_("Le mencionaron en una nota"), "at", "info"),
    "mention.read": Label(_("Mención leída"), "checks", "muted"),
    "attachment.added": Label(_("Archivo adjuntado"), "paperclip", "neutral"),
    "attachment.withdrawn": Label(_("Archivo retirado"), "eye-off", "muted"),
    "attachment.restored": Label(_("Archivo repuesto"), "paperclip", "neutral"),
    "import.received": Label(_("Archivo traído para importar"), "upload", "neutral"),
    "import.columns_chosen": Label(_("Columnas de la importación elegidas"), *_UPDATED),
    "import.checked": Label(_("Importación revisada"), "list-check", "info"),
    "import.apply_started": Label(_("Importación puesta a aplicar"), "player-play", "warn"),
    "import.applied": Label(_("Importación aplicada"), "circle-check", "good"),
    "import.undo_started": Label(_("Importación puesta a deshacer"), "refresh", "warn"),
    "import.undone": Label(_("Importación deshecha"), "refresh", "muted"),
    "saved_view.created": Label(_("Vista de una lista guardada"), *_CREATED),
    "saved_view.updated": Label(_("Vista de una lista modificada"), *_UPDATED),
    "saved_view.deleted": Label(_("Vista de una lista borrada"), "trash", "muted"),
    # what waits to be billed
    "billable.offered": Label(_("Pendiente de facturación registrado"), "inbox", "warn"),
    "billable.drafted": Label(_("Pendiente puesto en un borrador"), "pencil", "neutral"),
    "billable.invoiced": Label(_("Pendiente facturado"), "file-invoice", "good"),
    "billable.waiting": Label(_("Pendiente devuelto a la lista por facturar"), "inbox", "warn"),
    "billable.cancelled": Label(_("Pendiente cancelado"), "x", "muted"),
    "billable.restored": Label(_("Cancelación de un pendiente deshecha"), "arrow-back-up", "info"),
    # money
    "payment.confirmed": Label(_("Cobro registrado"), "cash-banknote", "good"),
    "payment.voided": Label(_("Cobro anulado"), "ban", "bad"),
    "receipt.issued": Label(_("Recibo emitido"), "receipt", "good"),
    "receipt.voided": Label(_("Recibo anulado"), "ban", "bad"),
    "refund.confirmed": Label(_("Dinero devuelto al cliente"), "transfer", "warn"),
    "refund.voided": Label(_("Devolución anulada"), "ban", "bad"),
    "payment_method.created": Label(_("Método de cobro creado"), *_CREATED),
    "payment_method.updated": Label(_("Método de cobro modificado"), *_UPDATED),
    "customer_credit.granted": Label(_("Saldo a favor concedido"), "wallet", "info"),
    "customer_credit.applied": Label(_("Saldo a favor aplicado a una factura"), "wallet", "good"),
    "customer_credit.restored": Label(_("Saldo a favor devuelto por una factura"), "wallet", "warn"),
    "customer_credit.released": Label(_("Depósito liberado"), "wallet", "info"),
    "customer_credit.paid_out": Label(_("Saldo a favor devuelto en dinero"), "wallet", "warn"),
    "customer_credit.withdrawn": Label(_("Saldo a favor retirado"), "wallet", "muted"),
    # customers, products, series
    "customer.created": Label(_("Cliente creado"), *_CREATED),
    "customer.updated": Label(_("Cliente modificado"), *_UPDATED),
    "customer.merged": Label(_("Otro cliente se unió a este"), "users", "warn"),
    "customer.joined": Label(_("Cliente unido a otro"), "users", "muted"),
    "invoice.customer_changed": Label(_("Factura pasada a otro cliente al unirlos"), "users", "neutral"),
    "credit_note.customer_changed": Label(_("Nota de crédito pasada a otro cliente al unirlos"), "users", "neutral"),
    "billable.customer_changed": Label(_("Pendiente pasado a otro cliente al unirlos"), "users", "neutral"),
    "customer_credit.customer_changed": Label(_("Saldo a favor pasado a otro cliente al unirlos"), "users", "neutral"),
    "letter.customer_changed": Label(_("Correo pasado a otro cliente al unirlos"), "users", "neutral"),
    "payment.customer_changed": Label(_("Cobro pasado a otro cliente al unirlos"), "users", "neutral"),
    "receipt.customer_changed": Label(_("Recibo pasado a otro cliente al unirlos"), "users", "neutral"),
    "refund.customer_changed": Label(_("Devolución pasada a otro cliente al unirlos"), "users", "neutral"),
    "reservation.customer_changed": Label(_("Reserva pasada a otro cliente al unirlos"), "users", "neutral"),
    "repetition.customer_changed": Label(_("Reserva repetida pasada a otro cliente"), "users", "neutral"),
    "share.customer_changed": Label(_("Parte de una reserva pasada a otro cliente"), "users", "neutral"),
    "waiting.customer_changed": Label(_("Espera pasada a otro cliente al unirlos"), "users", "neutral"),
    "comment.moved": Label(_("Nota pasada a otro cliente al unirlos"), "users", "neutral"),
    "attachment.moved": Label(_("Archivo pasado a otro cliente al unirlos"), "users", "neutral"),
    "customer.hidden": Label(_("Cliente retirado de las listas"), *_HIDDEN),
    "customer.restored": Label(_("Cliente de vuelta en las listas"), "eye", "info"),
    "product.restored": Label(_("Producto de vuelta en las listas"), "eye", "info"),
    "customer_kind.created": Label(_("Clase de cliente creada"), *_CREATED),
    "customer_kind.updated": Label(_("Clase de cliente modificada"), *_UPDATED),
    "product.created": Label(_("Producto creado"), *_CREATED),
    "product.updated": Label(_("Producto modificado"), *_UPDATED),
    "product.hidden": Label(_("Producto retirado de las listas"), *_HIDDEN),
    "line_template.created": Label(_("Plantilla de líneas creada"), *_CREATED),
    "line_template.updated": Label(_("Plantilla de líneas modificada"), *_UPDATED),
    "establishment.created": Label(_("Establecimiento creado"), *_CREATED),
    "establishment.updated": Label(_("Establecimiento modificado"), *_UPDATED),
    "emission_point.created": Label(_("Punto de emisión creado"), *_CREATED),
    "emission_point.updated": Label(_("Punto de emisión modificado"), *_UPDATED),
    "series.created": Label(_("Serie creada"), *_CREATED),
    "series.updated": Label(_("Serie modificada"), *_UPDATED),
    "series.stopped": Label(_("Serie detenida: falta confirmar su último número"), "player-pause", "bad"),
    "series.confirmed": Label(_("Último número de la serie confirmado"), "check", "good"),
    "period.closed": Label(_("Libros cerrados"), "lock", "warn"),
    "period.reopened": Label(_("Libros reabiertos"), "lock-open", "bad"),
    # the company, its people and keys
    "company.opened": Label(_("Empresa abierta"), "building", "good"),
    "company.updated": Label(_("Perfil de la empresa modificado"), *_UPDATED),
    "membership.created": Label(_("Persona incorporada a la empresa"), "user-plus", "good"),
    "membership.role_changed": Label(_("Rol cambiado"), "user-check", "warn"),
    "membership.mails_chosen": Label(_("Avisos por correo elegidos"), "mail", "muted"),
    "membership.ended": Label(_("Acceso retirado"), "user-off", "bad"),
    "membership.restored": Label(_("Acceso devuelto"), "user-check", "good"),
    "invitation.created": Label(_("Invitación enviada"), "mail", "info"),
    "invitation.resent": Label(_("Invitación enviada de nuevo"), "mail", "info"),
    "invitation.accepted": Label(_("Invitación aceptada"), "user-plus", "good"),
    "invitation.revoked": Label(_("Invitación retirada"), "ban", "muted"),
    "api_key.created": Label(_("Clave de API creada"), "key", "warn"),
    "api_key.revoked": Label(_("Clave de API revocada"), "key", "bad"),
    "certificate.added": Label(_("Certificado de firma subido"), "certificate", "good"),
    "certificate.retired": Label(_("Certificado de firma retirado"), "ban", "warn"),
    "certificate.expiring": Label(_("El certificado de firma va a caducar"), "calendar-x", "bad"),
    # bookings
    "reservation.held": Label(_("Turno apartado"), "clock-hour-4", "brand"),
    "reservation.expired": Label(_("Apartado vencido"), "calendar-x", "muted"),
    "reservation.requested": Label(_("Reserva solicitada"), "hourglass", "warn"),
    "reservation.updated": Label(_("Reserva modificada"), *_UPDATED),
    "reservation.confirmed": Label(_("Reserva confirmada"), "calendar-check", "info"),
    "reservation.checked_in": Label(_("Llegada registrada"), "door-enter", "violet"),
    "reservation.completed": Label(_("Reserva completada"), "checks", "good"),
    "reservation.no_show": Label(_("Reserva marcada como no asistida"), "user-x", "bad"),
    "reservation.cancelled": Label(_("Reserva cancelada"), "x", "muted"),
    "reservation.moved": Label(_("Reserva movida"), "transfer", "info"),
    "reservation.repriced": Label(_("Precio de la reserva cambiado"), "discount", "warn"),
    "reservation.deposit_taken": Label(_("Depósito recibido"), "cash", "good"),
    "reservation.deposit_released": Label(_("Depósito liberado"), "wallet", "info"),
    "reservation.split": Label(_("Cuenta dividida"), "users", "info"),
    "reservation.joined": Label(_("Cuenta puesta en una"), "user", "neutral"),
    "repetition.started": Label(_("Reserva repetida empezada"), "calendar-week", "info"),
    "repetition.changed": Label(_("Reserva repetida modificada"), *_UPDATED),
    "repetition.ended": Label(_("Reserva repetida terminada"), "calendar-x", "muted"),
    "waiting.added": Label(_("Alguien espera un turno"), "hourglass", "neutral"),
    "waiting.offered": Label(_("Se liberó un turno que alguien espera"), "phone", "good"),
    "waiting.booked": Label(_("Reservó quien esperaba"), "calendar-check", "good"),
    "waiting.dropped": Label(_("Ya no espera"), "x", "muted"),
    "blackout.created": Label(_("Bloqueo creado"), "calendar-off", "warn"),
    "blackout.cancelled": Label(_("Bloqueo quitado"), "lock-open", "muted"),
    "holiday.created": Label(_("Feriado creado"), *_CREATED),
    "holiday.updated": Label(_("Feriado modificado"), *_UPDATED),
    "holiday.removed": Label(_("Feriado quitado"), "trash", "muted"),
    "booking_policy.set": Label(_("Reglas de reserva puestas en vigencia"), "clock", "warn"),
    "venue.created": Label(_("Sede creada"), *_CREATED),
    "venue.updated": Label(_("Sede modificada"), *_UPDATED),
    "court.created": Label(_("Cancha creada"), *_CREATED),
    "court.updated": Label(_("Cancha modificada"), *_UPDATED),
    "court.feed_opened": Label(_("Enlace de calendario creado"), "link", "warn"),
    "court.feed_closed": Label(_("Enlace de calendario quitado"), "unlink", "muted"),
    "rate.created": Label(_("Tarifa creada"), *_CREATED),
    "rate.updated": Label(_("Tarifa modificada"), *_UPDATED),
}

# Worth a word to everybody who may see them, while it happens; all else only moves figures.
ANNOUNCED: Final = frozenset(
    {
        "invoice.voided",
        "invoice.failed",
        "credit_note.voided",
        "credit_note.failed",
        "sri.paused",
        "letter.failed",
        "payment.confirmed",
        "payment.voided",
        "refund.confirmed",
        "refund.voided",
        "reservation.requested",
        "reservation.cancelled",
        "waiting.offered",
        "mention.created",
    }
)

SUBJECTS: Final[dict[str, str | Promise]] = {
    "invoice": _("Facturas"),
    "credit_note": _("Notas de crédito"),
    "sri": _("Envío al SRI"),
    "letter": _("Correos"),
    "public_link": _("Enlaces públicos"),
    "task": _("Tareas en segundo plano"),
    "bulk_job": _("Avance de tareas"),
    "saved_view": _("Vistas de listas"),
    "comment": _("Notas"),
    "mention": _("Menciones"),
    "attachment": _("Archivos adjuntos"),
    "import": _("Importaciones"),
    "billable": _("Pendientes de facturación"),
    "payment": _("Cobros"),
    "receipt": _("Recibos"),
    "refund": _("Devoluciones"),
    "payment_method": _("Métodos de cobro"),
    "customer_credit": _("Saldos a favor"),
    "customer": _("Clientes"),
    "customer_kind": _("Clases de cliente"),
    "product": _("Productos"),
    "line_template": _("Plantillas de líneas"),
    "establishment": _("Establecimientos"),
    "emission_point": _("Puntos de emisión"),
    "series": _("Series"),
    "period": _("Cierres de mes"),
    "company": _("Empresa"),
    "membership": _("Personas"),
    "invitation": _("Invitaciones"),
    "api_key": _("Claves de API"),
    "certificate": _("Certificados de firma"),
    "reservation": _("Reservas"),
    "repetition": _("Reservas repetidas"),
    "share": _("Partes de reservas"),
    "waiting": _("Lista de espera"),
    "blackout": _("Bloqueos"),
    "holiday": _("Feriados"),
    "booking_policy": _("Reglas de reserva"),
    "venue": _("Sedes"),
    "court": _("Canchas"),
    "rate": _("Tarifas"),
}

DOORS: Final[dict[str, str | Promise]] = {
    "page": _("Página"),
    "api": _("API"),
    "job": _("Tarea"),
    "command": _("Comando"),
    "admin": _("Administración"),
}


def subject_of(action: str) -> str:
    """Return what an action is about: its noun."""
    return action.partition(".")[0]


def label(action: str) -> Label:
    """Return how an action is told; one that is no longer in the table is told by its code."""
    return LABELS.get(action, Label(action))


def object_kind(object_type: str) -> str:
    """Return what people call a kind of object (`billing.customer`: "Cliente")."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return object_type


def object_url(object_type: str, object_id: int) -> str:
    """Return the address of an object's page, "" if it has none."""
    try:
        return str(apps.get_model(object_type)(pk=object_id).get_absolute_url())
    except (LookupError, ValueError, AttributeError, NoReverseMatch):
        return ""
