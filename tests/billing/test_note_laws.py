"""What PostgreSQL keeps of credit notes by itself at commit, which a test that never commits has to ask for."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing import notes
from billing.models import Document
from tests.factories import SYSTEM, make_invoice, pay
from tests.notes import amount, issue_note, make_note_series

pytestmark = pytest.mark.django_db


def as_at_commit() -> None:
    """Let every deferred law speak now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def set_balance(document: Document, balance: Decimal) -> None:
    """Write past the workflow."""
    Document.objects.filter(pk=document.pk).update(balance=balance)
    as_at_commit()


@pytest.fixture
def invoice(company) -> Document:
    make_note_series()
    return make_invoice()


def test_a_note_may_be_committed_and_voided_again(invoice):
    pay(invoice, "5.00")
    note = issue_note(invoice)
    as_at_commit()
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    as_at_commit()


def test_a_note_owes_nothing(invoice):
    note = issue_note(invoice, amount("1.00"))
    as_at_commit()
    with pytest.raises(IntegrityError), transaction.atomic():
        set_balance(note, note.total)


def test_a_note_takes_off_its_invoice_s_balance_what_it_says(invoice):
    issue_note(invoice, amount("1.00"))
    with pytest.raises(IntegrityError), transaction.atomic():
        set_balance(invoice, invoice.total)
