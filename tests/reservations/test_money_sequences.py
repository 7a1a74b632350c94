"""Whatever is done with bookings in whatever order: money in = settled + credit + given back, always.

Hypothesis draws sequences of booking, leaving deposits, dividing accounts, charging parts and wholes, cancelling with
a fee, voiding invoices and payments, crediting and giving back. A refusal is an outcome like another: it changes
nothing. In the end the independent checker finds every law kept.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

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

from billing import workflow as billing
from billing.models import (
    Billable,
    CreditPayout,
    CustomerCredit,
    Document,
    Settlement,
    Status,
)
from core import clock
from core.errors import WorkflowError
from core.money import ZERO, cents
from payments import refunds
from payments import workflow as payments
from payments.models import Payment, PaymentMethod, Refund
from reservations import deposits, policies, splitting, workflow
from reservations.deposits import DepositInput
from reservations.invoicing import ChargeInput
from reservations.models import Reservation, Share
from reservations.policies import Rules, Tier
from reservations.splitting import ShareInput
from tests import laws
from tests.factories import SYSTEM, make_customer, own_company
from tests.notes import WHOLE, amount, issue_note, make_note_series
from tests.reservations.factories import MONDAY, NOW, confirmed, make_priced_court

pytestmark = pytest.mark.django_db

CHOICE = st.integers(0, 10**6)
PARTS = st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal(1), Decimal(1), Decimal("1.2")])


class BookedMoney(RuleBasedStateMachine):
    """Three customers and their bookings on one court; who cancels tomorrow's pays half."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.days = 0

    def teardown(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                assert laws.broken(cursor) == []
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    @initialize()
    def desk(self) -> None:
        policies.set_rules(Rules(tiers=(Tier(24 * 365, Decimal(50)),)), actor=SYSTEM)
        self.court = make_priced_court("20.03")
        self.people = [make_customer().pk for _ in range(3)]
        self.method = PaymentMethod.objects.get().pk
        make_note_series()
        self.book(0)

    @rule(who=CHOICE)
    def book(self, who: int) -> None:
        self.days += 1
        day = MONDAY + timedelta(days=self.days)
        confirmed(self.court, "19:00", "20:00", day=day, customer_id=self.people[who % 3])

    def one(self, rows: Any, choice: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[choice % len(found)] if found else None

    def booking(self, choice: int) -> Reservation:
        return self.one(Reservation.objects.all(), choice)

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do it; a refusal leaves every figure as it was."""
        before = figures()
        try:
            return act()
        except WorkflowError:
            assert figures() == before
            return None

    @rule(which=CHOICE, part=PARTS)
    def deposit(self, which: int, part: Decimal) -> None:
        booking = self.booking(which)
        entered = DepositInput(self.method, cents(booking.total * part))
        self.attempt(lambda: deposits.deposit(booking.pk, entered, actor=SYSTEM))

    @rule(which=CHOICE)
    def release(self, which: int) -> None:
        self.attempt(lambda: deposits.release(self.booking(which).pk, reason="Cambio", actor=SYSTEM))

    @rule(which=CHOICE, number=st.integers(1, 5))
    def split(self, which: int, number: int) -> None:
        shares = [ShareInput(self.people[(which + place) % 3]) for place in range(number)]
        self.attempt(lambda: splitting.split(self.booking(which).pk, shares, actor=SYSTEM))

    @rule(which=CHOICE)
    def join(self, which: int) -> None:
        self.attempt(lambda: splitting.join(self.booking(which).pk, actor=SYSTEM))

    @rule(which=CHOICE, part=st.none() | PARTS)
    def charge_share(self, which: int, part: Decimal | None) -> None:
        share = self.one(Share.objects.present(), which)
        if share:
            entered = ChargeInput(self.method, None if part is None else cents(share.amount * part))
            self.attempt(lambda: splitting.charge_share(share.reservation_id, share.pk, entered, actor=SYSTEM))

    @rule(which=CHOICE)
    def charge(self, which: int) -> None:
        self.attempt(lambda: workflow.charge(self.booking(which).pk, ChargeInput(self.method), actor=SYSTEM))

    @rule(which=CHOICE)
    def cancel(self, which: int) -> None:
        self.attempt(lambda: workflow.cancel(self.booking(which).pk, reason="Llueve", actor=SYSTEM))

    @precondition(lambda self: Document.objects.exists())
    @rule(which=CHOICE, void_payments=st.booleans())
    def void_invoice(self, which: int, void_payments: bool) -> None:
        invoice = self.one(Document.objects.invoices(), which)
        self.attempt(lambda: billing.void(invoice.pk, reason="Error", void_payments=void_payments, actor=SYSTEM))

    @precondition(lambda self: Document.objects.exists())
    @rule(which=CHOICE, value=st.decimals("0.01", "9.99", places=2))
    def credit(self, which: int, value: Decimal) -> None:
        invoice = self.one(Document.objects.invoices(), which)
        self.attempt(lambda: issue_note(invoice, WHOLE if which % 3 == 0 else amount(str(value))))

    @precondition(lambda self: Payment.objects.exists())
    @rule(which=CHOICE)
    def void_payment(self, which: int) -> None:
        payment = self.one(Payment.objects.all(), which)
        self.attempt(lambda: payments.void(payment.pk, reason="Error", actor=SYSTEM))

    @precondition(lambda self: CustomerCredit.objects.exists())
    @rule(which=CHOICE, part=PARTS)
    def give_back(self, which: int, part: Decimal) -> None:
        credit = self.one(CustomerCredit.objects.all(), which)
        entered = refunds.RefundInput(credit.customer_id, self.method, cents(credit.amount * part), "Lo pidió")
        self.attempt(lambda: refunds.refund(entered, actor=SYSTEM))

    @precondition(lambda self: Refund.objects.exists())
    @rule(which=CHOICE)
    def void_refund(self, which: int) -> None:
        refund = self.one(Refund.objects.all(), which)
        self.attempt(lambda: refunds.void(refund.pk, reason="Error", actor=SYSTEM))

    @invariant()
    def the_database_agrees_at_commit(self) -> None:
        connection.check_constraints()

    @invariant()
    def money_in_is_settled_or_credit_or_given_back(self) -> None:
        received = total(Payment.objects.confirmed())
        settled = total(Settlement.objects.live().filter(kind__in=["payment", "credit"]))
        credit = sum((row.remaining for row in CustomerCredit.objects.filter(voided_at=None)), ZERO)
        given_back = total(CreditPayout.objects.filter(reversed_at=None))
        assert received == settled + credit + given_back
        assert given_back == total(Refund.objects.confirmed())

    @invariant()
    def what_is_held_is_there(self) -> None:
        for row in CustomerCredit.objects.all():
            assert ZERO <= row.held <= row.remaining <= row.amount

    @invariant()
    def every_balance_is_the_total_less_what_settled_it(self) -> None:
        settled: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
        for row in Settlement.objects.live():
            settled[row.document_id] += row.amount
        for row in Document.objects.invoices().exclude(status=Status.DRAFT):
            owed = ZERO if row.status == Status.VOIDED else row.total - settled[row.pk]
            assert row.balance == owed >= ZERO

    @invariant()
    def shares_are_the_price_and_nothing_is_billed_beyond_it(self) -> None:
        for row in Reservation.objects.all():
            shares = [share.amount for share in row.shares.present()]
            assert not shares or sum(shares) == row.total
            live = total(Billable.objects.live().filter(source_type="reservation", source_id=row.pk))
            assert live == row.total or (row.status == "cancelled" and live == (row.fee or ZERO))


def total(rows: Any) -> Decimal:
    return sum((row.amount for row in rows), ZERO)


def figures() -> tuple[Any, ...]:
    """Everything a step could change about money."""
    return tuple(
        list(rows.order_by("pk").values_list(*names))
        for rows, names in (
            (Document.objects, ("pk", "status", "balance")),
            (Settlement.objects, ("pk", "amount", "reversed_at")),
            (CustomerCredit.objects, ("pk", "remaining", "held", "voided_at")),
            (Payment.objects, ("pk", "status")),
            (Refund.objects, ("pk", "status")),
            (Billable.objects, ("pk", "status", "amount")),
            (Share.objects, ("pk", "superseded_at")),
            (Reservation.objects, ("pk", "status", "total", "fee")),
        )
    )


def test_money_adds_up_after_any_sequence_at_the_desk():
    with clock.at(NOW), own_company():
        run_state_machine_as_test(
            BookedMoney,
            settings=settings(
                max_examples=10,
                stateful_step_count=16,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
