"""Reading back: the same document, signed or not; and nothing from a file that is not one."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sri import xml
from sri.documents import Document
from tests.sri_documents import a_credit_note, an_invoice, credit_notes, documents, invoices

SIGNATURE = (
    b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="Signature1"><ds:SignedInfo>x</ds:SignedInfo>'
    b"<ds:Object/></ds:Signature>"
)
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def the_code(data: bytes) -> str:
    with pytest.raises(xml.DocumentInvalid) as refusal:
        xml.read(data)
    return refusal.value.problems[0].code


@many
@given(invoices(), st.sampled_from(["1.1.0", "2.1.0"]), st.sampled_from(["", "0992345678001"]))
def test_an_invoice_is_read_back_as_it_was(invoice: Document, version: str, provider_ruc: str) -> None:
    assert xml.read(xml.build(invoice, version=version, provider_ruc=provider_ruc)) == invoice


@many
@given(credit_notes(), st.sampled_from(["", "0992345678001"]))
def test_a_credit_note_is_read_back_as_it_was(note: Document, provider_ruc: str) -> None:
    assert xml.read(xml.build(note, provider_ruc=provider_ruc)) == note


@many
@given(documents)
def test_what_is_read_is_built_to_the_same_bytes(document: Document) -> None:
    built = xml.build(document)
    assert xml.build(xml.read(built)) == built


def test_a_signature_makes_no_difference() -> None:
    for document, end in ((an_invoice(), b"</factura>"), (a_credit_note(), b"</notaCredito>")):
        assert xml.read(xml.build(document).replace(end, SIGNATURE + end)) == document


def test_indentation_comments_and_other_encodings_make_no_difference() -> None:
    text = xml.build(an_invoice()).decode().replace("><", ">\n  <!-- x --><")
    assert xml.read(text.encode()) == an_invoice()
    latin = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert xml.read(latin.encode("iso-8859-1")) == an_invoice()
    assert xml.read(b"\xef\xbb\xbf" + text.encode()) == an_invoice()


def test_older_versions_are_read() -> None:
    assert xml.read(xml.build(an_invoice()).replace(b'version="1.1.0"', b'version="1.0.0"')) == an_invoice()
    assert xml.read(xml.build(a_credit_note()).replace(b'version="1.1.0"', b'version="1.0.0"')) == a_credit_note()


def test_what_others_write_otherwise_is_understood() -> None:
    text = xml.build(an_invoice()).decode()
    text = text.replace(
        "<tarifa>15.00</tarifa><valor>13.50</valor></totalImpuesto>", "<valor>13.5</valor></totalImpuesto>"
    )
    text = text.replace("<propina>0.00</propina>", "").replace("<moneda>DOLAR</moneda>", "<moneda>Dolar</moneda>")
    text = text.replace("<plazo>30</plazo>", "<plazo>30.00</plazo>").replace(">2.00<", "> 2.000000 <")
    assert xml.read(text.encode()) == an_invoice()


def test_what_the_product_does_not_write_is_passed_over() -> None:
    text = xml.build(an_invoice()).decode()
    other = "<compensacion><codigo>1</codigo><tarifa>2</tarifa><valor>1</valor></compensacion>"
    text = text.replace("<propina>", f"<compensaciones>{other}</compensaciones><propina>")
    assert xml.read(text.encode()) == an_invoice()


def test_amounts_that_do_not_add_up_are_read_and_then_told() -> None:
    text = xml.build(an_invoice()).decode().replace("<importeTotal>105.00<", "<importeTotal>105.01<")
    read = xml.read(text.encode())
    assert read.total == Decimal("105.01")
    assert {problem.path for problem in xml.check(read)} == {"total", "payments"}


# What is no document of SRI's


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_xml"),
        (b"hola", "not_xml"),
        (b"<factura", "not_xml"),
        (b"\x00\x01\x02", "not_xml"),
        (b"<html><body>Request Rejected</body></html>", "unknown_document"),
        (b'<factura id="comprobante" version="9.9.9"/>', "unknown_document"),
        (b"<factura/>", "unknown_document"),
        (b'<x:factura xmlns:x="urn:x" version="1.1.0"/>', "unknown_document"),
        (b'<factura id="comprobante" version="1.1.0"/>', "required"),
        (b" " * (1024 * 1024 + 1), "too_big"),
    ],
)
def test_other_files_are_refused(data: bytes, code: str) -> None:
    assert the_code(data) == code


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("<ruc>1790011674001</ruc>", "<ruc>123</ruc>", "factura/infoTributaria/ruc"),
        ("<ruc>1790011674001</ruc>", "", "factura/infoTributaria/ruc"),
        ("<propina>0.00</propina>", "<propina>diez</propina>", "factura/infoFactura/propina"),
        ("<fechaEmision>21/11/2026<", "<fechaEmision>31/02/2026<", "factura/infoFactura/fechaEmision"),
        ("<descripcion>Botella de agua<", "<descripcion><", "factura/detalles/detalle[1]/descripcion"),
        ("<obligadoContabilidad>SI<", "<obligadoContabilidad>Sí<", "factura/infoFactura/obligadoContabilidad"),
        ('id="comprobante"', 'id="otro"', "factura/@id"),
        ("<detalles>", "<detalles>texto", "factura/detalles"),
        ("</detalles>", "</detalles><otro/>", "factura/otro"),
    ],
)
def test_what_the_structure_refuses_is_named(old: str, new: str, path: str) -> None:
    text = xml.build(an_invoice()).decode()
    assert text.count(old) == 1
    with pytest.raises(xml.DocumentInvalid) as refusal:
        xml.read(text.replace(old, new).encode())
    assert path in {problem.path for problem in refusal.value.problems}


def test_a_field_of_a_file_is_named_as_the_screen_does() -> None:
    text = xml.build(an_invoice()).decode().replace("<identificacionComprador>1710034065", "<identificacionComprador>")
    with pytest.raises(xml.DocumentInvalid, match=r"^Comprador, identificación: falta\.$"):
        xml.read(text.encode())


# Files that mean harm


def with_doctype(doctype: str, name: str = "María") -> bytes:
    text = xml.build(an_invoice()).decode()
    return text.replace("<factura", f"{doctype}<factura", 1).replace("María", name).encode()


def test_entities_and_document_types_are_refused(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secreto")
    for doctype, name in (
        ("<!DOCTYPE factura>", "María"),
        ('<!DOCTYPE factura [<!ENTITY a "b">]>', "&a;"),
        (f'<!DOCTYPE factura [<!ENTITY a SYSTEM "{secret.as_uri()}">]>', "&a;"),
        (f'<!DOCTYPE factura SYSTEM "{secret.as_uri()}">', "María"),
        ('<!DOCTYPE factura SYSTEM "http://127.0.0.1:1/x.dtd">', "María"),
        (f'<!DOCTYPE factura [<!ENTITY % a SYSTEM "{secret.as_uri()}"> %a;]>', "María"),
    ):
        assert the_code(with_doctype(doctype, name)) in {"doctype", "not_xml"}
    assert the_code(with_doctype("", "&a;")) == "not_xml"


@pytest.mark.parametrize("in_attribute", [False, True])
def test_a_bomb_does_not_go_off(in_attribute: bool) -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = with_doctype(f'<!DOCTYPE factura [<!ENTITY a0 "lol">{levels}]>', "María" if in_attribute else "&a11;")
    if in_attribute:
        bomb = bomb.replace(b'nombre="Correo"', b'nombre="&a11;"')
    started = time.monotonic()
    assert the_code(bomb) in {"doctype", "not_xml"}
    assert time.monotonic() - started < 2


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(xml.DocumentInvalid):
        xml.read(data)


@many
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    built = xml.build(an_invoice())
    start = data.draw(st.integers(0, len(built)))
    end = data.draw(st.integers(start, min(len(built), start + 40)))
    damaged = built[:start] + data.draw(st.binary(max_size=8)) + built[end:]
    with contextlib.suppress(xml.DocumentInvalid):
        xml.read(damaged)
