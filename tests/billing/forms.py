"""What billing's forms send."""

from typing import Any


def rows(prefix: str, *values: dict[str, Any]) -> dict[str, Any]:
    """Return a formset as a browser sends it."""
    sent: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(values), f"{prefix}-INITIAL_FORMS": 0}
    for position, row in enumerate(values):
        sent |= {f"{prefix}-{position}-{name}": value for name, value in row.items()}
    return sent


def line(description: str = "Alquiler de cancha", price: str = "100,00", **values: Any) -> dict[str, Any]:
    """Return one typed line: tax not included, general rate."""
    return {
        "product": "",
        "product_text": "",
        "description": description,
        "quantity": "1",
        "unit_price": price,
        "price_includes_tax": "no",
        "discount": "",
        "discount_kind": "amount",
        "tax_category": "general",
    } | values


def invoice(customer: Any, *lines: dict[str, Any], terms: Any = (), info: Any = (), **values: Any) -> dict[str, Any]:
    """Return a whole invoice form."""
    head = {"customer": customer.pk, "customer_text": customer.name, "payment_days": "", "discount": "", "notes": ""}
    head |= {"discount_kind": "amount"}
    return head | rows("lines", *lines) | rows("terms", *terms) | rows("info", *info) | values
