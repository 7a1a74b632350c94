"""Reading a factura or nota de crédito back, signed or not, from bytes nobody vouches for.

The file is held against its structure first: names, order, how often, every value. Then the values go back to where
`building` took them from. Elements that the product does not write are passed over; whether the amounts add up is for
`check` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree

from sri.documents import (
    RIMPE_POPULAR_LEGEND,
    ZERO,
    Buyer,
    CreditNote,
    Document,
    Heading,
    Invoice,
    Issuer,
    Line,
    LineTax,
    Modified,
    Pair,
    Payment,
    TotalTax,
)
from sri.xml.kinds import BLANK, Kind
from sri.xml.problems import DocumentInvalid, Problem
from sri.xml.rules import POPULAR, is_provider
from sri.xml.structure import CREDIT_NOTE_1_1_0, INVOICE_1_1_0, INVOICE_2_1_0, ROOT_ID, Element, Structure

MAX_BYTES = 1024 * 1024  # SRI takes 320 KB

# The versions before differ only in what they have no place for, and in fewer decimals.
_STRUCTURES: Mapping[tuple[str, str], Structure] = {
    ("factura", "1.0.0"): INVOICE_1_1_0,
    ("factura", "1.1.0"): INVOICE_1_1_0,
    ("factura", "2.0.0"): INVOICE_2_1_0,
    ("factura", "2.1.0"): INVOICE_2_1_0,
    ("notaCredito", "1.0.0"): CREDIT_NOTE_1_1_0,
    ("notaCredito", "1.1.0"): CREDIT_NOTE_1_1_0,
}

_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"  # its attributes may stand anywhere

Values = dict[Any, Any]  # by source: a dotted path, or the place in a pair


def read(xml: bytes) -> Document:
    """The document in the file; raises DocumentInvalid where it is none that SRI's schema takes.

    What `build` added in the issuer's name is taken away again: "RUC Proveedor", and the legend of a negocio popular.
    """
    root = _parse(xml)
    structure = _STRUCTURES.get((root.tag, root.get("version", "")))
    if structure is None:
        raise _invalid("unknown_document", "El archivo no es una factura ni una nota de crédito del SRI.")
    values, problems = _hold(root, structure)
    if problems:
        raise DocumentInvalid(problems)
    return _invoice(values) if structure.root.name == "factura" else _credit_note(values)


def structure_problems(xml: bytes, structure: Structure) -> tuple[Problem, ...]:
    """What the structure refuses in a file, as SRI's schema would."""
    return tuple(_hold(_parse(xml), structure)[1])


