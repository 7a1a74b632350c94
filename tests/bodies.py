"""Request bodies of the API that are right for a world: written down where they name other rows, else made from the
OpenAPI document."""

from collections.abc import Callable, Iterator
from typing import Any

from core.schema import document
from core.shapes import LARGEST_ID
from tests.reservations.factories import at
from tests.world import World

Body = dict[str, Any]

LINE = {"description": "Cancha", "quantity": "1", "unit_price": "10.00"}


def invoice(world: World) -> Body:
    lines = [{"product": world["product"], "quantity": 1}, LINE]
    return {"customer": world["customer"], "series": world["series"], "lines": lines, "billables": [world["billable"]]}


def customer(world: World) -> Body:
    return {"identification_type": "06", "identification": "P-99", "name": "Ana", "kind": world["customer_kind"]}


def rate(world: World) -> Body:
    band = {"weekdays": [0], "starts": "18:00", "ends": "20:00"}
    ids = {"resource": world["court"], "product": world["product"], "customer_kind": world["customer_kind"]}
    return {**ids, "name": "Noche", "unit_price": "30.00", **band}


def booking(world: World) -> Body:
    extras = [{"product": world["product"], "quantity": 1}]
    period = {"starts_at": at("15:00").isoformat(), "ends_at": at("16:00").isoformat()}
    return {"resource": world["court"], **period, "extras": extras}


def slot(world: World) -> Body:
    return {name: value for name, value in booking(world).items() if name != "extras"}


def weekly(world: World) -> Body:
    days = {"first_on": "2026-11-18", "starts": "18:00", "ends": "19:00", "count": 2}
    return {"resource": world["court"], "customer": world["customer"], "extras": booking(world)["extras"], **days}


def waiter(world: World) -> Body:
    period = {"starts_at": at("15:00").isoformat(), "ends_at": at("16:00").isoformat()}
    return {"customer": world["customer"], "name": "Rosa", "phone": "099", **period}


def blackout(world: World) -> Body:
    return {"starts_at": at("15:00").isoformat(), "ends_at": at("16:00").isoformat(), "reason": "Torneo"}


def payment(world: World) -> Body:
    return {"customer": world["customer"], "method": world["method"], "amount": "10.00"}


def charge(world: World) -> Body:
    return {"method": world["method"], "series": world["series"]}


def credit_note(world: World) -> Body:
    lines = [{"line": world["line"], "quantity": "1"}]
    return {"mode": "lines", "lines": lines, "motive": "Devolución", "series": world["note_series"]}


