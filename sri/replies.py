"""Reading SRI's answers: by the names of their elements, whatever their namespace or order.

They do not agree with SRI's own description of them. What cannot be read, or speaks of another document, is an unknown
outcome with a sentence that tells what came.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

import requests
import zeep
import zeep.loader
from lxml import etree

from core.clock import DEFAULT_ZONE
from sri.catalogs import Environment
from sri.messages import SriMessage
from sri.outcomes import Answer, Answered, Received, Reception
from sri.wire import PROBLEM_LENGTH, Exchange


class _Unreadable(Exception):
    """The answer says nothing about the document; the message is a Spanish sentence."""


def reception(exchange: Exchange, xml: bytes) -> Reception:
    """Read what handing in these bytes came to."""
    if not exchange.delivered:
        return Reception(Received.UNREACHABLE, problem=exchange.problem)
    try:
        return _read_reception(_payload(exchange, "RespuestaRecepcionComprobante"), xml)
    except _Unreadable as error:
        return Reception(Received.UNKNOWN, problem=str(error)[:PROBLEM_LENGTH])


def _read_reception(payload: etree._Element, xml: bytes) -> Reception:
    state = _state(payload)
    if state == "RECIBIDA":
        _check_keys(payload, xml)
        return Reception(Received.RECEIVED, _messages(payload))
    if state != "DEVUELTA":
        raise _Unreadable(f"El SRI respondió un estado desconocido al recibir: «{state}».")
    _check_keys(payload, xml)
    messages = _messages(payload)
    if not messages:
        raise _Unreadable("El SRI devolvió el comprobante sin decir por qué.")
    return Reception(Received.RETURNED, messages)


def _check_keys(payload: etree._Element, xml: bytes) -> None:
    """Refuse an answer about another document; SRI writes N/A where it could not read the key."""
    for key in (_text(found) for found in _all(payload, "claveAcceso")):
        if key.isdigit() and key.encode() not in xml:
            raise _Unreadable(f"El SRI respondió por otro comprobante ({key}).")


def answer(exchange: Exchange, access_key: str, environment: str) -> Answer:
    """Read what SRI says of an access key in an environment."""
    if not exchange.delivered:
        return Answer(Answered.UNREACHABLE, problem=exchange.problem)
    try:
        payload = _payload(exchange, "RespuestaAutorizacionComprobante")
        return _read_answer(payload, access_key, environment)
    except _Unreadable as error:
        return Answer(Answered.UNKNOWN, problem=str(error)[:PROBLEM_LENGTH])


@dataclass(frozen=True, slots=True)
class _Authorization:
    """One `<autorizacion>` of the answer."""

    state: str
    number: str
    moment: str
    environment: str
    document: str
    messages: tuple[SriMessage, ...]
    at: datetime | None = None

    def about(self, access_key: str) -> bool:
        """Whether it speaks of the document that was asked for, as far as it says which."""
        keys = re.findall(r"<claveAcceso>\s*([0-9]{49})\s*</claveAcceso>", self.document)
        if re.fullmatch("[0-9]{49}", self.number):
            keys.append(self.number)
        return all(key == access_key for key in keys)


_OUTCOMES: Final = {
    "AUTORIZADO": Answered.AUTHORIZED,  # nothing else is an authorization
    "NO AUTORIZADO": Answered.REFUSED,
    "NO AUTORIZADA": Answered.REFUSED,
    "NAT": Answered.REFUSED,
    "RECHAZADO": Answered.REFUSED,
    "RECHAZADA": Answered.REFUSED,
    "EN PROCESO": Answered.PROCESSING,
    "EN PROCESAMIENTO": Answered.PROCESSING,
    "PPR": Answered.PROCESSING,
}


def _read_answer(payload: etree._Element, access_key: str, environment: str) -> Answer:
    asked, count = _text(_first(payload, "claveAccesoConsultada")), _text(_first(payload, "numeroComprobantes"))
    if asked not in ("", "N/A", access_key):
        raise _Unreadable(f"El SRI respondió por otra clave de acceso ({asked}).")
    found = [_authorization(element) for element in _all(payload, "autorizacion")]
    if not found:
        if count in ("", "0") and (asked or count):
            return Answer(Answered.ABSENT)
        raise _Unreadable("La respuesta del SRI no dice nada del comprobante.")
    mine = [one for one in found if one.about(access_key)]
    if not mine:
        raise _Unreadable("El SRI respondió con un comprobante de otra clave de acceso.")
    return _outcome(_decisive(mine), access_key, environment)


def _decisive(found: list[_Authorization]) -> _Authorization:
    """An authorization wins over everything; otherwise the latest counts."""
    authorized = [one for one in found if one.state == "AUTORIZADO"]
    if authorized:
        return authorized[-1]
    return max(enumerate(found), key=lambda pair: (pair[1].at is not None, pair[1].at or 0, pair[0]))[1]


def _outcome(one: _Authorization, access_key: str, environment: str) -> Answer:
    outcome = _OUTCOMES.get(one.state)
    if outcome is None:
        raise _Unreadable(f"El SRI respondió un estado desconocido: «{one.state}».")
    code = _environment(one.environment)
    if code and code != environment:
        raise _Unreadable(f"El SRI respondió desde otro ambiente ({one.environment}).")
    return Answer(
        outcome,
        number=one.number or (access_key if outcome is Answered.AUTHORIZED else ""),
        authorized_at=one.at,
        environment=code,
        document=one.document.encode() or None,
        wrapper=_wrapper(one),
        messages=one.messages,
    )


def _authorization(element: etree._Element) -> _Authorization:
    moment = _text(_first(element, "fechaAutorizacion"))
    return _Authorization(
        state=_state(element),
        number=_text(_first(element, "numeroAutorizacion")),
        moment=moment,
        environment=_text(_first(element, "ambiente")),
        document=_document(_first(element, "comprobante")),
        messages=_messages(element),
        at=_moment(moment),
    )


def _document(element: etree._Element | None) -> str:
    """The document inside the answer: plain, or in base64 as some of SRI's servers have it."""
    text = (element.text or "").strip("\ufeff \t\r\n") if element is not None else ""
    if not text or text.startswith("<"):
        return text
    try:
        plain = base64.b64decode(text, validate=False).decode()
    except ValueError:
        return text
    return plain if plain.lstrip("\ufeff").startswith("<") else text


