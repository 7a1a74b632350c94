"""What the letters that billing sends about payments and accounts tell, and the papers they carry."""

from datetime import date

from billing import letters
from billing.models import Customer, CustomerCredit, Settlement
from core.money import ZERO
from payments import papers
from payments.models import Payment, Receipt
from payments.statement import statement


class PaymentReceipts:
    """Knows the facts of payments: see `billing.letters.Receipts`."""

    def of(self, payment_id: int) -> letters.Receipt:
        """Return the facts of a payment's receipt as they are now: without the payments that were voided since."""
        receipt = _receipt(payment_id)
        payments = list(receipt.payments.confirmed().select_related("method").order_by("pk"))
        ids = [payment.pk for payment in payments]
        settled = Settlement.objects.live().filter(payment_id__in=ids).select_related("document").order_by("pk")
        credits = CustomerCredit.objects.filter(payment_id__in=ids, voided_at=None)
        return letters.Receipt(
            number=receipt.number,
            amount=sum((payment.amount for payment in payments), ZERO),
            paid_on=receipt.received_on,
            parts=tuple(_paid(payment) for payment in payments),
            applied=tuple(letters.Applied(row.document.number, row.amount, row.document.balance) for row in settled),
            credit=sum((row.amount for row in credits), ZERO),
            voided=receipt.voided_at is not None,
        )

    def pdf(self, payment_id: int) -> bytes:
        """Return the receipt as PDF."""
        return papers.receipt_pdf(_receipt(payment_id))

    def account(self, customer_id: int, since: date | None, until: date) -> letters.Account:
        """Return a customer's statement of these days."""
        customer = Customer.objects.get(pk=customer_id)
        told = statement(customer_id, since=since, until=until)
        pdf = papers.statement_pdf(customer, told, since=since, until=until)
        return letters.Account(told.balance, papers.statement_name(customer, until), pdf)


def _receipt(payment_id: int) -> Receipt:
    return Receipt.objects.get(payments=payment_id)


def _paid(payment: Payment) -> letters.Paid:
    return letters.Paid(payment.method.name, payment.amount, payment.reference, payment.change or ZERO)
