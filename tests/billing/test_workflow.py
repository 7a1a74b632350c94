"""The life of an invoice through its workflow functions."""

from decimal import Decimal

import pytest

from billing import workflow
from billing.models import Document, NumberGap, Status
from core.errors import RuleRefused, WorkflowError
from tests.factories import SYSTEM, line, make_draft, make_invoice, own_company, pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    with own_company() as company:
        yield company


def test_a_draft_has_no_number():
    draft = make_draft()
    assert (draft.status, draft.number, draft.sequential) == (Status.DRAFT, "", None)
    assert draft.total == Decimal("115.00")


def test_issuing_gives_the_next_number_and_the_whole_balance():
    first, second = make_invoice(), make_invoice()
    assert (first.number, second.number) == ("001-001-000000001", "001-001-000000002")
    assert first.balance == first.total == Decimal("115.00")


def test_issuing_twice_is_refused():
    invoice = make_invoice()
    with pytest.raises(WorkflowError) as refused:
        workflow.issue(invoice.pk, actor=SYSTEM)
    assert refused.value.code == "already_issued"


def test_a_hundred_dollars_are_paid_with_sixty_and_forty():
    invoice = make_invoice(line("100.00", tax_category="zero"))
    pay(invoice, "60.00")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance) == (Status.ISSUED, Decimal("40.00"))
    pay(invoice, "40.00")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance) == (Status.PAID, Decimal("0.00"))


def test_voiding_enters_the_number_in_the_gap_register_and_keeps_the_money_as_credit():
    invoice = make_invoice()
    pay(invoice, "15.00")
    workflow.void(invoice.pk, reason="Cliente equivocado", actor=SYSTEM)
    invoice = Document.objects.get(pk=invoice.pk)
    assert (invoice.status, invoice.balance) == (Status.VOIDED, Decimal("0.00"))
    assert NumberGap.objects.get().sequential == invoice.sequential
    assert invoice.customer.credits.get().remaining == Decimal("15.00")


def test_voiding_without_a_reason_is_refused():
    invoice = make_invoice()
    with pytest.raises(RuleRefused) as refused:
        workflow.void(invoice.pk, reason=" ", actor=SYSTEM)
    assert refused.value.code == "reason_required"
    assert Document.objects.get(pk=invoice.pk).status == Status.ISSUED
