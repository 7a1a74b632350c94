"""What the go-to box finds in billing: invoices, notes, customers, products; and billing's pages."""

import re
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.filters import InvoiceFilterSet, NoteFilterSet
from billing.models import Customer, Document, Product, Series
from core import goto
from core.actor import Actor
from core.cents import in_cents
from core.goto import MOST_OF_A_KIND, Hit, Page, amount_in
from core.money import format_money
from core.search import GRAM_LENGTH

_NUMBER: Final = re.compile(r"([0-9]{1,3})[- ]([0-9]{1,3})[- ]([0-9]{1,9})")
_KEY: Final = re.compile(r"[0-9]{49}")
MOST_DIGITS: Final = 9

PAGES: Final = (
    Page(_("Inicio"), "home", "layout-dashboard", keys="g i", words=_("tablero resumen")),
    Page(_("Nueva factura"), "billing:invoice_new", "plus", ("billing.draft",), words=_("emitir crear")),
    Page(_("Venta rápida"), "quick_sale:new", "bolt", ("billing.quick_sale",), keys="g v", words=_("mostrador")),
    Page(_("Pendientes de facturación"), "billing:billables", "inbox", ("billables.view",), keys="g p"),
    Page(_("Facturas"), "billing:invoices", "file-invoice", ("billing.view",), keys="g f"),
    Page(_("Notas de crédito"), "billing:credit_notes", "receipt-2", ("billing.view",), keys="g n"),
    Page(_("SRI: envíos y rechazos"), "billing:sri", "rubber-stamp", ("billing.view",), keys="g s"),
    Page(_("Correos enviados"), "billing:letters", "mail", ("billing.view",)),
    Page(_("Clientes"), "billing:customers", "users", ("customers.view",), keys="g l", words=_("personas compradores")),
    Page(_("Nuevo cliente"), "billing:customer_new", "user-plus", ("customers.manage",), words=_("crear persona")),
    Page(_("Productos"), "billing:products", "package", ("products.view",), keys="g o", words=_("servicios precios")),
    Page(_("Nuevo producto"), "billing:product_new", "plus", ("products.manage",), words=_("crear servicio")),
    Page(_("Series y establecimientos"), "billing:series", "numbers", ("company.view",), words=_("numeración")),
    Page(_("Cierres de mes"), "billing:closings", "lock", ("company.view",)),
    Page(_("Tarifas de IVA"), "billing:taxes", "discount", ("company.view",), words=_("impuestos")),
)  # fmt: skip


def register() -> None:
    """Tell the box."""
    goto.add_pages(*PAGES)
    goto.add_finder(_("Facturas"), "billing.view", "file-invoice", invoices)
    goto.add_finder(_("Notas de crédito"), "billing.view", "receipt-2", credit_notes)
    goto.add_finder(_("Clientes"), "customers.view", "users", customers)
    goto.add_finder(_("Productos"), "products.view", "package", products)


def invoices(text: str, actor: Actor) -> list[Hit]:
    """Find invoices by number, key, amount, buyer or the code of what they bill, the newest first."""
    rows = Document.objects.invoices()
    return _documents(text, rows, InvoiceFilterSet({"search": text}, queryset=rows).qs)


def credit_notes(text: str, actor: Actor) -> list[Hit]:
    """Find credit notes by number, key, amount, buyer or the number of their invoice, the newest first."""
    rows = Document.objects.credit_notes()
    return _documents(text, rows, NoteFilterSet({"search": text}, queryset=rows).qs)


def _documents(text: str, rows: QuerySet[Document], anywhere: QuerySet[Document]) -> list[Hit]:
    """Ask the exact indexes first: a number as people shorten it, a key, an amount; else for any part."""
    exact = _exactly(text, rows)
    found = list(exact.order_by("-pk")[:MOST_OF_A_KIND]) if exact is not None else []
    if not found and len(text) >= GRAM_LENGTH:
        found = list(anywhere.order_by("-pk")[:MOST_OF_A_KIND])
    return [Hit(row.get_absolute_url(), str(row), f"{row.buyer_name} · {format_money(row.total)}") for row in found]


def _exactly(text: str, rows: QuerySet[Document]) -> QuerySet[Document] | None:
    amount = amount_in(text)
    if amount is not None:
        return rows.filter(total_cents=in_cents(amount))
    if _KEY.fullmatch(text):
        return rows.filter(access_key=text)
    if whole := _NUMBER.fullmatch(text):
        place, point, sequential = whole.groups()
        return rows.filter(number=f"{place:0>3}-{point:0>3}-{sequential:0>9}")
    if text.isdecimal() and len(text) <= MOST_DIGITS:
        return rows.filter(series__in=list(Series.objects.values_list("pk", flat=True)), sequential=int(text))
    return None


def customers(text: str, actor: Actor) -> list[Hit]:
    """Find customers by their identification, or by any part of name, mail or telephone."""
    live = Customer.objects.live()
    found = list(live.filter(identification=text)[:MOST_OF_A_KIND]) if text.isdecimal() else []
    if not found:
        found = list(live.search(text).order_by("name", "pk")[:MOST_OF_A_KIND])
    return [Hit(row.get_absolute_url(), row.name, row.identification) for row in found]


def products(text: str, actor: Actor) -> list[Hit]:
    """Find products by code or name."""
    found = Product.objects.live().search(text).order_by("name", "pk")
    return [Hit(row.get_absolute_url(), row.name, row.code) for row in found[:MOST_OF_A_KIND]]
