"""What is written: the bytes, the figures, what is left out, what is added, and that nothing can be smuggled in."""

from __future__ import annotations

import timeit
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sri import xml
from sri.documents import RIMPE_LEGEND, RIMPE_POPULAR_LEGEND, Document, Line, LineTax, Payment, TotalTax
from sri.xml.building import render
from sri.xml.structure import INVOICE_1_1_0
from tests.sri_documents import ISSUER, LINE, RUC, TAXES, a_credit_note, an_invoice, change, heading

PROVIDER = "0992345678001"


def root_of(document: Document, **options: Any) -> etree._Element:
    return etree.fromstring(xml.build(document, **options))


def said(document: Document, path: str, **options: Any) -> list[str]:
    return [node.text for node in root_of(document, **options).iterfind(path)]


def names(root: etree._Element) -> list[str]:
    return [node.tag for node in root]


# The bytes


def test_it_is_utf_8_with_a_declaration_and_nothing_else_around() -> None:
    built = xml.build(an_invoice())
    assert built.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<factura id="comprobante" version="1.1.0">')
    assert built.endswith(b"</factura>")
    assert "María Ñáñez".encode() in built
    assert b"> <" not in built
    assert built.count(b"\n") == 1


def test_the_same_document_gives_the_same_bytes() -> None:
    assert xml.build(an_invoice()) == xml.build(an_invoice())


@pytest.mark.parametrize("version", ["1.1.0", "2.1.0"])
def test_an_invoice_has_its_version(version: str) -> None:
    assert root_of(an_invoice(), version=version).get("version") == version


@pytest.mark.parametrize(("document", "version"), [(an_invoice(), "1.0.0"), (a_credit_note(), "2.1.0")])
def test_a_version_nobody_knows_is_refused(document: Document, version: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        xml.build(document, version=version)


def test_an_invoice_stands_in_sris_order() -> None:
    root = root_of(an_invoice(tip=Decimal(0)))
    assert names(root) == ["infoTributaria", "infoFactura", "detalles", "infoAdicional"]
    assert names(root.find("infoFactura")) == [
        *("fechaEmision", "obligadoContabilidad", "tipoIdentificacionComprador", "razonSocialComprador"),
        *("identificacionComprador", "direccionComprador", "totalSinImpuestos", "totalDescuento"),
        *("totalConImpuestos", "propina", "importeTotal", "moneda", "pagos"),
    ]


def test_a_credit_note_has_its_own_order_and_names() -> None:
    root = root_of(a_credit_note())
    assert names(root.find("infoNotaCredito")) == [
        *("fechaEmision", "tipoIdentificacionComprador", "razonSocialComprador", "identificacionComprador"),
        *("obligadoContabilidad", "codDocModificado", "numDocModificado", "fechaEmisionDocSustento"),
        *("totalSinImpuestos", "valorModificacion", "moneda", "totalConImpuestos", "motivo"),
    ]
    assert names(root.find("detalles/detalle"))[:2] == ["codigoInterno", "descripcion"]
    assert root.find(".//totalImpuesto/tarifa") is None


@pytest.mark.parametrize(("document", "code"), [(an_invoice(), "01"), (a_credit_note(), "04")])
def test_what_is_the_same_in_every_document(document: Document, code: str) -> None:
    assert said(document, "infoTributaria/codDoc") == [code]
    assert said(document, "infoTributaria/tipoEmision") == ["1"]
    assert said(document, "*/moneda") == ["DOLAR"]
    assert said(document, "infoTributaria/secuencial") == ["000000123"]
    assert said(document, "*/fechaEmision") == ["21/11/2026"]
    assert said(document, "infoTributaria/claveAcceso") == [document.heading.access_key]


# Figures


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("1", "1.00"),
        ("1.5", "1.50"),
        ("1.500000", "1.50"),
        ("1.234567", "1.234567"),
        ("0.000001", "0.000001"),
        ("1E+2", "100.00"),
        ("1E-6", "0.000001"),
        ("100.100", "100.10"),
    ],
)
def test_quantities_are_plain_with_two_to_six_decimals(number: str, written: str) -> None:
    tried = change(an_invoice(), "lines[0].quantity", Decimal(number))
    assert f"<cantidad>{written}</cantidad>" in xml_of_any(tried)


