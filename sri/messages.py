"""What SRI's messages mean, and what to do about each: the whole table of its "Ficha técnica", § 10.

SRI answers with a number, a few words and sometimes more information. Here each number has one action, which the
program follows, and one advice, which a person can: a refusal never reaches anybody as a bare number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What a message asks of whoever sent the document."""

    RETRY = "retry"  # the outcome is unknown: ask by access key, then send the same bytes again
    ASK = "ask"  # SRI has a document with this key: ask what became of it
    WAIT = "wait"  # SRI is working on it: ask again, for up to 24 hours; never send again
    CORRECT = "correct"  # the content is wrong: a person corrects it, same number
    REPLACE = "replace"  # this number or date can never be authorized: void it and issue another
    BLOCK_ISSUER = "block_issuer"  # an impediment of the whole company: stop sending until it is lifted
    BLOCK_ESTABLISHMENT = "block_establishment"  # the same, of one establishment
    NOTE = "note"  # a warning: keep and show it, nothing stops
    PREVENT = "prevent"  # the issuer's own duty: seen before sending, not an answer of SRI's


class Kind(StrEnum):
    """How SRI classes a message."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATIVE = "informative"
    OWN = "own"  # a check SRI expects of the issuer


class Stage(StrEnum):
    """Which of SRI's services says it, or the issuer to itself."""

    RECEPTION = "reception"
    AUTHORIZATION = "authorization"
    ISSUER = "issuer"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Message:
    """An entry of the table; `keeps_key` says whether the mended document keeps access key and number."""

    code: str
    kind: Kind
    title: str
    stage: Stage
    action: Action
    advice: str
    keeps_key: bool = True


@dataclass(frozen=True, slots=True)
class SriMessage:
    """A message as SRI sent it: `identificador`, `mensaje`, `informacionAdicional` and `tipo`."""

    code: str
    text: str
    info: str = ""
    kind: str = ""

    @property
    def rule(self) -> Message:
        """What the table says about it."""
        return lookup(self.code)

    @property
    def advice(self) -> str:
        """What a person does about it, told as precisely as SRI's additional information allows."""
        return advise(self.code, self.info)


def lookup(code: str) -> Message:
    """The table's entry for a code; one that is not in it counts as correctable, and says so."""
    return _BY_CODE.get(_normal(code)) or _unknown(code)


def decisive(messages: Iterable[SriMessage]) -> SriMessage | None:
    """The message that decides what happens: the first that is no warning; SRI reports only its first failure."""
    return next((message for message in messages if message.rule.action is not Action.NOTE), None)


def advise(code: str, info: str = "") -> str:
    """The advice for a code, preceded by what SRI's additional information reveals of the cause."""
    advice = lookup(code).advice
    text = "".join(letter for letter in unicodedata.normalize("NFD", info) if not unicodedata.combining(letter))
    for pattern, hint in _HINTS.get(_normal(code), ()):
        if found := re.search(pattern, text, re.IGNORECASE):
            return f"{hint.format(*(found.groups() or ('',)))} {advice}"
    return advice


def _normal(code: str) -> str:
    return code.strip().lstrip("0")


def _unknown(code: str) -> Message:
    return Message(
        code,
        Kind.ERROR,
        "Mensaje desconocido",
        Stage.AUTHORIZATION,
        Action.CORRECT,
        f"El SRI respondió con un código que no consta en su ficha técnica ({code or 'sin código'}). Lea el texto del "
        "SRI, corrija el comprobante si de él se desprende qué está mal y vuelva a enviarlo; si no, consulte al SRI.",
    )


_ERROR, _WARNING, _OWN = Kind.ERROR, Kind.WARNING, Kind.OWN
_RECEPTION, _AUTHORIZATION, _ISSUER = Stage.RECEPTION, Stage.AUTHORIZATION, Stage.ISSUER
_RESUME = "Los comprobantes en espera saldrán solos cuando un administrador reanude el envío."