# (method, path with {name} for what it is about) → one or more bodies; together they fill each field that is an id.
BODIES: dict[tuple[str, str], list[Callable[[World], Body]]] = {
    ("POST", "/api/v1/customers/"): [customer],
    ("PUT", "/api/v1/customers/{customer}/"): [customer],
    ("PATCH", "/api/v1/customers/{customer}/"): [lambda world: {"kind": world["customer_kind"]}],
    ("POST", "/api/v1/customers/{customer}/merge/"): [lambda world: {"other": world["lonely_customer"]}],
    ("POST", "/api/v1/invoices/"): [invoice],
    ("POST", "/api/v1/invoices/preview/"): [invoice],
    ("PUT", "/api/v1/invoices/{draft}/"): [invoice],
    ("PATCH", "/api/v1/invoices/{draft}/"): [invoice],
    ("POST", "/api/v1/invoices/{refused}/correct/"): [
        lambda world: {
            "customer": world["refused_customer"],
            "billables": [world["refused_billable"]],
            "lines": [{"product": world["product"], "quantity": 1}],
        },
    ],
    ("POST", "/api/v1/invoices/bulk/"): [
        lambda world: {"action": "issue", "ids": [world["draft"]]},
        lambda world: {"action": "download", "ids": [world["invoice"]]},
        lambda world: {"action": "retry", "ids": [world["waiting"]]},
    ],
    ("POST", "/api/v1/credit-notes/bulk/"): [lambda world: {"action": "mail", "ids": [world["note"]]}],
    ("POST", "/api/v1/credit-notes/"): [lambda world: credit_note(world) | {"invoice": world["invoice"]}],
    ("POST", "/api/v1/credit-notes/preview/"): [lambda world: credit_note(world) | {"invoice": world["invoice"]}],
    ("POST", "/api/v1/invoices/{invoice}/credit-notes/"): [credit_note],
    ("POST", "/api/v1/payments/"): [
        lambda world: payment(world) | {"invoice": world["invoice"]},
        lambda world: payment(world) | {"allocations": [{"invoice": world["invoice"], "amount": "10.00"}]},
    ],
    ("POST", "/api/v1/receipts/"): [
        lambda world: {
            "customer": world["customer"],
            "parts": [{"method": world["method"], "amount": "10.00"}],
            "allocations": [{"invoice": world["invoice"], "amount": "10.00"}],
        },
    ],
    ("POST", "/api/v1/refunds/"): [
        lambda world: {"customer": world["rich_customer"], "method": world["method"], "amount": "1.00", "reason": "x"},
        lambda world: {"invoice": world["sold"], "method": world["method"], "amount": "1.00", "reason": "x"},
    ],
    ("POST", "/api/v1/payments/{payment}/refund/"): [
        lambda world: {"method": world["method"], "amount": "1.00", "reason": "x"},
    ],
    ("POST", "/api/v1/comments/"): [
        lambda world: {"object_type": "customer", "object_id": world["customer"], "text": "Paga los viernes"},
    ],
    ("POST", "/api/v1/quick-sales/"): [
        lambda world: {
            "lines": [{"product": world["product"], "quantity": 1}],
            "customer": world["customer"],
            "method": world["method"],
            "series": world["series"],
        },
    ],
    ("POST", "/api/v1/line-templates/"): [
        lambda world: {"name": "Mes", "lines": [{"product": world["product"], "quantity": 1}, LINE]},
    ],
    ("PUT", "/api/v1/line-templates/{template}/"): [
        lambda world: {"name": "Mes", "lines": [{"product": world["product"], "quantity": 1}, LINE]},
    ],
    ("PATCH", "/api/v1/line-templates/{template}/"): [
        lambda world: {"lines": [{"product": world["product"], "quantity": 1}]},
    ],
    ("POST", "/api/v1/line-templates/from-invoice/"): [
        lambda world: {"name": "Como esa", "invoice": world["invoice"]},
    ],
    ("POST", "/api/v1/emission-points/"): [
        lambda world: {"establishment": world["establishment"], "code": "077"},
    ],
    ("POST", "/api/v1/receipt-books/"): [lambda world: {"emission_point": world["bare_point"]}],
    ("POST", "/api/v1/resources/"): [lambda world: {"venue": world["venue"], "name": "Otra"}],
    ("POST", "/api/v1/rates/"): [lambda world: rate(world) | {"venue": world["venue"]}],
    ("PATCH", "/api/v1/rates/{rate}/"): [rate],
    ("POST", "/api/v1/reservations/"): [
        lambda world: booking(world) | {"customer": world["customer"], "confirm": True, "charge": charge(world)},
    ],
    ("POST", "/api/v1/reservations/preview/"): [lambda world: booking(world) | {"customer": world["customer"]}],
    ("POST", "/api/v1/reservations/hold/"): [lambda world: slot(world) | {"customer": world["customer"]}],
    ("POST", "/api/v1/reservations/{held_slot}/take/"): [
        lambda world: {
            "customer": world["customer"],
            "extras": booking(world)["extras"],
            "confirm": True,
            "charge": charge(world),
        },
    ],
    ("POST", "/api/v1/reservations/{confirmed}/move/"): [
        lambda world: {"resource": world["court"], "starts_at": at("15:00").isoformat()},
    ],
    ("POST", "/api/v1/reservations/{confirmed}/split/"): [
        lambda world: {"shares": [{"customer": world["customer"]}, {"customer": world["customer"]}]},
    ],
    ("POST", "/api/v1/reservations/group-invoice/"): [
        lambda world: {"reservations": [world["confirmed"]], "series": world["series"]},
    ],
    ("POST", "/api/v1/reservation-shares/{share}/charge/"): [charge],
    ("POST", "/api/v1/reservation-shares/{share}/invoice/"): [lambda world: {"series": world["series"]}],
    ("POST", "/api/v1/repetitions/"): [weekly],
    ("POST", "/api/v1/repetitions/preview/"): [weekly],
    ("POST", "/api/v1/repetitions/{repetition}/change/"): [
        lambda world: {"resource": world["court"], "starts": "18:00"},
    ],
    ("POST", "/api/v1/waiting-list/"): [
        lambda world: waiter(world) | {"resource": world["court"]},
        lambda world: waiter(world) | {"venue": world["venue"]},
    ],
    ("POST", "/api/v1/waiting-list/{waiting_entry}/book/"): [
        lambda world: booking(world) | {"customer": world["customer"], "confirm": True, "charge": charge(world)},
    ],
    ("POST", "/api/v1/reservations/{confirmed}/deposit/"): [
        lambda world: {"method": world["method"], "amount": "5.00"},
    ],
    ("POST", "/api/v1/blackouts/"): [
        lambda world: blackout(world) | {"resource": world["court"]},
        lambda world: blackout(world) | {"venue": world["venue"]},
    ],
    ("POST", "/api/v1/booking-policy/"): [
        lambda world: {"hold_minutes": 20, "tiers": [{"hours_before": 12, "percent": "50"}]},
    ],
    ("PATCH", "/api/v1/reservations/{reservation}/"): [lambda world: {"extras": booking(world)["extras"]}],
    ("POST", "/api/v1/reservations/{confirmed}/charge/"): [charge],
    ("POST", "/api/v1/reservations/{confirmed}/invoice/"): [lambda world: {"series": world["series"]}],
}


