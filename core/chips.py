"""How a state looks: the one table from state code to colour, icon and default label.

A chip never says anything by colour alone: it carries an icon and a word. Models give their own label
(`get_status_display()`); the default here serves pages that only know the code.
"""

from functools import cache, lru_cache
from typing import NamedTuple

from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.words import gettext_lazy as _

SPRITE = "vendor/tabler-icons/sprite.svg"


class Look(NamedTuple):
    """The tone (a CSS class `tone-…`), the icon's name and the default Spanish label of a state."""

    tone: str
    icon: str
    label: str | Promise


UNKNOWN = Look("neutral", "circle", "")

LOOKS: dict[str, Look] = {
    # documents
    "draft": Look("neutral", "pencil", _("Borrador")),
    "issued": Look("info", "file-text", _("Emitida")),
    "paid": Look("good", "circle-check", _("Pagada")),
    "voided": Look("muted", "ban", _("Anulada")),
    "discarded": Look("muted", "trash", _("Descartada")),
    "invoice": Look("info", "file-invoice", _("Factura")),
    "sales_note": Look("violet", "receipt", _("Nota de venta")),
    # money received against a document
    "unpaid": Look("info", "circle", _("Sin cobrar")),
    "partial": Look("warn", "circle-half-2", _("Cobro parcial")),
    "overdue": Look("bad", "clock-hour-4", _("Vencida")),
    "settled": Look("good", "circle-check", _("Saldada")),
    # authorization by the tax office
    "none": Look("muted", "circle-dashed", _("Sin envío")),
    "pending": Look("warn", "hourglass", _("Pendiente")),
    "sent": Look("info", "send", _("Enviada")),
    "authorized": Look("good", "rubber-stamp", _("Autorizada")),
    "rejected": Look("bad", "alert-triangle", _("Rechazada")),
    # something that waits to be billed
    "waiting": Look("warn", "inbox", _("Por facturar")),
    "drafted": Look("neutral", "pencil", _("En borrador")),
    "invoiced": Look("good", "file-invoice", _("Facturado")),
    "cancelled": Look("muted", "x", _("Cancelada")),
    # bookings
    "held": Look("brand", "clock-hour-4", _("Apartada")),
    "requested": Look("warn", "hourglass", _("Solicitada")),
    "confirmed": Look("info", "calendar-check", _("Confirmada")),
    "checked_in": Look("violet", "door-enter", _("En cancha")),
    "completed": Look("good", "checks", _("Completada")),
    "no_show": Look("bad", "user-x", _("No asistió")),
    # people, keys, work in the background
    "active": Look("good", "circle-check", _("Activo")),
    "inactive": Look("muted", "circle-dashed", _("Inactivo")),
    "invited": Look("warn", "mail", _("Invitado")),
    "expired": Look("bad", "calendar-x", _("Caducado")),
    "revoked": Look("muted", "ban", _("Revocado")),
    "recorded": Look("good", "circle-check", _("Registrado")),
    "queued": Look("neutral", "hourglass", _("En espera")),
    "running": Look("info", "loader-2", _("En proceso")),
    "done": Look("good", "circle-check", _("Terminado")),
    "failed": Look("bad", "alert-triangle", _("Falló")),
    # files that people bring, and their rows
    "checking": Look("info", "loader-2", _("Revisando")),
    "checked": Look("warn", "list-check", _("Revisada, sin aplicar")),
    "applying": Look("info", "loader-2", _("Aplicando")),
    "applied": Look("good", "circle-check", _("Aplicada")),
    "undoing": Look("info", "loader-2", _("Deshaciendo")),
    "undone": Look("muted", "arrow-back-up", _("Deshecha")),
    "create": Look("good", "plus", _("Nuevo")),
    "update": Look("info", "pencil", _("Cambia")),
    "same": Look("muted", "check", _("Sin cambios")),
    "error": Look("bad", "alert-triangle", _("Con error")),
    "skipped": Look("muted", "at", _("Omitido")),
    "test": Look("warn", "flask", _("Pruebas")),
}


@cache
def icon(name: str, label: str = "") -> SafeString:
    """Return the SVG of an icon of the sprite; decoration unless it has a label."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', meaning, static(SPRITE), name)


def chip(code: str, label: str | Promise = "") -> SafeString:
    """Return the chip of a state: tone and icon by its code, words by the label or the table."""
    look = LOOKS.get(str(code), UNKNOWN)
    return _chip(look.tone, look.icon, str(label or look.label or code))


@lru_cache(maxsize=512)
def _chip(tone: str, icon_name: str, label: str) -> SafeString:
    return format_html('<span class="chip tone-{}">{}{}</span>', tone, icon(icon_name), label)