MESSAGES: Final[tuple[Message, ...]] = (
    Message(
        "2",
        _ERROR,
        "RUC del emisor no activo",
        _AUTHORIZATION,
        Action.BLOCK_ISSUER,
        f"El RUC de la empresa no está activo. Regularícelo en el SRI; reenviar no lo arregla. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "10",
        _ERROR,
        "Establecimiento del emisor clausurado",
        _AUTHORIZATION,
        Action.BLOCK_ESTABLISHMENT,
        "El SRI tiene clausurado este establecimiento: no puede emitir hasta que termine la clausura. "
        f"Los demás establecimientos siguen emitiendo. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "26",
        _ERROR,
        "Tamaño máximo superado",
        _RECEPTION,
        Action.CORRECT,
        "El comprobante pasa de 320 KB. Reparta sus líneas en varios comprobantes o acorte descripciones e información "
        "adicional, y vuelva a enviarlo.",
    ),
    Message(
        "27",
        _ERROR,
        "Clase de contribuyente no permitida",
        _AUTHORIZATION,
        Action.BLOCK_ISSUER,
        f"El SRI no permite que esta clase de contribuyente emita este comprobante. Consulte al SRI. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "28",
        _ERROR,
        "Acuerdo de medios electrónicos no aceptado",
        _RECEPTION,
        Action.BLOCK_ISSUER,
        "La empresa no ha aceptado el acuerdo de uso de medios electrónicos. El contribuyente lo acepta en SRI en "
        f"línea; después se envían los mismos comprobantes. {_RESUME}",
    ),
    Message(
        "34",
        _OWN,
        "Tipo de comprobante no autorizado en la solicitud de emisión",
        _ISSUER,
        Action.PREVENT,
        "Este tipo de comprobante no consta en la solicitud de emisión electrónica. Habilítelo en SRI en línea antes "
        "de emitir.",
    ),
    Message(
        "35",
        _ERROR,
        "Documento inválido",
        _RECEPTION,
        Action.CORRECT,
        "La estructura del comprobante no es la que el SRI exige. Corrija el dato señalado y vuelva a enviarlo con el "
        "mismo número; si ningún dato parece equivocado, avise al administrador del sistema.",
    ),
    Message(
        "36",
        _ERROR,
        "Versión de esquema descontinuada",
        _RECEPTION,
        Action.CORRECT,
        "El SRI ya no admite esta versión del formato. Avise al administrador del sistema; el comprobante se reenvía "
        "con la versión vigente y el mismo número.",
    ),
    Message(
        "37",
        _ERROR,
        "RUC sin autorización de emisión",
        _AUTHORIZATION,
        Action.BLOCK_ISSUER,
        "La empresa no tiene autorización de emisión electrónica en este ambiente (pruebas y producción se solicitan "
        f"por separado). Solicítela en SRI en línea; después se envían los mismos comprobantes. {_RESUME}",
    ),
    Message(
        "39",
        _ERROR,
        "Firma inválida",
        _AUTHORIZATION,
        Action.CORRECT,
        "Revise el certificado de firma en la configuración de la empresa: que esté vigente, sea de este RUC y lo haya "
        "emitido una entidad acreditada. Luego use «corregir y reenviar»: se firma de nuevo con el mismo número.",
    ),
    Message(
        "40",
        _ERROR,
        "Error en el certificado",
        _AUTHORIZATION,
        Action.CORRECT,
        "El SRI no encontró el certificado dentro de la firma o no pudo leerlo. Suba de nuevo el certificado de firma "
        "y use «corregir y reenviar»: se firma de nuevo con el mismo número.",
    ),
    Message(
        "42",
        _OWN,
        "Certificado revocado o caducado",
        _ISSUER,
        Action.PREVENT,
        "El certificado de firma caducó o fue revocado. Renuévelo y súbalo en la configuración de la empresa.",
    ),
    Message(
        "43",
        _ERROR,
        "Clave de acceso registrada",
        _RECEPTION,
        Action.ASK,
        "El SRI ya tiene este comprobante: no es un fallo. El sistema consulta su estado; no emita otro.",
    ),
    Message(
        "45",
        _ERROR,
        "Secuencial registrado",
        _RECEPTION,
        Action.REPLACE,
        "El SRI ya tiene otro comprobante con este número: otro sistema usa la misma serie. Use un punto de emisión "
        "solo para este sistema o suba el último número de la serie; este comprobante se anula aquí y se emite otro.",
        keeps_key=False,
    ),
    Message(
        "46",
        _ERROR,
        "RUC no existe",
        _AUTHORIZATION,
        Action.BLOCK_ISSUER,
        f"El RUC de la empresa no existe para el SRI. Revíselo en la configuración de la empresa. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "47",
        _ERROR,
        "Tipo de comprobante no existe",
        _RECEPTION,
        Action.CORRECT,
        "El tipo de comprobante no existe. Avise al administrador del sistema: corregirlo cambia la clave de acceso.",
        keeps_key=False,
    ),
    Message(
        "48",
        _ERROR,
        "Esquema XSD no existe",
        _RECEPTION,
        Action.CORRECT,
        "El SRI no reconoce el formato o su versión. Avise al administrador del sistema; corregido, se reenvía con el "
        "mismo número.",
    ),
    Message(
        "49",
        _ERROR,
        "Argumentos nulos al WS",
        _RECEPTION,
        Action.CORRECT,
        "El SRI recibió un envío vacío. Vuelva a enviarlo; si se repite, avise al administrador del sistema.",
    ),
    Message(
        "50",
        _ERROR,
        "Error interno general del SRI",
        _RECEPTION,
        Action.RETRY,
        "El SRI tuvo un error interno. El sistema consulta y reenvía el mismo comprobante por sí solo; no emita otro.",
    ),
    Message(
        "52",
        _ERROR,
        "Error en diferencias",
        _AUTHORIZATION,
        Action.CORRECT,
        "Los totales del comprobante no cuadran para el SRI. Revise cantidades, descuentos e impuestos y use «corregir "
        "y reenviar»: se envía con el mismo número.",
    ),
    Message(
        "56",
        _ERROR,
        "Establecimiento cerrado",
        _AUTHORIZATION,
        Action.BLOCK_ESTABLISHMENT,
        "Este establecimiento consta cerrado en el RUC. Reábralo en el SRI o emita desde otro establecimiento. "
        f"Los demás siguen emitiendo. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "57",
        _ERROR,
        "Autorización suspendida por control",
        _AUTHORIZATION,
        Action.BLOCK_ISSUER,
        f"El SRI suspendió la autorización de emisión de la empresa por control. Comuníquese con el SRI. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "58",
        _ERROR,
        "Error en la estructura de la clave de acceso",
        _AUTHORIZATION,
        Action.CORRECT,
        "La clave de acceso no corresponde a los datos del comprobante (fecha, tipo, RUC, ambiente, serie o número). "
        "Use «corregir y reenviar»; si se repite, avise al administrador del sistema.",
        keeps_key=False,
    ),
    Message(
        "59",
        _WARNING,
        "Identificación del adquirente no existe",
        _AUTHORIZATION,
        Action.NOTE,
        "El SRI no conoce la identificación del cliente. El comprobante vale; revise la ficha del cliente.",
    ),
    Message(
        "60",
        _WARNING,
        "Ambiente de ejecución",
        _AUTHORIZATION,
        Action.NOTE,
        "El comprobante es del ambiente de pruebas: no tiene validez tributaria.",
    ),
    Message(
        "62",
        _WARNING,
        "Identificación incorrecta",
        _AUTHORIZATION,
        Action.NOTE,
        "El dígito verificador de la identificación del cliente no cuadra. El comprobante vale; revise la ficha del "
        "cliente.",
    ),
    Message(
        "63",
        _ERROR,
        "RUC clausurado",
        _AUTHORIZATION,
        Action.BLOCK_ISSUER,
        f"El SRI tiene clausurada a la empresa: no puede emitir hasta que termine la clausura. {_RESUME}",
        keeps_key=False,
    ),
    Message(
        "64",
        _OWN,
        "Código de documento sustento inexistente",
        _ISSUER,
        Action.PREVENT,
        "El tipo de documento de sustento no existe. Escoja uno de la lista.",
    ),
    Message(
        "65",
        _ERROR,
        "Fecha de emisión extemporánea",
        _RECEPTION,
        Action.REPLACE,
        "La fecha de emisión está fuera del plazo que el SRI admite, o en el futuro. Revise el reloj del servidor; "
        "este comprobante se anula aquí y se emite otro con fecha de hoy.",
        keeps_key=False,
    ),
    Message(
        "67",
        _ERROR,
        "Fecha inválida",
        _RECEPTION,
        Action.CORRECT,
        "Una fecha del comprobante no existe o no está escrita como dd/mm/aaaa. Corríjala y use «corregir y reenviar».",
    ),
    Message(
        "68",
        _WARNING,
        "Documento sustento no existe como electrónico",
        _AUTHORIZATION,
        Action.NOTE,
        "El SRI no encuentra como electrónico el documento que este modifica o sustenta. El comprobante vale; revise "
        "el número del documento.",
    ),
    Message(
        "69",
        _OWN,
        "Identificación del receptor no existe",
        _ISSUER,
        Action.CORRECT,
        "La identificación del cliente no consta en el SRI. Corrija la ficha del cliente y use «corregir y reenviar».",
    ),
    Message(
        "70",
        Kind.INFORMATIVE,
        "Clave de acceso en procesamiento",
        _RECEPTION,
        Action.WAIT,
        "El SRI está procesando este comprobante. El sistema consulta por sí solo, hasta 24 horas; no emita otro.",
    ),
    Message(
        "80",
        _ERROR,
        "Error en la estructura de la clave de acceso consultada",
        _AUTHORIZATION,
        Action.CORRECT,
        "Se consultó al SRI con una clave de acceso que no tiene 49 dígitos. Avise al administrador del sistema.",
    ),
    Message(
        "82",
        _ERROR,
        "Fecha de inicio de transporte menor a la fecha de emisión de la guía",
        _RECEPTION,
        Action.CORRECT,
        "La fecha de inicio del transporte es anterior a la emisión de la guía. Corríjala y use «corregir y reenviar».",
    ),
    Message(
        "92",
        _ERROR,
        "Monto de devolución de IVA no corresponde al autorizado",
        _RECEPTION,
        Action.CORRECT,
        "El monto de devolución automática de IVA no es el que el SRI autorizó. Corríjalo y use «corregir y reenviar».",
    ),
    Message(
        "99",
        _ERROR,
        "Consulta rechazada o sin datos",
        Stage.QUERY,
        Action.NOTE,
        "La consulta del SRI alcanza solo al mes actual y al anterior: que no lo encuentre no significa que "
        "el comprobante no exista. Búsquelo en SRI en línea.",
    ),
)

