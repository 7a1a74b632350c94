"""References of payments: how each kind must look, and that one transfer or cheque is not taken twice."""

import re
from collections.abc import Sequence
from typing import Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import RuleRefused
from payments.models import Payment, PaymentMethod, ReferenceKind, ReferenceRule
from payments.refusals import part_field, refused

# How a reference of each kind must look, and how to say so.
PATTERNS: Final[dict[str, tuple[str, str | Promise]]] = {
    ReferenceKind.CHEQUE: (r"[0-9]{3,10}", gettext_lazy("de 3 a 10 dígitos")),
    ReferenceKind.TRANSFER: (
        r"(?=.*[0-9])[A-Za-z0-9-]{4,30}",
        gettext_lazy("de 4 a 30 letras y números, sin espacios"),
    ),
    ReferenceKind.CARD: (r"[A-Za-z0-9]{6,12}", gettext_lazy("de 6 a 12 letras y números, como sale en el voucher")),
}
# One deposit or cheque pays once; the authorizations of cards begin again.
ONCE: Final = frozenset({ReferenceKind.CHEQUE, ReferenceKind.TRANSFER})


def check(method: PaymentMethod, reference: str, field: str) -> None:
    """Refuse a reference that is missing, not wanted, or not of its kind.

    Raises:
        RuleRefused: `reference_required`, `reference_not_wanted`, `reference_invalid`.
    """
    reference = reference.strip()
    if method.needs_reference and not reference:
        message = _("«%(method)s» pide una referencia (comprobante, cheque o transacción).") % {"method": method}
        raise refused(field, "reference_required", message)
    if not reference:
        return
    if method.reference_rule == ReferenceRule.NONE:
        raise refused(field, "reference_not_wanted", _("«%(method)s» no lleva referencia.") % {"method": method})
    pattern, said = PATTERNS.get(method.reference_kind, ("", ""))
    if pattern and not re.fullmatch(pattern, reference):
        figures = {"kind": method.get_reference_kind_display().lower(), "said": said, "reference": reference[:40]}
        message = _("«%(reference)s» no parece un %(kind)s: son %(said)s.") % figures
        raise refused(field, "reference_invalid", message)


def check_new(payments: Sequence[Payment]) -> None:
    """Refuse payments whose deposit or cheque is on an earlier receipt, or twice on this one.

    The counter of receipts is locked: of two that record the same deposit at once, the second sees the first.

    Raises:
        RuleRefused: `reference_repeated`, naming the receipt; a person may confirm that it is another deposit.
    """
    for position, payment in enumerate(payments):
        if payment.reference and payment.method.reference_kind in ONCE:
            same = Payment.objects.confirmed().filter(method=payment.method, reference__iexact=payment.reference)
            # who was numbered earlier may have been written later, so other receipts count whatever their id
            others = same.filter(~Q(receipt_id=payment.receipt_id) | Q(pk__lt=payment.pk))
            earlier = others.select_related("receipt").order_by("-pk").first()
            if earlier:
                raise _repeated(earlier, part_field("reference", position, len(payments)))


def _repeated(earlier: Payment, field: str) -> RuleRefused:
    figures = {"reference": earlier.reference, "method": earlier.method, "receipt": _receipt(earlier)}
    message = _(
        "La referencia «%(reference)s» de «%(method)s» ya está en %(receipt)s: puede ser el mismo dinero. "
        "Si es otro depósito, confírmelo."
    )
    return refused(field, "reference_repeated", message % figures, payment=earlier.pk)


def _receipt(earlier: Payment) -> str:
    if earlier.receipt.sequential is None:
        return _("este mismo recibo")
    day = earlier.paid_on.strftime("%d/%m/%Y")
    return _("el recibo %(number)s del %(day)s") % {"number": earlier.receipt.number, "day": day}
