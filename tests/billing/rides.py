"""Printed documents to try the printing with."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal as D

from PIL import Image

from sri.ride import Authorization, Buyer, Heading, Issuer, Line, Modified, Note, Payment, Ride, Tax

LINK = "https://cuadre.ejemplo.ec/d/Jx3Yq0Zr1mN8vT5bW2cK9sD4fG7hL6pA1eU0iO3yRtQ/"
ACCESS_KEY = "0408202501109000787000120321010000460451234567815"
ECUADOR = timezone(timedelta(hours=-5))

SOLD = [
    ("CAN-01", "Alquiler cancha de pádel 1, sábado 18:00 a 19:30", "1.5", "24.00", "0.00"),
    ("CAN-05", "Alquiler cancha sintética de fútbol 5, hora nocturna con iluminación", "2", "35.00", "2.00"),
    ("RAQ", "Alquiler de raquetas", "4", "3.50", "0.00"),
    ("AGUA-500", "Agua sin gas 500 ml", "6", "0.75", "0.00"),
    ("CLASE", "Clase individual con entrenador certificado", "1", "28.333333", "0.00"),
]


def logo() -> bytes:
    """A logo as companies upload them: larger than it is printed, with transparent corners."""
    png = io.BytesIO()
    Image.linear_gradient("L").convert("RGBA").resize((900, 300)).save(png, "PNG")
    return png.getvalue()


def ride(count: int = 5, /, **changes: object) -> Ride:
    """An authorized invoice of `count` lines; IVA of 15 % on all but 10.00, which is taxed with zero."""
    sold = tuple(_line(*SOLD[position % len(SOLD)]) for position in range(count))
    subtotal = sum((line.total for line in sold), D("0.00"))
    iva = ((subtotal - 10) * D("0.15")).quantize(D("0.01"))
    invoice = Ride(
        issuer=Issuer(
            ruc="1790012345001",
            legal_name="COMPLEJO DEPORTIVO LA RAQUETA CÍA. LTDA.",
            trade_name="Club La Raqueta",
            head_office="Av. de los Shyris N34-120 y Holanda, Quito",
            branch="Vía a Samborondón km 2,5, Samborondón",
            keeps_accounting=True,
            special_taxpayer="5368",
            withholding_agent="1",
            legends=("CONTRIBUYENTE RÉGIMEN RIMPE",),
            contact=("02 245 6789", "facturas@laraqueta.ec"),
            logo=logo(),
        ),
        heading=Heading("Factura", "001-002-000000123", date(2026, 11, 21), date(2026, 12, 21)),
        buyer=Buyer(
            name="Distribuidora Andina de Alimentos S.A.",
            identification_type="RUC",
            identification="1791234567001",
            address="Calle Juan León Mera N26-133 y Santa María, Quito",
            email="pagos@andina.ec",
            phone="02 222 3344",
        ),
        lines=sold,
        taxes=(Tax("2", "4", D("15.00"), subtotal - 10, iva), Tax("2", "0", D("0.00"), D("10.00"), D("0.00"))),
        subtotal=subtotal,
        discount=sum((line.discount for line in sold), D("0.00")),
        total=subtotal + iva,
        payments=(Payment("Otros con utilización del sistema financiero", subtotal + iva, 30),),
        additional=(Note("Orden de compra", "OC-2026-00981"),),
        observations="Gracias por preferirnos.",
        authorization=Authorization(
            ACCESS_KEY, "2", ACCESS_KEY, datetime(2026, 11, 21, 15, 15, 33, tzinfo=UTC).astimezone(ECUADOR)
        ),
    )
    return replace(invoice, **changes)  # type: ignore[arg-type]


def credit_note(count: int = 2, /, **changes: object) -> Ride:
    """An authorized credit note of `count` lines."""
    reason = "Devolución parcial: dos raquetas rotas y una hora de cancha que no se usó por lluvia"
    note = {
        "heading": Heading("Nota de crédito", "001-002-000000007", date(2026, 11, 25)),
        "modifies": Modified("Factura", "001-002-000000123", date(2026, 11, 21), reason),
        "payments": (),
        "observations": "",
    }
    return ride(count, **note | changes)


def _line(code: str, description: str, quantity: str, price: str, discount: str) -> Line:
    total = (D(quantity) * D(price) - D(discount)).quantize(D("0.01"))
    return Line(code, description, D(quantity), D(price), D(discount), total)
