"""How billing's lists look: columns, chips and the small links of each row."""

from datetime import date, datetime
from typing import Any

import django_tables2 as tables
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Authorization, Billable, BillableStatus, Document, Product, Status
from billing.row_acts import OF_CUSTOMERS, OF_INVOICES, OF_NOTES, OF_PRODUCTS
from billing.sources import page_of
from core import clock
from core.addresses import address_named, address_of
from core.chips import chip
from core.tables import (
    AgoColumn,
    CheckColumn,
    ChipColumn,
    DayColumn,
    IconsColumn,
    LinkColumn,
    MoneyColumn,
    QuantityColumn,
    Table,
)
from core.templatetags import cuadre as show
from core.words import gettext
from core.words import gettext_lazy as _

LESSER = {"th": {"class": "lo"}, "td": {"class": "lo nowrap"}}
LESSER_NUMBERS = {"th": {"class": "lo num"}, "td": {"class": "lo num"}}
CLIPPED = {"td": {"class": "clip"}}


class NameColumn(LinkColumn):
    """What the row is called, whether or not a field says it (a draft has no number)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"empty_values": (), "attrs": {"td": {"class": "nowrap"}}} | options)

    def render(self, record: Model) -> SafeString:  # type: ignore[override]  # its arguments go by their names
        """Render the row's own name as its link."""
        return super().render(str(record), record)


class DueColumn(tables.Column):
    """A due date: by its distance while money is owed, red once it has passed."""

    valued = True

    def render(self, value: date, record: Document) -> SafeString | str:
        """Render the distance for open documents, the plain date for the others."""
        if record.status != Status.ISSUED:
            return show.day(value)
        distance = show.ago(value)
        return format_html('<span class="text-danger">{}</span>', distance) if value < clock.today() else distance


class BalanceColumn(MoneyColumn):
    """A balance: a dash where nothing is owed, so that what is owed stands out."""

    def render(self, value: Any) -> SafeString | str:
        """Render the amount."""
        return show.money(value) if value else SafeString('<span class="text-secondary">—</span>')


class StandingColumn(ChipColumn):
    """How a document stands with its money; drafts and voided documents say so instead."""

    def render(self, record: Any, bound_column: Any) -> SafeString:
        """Render the chip of the payment state, or of the status where there is none."""
        return chip(record.payment_state(clock.today()) or record.status)


class PlaceColumn(tables.Column):
    """Where a document was issued: the two codes that its number begins with."""

    def render(self, value: str) -> str:
        """Render establishment and emission point."""
        return value[:7]


