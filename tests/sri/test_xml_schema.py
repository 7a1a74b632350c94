"""Our description of each structure against SRI's schemas: compared facet by facet, and verdict by verdict.

What decides here is libxml2 with the published schema. Each value is broken in every way there is, and the two must
agree on each: what the schema refuses, we refuse before anything is signed, and nothing that it takes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sri import xml
from sri.documents import CreditNote, Document, Invoice, Payment
from sri.xml.building import render
from sri.xml.kinds import LINE, Day, Kind, Number, Text, YesNo
from sri.xml.reading import structure_problems
from sri.xml.structure import (
    CREDIT_NOTE_1_1_0,
    INVOICE_1_1_0,
    INVOICE_2_1_0,
    SIGNATURE,
    STRUCTURES,
    Element,
    Structure,
)
from tests.sri_documents import a_credit_note, an_invoice, change, credit_notes, documents, invoices
from tests.sri_files import SRI_FILES, needs_sri_files

pytestmark = needs_sri_files

XSD = "{http://www.w3.org/2001/XMLSchema}"
FILES = {
    INVOICE_1_1_0: "factura_V1.1.0.xsd",
    INVOICE_2_1_0: "factura_V2.1.0.xsd",
    CREDIT_NOTE_1_1_0: "NotaCredito_V1.1.0.xsd",
}
NAMES = [f"{structure.root.name} {structure.version}" for structure in STRUCTURES]
every_structure = pytest.mark.parametrize("structure", STRUCTURES, ids=NAMES)
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def tree_of(structure: Structure) -> etree._ElementTree:
    parser = etree.XMLParser(no_network=True, load_dtd=False, remove_comments=True)
    return etree.parse(SRI_FILES / "xsd" / FILES[structure], parser)


@cache
def schema_of(structure: Structure) -> etree.XMLSchema:
    return etree.XMLSchema(tree_of(structure))


def the_schema_takes(structure: Structure, text: str) -> bool:
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"))
    except etree.XMLSyntaxError:
        return False
    return bool(schema_of(structure).validate(root))


def structures_of(document: Document) -> list[Structure]:
    return [INVOICE_1_1_0, INVOICE_2_1_0] if isinstance(document, Invoice) else [CREDIT_NOTE_1_1_0]


# The description, facet by facet


class Schema:
    """SRI's schema as plain tuples, so that it can be compared."""

    def __init__(self, structure: Structure) -> None:
        self.root = tree_of(structure).getroot()
        self.named = {(child.tag, child.get("name")): child for child in self.root if child.get("name")}

    def element(self, node: etree._Element, least: str | None = None, most: str | None = None) -> tuple[Any, ...]:
        least, most = least or node.get("minOccurs", "1"), most or node.get("maxOccurs", "1")
        if reference := node.get("ref"):
            if ":" in reference:
                return (reference.split(":")[1], least, most, "not ours")
            return self.element(self.named[f"{XSD}element", reference], least, most)
        return (node.get("name"), least, most, self.content(node))

    def content(self, node: etree._Element) -> Any:
        kind = node.get("type")
        if kind and (f"{XSD}simpleType", kind) in self.named:
            return self.facets(self.named[f"{XSD}simpleType", kind])
        type_ = self.named[f"{XSD}complexType", kind] if kind else node[-1]
        if type_.tag == f"{XSD}simpleType":
            return self.facets(type_)
        if (extension := type_.find(f"{XSD}simpleContent/{XSD}extension")) is not None:
            text = self.facets(self.named[f"{XSD}simpleType", extension.get("base")])
            return (text, [self.attribute(child) for child in extension.iter(f"{XSD}attribute")])
        inside = [self.element(child) for child in type_.findall(f"{XSD}sequence/{XSD}element")]
        attributes = [self.attribute(child) for child in type_.findall(f"{XSD}attribute") if not inside]
        return (inside, attributes) if attributes else inside

    def attribute(self, node: etree._Element) -> tuple[Any, ...]:
        return (node.get("name"), self.content(node))

    def facets(self, node: etree._Element) -> dict[str, str]:
        said: dict[str, str] = {}
        for facet in node.find(f"{XSD}restriction"):
            name = etree.QName(facet).localname
            said[name] = f"{said[name]}|{facet.get('value')}" if name in said else facet.get("value")
        return said

    def document(self, name: str) -> Any:
        return self.element(self.named[f"{XSD}element", name])