def _parse(xml: bytes) -> etree._Element:
    """The root element, read without network, entities or document types."""
    if len(xml) > MAX_BYTES:
        raise _invalid("too_big", f"El archivo pasa de {MAX_BYTES // 1024} KB.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _invalid("not_xml", "El archivo no es un XML bien formado.") from error
    if root.getroottree().docinfo.doctype:
        raise _invalid("doctype", "El archivo lleva una definición de tipo (DOCTYPE), que un comprobante no tiene.")
    return root


def _invalid(code: str, message: str) -> DocumentInvalid:
    return DocumentInvalid([Problem("", code, message)])


# Holding the file against its structure


@dataclass(slots=True)
class _Found:
    """The problems found so far."""

    problems: list[Problem] = field(default_factory=list)

    def note(self, path: str, code: str, label: str, clause: str) -> None:
        """Note one."""
        self.problems.append(Problem(path, code, f"{label}: {clause}"))

    def value(self, kind: Kind, text: str, path: str, label: str) -> Any:
        """The value in a text, or None with all that is wrong with it noted."""
        faults = list(kind.faults(text))
        for code, clause in faults:
            self.note(path, code, label, clause)
        if faults:
            return None
        try:
            return kind.read(text)
        except ValueError:
            self.note(path, "pattern", label, f"«{text}» no existe.")
        return None


def _hold(root: etree._Element, structure: Structure) -> tuple[Values, list[Problem]]:
    """The values in the file, and what the structure refuses in it."""
    found, values, path = _Found(), Values(), structure.root.name
    given = _plain_attributes(root)
    if given.pop("id", "" if structure.needs_id else ROOT_ID) != ROOT_ID:
        found.note(f"{path}/@id", "pattern", "id", f"debe ser «{ROOT_ID}».")
    given.pop("version", None)
    _no_more(given, found, path)
    _inside(structure.root, root, values, found, path)
    return values, found.problems


def _inside(element: Element, node: etree._Element, values: Values, found: _Found, path: str) -> None:
    """Take the elements inside in the order of the structure, which is the only one allowed."""
    nodes = list(node)
    texts = [text for text in (node.text, *(child.tail for child in nodes)) if text]
    if any(text.strip(BLANK) for text in texts) or (texts and not element.children):
        found.note(path, "unexpected", element.screen_name, "lleva un texto que no se esperaba.")
    place = 0
    for child in element.children:
        start = place
        while place < len(nodes) and nodes[place].tag == child.name:
            place += 1
        _occurrences(child, nodes[start:place], values, found, path)
    if place < len(nodes):
        name = str(nodes[place].tag)
        found.note(f"{path}/{name}", "unexpected", name, "no se esperaba en ese lugar.")


def _occurrences(element: Element, nodes: list[etree._Element], values: Values, found: _Found, path: str) -> None:
    path = f"{path}/{element.name}"
    if not nodes and element.minimum:
        found.note(path, "required", element.screen_name, "falta.")
    if element.maximum is not None and len(nodes) > element.maximum:
        clause = f"hay {len(nodes)} y se admiten {element.maximum}."
        found.note(path, "too_many", element.plural or element.screen_name, clause)
    if not element.repeats:
        for node in nodes:
            _one(element, node, values, found, path)
        return
    items: list[Values] = [{} for _ in nodes]
    for place, (node, item) in enumerate(zip(nodes, items, strict=True)):
        _one(element, node, item, found, f"{path}[{place}]")
    if element.source:
        values[element.source] = items


def _one(element: Element, node: etree._Element, values: Values, found: _Found, path: str) -> None:
    """One element: its attributes, and the value or the elements it holds."""
    if element.content is None:
        return
    _attributes(element, node, values, found, path)
    if isinstance(element.content, tuple):
        _inside(element, node, values, found, path)
        return
    if len(node):
        found.note(path, "unexpected", element.screen_name, "lleva otros elementos dentro.")
        return
    source = element.value if element.repeats else element.source
    values[source] = found.value(element.content, node.text or "", path, element.screen_name)


def _attributes(element: Element, node: etree._Element, values: Values, found: _Found, path: str) -> None:
    given = _plain_attributes(node)
    for attribute in element.attributes:
        text = given.pop(attribute.name, "")
        values[attribute.source] = found.value(attribute.kind, text, f"{path}/@{attribute.name}", attribute.label)
    _no_more(given, found, path)


def _plain_attributes(node: etree._Element) -> dict[str, str]:
    return {name: text for name, text in node.attrib.items() if not name.startswith(_SCHEMA_INSTANCE)}


def _no_more(given: dict[str, str], found: _Found, path: str) -> None:
    for name in given:
        found.note(f"{path}/@{name}", "unexpected", name, "no se esperaba en ese lugar.")


# From values to documents


def _invoice(values: Values) -> Invoice:
    issuer, additional = _in_the_issuers_name(values)
    return Invoice(
        heading=_heading(values),
        issuer=issuer,
        buyer=_buyer(values),
        lines=_lines(values),
        taxes=_total_taxes(values),
        subtotal=values["subtotal"],
        discount=values["discount"],
        total=values["total"],
        payments=tuple(_payment(payment) for payment in values.get("payments", ())),
        tip=values.get("tip", ZERO),
        guide=values.get("guide", ""),
        additional=additional,
    )


def _credit_note(values: Values) -> CreditNote:
    issuer, additional = _in_the_issuers_name(values)
    return CreditNote(
        heading=_heading(values),
        issuer=issuer,
        buyer=_buyer(values),
        modified=Modified(values["modified.document_type"], values["modified.number"], values["modified.issue_date"]),
        reason=values["reason"],
        lines=_lines(values),
        taxes=_total_taxes(values),
        subtotal=values["subtotal"],
        total=values["total"],
        additional=additional,
    )


def _heading(values: Values) -> Heading:
    return Heading(
        values["heading.access_key"],
        values["heading.establishment"],
        values["heading.emission_point"],
        values["heading.sequential"],
        values["heading.issue_date"],
    )


def _in_the_issuers_name(values: Values) -> tuple[Issuer, tuple[Pair, ...]]:
    """The issuer, and the additional information without what `build` writes there for it."""
    pairs = _pairs(values, "additional")
    popular = (POPULAR, RIMPE_POPULAR_LEGEND)
    issuer = Issuer(
        environment=values["issuer.environment"],
        ruc=values["issuer.ruc"],
        legal_name=values["issuer.legal_name"],
        head_office=values["issuer.head_office"],
        keeps_accounts=values.get("issuer.keeps_accounts", False),
        trade_name=values.get("issuer.trade_name", ""),
        branch=values.get("issuer.branch", ""),
        special_taxpayer=values.get("issuer.special_taxpayer", ""),
        withholding_agent=values.get("issuer.withholding_agent", ""),
        rimpe=RIMPE_POPULAR_LEGEND if popular in pairs else values.get("issuer.rimpe", ""),
    )
    return issuer, tuple(pair for pair in pairs if pair != popular and not is_provider(pair[0]))


def _buyer(values: Values) -> Buyer:
    return Buyer(
        values["buyer.identification_type"],
        values["buyer.identification"],
        values["buyer.name"],
        values.get("buyer.address", ""),
    )


def _lines(values: Values) -> tuple[Line, ...]:
    return tuple(
        Line(
            code=line.get("code", ""),
            description=line["description"],
            quantity=line["quantity"],
            unit_price=line["unit_price"],
            discount=line.get("discount", ZERO),
            total=line["total"],
            taxes=tuple(_line_tax(tax) for tax in line.get("taxes", ())),
            auxiliary_code=line.get("auxiliary_code", ""),
            unit=line.get("unit", ""),
            details=_pairs(line, "details"),
        )
        for line in values["lines"]
    )


def _line_tax(tax: Values) -> LineTax:
    return LineTax(tax["code"], tax["rate_code"], tax.get("rate", ZERO), tax["base"], tax["amount"])


def _total_taxes(values: Values) -> tuple[TotalTax, ...]:
    """The totals by rate; where they do not say the rate (a credit note has no place for it), the lines do."""
    of_lines: dict[tuple[str, str], Decimal] = {
        (tax["code"], tax["rate_code"]): tax.get("rate", ZERO)
        for line in values["lines"]
        for tax in line.get("taxes", ())
    }
    return tuple(
        TotalTax(
            tax["code"],
            tax["rate_code"],
            tax.get("rate", of_lines.get((tax["code"], tax["rate_code"]), ZERO)),
            tax["base"],
            tax["amount"],
        )
        for tax in values["taxes"]
    )


def _payment(payment: Values) -> Payment:
    return Payment(payment["method"], payment["amount"], payment.get("term_days", 0))


def _pairs(values: Values, source: str) -> tuple[Pair, ...]:
    return tuple((pair[0], pair[1]) for pair in values.get(source, ()))
