"""The papers of money: what a receipt or a refund says, frozen with its number, and its PDF, byte-equal for ever."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Customer, CustomerCredit, Settlement
from billing.printing import stored_logo
from billing.queries import owed_by
from billing.rendering import render_paper
from companies.models import Company
from core import clock
from core.money import ZERO
from core.tenancy import current_company_id
from payments import ageing
from payments.models import Payment, Receipt, Refund
from payments.statement import Statement


def issuer() -> dict[str, Any]:
    """Return who hands the paper out, as it is now."""
    company = Company.objects.get(pk=current_company_id())
    return {
        "ruc": company.ruc,
        "legal_name": company.legal_name,
        "trade_name": company.trade_name,
        "address": company.address,
        "contact": [text for text in (company.phone, company.email) if text],
        "logo": company.logo.name if company.logo else "",
        "is_test": company.is_test,
    }


def customer_facts(customer: Customer) -> dict[str, str]:
    """Return whose paper it is."""
    return {
        "name": customer.name,
        "identification_type": str(customer.get_identification_type_display()),
        "identification": customer.identification,
        "address": customer.address,
    }


def receipt_facts(receipt: Receipt, payments: Iterable[Payment]) -> dict[str, Any]:
    """Return what a receipt says: by which methods, what it settled, the change, the credit left, the balance."""
    ids = [payment.pk for payment in payments]
    credits = CustomerCredit.objects.filter(payment_id__in=ids, voided_at=None)
    final = receipt.customer.is_final_consumer
    return {
        "issuer": issuer(),
        "customer": customer_facts(receipt.customer),
        "parts": [_part(payment) for payment in payments],
        "applied": _applied(ids),
        "credit": str(sum((row.amount for row in credits), ZERO)),
        "held_for": next((row.held_label for row in credits if row.held_label), ""),
        "owed": None if final else str(owed_by(receipt.customer_id)),
    }


def _part(payment: Payment) -> dict[str, Any]:
    return {
        "method": payment.method.name,
        "reference": payment.reference,
        "amount": str(payment.amount),
        "tendered": None if payment.tendered is None else str(payment.tendered),
        "change": None if payment.change is None else str(payment.change),
    }


def _applied(payment_ids: list[int]) -> list[dict[str, str]]:
    """Return what went to each invoice, whichever of the payments settled it, and what it owes then."""
    live = Settlement.objects.live().filter(payment_id__in=payment_ids).select_related("document").order_by("pk")
    found: dict[int, dict[str, Any]] = {}
    for row in live:
        said = found.setdefault(row.document_id, {"number": row.document.number, "amount": ZERO})
        said["amount"] += row.amount
        said["balance"] = str(row.document.balance)
    return [said | {"amount": str(said["amount"])} for said in found.values()]


def refund_facts(made: Refund) -> dict[str, Any]:
    """Return what the paper of a refund says."""
    return {
        "issuer": issuer(),
        "customer": customer_facts(made.customer),
        "method": made.method.name,
        "document": made.document.number if made.document else "",
        "credit": None if made.document else str(_credit_left(made)),
    }


def _credit_left(made: Refund) -> Decimal:
    return CustomerCredit.objects.available().filter(customer_id=made.customer_id).total()


# Printed


def receipt_pdf(receipt: Receipt) -> bytes:
    """Return a receipt as PDF; of one recorded before receipts had papers, what is true now."""
    facts = receipt.facts or receipt_facts(receipt, receipt.payments.select_related("method").order_by("pk"))
    amounts = {name: _amount(facts[name]) for name in ("credit", "owed")}
    applied = [row | {name: Decimal(row[name]) for name in ("amount", "balance")} for row in facts["applied"]]
    parts = [row | {name: _amount(row[name]) for name in ("amount", "tendered", "change")} for row in facts["parts"]]
    said = facts | amounts | {"applied": applied, "parts": parts}
    return _pdf("pdf/receipt.html", receipt, said, on=receipt.received_on)


def refund_pdf(made: Refund) -> bytes:
    """Return a refund as PDF."""
    facts = made.facts | {"credit": _amount(made.facts["credit"])}
    return _pdf("pdf/refund.html", made, facts, on=made.refunded_on)


def _pdf(template: str, row: Receipt | Refund, facts: dict[str, Any], *, on: date) -> bytes:
    heading = {"kind": str(row._meta.verbose_name).capitalize(), "number": row.number, "on": on}
    context = {"row": row, "facts": facts, "heading": heading, "made_at": clock.local(row.created_at)}
    marks = ["voided"] if row.voided_at else []
    return paper(template, context | {"marks": marks}, facts["issuer"])


def statement_pdf(customer: Customer, told: Statement, *, since: date | None, until: date) -> bytes:
    """Return a statement of account as PDF, with what is owed by age where it reaches today."""
    ages = ageing.of_customer(customer.pk, until) if until >= clock.today() else None
    context = {
        "heading": {"kind": "Estado de cuenta", "number": "", "on": until},
        "facts": {"customer": customer_facts(customer)},
        "statement": told,
        "since": since,
        "bands": ageing.BANDS,
        "ages": ages if ages and ages.total else None,
    }
    return paper("pdf/statement.html", context, issuer())


def statement_name(customer: Customer, until: date) -> str:
    """Return the name a person sees when downloading a statement."""
    return f"estado-de-cuenta-{customer.identification}-{until:%Y%m%d}.pdf"


def paper(template: str, context: dict[str, Any], issuer: dict[str, Any]) -> bytes:
    """Return a paper as PDF, with its issuer's head; one of a test company says so across the page."""
    marks = [*context.get("marks", []), *(["test"] if issuer["is_test"] else [])]
    return render_paper(template, context | {"issuer": issuer, "marks": marks}, stored_logo(issuer["logo"]))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def file_name(row: Receipt | Refund) -> str:
    """Return the name a person sees when downloading the paper."""
    return f"{row.number}.pdf"
