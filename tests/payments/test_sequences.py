"""Whatever is done in whatever order: every balance, every credit and every dollar received add up.

Hypothesis draws sequences of issuing, paying (one or many invoices), voiding payments and invoices (both choices),
applying credit, crediting invoices in whole or in part and voiding those notes. A refusal is an outcome like another:
it must be the expected one, and change nothing.
"""

from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing import note_drafts, notes
from billing import workflow as billing
from billing.models import Customer, CustomerCredit, Document, Settlement, Status
from core.errors import WorkflowError
from core.money import ZERO, cents
from payments import workflow
from payments.allocation import Allocation
from payments.models import Payment, PaymentMethod, PaymentStatus
from tests.factories import SYSTEM, line, make_customer, make_invoice, own_company
from tests.notes import WHOLE, amount, issue_note, make_note_series

pytestmark = pytest.mark.django_db

AMOUNTS = st.decimals("0.01", "300.00", places=2)
SHARES = st.sampled_from([Decimal("0.3"), Decimal("1"), Decimal("1"), Decimal("1.2")])
CHOICE = st.integers(0, 10**6)


def share_of(amount: Decimal, share: Decimal) -> Decimal:
    """So much of an amount, in cents; of nothing, ten dollars."""
    return cents(amount * share) or Decimal("10.00")