def invoice_form(world: World) -> Body:
    ids = {name: world[name] for name in ("customer", "series")}
    return ids | {"lines-0-product": world["product"], "lines-0-quantity": "1", "billables": [world["billable"]]}


def correction_form(world: World) -> Body:
    ids = {"customer": world["refused_customer"], "billables": [world["refused_billable"]]}
    return ids | {"lines-0-product": world["product"], "lines-0-quantity": "1"}


def booking_form(world: World) -> Body:
    ids = {"customer": world["customer"], "court": world["court"], "method": world["method"], "then": "charge"}
    return ids | {"starts_at": at("15:00").isoformat(), "lines-0-product": world["product"], "lines-0-quantity": "1"}


# Path of a page with a form, and of what it is sent to → what is filled in; together every choice of a row of ours.
FORMS: dict[tuple[str, str], Callable[[World], Body]] = {
    ("/facturas/nueva/", "/facturas/nueva/"): invoice_form,
    ("/facturas/nueva/", "/facturas/preview/"): invoice_form,
    ("/facturas/{draft}/editar/", "/facturas/{draft}/editar/"): invoice_form,
    ("/documentos/{refused}/sri/corregir/lineas/", "/documentos/{refused}/sri/corregir/lineas/"): correction_form,
    ("/documentos/{refused}/sri/corregir/lineas/", "/documentos/{refused}/sri/corregir/lineas/preview/"): (
        correction_form
    ),
    ("/facturas/{draft}/editar/", "/facturas/{draft}/preview/"): invoice_form,
    ("/venta/", "/venta/"): lambda world: {
        "lines-0-product": world["product"], "lines-0-quantity": "1", "method": world["method"],
        "series": world["series"], "charge": "1",
    },
    ("/empresa/plantillas/nueva/", "/empresa/plantillas/nueva/"): lambda world: {
        "name": "Mes", "lines-0-product": world["product"], "lines-0-quantity": "1",
    },
    ("/empresa/plantillas/{template}/", "/empresa/plantillas/{template}/"): lambda world: {
        "lines-0-product": world["product"], "lines-0-quantity": "1",
    },
    ("/clientes/nuevo/", "/clientes/nuevo/"): customer,
    ("/clientes/{customer}/editar/", "/clientes/{customer}/editar/"): customer,
    ("/clientes/{customer}/unir/", "/clientes/{customer}/unir/"): lambda world: {"other": world["lonely_customer"]},
    ("/facturas/", "/pendientes/facturar/"): lambda world: {"pk": [world["billable"]]},
    ("/facturas/{invoice}/nota-de-credito/", "/facturas/{invoice}/nota-de-credito/"): lambda world: {
        "mode": "lines", f"line-{world['line']}": "1", "motive": "Devolución",
    },
    ("/facturas/{invoice}/nota-de-credito/", "/facturas/{invoice}/nota-de-credito/preview/"): lambda world: {
        "mode": "amount", "amount": "1,00",
    },
    ("/cobros/nuevo/", "/cobros/nuevo/"): lambda world: {
        "customer": world["customer"], "method": world["method"], "amount": "10,00",
        "proposed_for": f"{world['customer']} 10.00", f"apply-{world['invoice']}": "10,00",
    },
    ("/cobros/nuevo/", "/cobros/nuevo/preview/"): lambda world: {"customer": world["customer"], "amount": "10,00"},
    ("/reservas/nueva/", "/reservas/nueva/"): booking_form,
    ("/reservas/nueva/", "/reservas/nueva/preview/"): booking_form,
    ("/reservas/{reservation}/editar/", "/reservas/{reservation}/editar/"): lambda world: {
        "lines-0-product": world["product"], "lines-0-quantity": "1",
    },
    ("/reservas/{held_slot}/reservar/", "/reservas/{held_slot}/reservar/"): lambda world: {
        "customer": world["customer"], "method": world["method"], "then": "charge",
        "lines-0-product": world["product"], "lines-0-quantity": "1",
    },
    ("/reservas/{held_slot}/reservar/", "/reservas/{held_slot}/reservar/preview/"): lambda world: {
        "customer": world["customer"], "lines-0-product": world["product"], "lines-0-quantity": "1",
    },
    ("/reservas/{confirmed}/mover/", "/reservas/{confirmed}/mover/"): lambda world: {
        "court": world["court"], "starts": "15:00",
    },
    ("/reservas/{confirmed}/dividir/", "/reservas/{confirmed}/dividir/"): lambda world: {
        "lines-0-customer": world["customer"], "lines-1-customer": world["customer"],
    },
    ("/reservas/partes/{share}/cobrar/", "/reservas/partes/{share}/cobrar/"): lambda world: {
        "method": world["method"],
    },
    ("/reservas/repetidas/nueva/", "/reservas/repetidas/nueva/"): lambda world: {
        "customer": world["customer"], "court": world["court"], "first_on": "2026-11-18", "starts": "18:00",
        "ends": "19:00", "count": "2", "book": "1", "lines-0-product": world["product"], "lines-0-quantity": "1",
    },
    ("/reservas/repetidas/{repetition}/cambiar/", "/reservas/repetidas/{repetition}/cambiar/"): lambda world: {
        "court": world["court"], "starts": "18:00",
    },
    ("/reservas/espera/nueva/", "/reservas/espera/nueva/"): lambda world: {
        "court": world["court"], "venue": world["venue"], "customer": world["customer"], "name": "Rosa",
        "phone": "099", "day": "2026-11-17", "starts": "18:00", "ends": "19:00",
    },
    ("/reservas/espera/{waiting_entry}/reservar/", "/reservas/espera/{waiting_entry}/reservar/"): booking_form,
    ("/reservas/{confirmed}/deposito/", "/reservas/{confirmed}/deposito/"): lambda world: {
        "method": world["method"], "amount": "5,00",
    },
    ("/reservas/bloqueos/nuevo/", "/reservas/bloqueos/nuevo/"): lambda world: {
        "court": world["court"], "venue": world["venue"], "first_day": "2026-11-17", "last_day": "2026-11-17",
        "reason": "Torneo",
    },
    ("/reservas/{confirmed}/cobrar/", "/reservas/{confirmed}/cobrar/"): lambda world: {"method": world["method"]},
    ("/reservas/tarifas/nueva/?venue={venue}", "/reservas/tarifas/nueva/?venue={venue}"): lambda world: {
        "court": world["court"], "product": world["product"], "name": "Noche", "starts": "18:00", "ends": "20:00",
        "unit_price": "30,00", "customer_kind": world["customer_kind"],
    },
    ("/empresa/series/puntos/nuevo/", "/empresa/series/puntos/nuevo/"): lambda world: {
        "establishment": world["establishment"], "code": "077",
    },
    ("/empresa/series/nueva/", "/empresa/series/nueva/"): lambda world: {"emission_point": world["bare_point"]},
}  # fmt: skip