def described(element: Element) -> tuple[Any, ...]:
    """Our description in the same form."""
    most = "unbounded" if element.maximum is None else str(element.maximum)
    name = "Signature" if element.name == SIGNATURE else element.name
    return (name, str(element.minimum), most, described_content(element))


def described_content(element: Element) -> Any:
    attributes = [(attribute.name, described_kind(attribute.kind)) for attribute in element.attributes]
    if element.content is None:
        return "not ours"
    if isinstance(element.content, tuple):
        inside = [described(child) for child in element.content]
        return (inside, attributes) if attributes else inside
    kind = described_kind(element.content)
    return (kind, attributes) if attributes else kind


def described_kind(kind: Kind) -> dict[str, str]:
    match kind:
        case Text():
            facets = {"minLength": kind.minimum, "maxLength": kind.maximum, "pattern": kind.pattern}
            return {name: str(value) for name, value in facets.items() if value}
        case Number():
            facets = {"totalDigits": kind.digits, "fractionDigits": kind.decimals, "minInclusive": kind.minimum}
            return {name: str(value) for name, value in facets.items() if value is not None}
        case Day():
            return {"pattern": kind.pattern}
        case YesNo():
            return {"enumeration": "SI|NO"}
    raise AssertionError(kind)


@every_structure
def test_the_description_is_sris_schema(structure: Structure) -> None:
    assert described(structure.root) == Schema(structure).document(structure.root.name)


# What is right


@many
@given(invoices(), st.sampled_from(["1.1.0", "2.1.0"]), st.sampled_from(["", "0992345678001"]))
def test_every_right_invoice_is_built_and_taken(invoice: Invoice, version: str, provider_ruc: str) -> None:
    assert xml.check(invoice, version=version, provider_ruc=provider_ruc) == ()
    built = xml.build(invoice, version=version, provider_ruc=provider_ruc)
    schema = schema_of({"1.1.0": INVOICE_1_1_0, "2.1.0": INVOICE_2_1_0}[version])
    assert schema.validate(etree.fromstring(built)), schema.error_log


@many
@given(credit_notes(), st.sampled_from(["", "0992345678001"]))
def test_every_right_credit_note_is_built_and_taken(note: CreditNote, provider_ruc: str) -> None:
    built = xml.build(note, provider_ruc=provider_ruc)
    schema = schema_of(CREDIT_NOTE_1_1_0)
    assert schema.validate(etree.fromstring(built)), schema.error_log


# Each value broken, one at a time

