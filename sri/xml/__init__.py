"""Electronic documents to XML and back: `build` what is signed, `check` it before, `read` what SRI has.

    problems = check(invoice, provider_ruc=…)      # Spanish sentences, each with its field
    unsigned = build(invoice, provider_ruc=…)      # raises DocumentInvalid with the same problems
    read(signed) == invoice

One description of each structure (`structure`) serves all three. What it accepts is what SRI's schemas accept; `rules`
adds what SRI refuses beyond them. Texts are never changed here: pass them through `clean` when the document is made, so
that what is stored, printed and signed is the same.

Written in the issuer's name where asked:

* `provider_ruc`, the RUC of who provides the invoicing system, goes last in the additional information under the name
  SRI fixed, "RUC Proveedor"; it takes one of the fifteen places, and nobody else may use that name.
* A RIMPE "negocio popular" has a legend of its own (Anexo 22) that the schemas refuse in `contribuyenteRimpe`. It is
  written as additional information, "Régimen", and takes a place too: so the document is accepted, and says it.
"""

from __future__ import annotations

from dataclasses import replace

from sri.documents import RIMPE_POPULAR_LEGEND, Document, Invoice
from sri.xml import rules
from sri.xml.building import render
from sri.xml.problems import DocumentInvalid, Problem
from sri.xml.reading import read
from sri.xml.structure import CREDIT_NOTE_1_1_0, INVOICE_1_1_0, INVOICE_2_1_0, Structure
from sri.xml.text import clean

__all__ = ["DocumentInvalid", "Problem", "build", "check", "clean", "read"]

_INVOICES = {structure.version: structure for structure in (INVOICE_1_1_0, INVOICE_2_1_0)}
_CREDIT_NOTES = {structure.version: structure for structure in (CREDIT_NOTE_1_1_0,)}


def build(document: Document, *, version: str | None = None, provider_ruc: str = "") -> bytes:
    """The document's XML as it will be signed: UTF-8, no indentation, version 1.1.0 unless another is asked for.

    Raises DocumentInvalid with all that SRI would refuse, and ValueError for a version that is not known.
    """
    xml, problems = _examine(document, version, provider_ruc)
    if problems:
        raise DocumentInvalid(problems)
    return xml


def check(document: Document, *, version: str | None = None, provider_ruc: str = "") -> tuple[Problem, ...]:
    """All that SRI would refuse in the document; nothing where it can be built.

    Sums are looked at only when every single value is acceptable.
    """
    return _examine(document, version, provider_ruc)[1]


def _examine(document: Document, version: str | None, provider_ruc: str) -> tuple[bytes, tuple[Problem, ...]]:
    text, refused = render(_structure(document, version), _as_written(document, provider_ruc))
    # How many additional fields there may be is for `rules` to say: it knows which are the user's.
    problems = [problem for problem in refused if problem.path != "additional"]
    problems.extend(rules.on_the_form(document, provider_ruc))
    if not problems:
        problems.extend(rules.taken_together(document))
    xml = text.encode("utf-8", "replace")
    problems.extend(rules.size(xml))
    return xml, tuple(problems)


def _structure(document: Document, version: str | None) -> Structure:
    known = _INVOICES if isinstance(document, Invoice) else _CREDIT_NOTES
    try:
        return known[version or "1.1.0"]
    except KeyError:
        raise ValueError(f"There is no version {version} of this document; there are {', '.join(known)}.") from None


def _as_written(document: Document, provider_ruc: str) -> Document:
    """The document with what is written in the issuer's name."""
    issuer, additional = document.issuer, rules.additional(document, provider_ruc)
    if issuer.rimpe == RIMPE_POPULAR_LEGEND:
        issuer = replace(issuer, rimpe="")
    if additional == document.additional:
        return document
    return replace(document, issuer=issuer, additional=additional)
