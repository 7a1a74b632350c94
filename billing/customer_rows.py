"""Customers as rows of a file: their columns, a row read into values, and a customer written as such a row."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Customer, CustomerContact, CustomerKind, FiscalStatus, IdentificationType
from core.money import format_cents
from desk.import_kinds import Column
from desk.import_values import BadCell, amount, code_of, one_of, text, whole, yes_or_no
from sri import identification

COLUMNS: Final = (
    Column("tipo_identificacion", gettext_lazy("Tipo de identificación"), ("tipo id", "tipo de documento"),
           example="RUC", help=gettext_lazy("RUC, Cédula, Pasaporte o Identificación del exterior. Vacío: se deduce.")),
    Column("identificacion", gettext_lazy("Identificación"),
           ("ruc", "cedula", "ci", "ruc cedula", "cedula ruc", "ruc o cedula", "cedula o ruc", "ruc ci",
            "numero de identificacion", "nro identificacion", "documento", "pasaporte", "identification"),
           required=True, example="1790012345001", help=gettext_lazy("Con ella se reconoce a quien ya existe.")),
    Column("nombre", gettext_lazy("Razón social o nombre"),
           ("razon social", "cliente", "nombres", "nombre completo", "nombres y apellidos", "apellidos y nombres",
            "nombre razon social", "name"),
           required=True, example="Comercial Andina S.A.", help=gettext_lazy("Como debe salir en la factura.")),
    Column("nombre_comercial", gettext_lazy("Nombre comercial"), example="Andina"),
    Column("correo", gettext_lazy("Correo electrónico"), ("email", "e mail", "mail", "correo"),
           example="pagos@andina.ec", help=gettext_lazy("A él van las facturas, si ningún contacto las recibe.")),
    Column("telefono", gettext_lazy("Teléfono"), ("celular", "fono", "telf", "movil", "phone"), example="0991234567"),
    Column("direccion", gettext_lazy("Dirección"), ("domicilio", "address"), example="Av. Amazonas N34-451, Quito"),
    Column("tipo_contribuyente", gettext_lazy("Tipo de contribuyente"), ("contribuyente", "regimen"),
           example="Sociedad",
           help=gettext_lazy("Persona natural, Sociedad, Contribuyente especial, Entidad pública, RIMPE…")),
    Column("clase", gettext_lazy("Clase"), ("clase de cliente", "categoria", "grupo"),
           help=gettext_lazy("Una de las clases de cliente de la empresa, por su nombre.")),
    Column("dias_plazo", gettext_lazy("Días de plazo"), ("plazo", "dias de credito", "dias credito"), example="30",
           help=gettext_lazy("Vacío: los de la empresa.")),
    Column("limite_credito", gettext_lazy("Límite de crédito"), ("cupo", "cupo de credito", "credito"),
           example="1500,00", help=gettext_lazy("En dólares; avisa al pasarse.")),
    Column("notas", gettext_lazy("Notas"), ("observaciones", "comentarios", "observacion")),
    Column("contacto", gettext_lazy("Contacto"), ("nombre del contacto", "persona de contacto"),
           example="María Vélez", help=gettext_lazy("Se agrega a los contactos que el cliente ya tenga.")),
    Column("contacto_correo", gettext_lazy("Correo del contacto"), ("email contacto",), example="maria@andina.ec"),
    Column("contacto_telefono", gettext_lazy("Teléfono del contacto"), example="022345678"),
    Column("contacto_cargo", gettext_lazy("Cargo del contacto"), ("cargo",), example="Contadora"),
    Column("recibe_documentos", gettext_lazy("Recibe documentos"), ("recibe facturas",), example="sí",
           help=gettext_lazy("«sí» si a este contacto se le envían las facturas.")),
)  # fmt: skip

HEADINGS: Final = [column.field for column in COLUMNS]
PLAIN: Final = {
    "nombre": "name",
    "nombre_comercial": "trade_name",
    "correo": "email",
    "telefono": "phone",
    "direccion": "address",
    "notas": "notes",
}
CONTACT: Final = {
    "contacto": "name",
    "contacto_correo": "email",
    "contacto_telefono": "phone",
    "contacto_cargo": "position",
}
MOST_DAYS: Final = 32_767


class BadField(Exception):
    """A row's field cannot be taken, and why."""

    def __init__(self, field: str, error: BadCell) -> None:
        super().__init__(error.message)
        self.field, self.error = field, error


@dataclass(frozen=True, slots=True)
class Read:
    """A row as values of a customer: only those that are not blank."""

    identification_type: str
    identification: str
    type_given: bool
    values: dict[str, Any]
    contact: dict[str, Any]
    warnings: list[str] = field(default_factory=list)


def key(texts: Mapping[str, str]) -> str:
    """Return the identification as it is stored: what may stand once in a file."""
    try:
        return _identification(texts)[1]
    except BadField:
        return ""


def read(texts: Mapping[str, str], kinds: Sequence[CustomerKind]) -> Read:
    """Read a row's texts.

    Args:
        kinds: the company's kinds of customer.

    Raises:
        BadField: naming the column and what to do.
    """
    id_type, number, warnings = _identification(texts)
    values: dict[str, Any] = {}
    for column, name in PLAIN.items():
        if column in texts:
            values[name] = _cell(column, texts, partial(_text_of, Customer, name))
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "tipo_contribuyente": ("fiscal_status", _fiscal_status),
        "clase": ("kind", lambda cell: _kind(cell, kinds)),
        "dias_plazo": ("payment_days", lambda cell: whole(cell, most=MOST_DAYS)),
        "limite_credito": ("credit_limit", _limit),
    }
    for column, (name, reader) in readers.items():
        if column in texts:
            values[name] = _cell(column, texts, reader)
    given = "tipo_identificacion" in texts
    return Read(id_type, number, given, values, _contact(texts), warnings)


