"""The checker is silent about what the product wrote, and names each law that is broken behind its back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connections

from billing import closing, notes
from billing import workflow as billing
from billing.models import Document
from core import clock
from core.tenancy import company_context
from payments import workflow as payments
from payments.allocation import Allocation
from payments.models import Payment, PaymentMethod
from reservations import splitting
from reservations import workflow as reservations
from reservations.splitting import ShareInput
from tests import laws
from tests.factories import SYSTEM, give_back, line, make_company, make_customer, make_draft, make_invoice, pay
from tests.notes import amount, draft_note, issue_note, make_note_series, some
from tests.reservations.factories import NOW, confirmed, make_priced_court

# Past the walls that would refuse these changes; all of it is rolled back.
WALLS_DOWN = """
SET LOCAL session_replication_role = replica;
DO $$ DECLARE wall record; BEGIN
    FOR wall IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
                WHERE contype IN ('c', 'x') AND connamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', wall.place, wall.conname);
    END LOOP;
END $$
"""

# Law → the smallest change that breaks it. `{name}` is the id of one of the sample's rows.
DOCUMENT, LINES, LOG = "UPDATE billing_document SET", "UPDATE billing_documentline SET", "UPDATE audit_auditentry SET"
BREAKS = {
    "numbers are consecutive": f"{DOCUMENT} sequential = sequential + 7 WHERE id = {{last}}",
    "the counter stands at the last number": "UPDATE billing_series SET last_number = last_number + 1",
    "dates never go back along the numbers": f"{DOCUMENT} issue_date = issue_date - 1 WHERE id = {{last}}",
    "the printed number is that of the series": f"{DOCUMENT} number = '001-002-000000001' WHERE id = {{part_paid}}",
    "a draft has no number": f"{DOCUMENT} number = '001-001-000000099' WHERE id = {{draft}}",
    "a voided number stays in the gap register with its reason": "DELETE FROM billing_numbergap",
    "the gap register names voided documents only": "UPDATE billing_numbergap SET document_id = {part_paid}",
    "the access key is made of the document's own parts": f"{DOCUMENT} environment = '2' WHERE id = {{paid}}",
    "the access key ends with its check digit": f"{DOCUMENT} access_key = left(access_key, 48)"
    " || (right(access_key, 1)::int + 1) % 10 WHERE id = {paid}",
    "lines sum to the header": f"{LINES} base = base + 0.01 WHERE document_id = {{paid}}",
    "rates sum to the header": "UPDATE billing_documenttax SET tax = tax - 0.01 WHERE document_id = {paid}",
    "lines sum to their rate": "UPDATE billing_documenttax SET rate_code = '9' WHERE document_id = {paid}",
    "a rate's tax is its base times the rate, as far as SRI admits": "UPDATE billing_documenttax SET rate = rate + 1",
    "quantity × net price − net discount is the base": f"{LINES} quantity = quantity + 1",
    "what the customer was told is kept to the cent": f"{LINES} gross = gross + 0.01",
    "forms of payment sum to the total": "UPDATE billing_documentpayment SET amount = amount + 0.01",
    "the balance is the total less what settled it": f"{DOCUMENT} balance = balance - 1 WHERE id = {{part_paid}}",
    "paid exactly when issued and the balance is zero": f"{DOCUMENT} status = 'issued' WHERE id = {{paid}}",
    "a confirmed payment is settled or is credit, to the cent": "UPDATE payments_payment SET amount = amount + 0.01"
    " WHERE status = 'confirmed'",
    "a voided payment settles nothing and leaves no credit": "UPDATE payments_payment SET status = 'voided'",
    "a credit remains what it did not settle": "UPDATE billing_customercredit SET remaining = remaining + 0.01",
    "no more of a credit waits for a source than remains of it": "UPDATE billing_customercredit SET held ="
    " remaining + 1",
    "a refund of credit is what left the credit": "UPDATE payments_refund SET amount = amount + 0.01",
    "credit is given back to the customer it belongs to": "UPDATE payments_refund SET customer_id = {stranger}",
    "no more is given back of an invoice than was collected on it": "UPDATE payments_refund SET kind = 'internal',"
    " document_id = {draft}",
    "money in is settled, is credit or was given back": "UPDATE billing_creditpayout SET reversed_at = now()",
    "receipts and refunds are numbered one after the other": "UPDATE payments_receipt SET sequential ="
    " sequential + 1000",
    "a counter stands at the last receipt or refund": "UPDATE payments_counter SET last_number = last_number + 1",
    "a receipt is the sum of its payments, voided with the last": "UPDATE payments_receipt SET total = total + 0.01",
    "money settles documents of the customer it came from": f"{DOCUMENT} customer_id = {{stranger}}",
    "the sums of a day are what its documents and payments say": "INSERT INTO billing_daysum"
    " (company_id, kind, day, count, amount) SELECT company_id, kind, day, 1, 0 FROM billing_daysum LIMIT 1",
    "notes never take more than the invoice": f"{DOCUMENT} total = total - 1 WHERE id = {{credited}}",
    "notes never take more than the invoice at a rate": "UPDATE billing_documenttax SET tax = tax - 0.01"
    " WHERE document_id = {credited}",
    "notes never take more of a line than it has": f"{LINES} quantity = quantity - 0.5"
    " WHERE document_id = {credited}",
    "a note takes back lines of its own invoice, at their rates": f"{LINES} rate_code = '0'"
    " WHERE document_id = {note}",
    "a live note settles its invoice with its total, any other with nothing": "UPDATE billing_settlement SET amount ="
    " amount - 0.01 WHERE note_id = {note}",
    "a note owes nothing, is paid by nothing and says no forms of payment": f"{DOCUMENT} balance = 1"
    " WHERE id = {note}",
    "a note is to the buyer of its invoice": f"{DOCUMENT} buyer_name = 'Otra' WHERE id = {{note}}",
    "a live note modifies a live invoice, never one to consumidor final": f"{DOCUMENT} status = 'voided'"
    " WHERE id = {credited}",
    "a billable is on at most one live document": f"{LINES} billable_id = {{billable}}",
    "a billable is where its status says": "UPDATE billing_billable SET status = 'waiting' WHERE id = {billable}",
    "the billables of a source never exceed it": "UPDATE billing_billable SET source_amount = 1",
    "skipped numbers are given out by nobody here": "INSERT INTO billing_skippednumbers"
    " (company_id, series_id, first, last, reason, created_at)"
    " SELECT company_id, series_id, sequential, sequential, 'x', now() FROM billing_document WHERE id = {paid}",
    "every revision of an electronic document has its signed bytes": "DELETE FROM billing_signedxml",
    "signed bytes are as they were stored": "UPDATE billing_signedxml SET sha256 = 'x'",
    "the signed bytes say what the document says": f"{DOCUMENT} subtotal = subtotal + 0.01 WHERE id = {{paid}}",
    "authorized exactly where SRI said so of this key": f"{DOCUMENT} \"authorization\" = 'authorized'"
    " WHERE id = {paid}",
    "a number is declared once": f"{DOCUMENT} \"authorization\" = 'authorized', number = '001-001-000000001'"
    " WHERE id IN ({paid}, {part_paid})",
    "a transmission is where its document is": "UPDATE billing_transmission SET stage = 'done'",
    "every electronic document is on its way": "DELETE FROM billing_transmission",
    "what replaces a document replaces a voided one": f"{DOCUMENT} replaces_id = {{part_paid}} WHERE id = {{paid}}",
    "a document stays in its company": f"{DOCUMENT} company_id = {{elsewhere}} WHERE id = {{paid}}",
    "every document tells how it came to be": f"{LOG} action = 'x' WHERE document_id = {{paid}}",
    "every payment tells how it came to be": f"{LOG} action = 'x' WHERE object_type = 'payments.payment'",
    "every entry is sealed, in one chain without holes": "DELETE FROM audit_auditseal WHERE position = 1",
    "seal positions have no holes": "DELETE FROM audit_auditseal WHERE position = 2",
    "a nota de venta breaks out no tax and SRI never sees it": f"{DOCUMENT} document_type = '02' WHERE id = {{paid}}",
    "a document is numbered in a series of its type": "UPDATE billing_series SET document_type = '02'"
    " WHERE document_type = '01'",
    "nothing of a closed day came after its closing": "UPDATE billing_periodclose SET closed_until = '2999-12-31'",
    "every closing tells who closed and why": "UPDATE billing_periodclose SET reason = 'Otra'",
    "two live bookings of a court never overlap": "UPDATE reservations_reservation SET period ="
    " tstzrange(lower(period), upper(period) + interval '2 h')",
    "the shares of a booking sum to its price": "UPDATE reservations_share SET superseded_at = now()"
    " WHERE position = 1",
    "a booking never offers more than its price": "UPDATE reservations_reservation SET total = 0.01, fee = NULL",
    "a cancelled booking offers its fee and nothing else": "UPDATE reservations_reservation SET fee = 1"
    " WHERE status = 'cancelled'",
    "a confirmed booking has offered what it costs": "UPDATE billing_billable SET source_type = 'x'",
}


@pytest.fixture(scope="module")
def sample(django_db_setup, django_db_blocker) -> Iterator[dict[str, int]]:
    """Make one of everything, and return the ids the changes need."""
    with django_db_blocker.unblock():
        company, elsewhere = make_company(e_invoicing=True), make_company()
        with clock.at(NOW), company_context(company.pk):
            ids = _one_of_everything()
        with clock.at(NOW), company_context(elsewhere.pk):  # nothing goes to SRI: an invoice may be credited at once
            ids |= _notes()
        yield ids | {"elsewhere": elsewhere.pk}
        django_db_setup.renew()


def _one_of_everything() -> dict[str, int]:
    closing.close(date(2026, 9, 30), reason="Declarado", actor=SYSTEM)
    court = make_priced_court()
    booked = confirmed(court, "18:00", "19:00")
    shared = confirmed(court, "19:00", "20:00")
    splitting.split(shared.pk, [ShareInput(make_customer().pk) for _ in range(2)], actor=SYSTEM)
    reservations.cancel(confirmed(court, "21:00", "22:00").pk, reason="Lluvia", actor=SYSTEM)
    paid = reservations.invoice(booked.pk, issue=True, actor=SYSTEM)
    pay(paid, str(paid.total))
    part_paid = make_invoice(line("100.00"))
    pay(part_paid, "15.00")
    payments.void(pay(part_paid, "40.00").pk, reason="Método equivocado", actor=SYSTEM)
    voided = make_invoice(line("30.00"))
    pay(voided, "10.00")
    billing.void(voided.pk, reason="Datos equivocados", actor=SYSTEM)
    last = make_invoice(line("10.00"))
    _overpay(last)
    give_back(make_customer())
    billing.discard(make_draft().pk, actor=SYSTEM)
    return {
        "paid": paid.pk,
        "part_paid": part_paid.pk,
        "last": last.pk,
        "draft": make_draft().pk,
        "stranger": make_customer().pk,
        "billable": paid.billables.get().pk,
    }


def _notes() -> dict[str, int]:
    make_note_series()
    credited = make_invoice(line("50.00", "2"))
    pay(credited, "80.00")
    notes.void(issue_note(credited, amount("70.00")).pk, reason="Motivo equivocado", actor=SYSTEM)
    issue_note(credited, some(credited, "1"))
    last = issue_note(credited)
    draft = draft_note(make_invoice(line("10.00")), amount("1.00"))
    notes.discard(draft.pk, actor=SYSTEM)
    return {"credited": credited.pk, "note": last.pk}


def _overpay(document: Document) -> Payment:
    method = PaymentMethod.objects.order_by("pk")[0]
    paid_in = payments.PaymentInput(
        customer_id=document.customer_id,
        method_id=method.pk,
        amount=document.total + Decimal("5.00"),
        allocations=(Allocation(document.pk, document.total),),
        leave_credit=True,
    )
    return payments.record(paid_in, actor=SYSTEM)


def test_nothing_the_product_wrote_breaks_a_law(sample):
    assert laws.broken() == []


def test_every_law_is_tried():
    assert sorted(BREAKS) == sorted(laws.names())


@pytest.mark.parametrize("law", BREAKS)
def test_a_broken_law_is_named(sample, law):
    connections.close_all()
    parameters: dict[str, Any] = connections["owner"].get_connection_params() | {"user": "postgres", "password": ""}
    with psycopg.connect(**parameters) as superuser, superuser.transaction(force_rollback=True):
        cursor = psycopg.Cursor(superuser)
        cursor.execute(WALLS_DOWN)
        cursor.execute(BREAKS[law].format_map(sample))
        assert law in {row.law for row in laws.broken(cursor)}
