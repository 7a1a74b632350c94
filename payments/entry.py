"""A payment being entered: what was typed, and how the server would spread it over the open invoices.

The invoices are filled oldest first (the one a person came from before all others) for as long as nobody changes a
figure by hand; from then on what was typed stands, until "Repartir de nuevo". Nothing is decided here: what may be
recorded, the workflow says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.forms import BaseForm
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from billing.models import Customer, Document
from billing.queries import credit_of, owed_by
from core.errors import WorkflowError
from core.money import ZERO, AmbiguousAmount, InvalidAmount, cents, format_cents, parse_amount
from core.views import show_refusal
from payments import queries
from payments.allocation import Allocation, open_invoices, spread_over
from payments.entered import PartInput, ReceiptInput
from payments.forms import PartRows, PaymentForm
from payments.models import PaymentMethod, Receipt

MOST_INVOICES = 100  # on one page; the oldest come first
PROPOSED_FOR = "proposed_for"  # the hidden field that says for whom and what amount the figures were proposed
SPREAD_AGAIN = "spread"
PARTS = "parts"  # the rows of other methods


@dataclass(frozen=True, slots=True)
class Row:
    """An open invoice, the text in its box, and the figure it says; `error` where it says none."""

    document: Document
    text: str
    amount: Decimal
    error: str = ""

    @property
    def name(self) -> str:
        """Return the name of the row's box."""
        return _box(self.document)

    @property
    def left(self) -> Decimal:
        """Return what the invoice will still owe."""
        return self.document.balance - self.amount

    @property
    def exceeds(self) -> bool:
        """Say whether the figure is more than the invoice owes."""
        return self.left < ZERO


@dataclass(frozen=True, slots=True)
class Part:
    """What came by one method (None while nobody chose one), and the cash that was handed over for it (USD)."""

    method: PaymentMethod | None
    amount: Decimal
    tendered: Decimal | None

    @property
    def is_counted(self) -> bool:
        """Say whether change can be told."""
        return self.tendered is not None and self.method is not None and self.method.is_cash