TEXTS = {
    "issuer.legal_name": 300,
    "issuer.trade_name": 300,
    "issuer.head_office": 300,
    "issuer.branch": 300,
    "buyer.name": 300,
    "buyer.identification": 20,
    "buyer.address": 300,
    "reason": 300,
    "lines[1].code": 25,
    "lines[1].auxiliary_code": 25,
    "lines[1].description": 300,
    "lines[1].unit": 50,
    "lines[1].details[0][0]": 300,
    "lines[1].details[0][1]": 300,
    "additional[0][0]": 300,
    "additional[0][1]": 300,
}
CODES = {
    "issuer.environment": ["", "0", "1", "2", "3", "12", "¹"],
    "issuer.ruc": ["", "1790011674001", "1790011674002", "790011674001", "17900116740011", "１790011674001"],
    "issuer.special_taxpayer": ["", "12", "123", "A1b2C3d4E5f6G", "A1b2C3d4E5f6G7", "12-3", "12ñ"],
    "issuer.withholding_agent": ["", "1", "00000001", "123456789", "1A", "-1"],
    "issuer.rimpe": [
        "",
        "CONTRIBUYENTE RÉGIMEN RIMPE",
        "CONTRIBUYENTE REGIMEN RIMPE",
        "CONTRIBUYENTE RÉGIMEN RIMPE ",
        "Contribuyente Régimen RIMPE",
    ],
    "buyer.identification_type": ["", "03", "04", "08", "09", "4", "004", "07"],
    "heading.access_key": ["", "1" * 48, "1" * 49, "1" * 50, "1" * 48 + "A"],
    "heading.establishment": ["", "1", "001", "0001", "00A", "٠٠١"],
    "heading.emission_point": ["", "1", "001", "0001", "00A"],
    "heading.sequential": [-1, 0, 1, 999_999_999, 1_000_000_000],
    "guide": ["", "001-001-000000001", "001-001-1", "001001000000001", "001-001-0000000012"],
    "modified.document_type": ["", "01", "1", "001", "AA"],
    "modified.number": ["", "001-001-000000001", "001-001-1", "001001000000001"],
    "payments[0].method": ["", "00", "01", "02", "14", "15", "19", "20", "21", "22", "1"],
    "payments[0].term_days": [-1, 0, 1, 30, 99_999_999_999_999, 100_000_000_000_000],
    "lines[1].taxes[0].code": ["", "1", "2", "3", "4", "5", "22"],
    "lines[1].taxes[0].rate_code": ["", "0", "4", "5001", "50010", "A"],
    "taxes[1].code": ["", "1", "2", "3", "4", "5", "22"],
    "taxes[1].rate_code": ["", "0", "4", "5001", "50010", "A"],
}
AMOUNTS = [
    "subtotal",
    "discount",
    "total",
    "tip",
    "payments[0].amount",
    "lines[1].discount",
    "lines[1].total",
    "lines[1].taxes[0].base",
    "lines[1].taxes[0].amount",
    "taxes[1].base",
    "taxes[1].amount",
]
RATES = ["lines[1].taxes[0].rate", "taxes[1].rate"]
FIGURES = ["lines[1].quantity", "lines[1].unit_price"]
NUMBERS = [
    *("0", "-0", "-0.00", "0.01", "-0.01", "0.001", "0.0000001", "1.10", "1.100", "20.10000", "1E+1", "1E-2", "1E-7"),
    *("99.99", "100", "999.9", "999.99", "9999", "99999", "123.456789", "123.4567891"),
    *("999999999999.99", "9999999999999.99", "9999999999999.9", "99999999999999", "100000000000000"),
    *("999999999999.999999", "999999999999999999", "1000000000000000000", "1E+40", "1E+60", "1E-60"),
    *("NaN", "sNaN", "Infinity", "-Infinity"),
]
DAYS = ["heading.issue_date", "modified.issue_date"]

RICH = [
    change(document, "lines[1].details", (("Cancha", "5"), ("Turno", "noche")))
    for document in (an_invoice(tip=Decimal("1.00")), a_credit_note())
]
ODD_TEXTS = (
    *(" ", " x ", "a\nb", "a\rb", "a\tb", "a\u2028b", "<&>\"']]>", "&#10;", "&amp;"),
    *("a\x00b", "a\x0bb", "\ud800", "\ufffe"),
)


def lives_in(document: Document, path: str) -> bool:
    first = path.replace("[", ".").split(".")[0]
    note_lacks = path in ("buyer.address", "lines[1].unit", "taxes[1].rate")
    return hasattr(document, first) and not (isinstance(document, CreditNote) and note_lacks)


def broken() -> dict[str, list[Any]]:
    """By path, every value to try there."""
    tried: dict[str, list[Any]] = {}
    for path, most in TEXTS.items():
        tried[path] = ["", "x", "x" * most, "x" * (most + 1), "🏀" * most, "🏀" * (most + 1), *ODD_TEXTS]
    tried |= CODES
    tried |= {path: [Decimal(number) for number in NUMBERS] for path in AMOUNTS + RATES + FIGURES}
    edges = [date(1, 1, 1), date(1999, 12, 31), date(2000, 1, 1), date(2024, 2, 29), date(2099, 12, 31)]
    tried |= {path: [*edges, date(2100, 1, 1)] for path in DAYS}
    tried["issuer.keeps_accounts"] = [True, False]
    tried["lines[0].details"] = [(("a", "b"),) * count for count in (0, 1, 3, 4)]
    tried["additional"] = [(("a", "b"),) * count for count in (0, 1, 15, 16)]
    tried |= {path: [()] for path in ("lines", "taxes", "lines[0].taxes")}
    tried["payments"] = [(), (Payment("01", Decimal("105.00")),) * 3]
    return tried


BROKEN = broken()


PLACES = [
    pytest.param(document, path, id=f"{name} {path}")
    for document, name in zip(RICH, ("factura", "nota"), strict=True)
    for path in BROKEN
    if lives_in(document, path)
]