FORMATS = {
    "date": "2026-11-16",
    "date-time": "2026-11-16T15:00:00-05:00",
    "decimal": "1.00",
    "email": "a@prueba.test",
    "time": "10:00",
}

# Whole numbers that name no row.
NOT_IDS = {
    "payment_days", "lines.term_days", "payment_terms.term_days", "start_number", "limit_number", "last_number",
    "position", "slot_minutes", "hours.weekday", "hold_minutes", "tiers.hours_before", "weekdays", "version",
    "count", "weekday",
}  # fmt: skip


def content(operation: dict[str, Any] | None) -> dict[str, Any]:
    """Return the schema of an operation's JSON body."""
    body = (operation or {}).get("requestBody", {}).get("content", {})
    return resolved(body["application/json"]["schema"]) if "application/json" in body else {}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, and take what is not null of several."""
    if "$ref" in schema:
        return document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]
    several = schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf")
    return resolved(next(each for each in several if each.get("type") != "null")) if several else schema


def whole_numbers(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, bool]]:
    """Yield each whole number a body can carry, and whether it is an id."""
    schema = resolved(schema)
    kinds = schema.get("type")
    if "integer" in (kinds if isinstance(kinds, list) else [kinds]):
        yield path, schema.get("maximum") == LARGEST_ID
    if "items" in schema:
        yield from whole_numbers(schema["items"], path)
    for name, inner in schema.get("properties", {}).items():
        yield from whole_numbers(inner, f"{path}.{name}".lstrip("."))


def sample(schema: dict[str, Any], *, whole: bool = False) -> Any:
    """Make the smallest value of the right shape; `whole` fills what may be left out too, but ids."""
    schema = resolved(schema)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    match kinds[0] if isinstance(kinds, list) else kinds:
        case "object":
            fields = schema.get("properties", {}).items()
            free = {name for name, inner in fields if whole and not any(is_id for _, is_id in whole_numbers(inner))}
            return {name: sample(inner) for name, inner in fields if name in {*schema.get("required", []), *free}}
        case "array":
            return [sample(schema["items"])] if schema.get("minItems") else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    return FORMATS.get(schema.get("format", ""), "999" if "{3}" in schema.get("pattern", "") else "20")