class PaymentEntry:
    """The payment page as it stands.

    Args:
        data: what was posted; None when the page is opened.
        invoice, customer: whom the page was opened for.
        proposing: nothing is to be recorded yet: an empty amount becomes all that the customer owes.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        invoice: Document | None = None,
        customer: Customer | None = None,
        proposing: bool = False,
    ) -> None:
        self.invoice = invoice
        self.repeated = False  # a reference was refused as seen before, which a person may confirm
        self.data: Mapping[str, Any] = data or {}
        self.customer = invoice.customer if invoice else customer
        self.form = self._make_form(data)
        rows = data is not None and f"{PARTS}-TOTAL_FORMS" in data
        self.parts = PartRows(data if rows else None, prefix=PARTS)
        if data is not None:
            self._read(data, proposing)
        self.amount: Decimal | None = self.form.cleaned_data.get("amount") if data is not None else self._owed()

    def _make_form(self, data: QueryDict | None) -> PaymentForm:
        owed = self._owed()
        initial = {"customer": self.customer, "amount": format_cents(owed) if owed else None}
        form = PaymentForm(data, initial=initial, fixed_customer=self.invoice is not None)
        only = list(form.fields["method"].queryset[:2])  # type: ignore[attr-defined]
        if len(only) == 1:
            form.fields["method"].initial = only[0].pk
        return form

    def _read(self, data: QueryDict, proposing: bool) -> None:
        self.form.is_valid()
        if self.invoice is None:
            self.customer = self.form.cleaned_data.get("customer")
        if proposing and not data.get("amount", "").strip() and self.customer:
            completed = data.copy()
            completed["amount"] = format_cents(self._owed() or ZERO)
            self.form = self._make_form(completed)
            self.form.is_valid()

    def _owed(self) -> Decimal | None:
        """Return what the page was opened to collect: the invoice's balance, or all the customer owes."""
        if self.invoice:
            return self.invoice.balance
        if self.customer is None or self.customer.is_final_consumer:
            return None
        return owed_by(self.customer.pk) or None

    # The rows

    @cached_property
    def invoices(self) -> list[Document]:
        """Return the customer's open invoices: the one in hand first, then the oldest due first."""
        if self.customer is None:
            return []
        if self.invoice and self.customer.is_final_consumer:
            return [self.invoice]
        first = [self.invoice] if self.invoice else []
        others = open_invoices(self.customer.pk).exclude(pk__in=[row.pk for row in first])
        return [*first, *others[:MOST_INVOICES]]

    @cached_property
    def more(self) -> int:
        """Return how many open invoices are not shown."""
        if self.customer is None or len(self.invoices) < MOST_INVOICES or self.customer.is_final_consumer:
            return 0
        return open_invoices(self.customer.pk).count() - len(self.invoices)

    @cached_property
    def rows(self) -> list[Row]:
        """Return each open invoice with its figure: proposed, or as somebody typed it."""
        texts = self._typed() if self.by_hand else self._proposed(self.amount)
        return [_row(document, texts.get(document.pk, "")) for document in self.invoices]

    @cached_property
    def by_hand(self) -> bool:
        """Say whether somebody changed the figures that were proposed."""
        customer, _space, amount = str(self.data.get(PROPOSED_FOR, "")).partition(" ")
        if SPREAD_AGAIN in self.data or not self.customer or customer != str(self.customer.pk):
            return False
        return _figures(self._typed()) != _figures(self._proposed(_amount(amount)))

    def _typed(self) -> dict[int, str]:
        posted = {document.pk: str(self.data.get(_box(document), "")).strip() for document in self.invoices}
        return {pk: text for pk, text in posted.items() if text}

    def _proposed(self, amount: Decimal | None) -> dict[int, str]:
        if amount is None or (self.customer and self.customer.is_final_consumer and not self.invoice):
            return {}  # everybody's oldest invoice is somebody else's
        allocations, _left = spread_over(self.invoices, cents(amount))
        return {row.document_id: format_cents(row.amount) for row in allocations}

    # What it comes to

    @property
    def proposed_for(self) -> str:
        """Return what the hidden field says: for whom, and for which amount, the rows stand."""
        before = str(self.data.get(PROPOSED_FOR, ""))
        if self.by_hand:
            return before
        return f"{self.customer.pk if self.customer else ''} {self.amount if self.amount is not None else ''}"

    @property
    def applied(self) -> Decimal:
        """Return what goes to invoices, in USD."""
        return sum((row.amount for row in self.rows), ZERO)

    @property
    def left(self) -> Decimal:
        """Return what goes to no invoice; negative where more is applied than came in."""
        return (self.amount or ZERO) - self.applied

    @property
    def doubt(self) -> str:
        """Return why the amount can be read in two ways, where it can (D26)."""
        errors = self.form.errors.as_data().get("amount", []) if self.form.is_bound else []
        return next((str(error.message) for error in errors if error.code == AmbiguousAmount.code), "")

    @property
    def too_much(self) -> Decimal:
        """Return how much more is applied than came in."""
        return max(ZERO, -self.left)

    @property
    def tick(self) -> str:
        """Return what the tick "leave the rest as credit" carries: the exact rest."""
        return format_cents(self.left)

    @property
    def leaves_credit(self) -> bool:
        """Say whether the tick was given for exactly this rest."""
        return self.left > ZERO and self.data.get("leave_credit") == self.tick

    @property
    def settled(self) -> int:
        """Return how many invoices it pays in full."""
        return sum(1 for row in self.rows if row.amount and not row.left)

    @property
    def touched(self) -> int:
        """Return how many invoices it reaches."""
        return sum(1 for row in self.rows if row.amount)

    @cached_property
    def owed_after(self) -> Decimal:
        """Return what the customer will still owe, in USD."""
        if self.invoice and self.customer and self.customer.is_final_consumer:
            return self.invoice.balance - self.applied
        return (owed_by(self.customer.pk) if self.customer else ZERO) - self.applied

    @cached_property
    def credit(self) -> Decimal:
        """Return the credit the customer already has, in USD."""
        return credit_of(self.customer.pk) if self.customer else ZERO

    @cached_property
    def duplicate(self) -> Receipt | None:
        """Return a receipt already given to the same customer for the same amount and day, if there is one."""
        day = self.form.cleaned_data.get("paid_on") if self.form.is_bound else self.form.fields["paid_on"].initial
        if not (self.customer and self.amount and day):
            return None
        return queries.likely_duplicates(self.customer.pk, self.amount, day).first()

    # By which methods

    @cached_property
    def other_parts(self) -> list[BaseForm]:
        """Return the rows that say something: so much came by another method."""
        if not self.parts.is_bound:
            return []
        self.parts.is_valid()
        kept = [form for form in self.parts.forms if form not in self.parts.deleted_forms]
        return [form for form in kept if hasattr(form, "cleaned_data") and form.cleaned_data.get("amount") is not None]

    @property
    def first_part(self) -> Decimal:
        """Return what came by the first method: what was received less the other parts, in USD."""
        return (self.amount or ZERO) - sum((form.cleaned_data["amount"] for form in self.other_parts), ZERO)

    @property
    def by_method(self) -> list[Part]:
        """Return what came by each method that was chosen so far, with the cash handed over for it."""
        first = self.form.cleaned_data if self.form.is_bound else {}
        found = [Part(first.get("method"), self.first_part, first.get("tendered"))]
        rows = [form.cleaned_data for form in self.other_parts]
        return [*found, *(Part(row.get("method"), row["amount"], row.get("tendered")) for row in rows)]

    @property
    def change(self) -> Decimal | None:
        """Return the change to give; negative where the cash does not reach; None where nobody counted it."""
        counted = [part.tendered - part.amount for part in self.by_method if part.is_counted]  # type: ignore[operator]
        return sum(counted, ZERO) if counted else None

    # What the workflow is given

    def is_valid(self) -> bool:
        """Check the shape of everything."""
        sound = [self.form.is_valid(), not self.parts.is_bound or self.parts.is_valid()]
        if all(sound) and self.other_parts and self.first_part <= ZERO:
            self.form.add_error("amount", _("Los otros métodos suman todo lo recibido: al primero no le queda nada."))
        return all(sound) and not self.form.errors and not any(row.error for row in self.rows)

    def as_input(self) -> ReceiptInput:
        """Return what was entered, for the workflow."""
        entered = self.form.cleaned_data
        first = PartInput(entered["method"].pk, self.first_part, entered["reference"], entered["tendered"])
        rows = [form.cleaned_data for form in self.other_parts]
        others = [PartInput(row["method"].pk, row["amount"], row["reference"], row["tendered"]) for row in rows]
        return ReceiptInput(
            customer_id=self.customer.pk,  # type: ignore[union-attr]  # the form is valid
            parts=(first, *others),
            received_on=entered["paid_on"],
            notes=entered["notes"],
            allocations=tuple(Allocation(row.document.pk, row.amount) for row in self.rows if row.amount),
            leave_credit=self.leaves_credit,
            confirm_repeated=entered["confirm_repeated"],
        )

    def show_refusal(self, refusal: WorkflowError) -> None:
        """Put a refusal where it belongs: at the first method's fields, in another's row, or over all."""
        self.repeated = refusal.code == "reference_repeated"
        for error in refusal.fields:
            position, _dot, name = error["field"].removeprefix(f"{PARTS}.").partition(".")
            if position.isdigit():
                form = self.other_parts[int(position) - 1] if int(position) else self.form
                form.add_error(name if name in form.fields else None, error["message"])
                return
        show_refusal(self.form, refusal)


def _box(document: Document) -> str:
    return f"apply-{document.pk}"


def _figures(texts: Mapping[int, str]) -> dict[int, Decimal | str]:
    """Read the boxes, so that `60`, `60.00` and `60,00` are the same figure."""
    found: dict[int, Decimal | str] = {}
    for pk, text in texts.items():
        try:
            found[pk] = parse_amount(text)
        except ValueError:
            found[pk] = text
    return found


def _row(document: Document, text: str) -> Row:
    try:
        amount = parse_amount(text) if text else ZERO
    except (AmbiguousAmount, InvalidAmount) as error:
        return Row(document, text, ZERO, str(error))
    return Row(document, text, amount)


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None