@pytest.mark.parametrize(("document", "path"), PLACES)
def test_a_value_is_refused_exactly_where_the_schema_refuses_it(document: Document, path: str) -> None:
    for value in BROKEN[path]:
        tried = change(document, path, value)
        for structure in structures_of(document):
            text, problems = render(structure, tried)
            assert (not problems) == the_schema_takes(structure, text), (value, problems, text)
            assert all(problem.path.startswith(path) for problem in problems)
        if problems:
            assert {problem.path for problem in problems} <= {problem.path for problem in xml.check(tried)}


@many
@given(st.sampled_from(RICH), st.sampled_from(sorted(TEXTS)), st.text(max_size=12))
def test_any_text_is_refused_exactly_where_the_schema_refuses_it(document: Document, path: str, text: str) -> None:
    if lives_in(document, path):
        for structure in structures_of(document):
            written, problems = render(structure, change(document, path, text))
            assert (not problems) == the_schema_takes(structure, written), (problems, written)


@many
@given(
    st.sampled_from(RICH),
    st.sampled_from(AMOUNTS + RATES + FIGURES),
    st.decimals() | st.decimals(-9, 10**15, places=3) | st.decimals(0, 10**13, places=2),
)
def test_any_number_is_refused_exactly_where_the_schema_refuses_it(
    document: Document, path: str, number: Decimal
) -> None:
    if lives_in(document, path):
        for structure in structures_of(document):
            written, problems = render(structure, change(document, path, number))
            assert (not problems) == the_schema_takes(structure, written), (problems, written)


# Each file broken, one element at a time


def mutations(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Every way to spoil one place: left out, twice, moved, renamed, emptied, filled, given an attribute."""
    nodes = list(root.iter())
    for place, node in enumerate(nodes):
        for name, spoil in SPOILS.items():
            tree = copy.deepcopy(root)
            target = list(tree.iter())[place]
            if spoil(target):
                yield f"{name} {node.tag}", tree


def left_out(node: etree._Element) -> bool:
    if (around := node.getparent()) is None:
        return False
    around.remove(node)
    return True


def twice(node: etree._Element) -> bool:
    if node.getparent() is None:
        return False
    node.addnext(copy.deepcopy(node))
    return True


def moved(node: etree._Element) -> bool:
    following = node.getnext()
    if following is None or following.tag == node.tag:
        return False
    following.addnext(node)
    return True


def renamed(node: etree._Element) -> bool:
    if node.getparent() is None:
        return False
    node.tag = f"{node.tag}X"
    return True


def emptied(node: etree._Element) -> bool:
    node.text = None
    for child in node:
        node.remove(child)
    return True


def filled(node: etree._Element) -> bool:
    node.text = "x"
    return True


def spaced(node: etree._Element) -> bool:
    node.text = f" {node.text or ''}"
    return True


def nested(node: etree._Element) -> bool:
    etree.SubElement(node, "otro")
    return True


def marked(node: etree._Element) -> bool:
    node.set("otro", "x")
    return True


def unmarked(node: etree._Element) -> bool:
    if not node.attrib:
        return False
    del node.attrib[node.keys()[0]]
    return True


def namespaced(node: etree._Element) -> bool:
    if node.getparent() is None:
        return False
    node.tag = f"{{urn:otro}}{node.tag}"
    return True


SPOILS = {
    spoil.__name__: spoil
    for spoil in (left_out, twice, moved, renamed, emptied, filled, spaced, nested, marked, unmarked, namespaced)
}


@pytest.mark.parametrize("document", RICH, ids=["factura", "nota"])
def test_a_spoiled_file_is_refused_exactly_where_the_schema_refuses_it(document: Document) -> None:
    for structure in structures_of(document):
        root = etree.fromstring(render(structure, document)[0].encode())
        verdicts = []
        for name, tree in mutations(root):
            spoiled = etree.tostring(tree, encoding="unicode")
            problems = structure_problems(spoiled.encode(), structure)
            verdicts.append(not problems)
            assert (not problems) == the_schema_takes(structure, spoiled), (name, problems, spoiled)
        assert any(verdicts)
        assert not all(verdicts)


@many
@given(documents)
def test_what_is_built_is_taken_when_it_is_read(document: Document) -> None:
    for structure in structures_of(document):
        text, _ = render(structure, change(document, "issuer.rimpe", ""))
        assert structure_problems(text.encode(), structure) == ()


def test_one_line_is_what_the_schemas_call_it() -> None:
    patterns = {node.get("value") for node in tree_of(INVOICE_1_1_0).iter(f"{XSD}pattern")}
    assert LINE in patterns
