"""What is refused beyond the schema, and how a person is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sri import access_key, xml
from sri.documents import CreditNote, Document, Payment, TotalTax
from sri.xml.rules import MAX_BYTES, SIGNATURE_ROOM
from tests.sri_documents import BUYER, LINE, TAXES, TODAY, a_credit_note, an_invoice, change, documents

PROVIDER = "0992345678001"
CENT = Decimal("0.01")


def codes(document: Document, **options: Any) -> set[tuple[str, str]]:
    return {(problem.path, problem.code) for problem in xml.check(document, **options)}


def the_only_message(document: Document, **options: Any) -> str:
    (problem,) = xml.check(document, **options)
    return problem.message


def test_what_is_right_has_no_problems() -> None:
    assert xml.check(an_invoice()) == ()
    assert xml.check(a_credit_note()) == ()


def test_building_refuses_with_all_that_is_wrong() -> None:
    tried = change(change(an_invoice(), "lines[1].description", ""), "buyer.name", "x" * 301)
    with pytest.raises(xml.DocumentInvalid) as refusal:
        xml.build(tried)
    assert refusal.value.problems == xml.check(tried)
    assert {problem.path for problem in refusal.value.problems} == {"lines[1].description", "buyer.name"}
    assert isinstance(refusal.value, ValueError)


# The sentences


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("buyer.identification", "", "Comprador, identificación: falta."),
        ("buyer.name", "x" * 301, "Comprador, nombre o razón social: tiene 301 caracteres y se admiten 300."),
        ("lines[1].description", "", "Línea 2, descripción: falta."),
        ("lines[1].description", "a\nb", "Línea 2, descripción: lleva un salto de línea; debe ir en una sola línea."),
        ("lines[0].code", "x" * 26, "Línea 1, código: tiene 26 caracteres y se admiten 25."),
        ("lines[0].quantity", Decimal("1.2345678"), "Línea 1, cantidad: 1,2345678 tiene 7 decimales y se admiten 6."),
        ("lines[0].unit_price", Decimal(-1), "Línea 1, precio: -1 es negativo."),
        ("lines[0].discount", Decimal("1.005"), "Línea 1, descuento: 1,005 tiene 3 decimales y se admiten 2."),
        (
            "lines[0].total",
            Decimal(10**14),
            "Línea 1, total sin impuestos: 100.000.000.000.000 tiene más de 14 cifras.",
        ),
        (
            "lines[1].taxes[0].code",
            "4",
            "Línea 2, impuesto 1, código: «4» no es válido: debe ser 2 (IVA), 3 (ICE) o 5 (IRBPNR).",
        ),
        (
            "lines[0].details",
            (("a", "b"),) * 4,
            "Línea 1, detalles adicionales: hay 4 y se admiten 3.",
        ),
        ("lines[0].details", (("a", ""),), "Línea 1, detalle adicional 1, texto: falta."),
        ("payments[1].method", "99", "Pago 2, forma de pago: «99» no es válido: debe ser una forma de pago del SRI, "
         "de 01 a 21."),
        ("additional[0][0]", "", "Información adicional 1, nombre: falta."),
        ("additional[0][1]", "", "Información adicional 1, texto: falta."),
        ("guide", "1-1-1", "Guía de remisión: «1-1-1» no es válido: se escribe como 001-001-000000001."),
        ("issuer.head_office", "", "Emisor, dirección matriz: falta."),
        ("heading.issue_date", date(1999, 1, 1), "Fecha de emisión: «01/01/1999» no es una fecha dd/mm/aaaa de este "
         "siglo."),
        ("issuer.rimpe", "RIMPE", "Emisor, régimen: «RIMPE» no es válido: el SRI admite solo «CONTRIBUYENTE RÉGIMEN "
         "RIMPE»."),
    ],
)  # fmt: skip
def test_the_field_is_named_as_the_screen_does(path: str, value: Any, message: str) -> None:
    (problem,) = xml.check(change(an_invoice(), path, value))
    assert problem.message == message
    assert path.startswith(problem.path.split("[")[0])


def test_a_document_without_lines_or_taxes_says_so() -> None:
    assert codes(an_invoice(lines=(), taxes=())) == {("lines", "too_few"), ("taxes", "too_few")}
    assert codes(change(an_invoice(), "lines[0].taxes", ())) == {("lines[0].taxes", "too_few")}
    assert ("lines[0].taxes", "too_few") in codes(change(a_credit_note(), "lines[0].taxes", ()))


# The key


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("heading.issue_date", date(2026, 11, 22), "la fecha"),
        ("issuer.ruc", "0992345678001", "el RUC"),
        ("issuer.environment", "2", "el ambiente"),
        ("heading.establishment", "009", "el establecimiento"),
        ("heading.emission_point", "009", "el punto de emisión"),
        ("heading.sequential", 124, "el secuencial"),
    ],
)
def test_each_part_of_the_key_is_the_documents(path: str, value: Any, part: str) -> None:
    for document in (an_invoice(), a_credit_note()):
        (problem,) = xml.check(change(document, path, value))
        assert (problem.path, problem.code) == ("heading.access_key", "key_differs")
        assert part in problem.message


def test_the_key_of_another_type_is_refused() -> None:
    for document, other in ((an_invoice(), a_credit_note()), (a_credit_note(), an_invoice())):
        assert codes(replace(document, heading=other.heading)) == {("heading.access_key", "key_differs")}


def test_a_key_with_a_wrong_check_digit_is_refused() -> None:
    key = an_invoice().heading.access_key
    wrong = key[:48] + str((int(key[48]) + 1) % 10)
    assert not access_key.is_valid(wrong)
    assert codes(change(an_invoice(), "heading.access_key", wrong)) == {("heading.access_key", "key_check_digit")}


# The sums


@pytest.mark.parametrize("cents", [CENT, -CENT])
@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        (an_invoice(), "subtotal", {("subtotal", "sum"), ("total", "sum")}),
        (an_invoice(), "discount", {("discount", "sum")}),
        (an_invoice(), "total", {("total", "sum"), ("payments", "sum")}),
        (an_invoice(tip=Decimal(1), total=Decimal(106)), "tip", {("total", "sum"), ("payments", "sum")}),
        (an_invoice(), "payments[0].amount", {("payments", "sum")}),
        (an_invoice(), "lines[0].total", {("subtotal", "sum")}),
        (an_invoice(), "lines[0].discount", {("discount", "sum")}),
        (an_invoice(), "lines[0].taxes[0].base", {("taxes[0].base", "sum")}),
        (an_invoice(), "lines[0].taxes[0].amount", {("taxes[0].amount", "sum")}),
        (an_invoice(), "taxes[0].base", {("taxes[0].base", "sum")}),
        (an_invoice(), "taxes[0].amount", {("taxes[0].amount", "sum"), ("total", "sum")}),
        (a_credit_note(), "subtotal", {("subtotal", "sum"), ("total", "sum")}),
        (a_credit_note(), "total", {("total", "sum")}),
        (a_credit_note(), "lines[0].total", {("subtotal", "sum")}),
        (a_credit_note(), "lines[0].taxes[0].base", {("taxes[0].base", "sum")}),
        (a_credit_note(), "taxes[0].amount", {("taxes[0].amount", "sum"), ("total", "sum")}),
    ],
)
def test_a_cent_is_missed(document: Document, path: str, cents: Decimal, expected: set[tuple[str, str]]) -> None:
    assert codes(change(document, path, value_at(document, path) + cents)) == expected


def value_at(document: Any, path: str) -> Any:
    for part in path.replace("[", ".").replace("]", "").split("."):
        document = document[int(part)] if isinstance(document, tuple) else getattr(document, part)
    return document


@given(documents, st.sampled_from(["subtotal", "total", "taxes[0].base", "taxes[0].amount", "lines[0].total"]))
def test_no_document_may_be_a_cent_off(document: Document, path: str) -> None:
    assert codes(change(document, path, value_at(document, path) + CENT))


def test_a_sum_says_both_figures() -> None:
    tried = change(an_invoice(), "payments[0].amount", Decimal("6.00"))
    assert the_only_message(tried) == "Pagos: suman $ 106,00 y el valor total es $ 105,00."
    tried = change(an_invoice(), "taxes[0].base", Decimal("90.01"))
    assert the_only_message(tried) == (
        "Totales, IVA 15 % (código 4), base imponible: es $ 90,01 y las partes suman $ 90,00."
    )


def test_every_rate_of_the_lines_is_in_the_totals_once() -> None:
    assert ("taxes", "missing_rate") in codes(an_invoice(taxes=TAXES[:1]))
    assert ("taxes[2]", "repeated") in codes(an_invoice(taxes=(*TAXES, TAXES[1])))
    other = TotalTax("2", "7", Decimal(0), Decimal("1.50"), Decimal(0))
    assert codes(an_invoice(taxes=(TAXES[0], other))) == {("taxes[1].base", "sum"), ("taxes", "missing_rate")}


@pytest.mark.parametrize(("total", "right"), [("89.99", True), ("90.00", True), ("90.01", True), ("90.02", False)])
def test_a_line_is_quantity_by_price_less_discount(total: str, right: bool) -> None:
    off = ("lines[0].total", "line_total") in codes(change(an_invoice(), "lines[0].total", Decimal(total)))
    assert off is not right


def test_the_iva_of_an_invoice_is_base_by_rate() -> None:
    tried = an_invoice()
    for path in ("lines[0].taxes[0].amount", "taxes[0].amount"):
        tried = change(tried, path, Decimal("13.52"))
    tried = replace(tried, total=Decimal("105.02"), payments=(Payment("01", Decimal("105.02")),))
    assert codes(tried) == {("taxes[0].amount", "tax_rate")}
    note = a_credit_note()
    for path in ("lines[0].taxes[0].amount", "taxes[0].amount"):
        note = change(note, path, Decimal("13.52"))
    assert codes(replace(note, total=Decimal("105.02"))) == set()


@pytest.mark.parametrize(("tip", "refused"), [("9.15", False), ("9.16", True)])
def test_a_tip_is_at_most_a_tenth_of_the_subtotal(tip: str, refused: bool) -> None:
    total = Decimal("105.00") + Decimal(tip)
    tried = an_invoice(tip=Decimal(tip), total=total, payments=(Payment("01", total),))
    assert codes(tried) == ({("tip", "tip_limit")} if refused else set())


@pytest.mark.parametrize(("price", "refused"), [("200000000.00", False), ("200000000.01", True)])
def test_no_document_is_larger_than_the_service_takes(price: str, refused: bool) -> None:
    amount = Decimal(price)
    tax = replace(LINE.taxes[0], rate_code="0", rate=Decimal(0), base=amount, amount=Decimal(0))
    line = replace(LINE, quantity=Decimal(1), unit_price=amount, discount=Decimal(0), total=amount, taxes=(tax,))
    tried = an_invoice(
        lines=(line,),
        taxes=(TotalTax("2", "0", Decimal(0), amount, Decimal(0)),),
        subtotal=amount,
        discount=Decimal(0),
        total=amount,
        payments=(Payment("20", amount),),
    )
    assert codes(tried) == ({("total", "too_large")} if refused else set())


def test_payments_are_said_and_in_force() -> None:
    assert codes(an_invoice(payments=())) == {("payments", "too_few")}
    tried = an_invoice(payments=(Payment("02", Decimal("105.00")),))
    assert codes(tried) == {("payments[0].method", "not_in_force")}


def test_sums_are_not_looked_at_while_a_value_is_refused() -> None:
    tried = change(an_invoice(), "lines[0].total", Decimal("NaN"))
    assert codes(tried) == {("lines[0].total", "pattern")}


def test_the_figures_of_the_schemas_edge_are_judged_without_failing() -> None:
    most = Decimal("999999999999999999")
    tried = change(change(an_invoice(), "lines[0].quantity", most), "lines[0].unit_price", most)
    assert codes(tried) == {("lines[0].total", "line_total")}


# Who may receive what


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("04", "1790011674002", "ruc_shape"),
        ("04", "1710034065", "ruc_shape"),
        ("05", "171003406", "cedula_shape"),
        ("05", "171003406-5", "identification_not_normalized"),
        ("07", "1710034065", "final_consumer_shape"),
    ],
)
def test_an_identification_is_what_its_type_says(kind: str, number: str, code: str) -> None:
    buyer = replace(BUYER, identification_type=kind, identification=number)
    assert codes(an_invoice(buyer=buyer)) == {("buyer.identification", code)}


def test_a_wrong_check_digit_is_no_reason_to_refuse() -> None:
    assert codes(an_invoice(buyer=replace(BUYER, identification_type="04", identification="1793213150001"))) == set()


def test_a_final_consumer_gets_invoices_but_no_credit_notes() -> None:
    buyer = replace(
        BUYER, identification_type="07", identification="9999999999999", name="CONSUMIDOR FINAL", address=""
    )
    assert codes(an_invoice(buyer=buyer)) == set()
    assert codes(a_credit_note(buyer=buyer)) == {("buyer.identification_type", "final_consumer")}


def test_a_note_does_not_come_before_what_it_corrects() -> None:
    def corrects(day: date) -> CreditNote:
        return a_credit_note(modified=replace(a_credit_note().modified, issue_date=day))

    assert codes(corrects(TODAY)) == set()
    assert codes(corrects(date(2026, 11, 22))) == {("modified.issue_date", "modified_later")}


# Additional information


@pytest.mark.parametrize("name", ["RUC Proveedor", "ruc proveedor", "RUC PROVEEDOR", " RUC  Proveedor "])
@pytest.mark.parametrize("provider_ruc", ["", PROVIDER])
def test_the_providers_name_is_reserved(name: str, provider_ruc: str) -> None:
    tried = an_invoice(additional=(("Correo", "x"), (name, "1")))
    assert codes(tried, provider_ruc=provider_ruc) == {("additional[1][0]", "reserved_name")}


@pytest.mark.parametrize(
    ("count", "provider_ruc", "room"), [(15, "", None), (16, "", 15), (14, PROVIDER, None), (15, PROVIDER, 14)]
)
def test_there_is_room_for_fifteen_the_provider_among_them(count: int, provider_ruc: str, room: int | None) -> None:
    tried = an_invoice(additional=tuple((f"Campo {place}", "x") for place in range(count)))
    messages = [problem.message for problem in xml.check(tried, provider_ruc=provider_ruc)]
    assert messages == ([f"Información adicional: hay {count} y se admiten {room}."] if room else [])


def test_the_provider_has_a_ruc() -> None:
    assert codes(an_invoice(), provider_ruc="123") == {("provider_ruc", "pattern")}


# Size


def test_a_document_too_big_to_send_is_refused() -> None:
    def of(count: int) -> Document:
        line = replace(LINE, description="ñ" * 300)
        base, tax = 90 * Decimal(count), Decimal("13.5") * count
        return an_invoice(
            lines=(line,) * count,
            taxes=(replace(TAXES[0], base=base, amount=tax),),
            subtotal=base,
            discount=10 * Decimal(count),
            total=base + tax,
            payments=(Payment("20", base + tax),),
        )

    assert len(xml.build(of(200))) < MAX_BYTES - SIGNATURE_ROOM
    assert codes(of(400)) == {("", "too_big")}
    assert "KB" in the_only_message(of(400))