def _wrapper(one: _Authorization) -> bytes:
    """SRI's authorization around the document, the file that is kept for seven years and given to the buyer."""
    document = one.document.replace("]]>", "]]]]><![CDATA[>")
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        "<autorizacion>\n"
        f"<estado>{escape(one.state)}</estado>\n"
        f"<numeroAutorizacion>{escape(one.number)}</numeroAutorizacion>\n"
        f"<fechaAutorizacion>{escape(one.moment)}</fechaAutorizacion>\n"
        f"<ambiente>{escape(one.environment)}</ambiente>\n"
        f"<comprobante><![CDATA[{document}]]></comprobante>\n"
        f"<mensajes>{''.join(map(_wrapped, one.messages))}</mensajes>\n"
        "</autorizacion>\n"
    ).encode()


def _wrapped(message: SriMessage) -> str:
    info = f"<informacionAdicional>{escape(message.info)}</informacionAdicional>" if message.info else ""
    return (
        f"<mensaje><identificador>{escape(message.code)}</identificador><mensaje>{escape(message.text)}</mensaje>"
        f"{info}<tipo>{escape(message.kind)}</tipo></mensaje>"
    )


def _environment(text: str) -> str:
    """SRI's code of an environment it names PRUEBAS, PRODUCCION or PRODUCCIÓN."""
    word = text.strip().upper()
    if word.startswith("PRU") or word == Environment.TEST:
        return Environment.TEST.value
    return Environment.PRODUCTION.value if word.startswith("PRO") or word == Environment.PRODUCTION else ""


def _moment(text: str) -> datetime | None:
    """When SRI says it was; without a zone, it is Ecuador's."""
    for read in (datetime.fromisoformat, _local_moment):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=DEFAULT_ZONE)
    return None


def _local_moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=DEFAULT_ZONE)


def _payload(exchange: Exchange, name: str) -> etree._Element:
    """The part of a SOAP answer that is about documents.

    Raises _Unreadable for everything else that may come back, with a sentence that tells what it was.
    """
    if exchange.problem:
        raise _Unreadable(exchange.problem)
    if not exchange.content.strip():
        raise _Unreadable(f"El SRI respondió vacío (HTTP {exchange.status}).")
    _refuse_pages(exchange)
    root = _parse(exchange)
    if (fault := _first(root, "Fault")) is not None:
        words = _text(_first(fault, "faultstring")) or _text(_first(fault, "Text")) or "sin explicación"
        raise _Unreadable(f"El servicio del SRI falló: {words}")
    if exchange.status != requests.codes.ok:
        raise _Unreadable(f"El SRI respondió con un error (HTTP {exchange.status}).")
    if (payload := _first(root, name)) is None:
        raise _Unreadable("El SRI respondió con algo que no es de su servicio.")
    return payload


def _refuse_pages(exchange: Exchange) -> None:
    """Tell a page made for people, of the firewall or of a server in between, from an answer."""
    start = exchange.content[:2000].lstrip().lower()
    if b"request rejected" in start or exchange.status == requests.codes.forbidden:
        raise _Unreadable(f"El cortafuegos del SRI rechazó la solicitud (HTTP {exchange.status}).")
    if start.startswith((b"<html", b"<!doctype html")):
        raise _Unreadable(f"El SRI respondió con una página en vez de una respuesta (HTTP {exchange.status}).")


def _parse(exchange: Exchange) -> etree._Element:
    try:
        return zeep.loader.parse_xml(exchange.content, None, settings=_PARSING)  # type: ignore[arg-type]
    except (etree.XMLSyntaxError, zeep.exceptions.Error, ValueError) as error:
        raise _Unreadable(f"La respuesta del SRI no se puede leer (HTTP {exchange.status}: {error}).") from error


_PARSING: Final = zeep.Settings(strict=True, forbid_dtd=True)


def _messages(element: etree._Element) -> tuple[SriMessage, ...]:
    """The messages, each a `<mensaje>` that holds another `<mensaje>` for its text."""
    return tuple(
        SriMessage(
            code=_text(_child(found, "identificador")),
            text=_text(_child(found, "mensaje")),
            info=_text(_child(found, "informacionAdicional")),
            kind=_text(_child(found, "tipo")).upper(),
        )
        for found in _all(element, "mensaje")
        if _name(found.getparent()) == "mensajes"
    )


def _state(element: etree._Element) -> str:
    return " ".join(_text(_child(element, "estado")).split())


def _name(element: etree._Element | None) -> str:
    return etree.QName(element).localname if element is not None and isinstance(element.tag, str) else ""


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return [found for found in element.iter() if _name(found) == name]


def _first(element: etree._Element, name: str) -> etree._Element | None:
    return next((found for found in element.iter() if _name(found) == name), None)


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((found for found in element if _name(found) == name), None)


def _text(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""
