"""What a cashier enters, and what of it is refused before anything is locked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from billing.line_input import MAX_AMOUNT
from billing.models import Customer, Document
from billing.settlement import Hold
from core import clock
from core.errors import RuleRefused, WorkflowError
from core.money import ZERO, cents, format_money
from payments import references
from payments.allocation import Allocation, propose
from payments.models import PaymentMethod
from payments.refusals import part_field, refused

MOST_PARTS = 20  # methods on one receipt


@dataclass(frozen=True, slots=True)
class PartInput:
    """What came in by one method; `tendered` is the cash handed over, of which the rest is change."""

    method_id: int
    amount: Decimal
    reference: str = ""
    tendered: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReceiptInput:
    """Money received in one act. Without `allocations` the customer's oldest invoices are settled first.

    With `allocations=()` it goes to no invoice: with `hold` it waits for a source's invoices (a deposit), with
    `leave_credit` it is the customer's credit (an advance).
    """

    customer_id: int
    parts: tuple[PartInput, ...]
    received_on: date | None = None
    notes: str = ""
    allocations: tuple[Allocation, ...] | None = None
    leave_credit: bool = False
    hold: Hold | None = None
    confirm_repeated: bool = False  # a person says that a reference seen before is another deposit

    @property
    def total(self) -> Decimal:
        """Return what came in, in USD."""
        return sum((part.amount for part in self.parts), ZERO)


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """Money received by one method: a receipt of one part."""

    customer_id: int
    method_id: int
    amount: Decimal
    paid_on: date | None = None
    reference: str = ""
    notes: str = ""
    allocations: tuple[Allocation, ...] | None = None
    leave_credit: bool = False
    hold: Hold | None = None
    tendered: Decimal | None = None
    confirm_repeated: bool = False

    def as_receipt(self) -> ReceiptInput:
        """Return it as what it is."""
        return ReceiptInput(
            customer_id=self.customer_id,
            parts=(PartInput(self.method_id, self.amount, self.reference, self.tendered),),
            received_on=self.paid_on,
            notes=self.notes,
            allocations=self.allocations,
            leave_credit=self.leave_credit,
            hold=self.hold,
            confirm_repeated=self.confirm_repeated,
        )


def check(entered: ReceiptInput) -> list[PaymentMethod]:
    """Refuse what could be accepted of nobody; return the method of each part.

    Raises:
        PaymentMethod.DoesNotExist: a method is not of this company.
        WorkflowError: `method_inactive`.
        RuleRefused: `parts_required`, `too_many_parts`, `date_in_future`, `amount_not_positive`, `amount_too_large`,
            `amount_too_precise`, `reference_required`, `reference_not_wanted`, `reference_invalid`,
            `tendered_not_cash`, `tendered_too_little`.
    """
    if not entered.parts:
        raise refused("parts", "parts_required", _("Indique con qué se paga y cuánto."))
    if len(entered.parts) > MOST_PARTS:
        too_many = _("Un recibo admite hasta %(most)d formas de pago.") % {"most": MOST_PARTS}
        raise refused("parts", "too_many_parts", too_many)
    if entered.received_on and entered.received_on > clock.today():
        raise refused("paid_on", "date_in_future", _("La fecha del cobro no puede ser futura."))
    found = {method.pk: method for method in PaymentMethod.objects.filter(pk__in={p.method_id for p in entered.parts})}
    for position, part in enumerate(entered.parts):
        if part.method_id not in found:
            raise PaymentMethod.DoesNotExist
        _check_part(part, found[part.method_id], partial(part_field, position=position, parts=len(entered.parts)))
    return [found[part.method_id] for part in entered.parts]


def check_amount(field: str, amount: Decimal) -> None:
    """Refuse an amount that no money comes in.

    Raises:
        RuleRefused: `amount_not_positive`, `amount_too_large`, `amount_too_precise`.
    """
    if amount <= ZERO:
        raise refused(field, "amount_not_positive", _("El valor debe ser mayor que cero."))
    if amount > MAX_AMOUNT:
        largest = _("El valor supera el máximo de %(largest)s.") % {"largest": format_money(MAX_AMOUNT)}
        raise refused(field, "amount_too_large", largest)
    if amount != cents(amount):
        raise refused(field, "amount_too_precise", _("El valor admite hasta dos decimales."))


def _check_part(part: PartInput, method: PaymentMethod, field: Callable[[str], str]) -> None:
    check_amount(field("amount"), part.amount)
    if not method.active:
        raise WorkflowError(_("El método «%(method)s» no está activo.") % {"method": method}, code="method_inactive")
    references.check(method, part.reference, field("reference"))
    if part.tendered is not None:
        _check_tendered(part, part.tendered, method, field("tendered"))


def _check_tendered(part: PartInput, tendered: Decimal, method: PaymentMethod, field: str) -> None:
    check_amount(field, tendered)
    if not method.is_cash:
        no_change = _("Con «%(method)s» no se da vuelto: lo recibido se anota solo en efectivo.") % {"method": method}
        raise refused(field, "tendered_not_cash", no_change)
    if tendered < part.amount:
        raise refused(
            field,
            "tendered_too_little",
            _("Lo recibido, %(tendered)s, no alcanza para cobrar %(amount)s.")
            % {"tendered": format_money(tendered), "amount": format_money(part.amount)},
        )


def allocations_of(entered: ReceiptInput, customer: Customer) -> Sequence[Allocation]:
    """Return what goes to which invoice: as said, else the oldest first; a deposit goes to none.

    Raises:
        RuleRefused: `invoice_required`: everybody's oldest invoice is somebody else's.
    """
    if entered.allocations is not None:
        return entered.allocations
    if entered.hold:
        return ()
    if customer.is_final_consumer:
        raise refused("allocations", "invoice_required", _("Indique qué factura paga el consumidor final."))
    return propose(entered.customer_id, entered.total)[0]


def check_allocations(
    allocations: Sequence[Allocation], documents: dict[int, Document], customer: Customer, entered: ReceiptInput
) -> None:
    """Refuse what does not fit the locked invoices.

    Raises:
        Document.DoesNotExist: an invoice is not of this company.
        RuleRefused: `repeated_invoice`, `other_customer`, `allocated_more_than_paid`, `overpayment`,
            `allocated_less_than_paid`, and those of `check_amount`.
    """
    if len({row.document_id for row in allocations}) != len(allocations):
        raise refused("allocations", "repeated_invoice", _("Una factura está dos veces en el cobro."))
    for row in allocations:
        if row.document_id not in documents:
            raise Document.DoesNotExist
        if documents[row.document_id].customer_id != customer.pk:
            raise refused(
                "allocations",
                "other_customer",
                _("La factura %(number)s es de otro cliente.") % {"number": documents[row.document_id]},
            )
        check_amount("allocations", row.amount)
    allocated = sum((row.amount for row in allocations), ZERO)
    left = entered.total - allocated
    if left < ZERO:
        raise refused(
            "allocations",
            "allocated_more_than_paid",
            _("Lo aplicado supera el cobro en %(excess)s.") % {"excess": format_money(-left)},
        )
    if left > ZERO and not (entered.leave_credit or entered.hold):
        balance = sum((row.balance for row in documents.values()), ZERO)
        raise _overpaid(balance, left) if allocated >= balance else _not_all_applied(left)


def _overpaid(balance: Decimal, left: Decimal) -> RuleRefused:
    message = _(
        "El cobro supera el saldo pendiente de %(balance)s en %(left)s. "
        "Corrija el valor o marque «Dejar el resto como saldo a favor»."
    ) % {"balance": format_money(balance), "left": format_money(left)}
    return refused("amount", "overpayment", message, balance=balance, excess=left)


def _not_all_applied(left: Decimal) -> RuleRefused:
    return refused(
        "allocations",
        "allocated_less_than_paid",
        _("Quedan %(left)s del cobro sin aplicar. Aplíquelos a una factura o déjelos como saldo a favor.")
        % {"left": format_money(left)},
    )
