"""What payments brings to a new company: the ways people pay here, with SRI's codes (table 24)."""

from typing import Final

from django.utils.translation import gettext as _

from payments.models import PaymentMethod

# name, SRI code, whether a reference is asked for
METHODS: Final = (
    ("Efectivo", "01", False),
    ("Transferencia", "20", True),
    ("Tarjeta de débito", "16", True),
    ("Tarjeta de crédito", "19", True),
    ("Cheque", "20", True),
    ("Dinero electrónico", "17", True),
)


def make_methods() -> None:
    """Give a new company its payment methods."""
    for name, sri_code, needs_reference in METHODS:
        PaymentMethod.objects.create(name=_(name), sri_code=sri_code, needs_reference=needs_reference)