_BY_CODE: Final = {message.code: message for message in MESSAGES}

_DEFAULT_SIGNATURE_HINT = "El SRI no pudo verificar la firma."

# What SRI's additional information gives away, looked for in it without accents; the first that is found.
_HINTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "39": (
        (
            r"cadena de confianza|no confiable|autoridad certificadora|entidad (?:no )?acreditada",
            "El SRI no reconoce a quien emitió el certificado: es autofirmado, de prueba o de entidad no acreditada.",
        ),
        (r"revocad", "El certificado de firma está revocado."),
        (r"caducad|expirad|vencid|vigen|fuera de (?:su )?(?:periodo|plazo)", "El certificado no estaba vigente."),
        (
            r"no pertenece|no corresponde|ruc del (?:certificado|firmante)|propietario",
            "El certificado de firma es de otro RUC.",
        ),
        (
            r"hora de (?:la )?firma|fecha de (?:la )?firma|signingtime|futur",
            "La hora de la firma no es aceptada: el reloj del servidor está adelantado o atrasado.",
        ),
        (
            r"alterad|digest|integridad|modificad|referenc",
            "El contenido no coincide con lo firmado: el comprobante cambió después de firmarse, o se firmó mal.",
        ),
        (r"", _DEFAULT_SIGNATURE_HINT),
    ),
    "35": (
        (r"element(?:o)? '(?:\{[^}]*\})?:?([\w.:-]+)'", "El SRI señala el elemento «{0}»."),
        (r"(?:value|valor) '([^']*)'", "El SRI señala el valor «{0}»."),
    ),
    "65": (
        (
            r"futur|mayor a la fecha|posterior",
            "El SRI considera futura la fecha de emisión: el reloj del servidor está adelantado.",
        ),
    ),
}
