"""Reading a document as SRI does on reception: size, form, schema, dates. Shares no code with what made it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from lxml import etree

from sri.simulator.notices import Refused

LARGEST: Final = 320 * 1024

# Root and version of what may be sent, and its schema among the published files.
SCHEMAS: Final = {
    ("factura", "1.0.0"): "factura_V1.0.0.xsd",
    ("factura", "1.1.0"): "factura_V1.1.0.xsd",
    ("factura", "2.0.0"): "factura_V2.0.0.xsd",
    ("factura", "2.1.0"): "factura_V2.1.0.xsd",
    ("notaCredito", "1.0.0"): "NotaCredito_V1.0.0.xsd",
    ("notaCredito", "1.1.0"): "NotaCredito_V1.1.0.xsd",
    ("notaDebito", "1.0.0"): "NotaDebito_V1.0.0.xsd",
    ("comprobanteRetencion", "1.0.0"): "ComprobanteRetencion_V1.0.0.xsd",
    ("comprobanteRetencion", "2.0.0"): "ComprobanteRetencion_V2.0.0.xsd",
    ("liquidacionCompra", "1.0.0"): "LiquidacionCompra_V1.0.0.xsd",
    ("liquidacionCompra", "1.1.0"): "LiquidacionCompra_V1.1.0.xsd",
    ("guiaRemision", "1.0.0"): "GuiaRemision_V1.0.0.xsd",
    ("guiaRemision", "1.1.0"): "GuiaRemision_V1.1.0.xsd",
}
TYPES: Final = {
    "factura": "01",
    "liquidacionCompra": "03",
    "notaCredito": "04",
    "notaDebito": "05",
    "guiaRemision": "06",
    "comprobanteRetencion": "07",
}
_LEAST: Final = {  # what the simulator needs to go on, where the published schemas are not at hand
    "ambiente": "[12]",
    "ruc": "[0-9]{10}001",
    "claveAcceso": "[0-9]{49}",
    "codDoc": "[0-9]{2}",
    "estab": "[0-9]{3}",
    "ptoEmi": "[0-9]{3}",
    "secuencial": "[0-9]{9}",
}
_PARSER_OPTIONS: Final = {"resolve_entities": False, "no_network": True, "load_dtd": False}


@dataclass(frozen=True)
class Document:
    """A document that could be read."""

    root: etree._Element

    @cached_property
    def key(self) -> str:
        """The access key it carries."""
        return self.issuer("claveAcceso")

    def issuer(self, name: str) -> str:
        """A value of infoTributaria."""
        return self.root.findtext(f"infoTributaria/{name}", "").strip()

    def value(self, name: str) -> str:
        """The first value of this name, wherever it stands."""
        return next((element.text or "" for element in self.root.iter(name)), "").strip()

    @property
    def ruc(self) -> str:
        """Who issued it."""
        return self.issuer("ruc")

    @property
    def number(self) -> str:
        """What must be unique: environment, issuer, type, series and sequential."""
        names = ("ambiente", "ruc", "codDoc", "estab", "ptoEmi", "secuencial")
        return "-".join(self.issuer(name) for name in names)

    @property
    def issued_on(self) -> date | None:
        """The day of emission; a delivery guide has none but its key's."""
        return _day(self.value("fechaEmision"))


def read(xml: bytes | None, schemas: Path | None) -> Document:
    """Read a document; raises Refused with what SRI says of the first thing that is wrong."""
    if not xml:
        raise Refused("49", "El parámetro xml es nulo")
    if len(xml) > LARGEST:
        raise Refused("26", f"El tamaño del archivo es de {len(xml)} bytes, el máximo permitido es {LARGEST}")
    try:
        root = etree.fromstring(xml, etree.XMLParser(**_PARSER_OPTIONS))
    except etree.XMLSyntaxError as error:
        raise Refused("35", f"Se encontró el siguiente error en la estructura del comprobante: {error}") from error
    document = Document(root)
    _check_version(document)
    _check_schema(document, schemas)
    if document.issuer("codDoc") != TYPES[root.tag]:
        raise Refused("47", f"El tipo de comprobante {document.issuer('codDoc')} no corresponde a {root.tag}")
    _check_dates(document)
    return document


def again(xml: bytes) -> Document:
    """A document that was read before."""
    return Document(etree.fromstring(xml, etree.XMLParser(**_PARSER_OPTIONS)))


def _check_version(document: Document) -> None:
    version = document.root.get("version", "")
    if (document.root.tag, version) in SCHEMAS:
        return
    if document.root.tag in TYPES and version.startswith("0."):
        raise Refused("36", f"La versión {version} está descontinuada")
    raise Refused("48", f"No existe el esquema de {document.root.tag} versión {version}")


def _check_schema(document: Document, folder: Path | None) -> None:
    text = "Se encontró el siguiente error en la estructura del comprobante: "
    if folder and (problem := _schema(folder / SCHEMAS[document.root.tag, document.root.get("version", "")])(document)):
        raise Refused("35", f"{text}{problem}")
    for name, pattern in _LEAST.items():
        if not re.fullmatch(pattern, document.issuer(name)):
            raise Refused("35", f"{text}cvc-pattern-valid: the value of element '{name}' is not valid.")
    if document.root.tag != "guiaRemision" and not document.value("fechaEmision"):
        raise Refused("35", f"{text}cvc-complex-type: element 'fechaEmision' is expected.")


def _check_dates(document: Document) -> None:
    for element in document.root.iter("fechaEmision", "fechaEmisionDocSustento"):
        if _day((element.text or "").strip()) is None:
            raise Refused("67", f"La fecha {element.text} no es válida, el formato es dd/mm/aaaa")


def _day(text: str) -> date | None:
    try:
        day, month, year = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text).groups()  # type: ignore[union-attr]
        return date(int(year), int(month), int(day))
    except (AttributeError, ValueError):
        return None


class _Schema:
    """A published schema; one thread at a time, for it keeps its own list of errors."""

    def __init__(self, path: Path) -> None:
        self._schema = etree.XMLSchema(etree.parse(path))
        self._lock = threading.Lock()

    def __call__(self, document: Document) -> str:
        """The first thing in which the document differs, or nothing."""
        with self._lock:
            if self._schema.validate(document.root):
                return ""
            return str(self._schema.error_log[0].message)


@lru_cache(maxsize=32)
def _schema(path: Path) -> _Schema:
    return _Schema(path)
