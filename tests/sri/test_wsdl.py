"""The service descriptions we speak by say the same as SRI's."""

from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree

from tests.sri_files import SRI_FILES, needs_sri_files

OURS = Path(__file__).parents[2] / "sri" / "wsdl"
WSDL, XSD, SOAP = (
    "{http://schemas.xmlsoap.org/wsdl/}",
    "{http://www.w3.org/2001/XMLSchema}",
    "{http://schemas.xmlsoap.org/wsdl/soap/}",
)
SERVICES = [
    ("reception", "RecepcionComprobantesOffline"),
    ("authorization", "AutorizacionComprobantesOffline"),
]
ENVIRONMENTS = ["pruebas", "produccion"]


def root(path: Path) -> Any:
    return etree.parse(path, etree.XMLParser(remove_comments=True, remove_blank_text=True)).getroot()


def shape(element: Any, skip: tuple[str, ...] = ()) -> Any:
    """An element as data: tag, attributes with prefixes resolved, children in order (of a schema's top: sorted)."""
    attributes = {}
    for name, value in element.attrib.items():
        prefix, colon, local = value.partition(":")
        known = colon and "//" not in value and prefix in element.nsmap
        attributes[name] = f"{{{element.nsmap[prefix]}}}{local}" if known else value
    children = [shape(child, skip) for child in element if child.tag not in skip]
    if element.tag in (f"{XSD}schema", f"{WSDL}definitions"):
        children.sort(key=repr)
    return element.tag, sorted(attributes.items()), children


@needs_sri_files
@pytest.mark.parametrize(("ours", "theirs"), SERVICES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_operations_messages_namespaces_and_types_are_sris(ours: str, theirs: str, environment: str) -> None:
    official = root(SRI_FILES / "wsdl" / f"wsdl_{environment}_{theirs}.wsdl")
    mine = root(OURS / f"{ours}.wsdl")
    assert shape(mine, skip=(f"{SOAP}address",)) == shape(official, skip=(f"{SOAP}address",))
    assert mine.find(f".//{XSD}schema").get("elementFormDefault") == "unqualified"


@needs_sri_files
@pytest.mark.parametrize(("ours", "theirs"), SERVICES)
def test_both_make_the_same_question(ours: str, theirs: str) -> None:
    questions = {
        "reception": ("validarComprobante", {"xml": b"<a/>"}),
        "authorization": ("autorizacionComprobante", {"claveAccesoComprobante": "1" * 49}),
    }
    operation, arguments = questions[ours]
    files = OURS / f"{ours}.wsdl", SRI_FILES / "wsdl" / f"wsdl_produccion_{theirs}.wsdl"
    mine, official = (
        etree.tostring((client := zeep.Client(str(file))).create_message(client.service, operation, **arguments))
        for file in files
    )
    assert mine == official


def test_ours_offer_the_three_operations() -> None:
    operations = set()
    for name, _ in SERVICES:
        client = zeep.Client(str(OURS / f"{name}.wsdl"))
        (binding,) = client.wsdl.bindings.values()
        operations |= set(binding.all())
    assert operations == {"validarComprobante", "autorizacionComprobante", "autorizacionComprobanteLote"}


def test_ours_name_no_address_of_sris() -> None:
    for name, _ in SERVICES:
        assert "sri.gob.ec/" not in (OURS / f"{name}.wsdl").read_text()
