"""How money came in, what was given for it, and how it went out again."""

from payments.models.numbers import Counter, Prefix
from payments.models.payments import PAYMENT_STEPS, Payment, PaymentMethod, PaymentStatus
from payments.models.receipts import Receipt
from payments.models.refunds import Refund

__all__ = [
    "PAYMENT_STEPS",
    "Counter",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "Prefix",
    "Receipt",
    "Refund",
]
