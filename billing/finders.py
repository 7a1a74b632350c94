"""What the go-to box finds in billing: invoices, notes, customers, products."""

from billing.filters import InvoiceFilterSet, NoteFilterSet
from billing.models import Customer, Document, Product
from core.goto import MOST_OF_A_KIND, Hit
from core.money import format_money


def invoices(text: str) -> list[Hit]:
    """Find invoices by number, key, buyer, amount or the code of what they bill, the newest first."""
    found = InvoiceFilterSet({"search": text}, queryset=Document.objects.invoices()).qs
    return [
        Hit(row.get_absolute_url(), str(row), f"{row.buyer_name} · {format_money(row.total)}")
        for row in found.order_by("-pk")[:MOST_OF_A_KIND]
    ]


def credit_notes(text: str) -> list[Hit]:
    """Find credit notes by number, key, buyer, amount or the number of their invoice, the newest first."""
    found = NoteFilterSet({"search": text}, queryset=Document.objects.credit_notes()).qs
    return [
        Hit(row.get_absolute_url(), str(row), f"{row.buyer_name} · {format_money(row.total)}")
        for row in found.order_by("-pk")[:MOST_OF_A_KIND]
    ]


def customers(text: str) -> list[Hit]:
    """Find customers by any part of name, identification, mail or telephone."""
    found = Customer.objects.live().search(text).order_by("name", "pk")
    return [Hit(row.get_absolute_url(), row.name, row.identification) for row in found[:MOST_OF_A_KIND]]


def products(text: str) -> list[Hit]:
    """Find products by code or name."""
    found = Product.objects.live().search(text).order_by("name", "pk")
    return [Hit(row.get_absolute_url(), row.name, row.code) for row in found[:MOST_OF_A_KIND]]