class Money(RuleBasedStateMachine):
    """Two customers and consumidor final; the model is only what was received, and from whom."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.received: dict[int, Decimal] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def people(self) -> None:
        self.customers = [make_customer(), make_customer(), Customer.objects.get(identification_type="07")]
        self.method = PaymentMethod.objects.get().pk
        for customer in self.customers:
            make_invoice(line("40.00", tax_category="zero"), customer_id=customer.pk)
        make_note_series()
        self.record(self.customers[0].pk, Decimal("60.00"), None, leave_credit=True)
        make_invoice(line("30.00", tax_category="zero"), customer_id=self.customers[0].pk)

    def customer(self, choice: int) -> Customer:
        return self.customers[choice % len(self.customers)]

    def one(self, rows, choice: int):
        """Pick one of the rows, or None."""
        found = list(rows.order_by("pk"))
        return found[choice % len(found)] if found else None

    def invoice(self, choice: int) -> Document:
        """Pick an open invoice mostly, any other now and then."""
        return (
            self.one(Document.objects.invoices().with_balance() if choice % 4 else Document.objects.invoices(), choice)
            or (Document.objects.invoices()[0])
        )

    def attempt(self, act, *codes: str):
        """Do it; a refusal must be one of these, and leave every figure as it was."""
        before, refusal = figures(), None
        try:
            return act()
        except WorkflowError as error:
            refusal = error
        assert refusal.code in codes, refusal.message
        assert figures() == before
        return None

    @rule(who=CHOICE, amount=st.decimals("0.01", "50.00", places=2), days=st.integers(0, 60))
    def issue(self, who: int, amount: Decimal, days: int) -> None:
        customer = self.customer(who)
        make_invoice(line(str(amount), tax_category="zero"), customer_id=customer.pk, payment_days=days)

    @precondition(lambda self: Document.objects.exists())
    @rule(which=CHOICE, share=SHARES)
    def pay_one(self, which: int, share: Decimal) -> None:
        invoice = self.invoice(which)
        amount = share_of(invoice.balance, share)
        open_balance = invoice.balance if invoice.status == Status.ISSUED else None
        payment = self.attempt(
            lambda: self.record(invoice.customer_id, amount, (Allocation(invoice.pk, amount),)),
            "already_paid", "not_payable", "overpayment",
        )  # fmt: skip
        assert (payment is not None) == (open_balance is not None and amount <= open_balance)

    @rule(who=CHOICE, share=SHARES, leave_credit=st.booleans())
    def pay_oldest(self, who: int, share: Decimal, leave_credit: bool) -> None:
        customer = self.customer(who)
        owed = sum((row.balance for row in open_invoices(customer)), ZERO)
        amount = share_of(owed, share)
        payment = self.attempt(
            lambda: self.record(customer.pk, amount, None, leave_credit=leave_credit), "overpayment", "invoice_required"
        )
        assert (payment is not None) == (not customer.is_final_consumer and (leave_credit or amount <= owed))

    @precondition(lambda self: open_invoices())
    @rule(
        who=CHOICE,
        parts=st.lists(AMOUNTS, min_size=1, max_size=4),
        extra=st.sampled_from([ZERO, ZERO, Decimal("7.77"), Decimal("-0.01")]),
        leave_credit=st.booleans(),
    )
    def pay_many(self, who: int, parts: list[Decimal], extra: Decimal, leave_credit: bool) -> None:
        customer = open_invoices()[who % len(open_invoices())].customer
        chosen = list(zip(open_invoices(customer), parts, strict=False))
        allocations = tuple(Allocation(row.pk, min(part, row.balance)) for row, part in chosen)
        total = sum((row.amount for row in allocations), ZERO) + extra
        self.attempt(
            lambda: self.record(customer.pk, total, allocations, leave_credit=leave_credit),
            "amount_not_positive", "overpayment", "allocated_less_than_paid", "allocated_more_than_paid",
            "final_consumer_credit",
        )  # fmt: skip

    def record(self, customer_id: int, amount: Decimal, allocations, *, leave_credit: bool = False) -> Payment:
        entered = workflow.PaymentInput(
            customer_id, self.method, amount, allocations=allocations, leave_credit=leave_credit
        )
        payment = workflow.record(entered, actor=SYSTEM)
        self.received[payment.pk] = amount
        return payment

    @precondition(lambda self: Payment.objects.exists())
    @rule(which=CHOICE)
    def void_payment(self, which: int) -> None:
        payment = self.one(Payment.objects.all(), which)
        self.attempt(lambda: workflow.void(payment.pk, reason="Error", actor=SYSTEM), "already_voided")
        self.received.pop(payment.pk, None)

    @precondition(lambda self: Document.objects.exists())
    @rule(which=CHOICE, void_payments=st.booleans())
    def void_invoice(self, which: int, void_payments: bool) -> None:
        invoice = self.one(Document.objects.invoices(), which)
        behind = Settlement.objects.live().filter(document=invoice, payment_id__isnull=False)
        payments = set(behind.values_list("payment_id", flat=True))
        voided = self.attempt(
            lambda: billing.void(invoice.pk, reason="Error", void_payments=void_payments, actor=SYSTEM),
            "already_voided", "already_paid", "final_consumer_credit", "has_credit_notes",
        )  # fmt: skip
        if voided and void_payments:
            for payment in payments:
                del self.received[payment]

    @precondition(lambda self: CustomerCredit.objects.available().exists() and open_invoices())
    @rule(which=CHOICE, share=SHARES)
    def apply_credit(self, which: int, share: Decimal) -> None:
        credit = self.one(CustomerCredit.objects.available(), which)
        invoice = (open_invoices(credit.customer) or [self.invoice(which)])[0]
        amount = share_of(min(invoice.balance, credit.remaining), share)
        self.attempt(
            lambda: workflow.apply_credit(invoice.pk, amount, actor=SYSTEM),
            "already_paid", "not_payable", "overpayment", "credit_insufficient",
        )  # fmt: skip

    @rule(which=CHOICE, share=SHARES)
    def credit(self, which: int, share: Decimal) -> None:
        invoice = self.invoice(which)
        value = share_of(note_drafts.remainder(invoice).total, share)
        entered = WHOLE if which % 5 == 0 else amount(str(value))
        self.attempt(
            lambda: issue_note(invoice, entered),
            "invoice_voided", "final_consumer_no_note", "nothing_left", "above_remainder",
        )  # fmt: skip

    @precondition(lambda self: Document.objects.credit_notes().exists())
    @rule(which=CHOICE)
    def void_note(self, which: int) -> None:
        note = self.one(Document.objects.credit_notes(), which)
        self.attempt(lambda: notes.void(note.pk, reason="Error", actor=SYSTEM), "already_voided")

    @invariant()
    def notes_take_what_they_say_and_no_more_than_there_is(self) -> None:
        live: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
        for note in Document.objects.credit_notes().filter(status=Status.ISSUED):
            live[note.modifies_id or 0] += note.total
        taken: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
        for row in Settlement.objects.live().filter(kind="note"):
            taken[row.document_id] += row.amount
        assert live == taken
        assert all(taken[row.pk] <= row.total for row in Document.objects.invoices())

    @invariant()
    def the_database_agrees_at_commit(self) -> None:
        connection.check_constraints()

    @invariant()
    def every_balance_is_the_total_less_what_settled_it(self) -> None:
        settled: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
        for row in Settlement.objects.live():
            settled[row.document_id] += row.amount
        for row in Document.objects.invoices():
            if row.status == Status.VOIDED:
                assert (row.balance, settled[row.pk]) == (ZERO, ZERO)
            else:
                assert row.balance == row.total - settled[row.pk] >= ZERO
                assert (row.status == Status.PAID) == (row.balance == ZERO)

    @invariant()
    def every_dollar_received_is_settled_or_credit(self) -> None:
        confirmed = {row.pk: row.amount for row in Payment.objects.confirmed()}
        assert confirmed == self.received
        applied = sum((row.amount for row in Settlement.objects.live().filter(kind="payment")), ZERO)
        through_credit = sum((row.amount for row in Settlement.objects.live().filter(kind="credit")), ZERO)
        granted = sum((row.amount for row in CustomerCredit.objects.filter(voided_at=None)), ZERO)
        remaining = sum((row.remaining for row in CustomerCredit.objects.all()), ZERO)
        assert granted == through_credit + remaining
        assert sum(confirmed.values(), ZERO) == applied + granted

    @invariant()
    def no_credit_is_negative_nor_anybodys_that_is_nobody(self) -> None:
        for row in CustomerCredit.objects.select_related("customer"):
            assert ZERO <= row.remaining <= row.amount
            assert not row.customer.is_final_consumer

    @invariant()
    def voided_payments_settle_nothing(self) -> None:
        voided = Payment.objects.filter(status=PaymentStatus.VOIDED).values_list("pk", flat=True)
        assert not Settlement.objects.live().of_payments(list(voided)).exists()


def open_invoices(customer: Customer | None = None) -> list[Document]:
    rows = Document.objects.invoices().with_balance().order_by("due_date", "pk")
    return list(rows.filter(customer=customer) if customer else rows)


def figures() -> tuple:
    """Everything a step could change about money."""
    return (
        list(Document.objects.order_by("pk").values_list("pk", "status", "balance")),
        list(Settlement.objects.order_by("pk").values_list("pk", "amount", "reversed_at")),
        list(CustomerCredit.objects.order_by("pk").values_list("pk", "remaining", "voided_at")),
        list(Payment.objects.order_by("pk").values_list("pk", "status")),
    )


def test_money_adds_up_after_any_sequence():
    with own_company():
        run_state_machine_as_test(
            Money,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
