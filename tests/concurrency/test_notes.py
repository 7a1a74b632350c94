"""Two credit notes at once on one invoice: together they never take more than there is, and money moves once."""

import threading
from decimal import Decimal

import pytest

from billing import note_drafts, notes
from billing.models import CustomerCredit, Document, Settlement, Status
from core.money import ZERO
from payments import workflow as payments
from tests.concurrency.together import together
from tests.factories import SYSTEM, line, make_customer, make_invoice, own_company, pay
from tests.notes import WHOLE, amount, draft_note, issue_note, make_note_series, some


@pytest.fixture
def company(committing):
    with own_company() as company:
        make_note_series()
        yield company


def issued(invoice: Document) -> Decimal:
    live = Document.objects.credit_notes().filter(modifies=invoice, status=Status.ISSUED)
    return sum((row.total for row in live), ZERO)


def test_without_the_lock_both_see_that_all_remains(company):
    invoice = make_invoice()
    both_read = threading.Barrier(2)

    def naive() -> bool:
        there = note_drafts.remainder(invoice).total
        both_read.wait(timeout=30)
        return there >= Decimal("60.00")

    assert [outcome.value for outcome in together(company.pk, naive, naive)] == [True, True]


def test_of_two_notes_at_once_that_are_too_much_together_one_is_refused(company):
    invoice = make_invoice()
    outcomes = together(company.pk, *[lambda: issue_note(invoice, amount("60.00"))] * 2)
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "above_remainder"]
    assert issued(invoice) == Decimal("60.00")


def test_of_two_drafts_of_everything_issued_at_once_one_is_refused(company):
    invoice = make_invoice()
    drafts = [draft_note(invoice, WHOLE) for _ in range(2)]
    outcomes = together(company.pk, *[lambda row=row: notes.issue(row.pk, actor=SYSTEM) for row in drafts])
    assert sorted(outcome.refused or "" for outcome in outcomes) == ["", "above_remainder"]
    assert issued(invoice) == invoice.total


def test_thirds_made_at_once_close_the_invoice_to_the_cent(company):
    invoice = make_invoice(line("33.35", "3"))
    outcomes = together(company.pk, *[lambda: issue_note(invoice, some(invoice, "1"))] * 3)
    assert [outcome.refused for outcome in outcomes] == [None] * 3
    assert issued(invoice) == invoice.total


def test_a_note_and_a_payment_of_the_same_balance_settle_it_once(company):
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    outcomes = together(company.pk, lambda: issue_note(invoice), lambda: pay(invoice, "115.00"))
    invoice = Document.objects.get(pk=invoice.pk)
    assert (invoice.status, invoice.balance) == (Status.PAID, ZERO)
    paid = outcomes[1].refused is None
    assert outcomes[0].refused is None
    assert outcomes[1].refused in (None, "already_paid")
    assert CustomerCredit.objects.available().total() == (Decimal("115.00") if paid else ZERO)


def test_a_payment_voided_while_a_note_frees_its_money_settles_nothing(company):
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    payment = pay(invoice, "115.00")
    together(
        company.pk,
        lambda: issue_note(invoice, amount("40.00")),
        lambda: payments.void(payment.pk, reason="Error", actor=SYSTEM),
    )
    assert not Settlement.objects.live().of_payments([payment.pk]).exists()
    assert CustomerCredit.objects.available().total() == ZERO
    invoice = Document.objects.get(pk=invoice.pk)
    assert invoice.balance == Decimal("75.00")


def test_notes_and_credit_that_pass_each_other_do_not_deadlock(company):
    """Each note returns money to the credits that others apply at the same moment, in whatever order they came."""
    customer = make_customer()
    invoices = [make_invoice(customer_id=customer.pk) for _ in range(4)]
    for invoice in invoices[:2]:
        pay(invoice, "115.00")
        issue_note(invoice)
    for invoice in invoices[2:]:
        payments.apply_credit(invoice.pk, Decimal("115.00"), actor=SYSTEM)
    fresh = [make_invoice(customer_id=customer.pk) for _ in range(2)]
    outcomes = together(
        company.pk,
        *[lambda row=row: issue_note(row) for row in invoices[2:]],
        *[lambda row=row: payments.apply_credit(row.pk, Decimal("50.00"), actor=SYSTEM) for row in fresh],
    )
    assert {outcome.refused for outcome in outcomes} <= {None, "credit_insufficient"}
    assert [issued(row) for row in invoices] == [Decimal("115.00")] * 4
