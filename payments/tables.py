"""How the lists of payments look."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.models import Customer
from core.actor import Actor
from core.addresses import address_named, address_of
from core.chips import chip
from core.errors import WorkflowError
from core.row_acts import RowAct
from core.tables import DayColumn, IconsColumn, LinkColumn, MoneyColumn, Table
from core.words import gettext_lazy as _
from payments import queries, workflow
from payments.models import Payment, PaymentMethod, ReferenceKind, ReferenceRule, Refund

VOIDING = ("payments.void", "payments.void_any")
MANY = 2  # more invoices than these are counted, not listed


def standing(row: Payment | Refund) -> SafeString:
    """Return the chip that says whether a payment or a refund counts."""
    return chip("voided" if row.voided_at else "recorded", row.get_status_display())


def _may_be_voided(payment: Payment, actor: Actor) -> bool:
    try:
        workflow.check_voidable(payment, actor)
    except WorkflowError:
        return False
    return True


class PaymentTable(Table):
    """Payments: when, who, how, for which invoices, how much."""

    paid_on = DayColumn(_("Fecha"), orderable=True)
    customer = LinkColumn(_("Cliente"), attrs={"td": {"class": "clip"}})
    method = tables.Column(_("Método"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    reference = tables.Column(_("Referencia"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    invoices = tables.Column(_("Facturas"), empty_values=(), attrs={"td": {"class": "nowrap"}})
    status = tables.Column(_("Estado"), attrs={"td": {"class": "tight"}})
    amount = MoneyColumn(_("Valor"), orderable=True)
    icons = IconsColumn(preview=True)
    acts = (
        RowAct(_("Ver"), "arrow-right", "payments:payment"),
        RowAct(_("Vista previa"), "eye", "payments:payment", drawer=True),
        RowAct(_("Recibo"), "receipt", "payments:receipt_pdf", of="receipt_id"),
        RowAct(
            _("Anular…"), "ban", "payments:void", ("payments.void", "payments.void_any"), _may_be_voided, danger=True
        ),
    )

    class Meta:
        row_attrs = {"class": lambda record: "is-muted" if record.voided_at else ""}

    def __init__(self, data: Any, *args: Any, **options: Any) -> None:
        super().__init__(data, *args, **options)
        self.settled = queries.invoices_settled([row.pk for row in data])

    def render_status(self, record: Payment) -> SafeString:
        """Render the chip of a payment: its codes are those of bookings too, which look otherwise."""
        return standing(record)

    def render_invoices(self, record: Payment) -> SafeString | str:
        """Link the invoices a payment settles; many are counted."""
        found = self.settled.get(record.pk, [])
        if not found:
            return "" if record.voided_at else format_html('<span class="text-secondary">{}</span>', _("saldo a favor"))
        if len(found) > MANY:
            return _("%(count)d facturas") % {"count": len(found)}
        return format_html_join(
            ", ", '<a href="{}">{}</a>', ((address_of("billing:invoice", pk), number) for pk, number in found)
        )


class RefundTable(Table):
    """Refunds: number, when, to whom, how, why, how much."""

    number = LinkColumn(_("Número"))
    refunded_on = DayColumn(_("Fecha"), orderable=True)
    customer = tables.Column(_("Cliente"), attrs={"td": {"class": "clip"}})
    method = tables.Column(_("Método"), attrs={"td": {"class": "nowrap"}})
    reason = tables.Column(_("Motivo"), attrs={"th": {"class": "lo"}, "td": {"class": "lo clip"}})
    status = tables.Column(_("Estado"), attrs={"td": {"class": "tight"}})
    amount = MoneyColumn(_("Valor"))

    class Meta:
        row_attrs = {"class": lambda record: "is-muted" if record.voided_at else ""}

    def render_status(self, record: Refund) -> SafeString:
        """Render the chip of a refund."""
        return standing(record)


class CreditTable(Table):
    """Customers with credit, and what they owe at the same time."""

    name = LinkColumn(_("Cliente"), attrs={"td": {"class": "clip"}}, orderable=True)
    identification = tables.Column(_("Identificación"), attrs={"td": {"class": "nowrap"}})
    credit = MoneyColumn(_("Saldo a favor"))
    owed = MoneyColumn(_("Por cobrar"))
    icons = IconsColumn()

    def icons_of(self, record: Customer) -> list[tuple[str, str, str]]:
        """Lead to the open invoices the credit could settle, and to giving it back."""
        url = f"{address_named('payments:refund_new')}?customer={record.pk}"
        back = (url, "transfer", str(_("Devolver el dinero")))
        found = [back] if self.request.actor.may("payments.refund") else []
        if record.owed:  # type: ignore[attr-defined]
            url = f"{address_named('billing:invoices')}?customer={record.pk}&status=issued"
            found.append((url, "file-invoice", str(_("Ver sus facturas por cobrar"))))
        return found


class MethodTable(Table):
    """The ways to pay; linked to where they are changed, for whoever may."""

    name = tables.Column(_("Método"))
    sri_code = tables.Column(_("Forma de pago del SRI"))
    reference_rule = tables.Column(_("Referencia"))
    active = tables.Column(_("Estado"), attrs={"td": {"class": "tight"}})

    def __init__(self, data: Any, *, linked: bool, **options: Any) -> None:
        self.linked = linked
        super().__init__(data, **options if linked else options | {"row_attrs": {}})

    def render_name(self, value: str, record: PaymentMethod) -> SafeString | str:
        """Render the name, as a link where there is something to open."""
        link = '<a class="row-link" href="{}">{}</a>'
        return format_html(link, record.get_absolute_url(), value) if self.linked else value

    def render_sri_code(self, value: str) -> str:
        """Show the code with SRI's words for it."""
        return f"{value} · {queries.SRI_FORMS.get(value, '')}"

    def render_reference_rule(self, value: str, record: PaymentMethod) -> Any:
        """Say whether a reference is asked for, and what it is."""
        if record.reference_rule == ReferenceRule.NONE or record.reference_kind == ReferenceKind.FREE:
            return value
        return f"{value}: {record.get_reference_kind_display().lower()}"

    def render_active(self, value: bool) -> SafeString:
        """Render the chip of whether it is offered."""
        return chip("active" if value else "inactive")
