"""Questions and answers in SOAP, shaped as SRI's servers shape them: unqualified children, CDATA, nested messages."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from sri.simulator.engine import Consultation, Receipt, Verdict
from sri.simulator.notices import Notice
from sri.simulator.rules import ECUADOR

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ENVELOPE = f'<soap:Envelope xmlns:soap="{_SOAP}"><soap:Body>%s</soap:Body></soap:Envelope>'
_ENVIRONMENTS = {"1": "PRUEBAS", "2": "PRODUCCIÓN"}
_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


class NotUnderstood(Exception):
    """The question is none of the services'."""


@dataclass(frozen=True, slots=True)
class Question:
    """An operation and what it was given."""

    operation: str
    xml: bytes | None = None
    key: str = ""

    @property
    def ruc(self) -> str:
        """Whose document it is about."""
        if self.operation != "validarComprobante":
            return self.key[10:23]
        _, _, rest = (self.xml or b"").partition(b"<ruc>")
        return rest[:13].decode(errors="replace")


def question(content: bytes) -> Question:
    """Read a request; raises NotUnderstood."""
    try:
        body = etree.fromstring(content, etree.XMLParser(**_PARSER)).find(f"{{{_SOAP}}}Body")
        operation = etree.QName(body[0]).localname
        if operation == "validarComprobante":
            return Question(operation, xml=base64.b64decode(body[0].findtext("xml") or "", validate=False))
        if operation in ("autorizacionComprobante", "autorizacionComprobanteLote"):
            name = "claveAccesoComprobante" if operation == "autorizacionComprobante" else "claveAccesoLote"
            return Question(operation, key=(body[0].findtext(name) or "").strip())
    except (etree.XMLSyntaxError, binascii.Error, ValueError, TypeError, IndexError) as error:
        raise NotUnderstood(f"Unmarshalling Error: {error}") from error
    raise NotUnderstood(f'Unmarshalling Error: unexpected element (local:"{operation}").')


def receipt(answer: Receipt) -> bytes:
    """The answer to validarComprobante."""
    documents = ""
    if answer.notices:
        documents = (
            f"<comprobante><claveAcceso>{escape(answer.key)}</claveAcceso>{_messages(answer.notices)}</comprobante>"
        )
    return _response(
        "recepcion",
        "validarComprobante",
        f"<RespuestaRecepcionComprobante><estado>{answer.state}</estado><comprobantes>{documents}</comprobantes>"
        "</RespuestaRecepcionComprobante>",
    )


def consultation(answer: Consultation) -> bytes:
    """The answer to autorizacionComprobante."""
    return _response(
        "autorizacion",
        "autorizacionComprobante",
        f"<RespuestaAutorizacionComprobante><claveAccesoConsultada>{escape(answer.key)}</claveAccesoConsultada>"
        f"<numeroComprobantes>{len(answer.verdicts)}</numeroComprobantes>"
        f"<autorizaciones>{''.join(map(_verdict, answer.verdicts))}</autorizaciones>"
        "</RespuestaAutorizacionComprobante>",
    )


def batch(key: str) -> bytes:
    """The answer to autorizacionComprobanteLote: batches are not simulated, so there is none."""
    return _response(
        "autorizacion",
        "autorizacionComprobanteLote",
        f"<RespuestaAutorizacionLote><claveAccesoLoteConsultada>{escape(key)}</claveAccesoLoteConsultada>"
        "<numeroComprobantesLote>0</numeroComprobantesLote><autorizaciones/></RespuestaAutorizacionLote>",
    )


def fault(words: str) -> bytes:
    """A SOAP Fault."""
    return (
        _ENVELOPE % f"<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{escape(words)}</faultstring>"
        "</soap:Fault>"
    ).encode()


def _response(service: str, operation: str, inner: str) -> bytes:
    name = f'ns2:{operation}Response xmlns:ns2="http://ec.gob.sri.ws.{service}"'
    return (_ENVELOPE % f"<{name}>{inner}</ns2:{operation}Response>").encode()


def _verdict(verdict: Verdict) -> str:
    number = f"<numeroAutorizacion>{verdict.key}</numeroAutorizacion>" if verdict.state == "AUTORIZADO" else ""
    moment = verdict.at.astimezone(ECUADOR).isoformat(timespec="milliseconds")
    text = verdict.xml.decode().replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<autorizacion><estado>{verdict.state}</estado>{number}<fechaAutorizacion>{moment}</fechaAutorizacion>"
        f"<ambiente>{_ENVIRONMENTS.get(verdict.environment, '')}</ambiente>"
        f"<comprobante><![CDATA[{text}]]></comprobante>{_messages(verdict.notices)}</autorizacion>"
    )


def _messages(notices: tuple[Notice, ...]) -> str:
    return f"<mensajes>{''.join(map(_message, notices))}</mensajes>" if notices else "<mensajes/>"


def _message(notice: Notice) -> str:
    info = f"<informacionAdicional>{escape(notice.info)}</informacionAdicional>" if notice.info else ""
    return (
        f"<mensaje><identificador>{escape(notice.code)}</identificador><mensaje>{notice.text}</mensaje>{info}"
        f"<tipo>{notice.kind}</tipo></mensaje>"
    )