@pytest.mark.parametrize(
    ("number", "written"), [("90", "90.00"), ("90.0", "90.00"), ("9E+1", "90.00"), ("90.000", "90.00"), ("-0", "0.00")]
)
def test_amounts_have_two_decimals(number: str, written: str) -> None:
    tried = change(an_invoice(), "lines[0].total", Decimal(number))
    assert f"<precioTotalSinImpuesto>{written}</precioTotalSinImpuesto>" in xml_of_any(tried)


def xml_of_any(document: Document) -> str:
    """What would be written, whether or not it adds up."""
    return render(INVOICE_1_1_0, document)[0]


# What the taxpayer is


def test_what_is_empty_is_left_out() -> None:
    root = root_of(an_invoice(additional=()))
    assert root.find("infoAdicional") is None
    for name in ("nombreComercial", "agenteRetencion", "contribuyenteRimpe", "dirEstablecimiento", "guiaRemision"):
        assert root.find(f".//{name}") is None
    assert root.find(".//detallesAdicionales") is None
    assert all(node.text or len(node) or node.attrib for node in root.iter())


def test_what_the_law_makes_the_issuer_say() -> None:
    issuer = replace(
        ISSUER,
        trade_name="Canchas",
        branch="Sucursal",
        special_taxpayer="5368",
        withholding_agent="1",
        rimpe=RIMPE_LEGEND,
        keeps_accounts=False,
    )
    root = root_of(an_invoice(issuer=issuer))
    assert [root.findtext(f"infoTributaria/{name}") for name in ("nombreComercial", "agenteRetencion")] == [
        "Canchas",
        "1",
    ]
    assert root.findtext("infoTributaria/contribuyenteRimpe") == "CONTRIBUYENTE RÉGIMEN RIMPE"
    assert root.findtext("infoFactura/dirEstablecimiento") == "Sucursal"
    assert root.findtext("infoFactura/contribuyenteEspecial") == "5368"
    assert root.findtext("infoFactura/obligadoContabilidad") == "NO"


def test_the_legend_of_a_negocio_popular_goes_where_the_schema_takes_it() -> None:
    invoice = an_invoice(issuer=replace(ISSUER, rimpe=RIMPE_POPULAR_LEGEND))
    root = root_of(invoice)
    assert root.find("infoTributaria/contribuyenteRimpe") is None
    assert [(node.get("nombre"), node.text) for node in root.iterfind("infoAdicional/*")] == [
        ("Correo", "maria@example.com"),
        ("Régimen", RIMPE_POPULAR_LEGEND),
    ]
    assert xml.read(xml.build(invoice)) == invoice


def test_the_provider_is_named_last_in_both_documents() -> None:
    for document in (an_invoice(), a_credit_note(), an_invoice(additional=())):
        fields = list(root_of(document, provider_ruc=PROVIDER).iterfind("infoAdicional/campoAdicional"))
        assert len(fields) == len(document.additional) + 1
        assert (fields[-1].get("nombre"), fields[-1].text) == ("RUC Proveedor", PROVIDER)


def test_credit_is_said_with_its_days() -> None:
    payments = root_of(an_invoice()).findall("infoFactura/pagos/pago")
    assert [names(payment) for payment in payments] == [
        ["formaPago", "total"],
        ["formaPago", "total", "plazo", "unidadTiempo"],
    ]
    assert [payments[1].findtext(name) for name in ("plazo", "unidadTiempo")] == ["30", "dias"]


def test_ice_and_irbpnr_stand_beside_iva() -> None:
    taxes = (
        LineTax("3", "3610", Decimal(10), Decimal("100.00"), Decimal("10.00")),
        LineTax("5", "5001", Decimal("0.02"), Decimal("100.00"), Decimal("0.20")),
        LineTax("2", "4", Decimal(15), Decimal("110.00"), Decimal("16.50")),
    )
    line = Line("COLA", "Gaseosa", Decimal(10), Decimal(10), Decimal(0), Decimal(100), taxes)
    total = Decimal("126.70")
    invoice = an_invoice(
        lines=(line,),
        taxes=tuple(TotalTax(tax.code, tax.rate_code, tax.rate, tax.base, tax.amount) for tax in taxes),
        subtotal=Decimal(100),
        discount=Decimal(0),
        total=total,
        payments=(Payment("01", total),),
    )
    assert said(invoice, "detalles/detalle/impuestos/impuesto/codigo") == ["3", "5", "2"]
    assert said(invoice, "infoFactura/totalConImpuestos/totalImpuesto/valor") == ["10.00", "0.20", "16.50"]
    assert said(invoice, "infoFactura/importeTotal") == ["126.70"]


# Nothing can be smuggled in