def texts_of(customer: Customer) -> dict[str, str]:
    """Write a customer as a row: brought back, it changes nothing. Its first contact stands for all."""
    contact = next(iter(customer.contacts.all()), None)
    row = {
        "tipo_identificacion": str(customer.get_identification_type_display()),
        "identificacion": customer.identification,
        "tipo_contribuyente": str(customer.get_fiscal_status_display()),
        "clase": customer.kind.name if customer.kind else "",
        "dias_plazo": "" if customer.payment_days is None else str(customer.payment_days),
        "limite_credito": "" if customer.credit_limit is None else format_cents(customer.credit_limit),
        "recibe_documentos": (_("sí") if contact.receives_documents else _("no")) if contact else "",
    }
    row |= {column: getattr(customer, name) for column, name in PLAIN.items()}
    row |= {column: getattr(contact, name) if contact else "" for column, name in CONTACT.items()}
    return {heading: row[heading] for heading in HEADINGS}


def exported(customer: Customer) -> list[str]:
    """Write a customer as a row of an export that is read back; consumidor final is not brought from anywhere."""
    return [] if customer.is_final_consumer else list(texts_of(customer).values())


def _cell(column: str, texts: Mapping[str, str], reader: Callable[[str], Any]) -> Any:
    try:
        return reader(texts[column])
    except BadCell as error:
        raise BadField(column, error) from error


def _identification(texts: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """Return type, number and warnings; a zero that a spreadsheet dropped at the front is put back."""
    if "identificacion" not in texts:
        raise BadField("identificacion", BadCell("identification_required", _("Falta la identificación.")))
    number = _cell("identificacion", texts, code_of)
    given = _cell("tipo_identificacion", texts, _type) if "tipo_identificacion" in texts else ""
    digits, warnings = _with_its_zero(re.sub(r"[\s.-]", "", number), given), []
    if digits:
        warnings.append(_("Se le devolvió el cero inicial que quitó la hoja de cálculo: %(id)s.") % {"id": digits})
        number = digits
    id_type = given or identification.guess_type(number) or IdentificationType.PASSPORT
    if id_type == IdentificationType.FINAL_CONSUMER or number == identification.FINAL_CONSUMER_ID:
        message = _("Consumidor final ya existe y no se importa: quite esta fila.")
        raise BadField("identificacion", BadCell("final_consumer_is_built_in", message))
    checked = identification.check(id_type, number)
    if checked.error:
        raise BadField("identificacion", BadCell("identification_invalid", checked.error))
    return checked.type, checked.normalized, warnings + ([checked.warning] if checked.warning else [])


def _with_its_zero(digits: str, given: str) -> str:
    """Return the number with the zero it must have had, or nothing where none is missing."""
    if not re.fullmatch(r"[0-9]{9}|[0-9]{9}001", digits):
        return ""
    full, is_ruc = f"0{digits}", len(digits) == 12
    wanted = IdentificationType.RUC if is_ruc else IdentificationType.CEDULA
    if given:
        return full if given == wanted else ""
    return full if identification.check(wanted, full).warning is None else ""


def _type(cell: str) -> str:
    named = {value: str(label) for value, label in IdentificationType.choices}
    return one_of(cell, named, code="identification_type_unknown")


def _fiscal_status(cell: str) -> str:
    named = {value: str(label) for value, label in FiscalStatus.choices}
    return one_of(cell, named, code="fiscal_status_unknown")


def _kind(cell: str, kinds: Sequence[CustomerKind]) -> CustomerKind:
    if not kinds:
        message = _("La empresa no tiene clases de cliente: créelas primero, o deje la columna vacía.")
        raise BadCell("customer_kind_unknown", message)
    named = {kind.name: kind for kind in kinds}
    return named[one_of(cell, {name: name for name in named}, code="customer_kind_unknown")]


def _limit(cell: str) -> Any:
    value = amount(cell)
    if value < 0:
        raise BadCell("invalid_amount", _("El límite de crédito no puede ser negativo."))
    return value


def _text_of(model: type[Customer] | type[CustomerContact], name: str, cell: str) -> str:
    """Return a text that the model's field takes."""
    value = text(cell)
    column: Any = model._meta.get_field(name)
    if column.get_internal_type() != "TextField":
        value = re.sub(r"[\r\n\t]+", " ", value)
    try:
        column.run_validators(value)
    except ValidationError as error:
        raise BadCell("invalid_text", " ".join(error.messages)) from error
    return value


def _contact(texts: Mapping[str, str]) -> dict[str, Any]:
    contact = {
        name: _cell(column, texts, partial(_text_of, CustomerContact, name))
        for column, name in CONTACT.items()
        if column in texts
    }
    if "recibe_documentos" in texts:
        contact["receives_documents"] = _cell("recibe_documentos", texts, yes_or_no)
    if contact and not contact.get("name") and not contact.get("email"):
        if set(contact) == {"receives_documents"} and not contact["receives_documents"]:
            return {}
        message = _("Escriba el nombre o el correo del contacto.")
        raise BadField("contacto", BadCell("contact_name_required", message))
    return contact