class InvoiceTable(Table):
    """Invoices: number, buyer, dates, the two chips (money and SRI), total and balance."""

    pk = CheckColumn(attrs={"th": {"class": "lo tight"}, "td": {"class": "lo tight"}})
    number = NameColumn(_("Número"), orderable=True)
    buyer_name = tables.Column(_("Cliente"), attrs=CLIPPED, orderable=True)
    issue_date = DayColumn(_("Emisión"), orderable=True, attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    due_date = DueColumn(_("Vence"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    status = StandingColumn(_("Estado"))
    document_type = tables.Column(_("Tipo"), attrs={"th": {"class": "lo"}, "td": {"class": "lo tight"}})
    authorization = ChipColumn(_("SRI"), attrs={"th": {"class": "lo"}, "td": {"class": "lo tight"}})
    total = MoneyColumn(_("Total"), orderable=True)
    balance = BalanceColumn(_("Saldo"))
    buyer_identification = tables.Column(_("RUC o cédula"), attrs=LESSER)
    place = PlaceColumn(_("Estab. y punto"), accessor="number", attrs=LESSER)
    access_key = tables.Column(_("Clave de acceso"), attrs=LESSER, default="—")
    issued_at = AgoColumn(_("Emitida hace"))
    icons = IconsColumn(preview=True)
    acts = OF_INVOICES
    spare = ("buyer_identification", "place", "access_key", "issued_at")

    def render_document_type(self, record: Document) -> SafeString:
        """Render the type as a chip, so that notas de venta stand out."""
        return chip("sales_note" if record.is_sales_note else "invoice")

    def render_authorization(self, record: Document) -> SafeString | str:
        """Render SRI's chip; a draft was never meant for SRI yet."""
        return "" if record.status == Status.DRAFT else chip(record.authorization)

    def icons_of(self, record: Document) -> list[tuple[str, str, str]]:
        """Offer the PDF, and the step people most often take next."""
        links = [(address_of("billing:invoice_pdf", record.pk), "file-type-pdf", gettext("PDF"))]
        if record.authorization == Authorization.AUTHORIZED:
            links.append((address_of("billing:sri_xml", record.pk), "file-type-xml", gettext("XML")))
        actor = self.request.actor
        if record.status in (Status.ISSUED, Status.PAID) and actor.may("billing.mail"):
            links.append((address_of("billing:document_mail", record.pk), "send", gettext("Enviar por correo")))
        if record.status == Status.DRAFT and (actor.may("billing.draft") or actor.may("billing.draft_reservations")):
            links.insert(0, (address_of("billing:invoice_edit", record.pk), "pencil", gettext("Editar")))
        if record.status == Status.ISSUED and actor.may("payments.record"):
            url = f"{address_named('payments:new')}?invoice={record.pk}"
            links.insert(0, (url, "cash", gettext("Registrar cobro")))
        return links


class SriTable(Table):
    """Documents that SRI has not authorized: since when, how far they came, and why."""

    pk = CheckColumn(attrs={"th": {"class": "lo tight"}, "td": {"class": "lo tight"}})
    number = NameColumn(_("Número"))
    document_type = tables.Column(_("Tipo"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    buyer_name = tables.Column(_("Cliente"), attrs=CLIPPED)
    issued_at = AgoColumn(_("Emitida"))
    authorization = ChipColumn(_("SRI"))
    problem = tables.Column(_("Qué pasó"), attrs=CLIPPED, default="—")
    attempts = tables.Column(_("Intentos"), attrs=LESSER_NUMBERS, default="0")
    next_attempt_at = tables.Column(_("Próximo"), attrs=LESSER, default="—")
    total = MoneyColumn(_("Total"))

    def render_problem(self, value: str) -> SafeString:
        """Render what went wrong, whole in its title."""
        return format_html('<span title="{}">{}</span>', value, value)

    def render_next_attempt_at(self, value: datetime) -> str:
        """Render the moment by the second: it is near."""
        return show.by_second(value) if value > clock.now() else gettext("ahora")


class NoteTable(Table):
    """Credit notes: number, buyer, the invoice each modifies, its date, the two chips, total."""

    pk = CheckColumn(attrs={"th": {"class": "lo tight"}, "td": {"class": "lo tight"}})
    number = NameColumn(_("Número"), orderable=True)
    buyer_name = tables.Column(_("Cliente"), attrs=CLIPPED, orderable=True)
    modifies = tables.Column(_("Factura"), linkify=True, attrs={"td": {"class": "nowrap"}})
    issue_date = DayColumn(_("Emisión"), orderable=True, attrs={"td": {"class": "nowrap"}})
    motive = tables.Column(_("Motivo"), attrs={"th": {"class": "lo"}, "td": {"class": "lo clip"}})
    status = ChipColumn(_("Estado"))
    authorization = ChipColumn(_("SRI"), attrs={"th": {"class": "lo"}, "td": {"class": "lo tight"}})
    total = MoneyColumn(_("Total"), orderable=True)
    buyer_identification = tables.Column(_("RUC o cédula"), attrs=LESSER)
    access_key = tables.Column(_("Clave de acceso"), attrs=LESSER, default="—")
    icons = IconsColumn(preview=True)
    acts = OF_NOTES
    spare = ("buyer_identification", "access_key")

    def render_authorization(self, record: Document) -> SafeString | str:
        """Render SRI's chip; a draft was never meant for SRI yet."""
        return "" if record.status == Status.DRAFT else chip(record.authorization)

    def icons_of(self, record: Document) -> list[tuple[str, str, str]]:
        """Offer the PDF and, once authorized, the XML."""
        links = [(address_of("billing:credit_note_pdf", record.pk), "file-type-pdf", gettext("PDF"))]
        if record.authorization == Authorization.AUTHORIZED:
            links.append((address_of("billing:sri_xml", record.pk), "file-type-xml", gettext("XML")))
        return links


class BillableTable(Table):
    """What waits to be invoiced, or was."""

    pk = CheckColumn()
    source_label = tables.Column(_("Origen"), attrs={"td": {"class": "nowrap"}})
    description = tables.Column(_("Descripción"), attrs=CLIPPED)
    customer = tables.Column(_("Cliente"), attrs=CLIPPED)
    service_date = DayColumn(_("Fecha"), orderable=True)
    status = ChipColumn(_("Estado"))
    document = tables.Column(_("Factura"), linkify=True, attrs={"td": {"class": "nowrap"}})
    amount = MoneyColumn(_("Valor"))
    icons = IconsColumn()

    class Meta:
        row_attrs = {"data-href": lambda record: page_of(record.source_type, record.source_id) or None}

    def render_source_label(self, value: str, record: Billable) -> SafeString | str:
        """Render the source as the link to its page."""
        url = page_of(record.source_type, record.source_id)
        return format_html('<a class="row-link" href="{}">{}</a>', url, value) if url else value

    def icons_of(self, record: Billable) -> list[tuple[str, str, str]]:
        """Offer to invoice, or to cancel, what waits."""
        if record.status != BillableStatus.WAITING:
            return []
        links, actor = [], self.request.actor
        if actor.may("billing.draft") or actor.may("billing.draft_reservations"):
            url = f"{address_named('billing:invoice_new')}?billables={record.pk}"
            links.append((url, "file-invoice", gettext("Facturar")))
        if actor.may("billables.manage"):
            links.append((address_of("billing:billable_cancel", record.pk), "x", gettext("Cancelar")))
        return links


class CustomerTable(Table):
    """Customers with what they owe."""

    name = LinkColumn(_("Nombre"), attrs=CLIPPED, orderable=True)
    identification_type = tables.Column(_("Tipo"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    identification = tables.Column(_("Identificación"), attrs={"td": {"class": "nowrap"}})
    email = tables.Column(_("Correo"), attrs={"th": {"class": "lo"}, "td": {"class": "lo clip"}})
    phone = tables.Column(_("Teléfono"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    owed = BalanceColumn(_("Por cobrar"))
    trade_name = tables.Column(_("Nombre comercial"), attrs=CLIPPED)
    address = tables.Column(_("Dirección"), attrs=CLIPPED)
    fiscal_status = tables.Column(_("Tipo de contribuyente"), attrs=LESSER)
    icons = IconsColumn(preview=True)
    acts = OF_CUSTOMERS
    spare = ("trade_name", "address", "fiscal_status")


class ProductTable(Table):
    """Products with price and tax."""

    code = tables.Column(_("Código"), attrs={"td": {"class": "nowrap"}})
    name = LinkColumn(_("Nombre"), attrs=CLIPPED, orderable=True)
    tax_category = tables.Column(_("IVA"))
    unit_price = QuantityColumn(_("Precio"))
    price_includes_tax = tables.Column(_("El precio"), attrs={"td": {"class": "nowrap"}})
    icons = IconsColumn()
    acts = OF_PRODUCTS

    def render_unit_price(self, value: Any) -> str:
        """Render the price with the decimals it has, two at least."""
        return show.price(value)

    def render_price_includes_tax(self, record: Product) -> Any:
        """Say on which side of the price the tax is."""
        return _("incluye IVA") if record.price_includes_tax else _("más IVA")
