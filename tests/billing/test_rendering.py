"""The printed invoice: the blocks that the law names, the same bytes for the same data, and nothing else than it."""

import io
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
import segno
import time_machine
from django.utils import timezone, translation
from PIL import Image
from pypdf import PdfReader

from billing import rendering
from billing.rendering import render
from sri.barcode import bars
from sri.qr import squares
from sri.ride import Amount, Authorization, Buyer, Heading, Issuer, Line, Note, Payment, Ride, Tax, Watermark
from tests.billing.rides import ACCESS_KEY, LINK, credit_note, ride

NO_LOGO = replace(ride().issuer, logo=None)


def pages(document: Ride) -> list[str]:
    """The text of each page, its lines joined by single spaces."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(render(document))).pages]


def text(document: Ride) -> str:
    (page,) = pages(document)
    return page


# --- The same bytes ---


def test_the_same_data_gives_the_same_bytes_whatever_was_printed_in_between():
    first = render(ride())
    render(ride(12, watermarks=(Watermark.VOIDED,)))
    assert render(ride()) == first


def test_language_and_time_zone_of_who_asks_change_nothing():
    usual = render(ride())
    with translation.override("en"), timezone.override("Asia/Tokyo"):
        assert render(ride()) == usual


def test_another_process_makes_the_same_bytes():
    program = (
        "import django, hashlib; django.setup()\n"
        "from billing.rendering import render\n"
        "from tests.billing.rides import ride\n"
        "print(hashlib.sha256(render(ride())).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1


def test_without_the_library_that_cuts_fonts_the_bytes_are_the_same_on_another_day(monkeypatch):
    monkeypatch.setattr("weasyprint.pdf.fonts.harfbuzz_subset", None)
    with time_machine.travel("2026-11-21"):
        first = render(ride())
    with time_machine.travel("2031-01-01"):
        assert render(ride()) == first


def test_threads_printing_at_once_make_the_same_bytes():
    usual, printed = render(ride()), []
    threads = [threading.Thread(target=lambda: printed.append(render(ride()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert printed == [usual] * 4


def test_different_documents_have_different_identifiers():
    other = ride(heading=Heading("Factura", "001-002-000000124", date(2026, 11, 21)))
    first, second = (PdfReader(io.BytesIO(render(each))).trailer["/ID"] for each in (ride(), other))
    assert first[0] != second[0]


def test_the_file_says_what_it_is_and_is_dated_as_the_document():
    about = PdfReader(io.BytesIO(render(ride()))).metadata
    assert about["/Title"] == "Factura 001-002-000000123 · COMPLEJO DEPORTIVO LA RAQUETA CÍA. LTDA."
    assert about["/Author"] == "COMPLEJO DEPORTIVO LA RAQUETA CÍA. LTDA."
    assert about["/CreationDate"] == "D:20261121"


# --- The blocks ---


@pytest.fixture(scope="module")
def invoice() -> str:
    return text(ride())


@pytest.mark.parametrize(
    "block",
    [
        "FACTURA",
        "No. 001-002-000000123",
        "RUC 1790012345001",
        "Ambiente PRODUCCIÓN · Emisión NORMAL",
        "Autorizada el 21/11/2026 10:15:33",
        f"Número de autorización {ACCESS_KEY}",
        f"Clave de acceso {ACCESS_KEY}",
        "Club La Raqueta COMPLEJO DEPORTIVO LA RAQUETA CÍA. LTDA.",
        "Matriz Av. de los Shyris N34-120 y Holanda, Quito",
        "Sucursal Vía a Samborondón km 2,5, Samborondón",
        "02 245 6789 · facturas@laraqueta.ec",
        "Obligado a llevar contabilidad: SÍ",
        "Contribuyente especial Nro. 5368",
        "Agente de retención Resolución No. 1",
        "CONTRIBUYENTE RÉGIMEN RIMPE",
        "Cliente Distribuidora Andina de Alimentos S.A. RUC 1791234567001",
        "Calle Juan León Mera N26-133 y Santa María, Quito",
        "02 222 3344 · pagos@andina.ec",
        "Fecha de emisión 21/11/2026",
        "Vence 21/12/2026",
        "Código Descripción Cantidad Precio unitario Descuento Precio total",
        "CAN-01 Alquiler cancha de pádel 1, sábado 18:00 a 19:30 1,5 24,00 – 36,00",
        "CLASE Clase individual con entrenador certificado 1 28,333333 – 28,33",
        "Forma de pago Plazo Valor Otros con utilización del sistema financiero 30 días 171,95",
        "Información adicional Orden de compra OC-2026-00981",
        "Observaciones Gracias por preferirnos.",
        "Subtotal 15 % 140,83 Subtotal 0 % 10,00 Subtotal sin impuestos 150,83 Descuento 2,00 IVA 15 % 21,12",
        "Valor total $ 171,95",
        "Página 1 de 1",
    ],
)
def test_a_printed_invoice_has_the_block(invoice, block):
    assert block in invoice


def test_every_kind_of_tax_has_its_row_in_the_order_of_anexo_2():
    document = ride(
        taxes=(
            Tax("5", "5001", D("0.00"), D("12.00"), D("0.24")),
            Tax("2", "7", D("0.00"), D("6.00"), D("0.00")),
            Tax("2", "6", D("0.00"), D("7.00"), D("0.00")),
            Tax("2", "0", D("0.00"), D("10.00"), D("0.00")),
            Tax("2", "8", D("8.00"), D("20.00"), D("1.60")),
            Tax("2", "4", D("15.00"), D("100.00"), D("15.00")),
            Tax("3", "3680", D("0.00"), D("3.00"), D("0.10")),
            Tax("3", "3011", D("150.00"), D("2.00"), D("3.00")),
        ),
        subtotal=D("143.00"),
        discount=D("0.00"),
        tip=D("5.00"),
    )
    assert document.amounts() == (
        Amount("Subtotal 15\u00a0%", D("100.00")),
        Amount("Subtotal 8\u00a0%", D("20.00")),
        Amount("Subtotal 0\u00a0%", D("10.00")),
        Amount("Subtotal no objeto de IVA", D("7.00")),
        Amount("Subtotal exento de IVA", D("6.00")),
        Amount("Subtotal sin impuestos", D("143.00")),
        Amount("Descuento", D("0.00")),
        Amount("ICE", D("3.10")),
        Amount("IVA 15\u00a0%", D("15.00")),
        Amount("IVA 8\u00a0%", D("1.60")),
        Amount("IRBPNR", D("0.24")),
        Amount("Propina", D("5.00")),
    )
    assert "Subtotal no objeto de IVA 7,00 Subtotal exento de IVA 6,00" in text(document)


def test_a_rate_is_named_by_its_figure_and_never_by_a_constant():
    assert Tax("2", "10", D("12.50"), D("1.00"), D("0.13")).rate_name == "12,5\u00a0%"


def test_a_line_prints_its_auxiliary_code_and_its_additional_details():
    line = replace(ride().lines[0], auxiliary_code="H492001", details=(Note("Placa", "PBA-1234"), Note("Lote", "7")))
    assert "CAN-01 H492001" in text(ride(lines=(line,)))
    assert "Placa: PBA-1234 Lote: 7" in text(ride(lines=(line,)))


def test_a_document_without_e_invoicing_has_neither_key_nor_environment():
    printed = text(ride(authorization=None))
    assert "No. 001-002-000000123" in printed
    for absent in ("Clave de acceso", "Número de autorización", "Ambiente", "Emisión NORMAL"):
        assert absent not in printed


def test_what_a_small_company_does_not_have_leaves_no_empty_label():
    printed = text(
        ride(
            issuer=Issuer("1712345678001", "María Fernanda Ñuñez Güiracocha", "Calle Larga 7-89, Cuenca"),
            buyer=Buyer("CONSUMIDOR FINAL", "Identificación", "9999999999999"),
            heading=Heading("Factura", "001-001-000000007", date(2026, 11, 21)),
            payments=(),
            additional=(),
            observations="",
            authorization=None,
        )
    )
    assert printed.startswith("María Fernanda Ñuñez Güiracocha Matriz Calle Larga 7-89, Cuenca Obligado")
    assert "Obligado a llevar contabilidad: NO" in printed
    for absent in ("Sucursal", "Contribuyente", "Agente", "Vence", "Forma de pago", "Información", "Observaciones"):
        assert absent not in printed


def test_a_payment_at_once_has_no_term():
    printed = text(ride(payments=(Payment("Tarjeta de crédito", D("171.95")),)))
    assert "Tarjeta de crédito – 171,95" in printed


# --- The barcode and the logo ---


def test_the_bars_are_code_128_in_pairs_of_digits():
    # Start, 24 pairs, a change of set, the 49th digit, the check symbol: 28 symbols of 11 modules; the stop has 13.
    path, width = bars(ACCESS_KEY)
    assert width == 28 * 11 + 13
    assert path.startswith("M0 0v1h2v-1h1v1h1v-1h2v1h3v-1h2")  # start with set C: 2 1 1 2 3 2
    assert path.endswith("v1h2v-1h3v1h3v-1h1v1h1v-1h1v1h2v-1z")  # stop: 2 3 3 1 1 1 2


@pytest.mark.skipif(not (shutil.which("zbarimg") and shutil.which("pdftoppm")), reason="needs a scanner: zbar, poppler")
def test_a_scanner_reads_the_access_key_from_the_page(tmp_path):
    (tmp_path / "ride.pdf").write_bytes(render(ride()))
    subprocess.run(["pdftoppm", "-r", "150", "-png", tmp_path / "ride.pdf", tmp_path / "ride"], check=True)
    (image,) = tmp_path.glob("*.png")
    scan = subprocess.run(["zbarimg", "-q", "--raw", image], capture_output=True, text=True, check=True)
    assert scan.stdout.strip() == ACCESS_KEY


@pytest.mark.skipif(not (shutil.which("zbarimg") and shutil.which("pdftoppm")), reason="needs a scanner: zbar, poppler")
def test_a_scanner_reads_the_public_address_from_the_page(tmp_path):
    (tmp_path / "ride.pdf").write_bytes(render(ride(link=LINK, authorization=None)))
    subprocess.run(["pdftoppm", "-r", "150", "-png", tmp_path / "ride.pdf", tmp_path / "ride"], check=True)
    (image,) = tmp_path.glob("*.png")
    scan = subprocess.run(["zbarimg", "-q", "--raw", image], capture_output=True, text=True, check=True)
    assert scan.stdout.strip() == LINK


def test_the_dots_are_those_of_the_code_row_by_row():
    path, width = squares("CUADRE")
    dark = [[False] * width for _row in range(width)]
    for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for place in range(int(column), int(column) + int(length)):
            dark[int(row)][place] = True
    matrix = segno.make("CUADRE", error="m", micro=False, boost_error=False).matrix
    assert dark == [[bool(dot) for dot in line] for line in matrix]
    assert squares("CUADRE") == (path, width)


def test_a_document_without_a_link_prints_no_code():
    assert "Escanee el código" in text(ride(link=LINK))
    assert "Escanee el código" not in text(ride())


def images(document: Ride) -> list[object]:
    return list(PdfReader(io.BytesIO(render(document))).pages[0].images)


def test_a_logo_is_printed_and_no_larger_than_the_paper_shows():
    (image,) = images(ride())
    assert image.image.size == (732, 244)


@pytest.mark.parametrize("broken", [b"not an image", b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_a_logo_that_cannot_be_read_does_not_keep_the_document_from_being_printed(broken):
    document = ride(issuer=replace(NO_LOGO, logo=broken))
    assert images(document) == []
    assert "Valor total $ 171,95" in text(document)


def test_a_transparent_logo_lies_on_white_paper():
    png = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(png, "PNG")
    (image,) = images(ride(issuer=replace(NO_LOGO, logo=png.getvalue())))
    assert image.image.getpixel((20, 10)) == (255, 255, 255)


# --- Credit notes ---


def test_a_credit_note_names_what_it_modifies_and_why():
    printed = text(credit_note())
    assert "NOTA DE CRÉDITO No. 001-002-000000007" in printed
    assert "Comprobante que se modifica Factura 001-002-000000123" in printed
    assert "Fecha de emisión (comprobante a modificar) 21/11/2026" in printed
    assert "Razón de modificación Devolución parcial: dos raquetas rotas" in printed
    assert "Nota de crédito 001-002-000000007 · COMPLEJO DEPORTIVO" in printed


def test_a_credit_note_has_neither_payments_nor_a_due_date():
    printed = text(credit_note())
    for absent in ("Forma de pago", "Plazo", "Vence"):
        assert absent not in printed
    assert "Comprobante que se modifica" not in text(ride())


# --- Watermarks ---


@pytest.mark.parametrize("mark", Watermark)
def test_a_watermark_stands_on_every_page(mark):
    assert all(mark.value in page for page in pages(ride(60, watermarks=(mark,))))


def test_a_test_company_s_draft_says_both():
    printed = text(ride(watermarks=(Watermark.TEST, Watermark.DRAFT)))
    assert "PRUEBAS – SIN VALIDEZ TRIBUTARIA" in printed
    assert "BORRADOR" in printed


def test_a_valid_document_has_no_watermark(invoice):
    assert not any(mark.value in invoice for mark in Watermark)


def test_a_draft_is_called_a_draft_where_its_number_would_be():
    printed = text(ride(heading=Heading("Factura", "", date(2026, 11, 21)), authorization=None))
    assert "FACTURA Borrador" in printed
    assert "Factura en borrador · COMPLEJO DEPORTIVO" in printed
    assert "No." not in printed.replace("Resolución No.", "")


def test_a_document_that_waits_for_sri_says_so_and_has_its_key_already():
    printed = text(ride(authorization=Authorization(ACCESS_KEY, "1"), watermarks=(Watermark.UNAUTHORIZED,)))
    assert "Ambiente PRUEBAS" in printed
    assert "Número de autorización Pendiente de autorización" in printed
    assert f"Clave de acceso {ACCESS_KEY}" in printed
    assert "Autorizada el" not in printed


# --- Pages ---


def test_the_columns_are_named_and_the_pages_counted_on_every_page():
    printed = pages(ride(500))
    assert len(printed) > 10
    for number, page in enumerate(printed, start=1):
        assert "Código Descripción Cantidad Precio unitario Descuento Precio total" in page
        assert f"Página {number} de {len(printed)}" in page
        assert "Factura 001-002-000000123 · COMPLEJO DEPORTIVO LA RAQUETA CÍA. LTDA. · RUC 1790012345001" in page
    assert sum(page.count("Clase individual") for page in printed) == 100


def test_fifty_lines_keep_their_order_over_the_pages():
    lines = tuple(replace(ride().lines[0], code=f"N{position:03}") for position in range(50))
    printed = " ".join(pages(ride(lines=lines)))
    places = [printed.index(line.code) for line in lines]
    assert places == sorted(places)


@pytest.mark.parametrize("count", range(8, 18))
def test_the_totals_never_stand_alone_on_a_page(count):
    last = pages(ride(count))[-1]
    assert "Valor total" in last
    assert "Código Descripción" in last


def test_words_longer_than_their_column_stay_whole_and_on_the_paper():
    endless = "Otorrinolaringología" * 14
    buyer = replace(ride().buyer, name=endless, email=f"{endless[:60]}@empresa.com.ec")
    document = ride(buyer=buyer, lines=(replace(ride().lines[0], description=endless, code="X" * 25),))
    reader = PdfReader(io.BytesIO(render(document)))
    printed = "".join(reader.pages[0].extract_text().split())
    assert printed.count(endless) == 2
    assert "X" * 25 in printed


def test_texts_longer_than_a_page_are_printed_to_their_end():
    document = ride(
        additional=tuple(Note(f"Campo {number}", f"{'palabra ' * 35}fin{number}.") for number in range(15)),
        observations="Sigue la observación. " * 300 + "Fin de todo.",
    )
    printed = " ".join(pages(document))
    assert all(f"fin{number}." in printed for number in range(15))
    assert "Fin de todo." in printed


# --- What users write is text, and nothing else ---

HOSTILE = '<script>alert("1")</script> & <b>Hnos.</b> <img src="file:///etc/passwd"/> {{ ride }}'


def test_markup_in_any_text_is_printed_as_it_was_written():
    document = Ride(
        issuer=Issuer("1790012345001", HOSTILE, HOSTILE, HOSTILE, HOSTILE, legends=(HOSTILE,), contact=(HOSTILE,)),
        heading=Heading("Factura", HOSTILE, date(2026, 11, 21)),
        buyer=Buyer(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        lines=(Line(HOSTILE, HOSTILE, D(1), D(1), D(0), D(1), HOSTILE, (Note(HOSTILE, HOSTILE),)),),
        taxes=(),
        subtotal=D("1.00"),
        discount=D("0.00"),
        total=D("1.00"),
        payments=(Payment(HOSTILE, D("1.00"), 1, HOSTILE),),
        additional=(Note(HOSTILE, HOSTILE),),
        observations=HOSTILE,
    )
    printed = "".join("".join(pages(document)).split())
    assert printed.count("".join(HOSTILE.split())) >= 19


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        f"file://{Path(__file__).resolve().parents[2]}/templates/pdf/fonts/../invoice.css",
        "http://127.0.0.1:8000/",
        "https://example.com/logo.png",
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
        "data:text/css,*{}",
    ],
)
def test_printing_asks_for_no_address_but_its_fonts(address):
    with pytest.raises(ValueError, match="not part of the document"):
        rendering._BundledOnly().fetch(address)


def test_characters_that_no_printer_has_are_left_out():
    assert "Agua mineral" in text(ride(observations="Agua\x0b\x00 mineral\ufffe"))
