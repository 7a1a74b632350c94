"""What an entry changed, as people read it: field by field, before and after, in Spanish and in local form.

Names and values are told by the changed model's own fields; `WORDS` names what is not a field.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.choices import flatten_choices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import AuditEntry
from core.money import format_money
from core.templatetags import cuadre as show

NOTHING: Final = "—"

WORDS: Final[dict[str, str | Promise]] = {
    "additional_info": gettext_lazy("información adicional"),
    "amount": gettext_lazy("valor"),
    "applied": gettext_lazy("aplicado a"),
    "balance": gettext_lazy("saldo"),
    "buyer": gettext_lazy("comprador"),
    "contacts": gettext_lazy("contactos"),
    "court": gettext_lazy("cancha"),
    "code": gettext_lazy("código"),
    "credit": gettext_lazy("saldo a favor"),
    "credit_note": gettext_lazy("nota de crédito"),
    "customer": gettext_lazy("cliente"),
    "customer_name": gettext_lazy("cliente"),
    "days": gettext_lazy("días que quedan"),
    "discarded": gettext_lazy("descartado"),
    "document": gettext_lazy("documento"),
    "documents": gettext_lazy("documentos"),
    "doubt": gettext_lazy("duda"),
    "ended": gettext_lazy("acceso retirado"),
    "ends_at": gettext_lazy("hasta"),
    "hidden": gettext_lazy("retirado"),
    "hours": gettext_lazy("horarios"),
    "invoice": gettext_lazy("factura"),
    "invoice_id": gettext_lazy("factura"),
    "last_number": gettext_lazy("último número"),
    "lines": gettext_lazy("líneas"),
    "method": gettext_lazy("método"),
    "name": gettext_lazy("nombre"),
    "notes": gettext_lazy("notas"),
    "number": gettext_lazy("número"),
    "origin": gettext_lazy("origen"),
    "payment": gettext_lazy("cobro"),
    "payment_id": gettext_lazy("cobro"),
    "problem": gettext_lazy("problema"),
    "remaining": gettext_lazy("disponible"),
    "revision": gettext_lazy("revisión"),
    "role": gettext_lazy("rol"),
    "scopes": gettext_lazy("permisos"),
    "settlement": gettext_lazy("cobro aplicado"),
    "size": gettext_lazy("tamaño en bytes"),
    "source": gettext_lazy("origen"),
    "starts_at": gettext_lazy("desde"),
    "status": gettext_lazy("estado"),
    "total": gettext_lazy("total"),
}

_AMOUNT = re.compile(r"-?\d+\.\d{2}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")


class Change(NamedTuple):
    """One field of the changed object: its name, and its value before and after, in words."""

    name: str
    before: str
    after: str


def changes_of(entry: AuditEntry) -> list[Change]:
    """Return what an entry changed, what it names in both states first; of something new, what it was made with."""
    before, after = entry.before or {}, entry.after or {}
    told = []
    for key in {**before, **after}:
        if key in before and key in after and before[key] == after[key]:
            continue
        field = _field(entry.object_type, key)
        told.append(Change(_name(key, field), _say(before.get(key), field), _say(after.get(key), field)))
    return told


def in_words(value: Any) -> str:
    """Say one value of an entry as people read it."""
    return _say(value, None)


def _field(object_type: str, name: str) -> models.Field | None:
    try:
        field = apps.get_model(object_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if isinstance(field, models.Field) else None


def _name(key: str, field: models.Field | None) -> str:
    """Name a key by its field, unless the field only has the name Django made of the code's."""
    spaced = key.replace("_", " ")
    named = str(field.verbose_name) if field is not None else spaced
    text = str(WORDS.get(key, spaced)) if named == spaced else named
    return text[:1].upper() + text[1:]


def _say(value: Any, field: models.Field | None) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    choices = dict(flatten_choices(field.choices)) if field is not None and field.choices else {}
    if isinstance(value, str | int) and value in choices:
        return str(choices[value])
    if isinstance(field, models.ForeignKey) and isinstance(value, int):
        return _("n.º %(id)d") % {"id": value}
    return _in_words(value)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, Mapping):
        return ", ".join(f"{_name(key, None).lower()}: {_say(inner, None)}" for key, inner in value.items())
    if isinstance(value, list):
        return "; ".join(_say(inner, None) for inner in value)
    if isinstance(value, str):
        return _text_in_words(value)
    return str(value)


def _text_in_words(text: str) -> str:
    """Say a stored amount or date as Ecuador writes it; any other text as it is."""
    if _AMOUNT.fullmatch(text):
        return format_money(Decimal(text))
    try:
        if _DAY.fullmatch(text):
            return show.day(date.fromisoformat(text))
        if _MOMENT.fullmatch(text) and (moment := datetime.fromisoformat(text)).tzinfo:
            return show.moment(moment)
    except ValueError:
        pass
    return text
