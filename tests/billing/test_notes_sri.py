"""Credit notes before SRI, over real HTTP: only on what it authorized, and undone where it never will be."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection as connection_of_tests

from billing import correcting, notes, replacing
from billing.models import Authorization, Document, SignedXml, Status
from core.errors import WorkflowError
from core.money import ZERO
from core.tenancy import company_context
from sri import xml
from tests.factories import SYSTEM, line, make_invoice, pay
from tests.notes import amount, draft_note, issue_note, make_note_series
from tests.sri_line import Line, simulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def sri(settings, tmp_path: Path):
    with simulated(settings, tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def company(sri: Line):
    made = sri.company()
    with company_context(made.pk):
        make_note_series()
        yield made
        connection_of_tests.check_constraints()


def again(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def authorized(sri: Line) -> Document:
    invoice = make_invoice(line("33.35", "3"), line("5.00", tax_category="zero"))
    sri.turn()
    return again(invoice)


def refused(note: Document) -> Document:
    """Have it as SRI leaves what it refuses."""
    from billing.models import Stage, Transmission

    Document.objects.filter(pk=note.pk).update(authorization=Authorization.REJECTED)
    Transmission.objects.filter(document=note).update(stage=Stage.STOPPED, next_attempt_at=None)
    return again(note)


def test_an_invoice_that_sri_has_not_authorized_is_not_credited(sri):
    invoice = make_invoice()
    with pytest.raises(WorkflowError) as caught:
        draft_note(invoice)
    assert caught.value.code == "invoice_not_authorized"
    sri.turn()
    draft_note(again(invoice))


def test_a_note_is_signed_sent_and_authorized_and_says_what_is_stored(sri):
    invoice = authorized(sri)
    note = issue_note(invoice, amount("20.00", "Descuento por volumen"))
    assert note.access_key[8:10] == "04"
    sri.turn()
    assert again(note).authorization == Authorization.AUTHORIZED
    read = xml.read(bytes(SignedXml.objects.get(document=note).content))
    assert (read.modified.number, read.modified.issue_date) == (invoice.number, invoice.issue_date)
    assert (read.reason, read.subtotal, read.total) == ("Descuento por volumen", note.subtotal, note.total)
    assert [row.total for row in read.lines] == [row.base for row in note.lines.all()]
    with pytest.raises(WorkflowError) as caught:
        notes.void(note.pk, reason="Error", actor=SYSTEM)
    assert caught.value.code == "authorization_not_voidable"


def test_a_note_counts_before_sri_answers_and_undoes_its_effect_when_voided(sri):
    invoice = authorized(sri)
    pay(invoice, str(invoice.total))
    note = issue_note(invoice)
    assert (note.authorization, again(invoice).customer.credits.get().remaining) == ("pending", invoice.total)
    notes.void(note.pk, reason="Cliente equivocado", actor=SYSTEM)
    assert (again(invoice).status, again(invoice).balance) == (Status.PAID, ZERO)
    assert again(invoice).customer.credits.get().remaining == ZERO
    assert sri.turn() == 0  # it never went


def test_a_refused_note_is_corrected_with_its_invoices_buyer(sri):
    invoice = authorized(sri)
    note = refused(issue_note(invoice, amount("20.00")))
    type(invoice.customer).objects.filter(pk=invoice.customer_id).update(name="Otro nombre")
    correcting.correct(note.pk, actor=SYSTEM)
    corrected = again(note)
    assert (corrected.revision, corrected.buyer_name) == (2, invoice.buyer_name)
    assert corrected.lines.get(rate_code="4").credits_id is None
    assert again(invoice).balance == invoice.total - Decimal("20.00")


def test_a_note_whose_number_sri_will_not_have_is_replaced_with_its_effect(sri):
    invoice = authorized(sri)
    pay(invoice, str(invoice.total))
    note = refused(issue_note(invoice, amount("20.00")))
    new = replacing.replace(note.pk, reason="El SRI tiene otro comprobante con este número (45).", actor=SYSTEM)
    assert (again(note).status, new.replaces_id, new.total) == (Status.VOIDED, note.pk, note.total)
    assert new.sequential == (note.sequential or 0) + 1
    assert list(new.lines.values_list("base", "tax")) == list(note.lines.values_list("base", "tax"))
    assert (again(invoice).status, again(invoice).balance) == (Status.PAID, ZERO)
    assert sum(row.remaining for row in invoice.customer.credits.all()) == Decimal("20.00")
