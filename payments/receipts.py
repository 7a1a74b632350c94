"""What a receipt says of a payment, for the letter that billing sends."""

from billing.letters import Applied, Receipt
from billing.models import CustomerCredit, Settlement
from core.money import ZERO
from payments.models import Payment, PaymentStatus


class PaymentReceipts:
    """Knows the facts of payments: see `billing.letters.Receipts`."""

    def of(self, payment_id: int) -> Receipt:
        """Return the facts of a payment as they are now."""
        payment = Payment.objects.select_related("method").get(pk=payment_id)
        settled = Settlement.objects.live().filter(payment_id=payment_id).select_related("document").order_by("pk")
        credits = CustomerCredit.objects.filter(payment_id=payment_id, voided_at=None)
        return Receipt(
            amount=payment.amount,
            paid_on=payment.paid_on,
            method=payment.method.name,
            reference=payment.reference,
            applied=tuple(Applied(row.document.number, row.amount, row.document.balance) for row in settled),
            credit=sum((row.amount for row in credits), ZERO),
            voided=payment.status == PaymentStatus.VOIDED,
        )
