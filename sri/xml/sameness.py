"""Whether two XML documents say the same, however they are written: compared in canonical form (C14N)."""

from __future__ import annotations

from lxml import etree

_SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def same_content(one: bytes, other: bytes) -> bool:
    """Whether both are well formed and equal in canonical form; differing white space between elements counts."""
    if one.strip() == other.strip():
        return True
    try:
        first, second = (etree.fromstring(text.strip(), etree.XMLParser(**_SAFE)) for text in (one, other))
    except etree.XMLSyntaxError:
        return False
    return bool(etree.tostring(first, method="c14n") == etree.tostring(second, method="c14n"))


def unwrap(xml: bytes) -> bytes:
    """The document inside SRI's `<autorizacion>`, as people keep it; anything else is returned as it is."""
    try:
        root = etree.fromstring(xml.strip(), etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError:
        return xml
    inside = root.findtext(".//comprobante") if root.tag in ("autorizacion", "autorizaciones") else None
    return inside.strip().encode() if inside else xml
