"""What the go-to box finds in payments: receipts and refunds by number, payments by amount or reference."""

from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import goto
from core.actor import Actor
from core.cents import in_cents
from core.goto import MOST_OF_A_KIND, Hit, Page, amount_in
from core.money import format_money
from core.search import GRAM_LENGTH
from core.templatetags.cuadre import day
from payments.models import Payment, Prefix, Receipt, Refund

MOST_DIGITS: Final = 9

PAGES: Final = (
    Page(_("Cobros"), "payments:list", "cash-banknote", ("payments.view",), keys="g c", words=_("pagos recibos")),
    Page(_("Registrar cobro"), "payments:new", "cash", ("payments.record",), words=_("nuevo pago cobrar")),
    Page(_("Devoluciones"), "payments:refunds", "receipt-refund", ("payments.view",), words=_("reembolsos")),
    Page(_("Saldos a favor de clientes"), "payments:credits", "wallet", ("payments.view",), words=_("anticipos")),
    Page(_("Ingresos por método y día"), "payments:income", "report-money", ("reports.view",), words=_("informe")),
    Page(_("Antigüedad de saldos"), "payments:ageing", "clock-hour-4", ("reports.view",), words=_("vencido cartera")),
    Page(_("Métodos de cobro"), "payments:methods", "credit-card", ("company.view",), words=_("tarjeta efectivo")),
)


def register() -> None:
    """Tell the box."""
    goto.add_pages(*PAGES)
    goto.add_finder(_("Cobros"), "payments.view", "cash-banknote", payments)
    goto.add_finder(_("Devoluciones"), "payments.view", "receipt-refund", refunds)


def payments(text: str, actor: Actor) -> list[Hit]:
    """Find payments by their receipt's number, exact amount, payer or reference, the newest first."""
    rows = Payment.objects.select_related("customer", "method", "receipt")
    sequential = _sequential(text, Prefix.RECEIPT)
    if sequential is not None:
        receipts = Receipt.objects.filter(sequential=sequential).values("pk")
        return _hits(rows.filter(receipt__in=list(receipts.values_list("pk", flat=True))))
    amount = amount_in(text)
    if amount is not None:
        return _hits(rows.filter(amount_cents=in_cents(amount)))
    return _hits(rows.search(text)) if len(text) >= GRAM_LENGTH else []


def _hits(rows: QuerySet[Payment]) -> list[Hit]:
    return [
        Hit(
            row.get_absolute_url(),
            f"{row.receipt} · {format_money(row.amount)}",
            f"{row.customer} · {row.method} · {day(row.paid_on)}",
        )
        for row in rows.order_by("-pk")[:MOST_OF_A_KIND]
    ]


def refunds(text: str, actor: Actor) -> list[Hit]:
    """Find refunds by number, exact amount, or any part of whose they are, the newest first."""
    rows = Refund.objects.select_related("customer")
    sequential, amount = _sequential(text, Prefix.REFUND), amount_in(text)
    if sequential is not None:
        found = rows.filter(sequential=sequential)
    elif amount is not None:
        found = rows.search(str(amount)).filter(amount=amount)
    elif len(text) >= GRAM_LENGTH:
        found = rows.search(text)
    else:
        return []
    return [
        Hit(row.get_absolute_url(), f"{row} · {format_money(row.amount)}", f"{row.customer} · {day(row.refunded_on)}")
        for row in found.order_by("-pk")[:MOST_OF_A_KIND]
    ]


def _sequential(text: str, prefix: str) -> int | None:
    """Read a number with or without its letters and zeros: `REC-000000012`, `rec 12`, `12`."""
    digits = text.upper().removeprefix(prefix).lstrip("- ")
    return int(digits) if digits.isdecimal() and len(digits) <= MOST_DIGITS else None
