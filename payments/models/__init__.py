"""How money came in, what was given for it, and how it went out again."""

from payments.models.methods import CASH, PaymentMethod, ReferenceKind, ReferenceRule
from payments.models.numbers import Counter, Prefix
from payments.models.payments import PAYMENT_STEPS, Payment, PaymentStatus
from payments.models.receipts import Receipt
from payments.models.refunds import Refund

__all__ = [
    "CASH",
    "PAYMENT_STEPS",
    "Counter",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "Prefix",
    "Receipt",
    "ReferenceKind",
    "ReferenceRule",
    "Refund",
]