HOSTILE = [
    "</descripcion><total>0</total><descripcion>",
    "<![CDATA[x]]>",
    "]]>",
    "&lt;b&gt; &amp; &#60;",
    "\"' onload='x'",
    "<!-- -->",
    "<?xml?>",
    "&ext;",
    "🏀 Ñandú «¿?» \u202e\u200d",
    "SWEET & COFFEE",
]
ONE_LINE = ["issuer.legal_name", "buyer.name", "lines[0].description", "lines[0].code"]
PLACES = [*ONE_LINE, "additional[0][0]", "additional[0][1]"]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_only_text(text: str) -> None:
    for document in (an_invoice(), a_credit_note()):
        expected = [node.tag for node in root_of(document).iter()]
        for path in PLACES:
            tried = change(document, path, text[:25] if path == "lines[0].code" else text)
            assert [node.tag for node in root_of(tried).iter()] == expected
            assert xml.read(xml.build(tried)) == tried


@pytest.mark.parametrize("text", ["uno\ndos", "uno\r\ndos", "\tuno", "uno\x00", "uno\x1b[31m", "\ud83c", "\uffff"])
def test_what_is_not_one_line_of_text_is_refused_or_kept_to_the_letter(text: str) -> None:
    for path in ONE_LINE:
        tried = change(an_invoice(), path, text)
        if problems := xml.check(tried):
            assert {problem.path for problem in problems} == {path}
            assert {problem.code for problem in problems} <= {"line_break", "characters"}
        else:
            assert xml.read(xml.build(tried)) == tried


def test_line_ends_and_tabs_survive_where_the_schema_takes_them() -> None:
    tried = an_invoice(additional=(("a\tb\r\nc", "d\r\ne\tf\rg\nh"),))
    assert xml.read(xml.build(tried)) == tried


# Cleaning


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  uno   dos ", "uno dos"),
        ("uno\r\ndos\ttres\u2028cuatro\xa0cinco\x0bseis", "uno dos tres cuatro cinco seis"),
        ("u\x00n\x07o\x7f\x9f\ufffe\ud800", "uno"),
        ("Nandu\u0301", "Nandú"),
        ("\n\t ", ""),
        ("🏀 & <b>", "🏀 & <b>"),
    ],
)
def test_cleaning_keeps_what_can_be_declared(text: str, cleaned: str) -> None:
    assert xml.clean(text, 300) == cleaned


@pytest.mark.parametrize(
    ("text", "limit", "cleaned"),
    [
        ("abcdef", 3, "abc"),
        ("abc def", 4, "abc"),
        ("🏀🏀🏀", 4, "🏀🏀"),
        ("🏀🏀🏀", 5, "🏀🏀"),
        ("abc", 3, "abc"),
        ("a", 0, ""),
    ],
)
def test_cleaning_cuts(text: str, limit: int, cleaned: str) -> None:
    assert xml.clean(text, limit) == cleaned


@given(st.text(), st.integers(1, 40))
def test_what_is_cleaned_is_taken_and_cleaning_again_changes_nothing(text: str, limit: int) -> None:
    cleaned = xml.clean(text, limit)
    assert xml.clean(cleaned, limit) == cleaned
    assert len(cleaned) <= limit
    if cleaned:
        tried = an_invoice(buyer=replace(an_invoice().buyer, name=cleaned))
        assert xml.check(tried) == ()
        assert xml.read(xml.build(tried)) == tried


# Speed


def test_five_lines_take_a_fraction_of_a_millisecond() -> None:
    invoice = an_invoice(
        lines=(LINE,) * 5,
        taxes=(replace(TAXES[0], base=Decimal(450), amount=Decimal("67.50")),),
        subtotal=Decimal(450),
        discount=Decimal(50),
        total=Decimal("517.50"),
        payments=(Payment("01", Decimal("517.50")),),
    )
    best = min(timeit.repeat(lambda: xml.build(invoice), number=50, repeat=10)) / 50
    assert best < 0.0015, f"{best * 1000:.2f} ms"  # 0.2 ms on a quiet machine


def test_the_key_and_the_date_are_the_headings() -> None:
    invoice = an_invoice(heading=heading("01", issue_date=date(2026, 12, 31), sequential=999_999_999))
    assert said(invoice, "infoTributaria/secuencial") == ["999999999"]
    assert said(invoice, "infoFactura/fechaEmision") == ["31/12/2026"]
    assert said(invoice, "infoTributaria/ruc") == [RUC]
