"""Credit notes: what they take back, what becomes of balance and money, and what is refused."""

from decimal import Decimal

import pytest

from audit.models import AuditEntry
from billing import notes, workflow
from billing.models import (
    Authorization,
    Customer,
    CustomerCredit,
    Document,
    DocumentLine,
    DocumentTax,
    NumberGap,
    Series,
    Settlement,
    Status,
)
from billing.note_drafts import CreditedLine, Mode, NoteInput
from core import clock
from core.errors import Forbidden, WorkflowError
from core.money import ZERO
from payments import workflow as payments
from tests.factories import SYSTEM, actor, line, make_customer, make_draft, make_invoice, own_company, pay
from tests.notes import WHOLE, amount, issue_note, make_note_series, some

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(db):
    with own_company() as company:
        make_note_series()
        yield company


def again(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def standing(document: Document) -> tuple[str, Decimal]:
    row = again(document)
    return row.status, row.balance


def live(document: Document) -> list[tuple[str, Decimal]]:
    return list(Settlement.objects.live().filter(document=document).order_by("pk").values_list("kind", "amount"))


def credits(customer_id: int) -> list[tuple[str, Decimal]]:
    rows = CustomerCredit.objects.filter(customer_id=customer_id).available().order_by("pk")
    return list(rows.values_list("origin", "remaining"))


def refused(act, code: str) -> WorkflowError:
    before = (Document.objects.count(), Settlement.objects.count(), AuditEntry.objects.count())
    with pytest.raises(WorkflowError) as caught:
        act()
    assert caught.value.code == code, caught.value.message
    assert (Document.objects.count(), Settlement.objects.count(), AuditEntry.objects.count()) == before
    return caught.value


# What a note says


def test_a_note_of_everything_copies_lines_rates_and_buyer():
    customer = make_customer(name="Ana Vera")
    invoice = make_invoice(line("10.00", "3"), line("5.00", tax_category="zero"), customer_id=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(name="Otro nombre", identification="X-9")
    note = issue_note(invoice)
    assert (note.document_type, note.status, note.number) == ("04", Status.ISSUED, "001-001-000000001")
    assert (note.subtotal, note.tax_total, note.total) == (invoice.subtotal, invoice.tax_total, invoice.total)
    assert (note.buyer_name, note.buyer_identification) == ("Ana Vera", customer.identification)
    assert (note.balance, note.payment_terms.count(), note.modifies) == (ZERO, 0, invoice)
    copied = ["description", "quantity", "net_unit_price", "net_discount", "rate_code", "rate", "base", "tax", "total"]
    assert list(note.lines.values(*copied)) == list(invoice.lines.values(*copied))
    assert list(note.lines.values_list("credits", flat=True)) == list(invoice.lines.values_list("pk", flat=True))
    assert list(note.taxes.values("rate_code", "base", "tax")) == list(invoice.taxes.values("rate_code", "base", "tax"))


def test_an_amount_is_a_line_called_ajuste_at_each_rate():
    invoice = make_invoice(line("100.00"), line("115.00", tax_category="zero"))
    note = issue_note(invoice, amount("23.00"))
    assert list(note.lines.values_list("description", "rate", "base", "tax", "credits")) == [
        ("Ajuste", Decimal("15.00"), Decimal("10.00"), Decimal("1.50"), None),
        ("Ajuste", Decimal("0.00"), Decimal("11.50"), ZERO, None),
    ]


@pytest.mark.parametrize("price", ["100.00", "0.07", "33.35", "1.99", "1234.56"])
def test_three_notes_of_a_third_close_an_invoice_to_zero(price):
    invoice = make_invoice(line(price, "3"), line("0.10", "3", tax_category="construction"))
    made = [issue_note(invoice, some(invoice, "1", "1")) for _ in range(3)]
    assert sum((row.total for row in made), ZERO) == invoice.total
    assert standing(invoice) == (Status.PAID, ZERO)
    taken = DocumentTax.objects.filter(document__modifies=invoice)
    for rate in invoice.taxes.all():
        of_rate = taken.filter(rate_code=rate.rate_code)
        assert sum((row.base for row in of_rate), ZERO) == rate.base
        assert sum((row.tax for row in of_rate), ZERO) == rate.tax
    assert refused(lambda: issue_note(invoice), "nothing_left")


def test_the_preview_is_what_the_draft_stores():
    invoice = make_invoice(line("19.99", "7"))
    part = some(invoice, "2.5")
    seen = notes.preview(invoice.pk, part, actor=SYSTEM)
    note = notes.draft(invoice.pk, part, actor=SYSTEM)
    assert (seen.totals.subtotal, seen.totals.tax_total, seen.totals.total) == (
        note.subtotal,
        note.tax_total,
        note.total,
    )
    assert (seen.lowers, seen.frees, seen.remains) == (note.total, ZERO, invoice.total - note.total)


# Balance and money


def test_a_note_lowers_the_balance_from_its_issue_on_and_drafts_do_not():
    invoice = make_invoice()
    draft = notes.draft(invoice.pk, amount("15.00"), actor=SYSTEM)
    assert standing(invoice) == (Status.ISSUED, Decimal("115.00"))
    notes.issue(draft.pk, actor=SYSTEM)
    assert standing(invoice) == (Status.ISSUED, Decimal("100.00"))
    assert live(invoice) == [("note", Decimal("15.00"))]


def test_a_note_on_a_paid_invoice_turns_the_money_into_credit_and_it_stays_paid():
    invoice = make_invoice()
    pay(invoice, "115.00")
    issue_note(invoice, amount("40.00"))
    assert standing(invoice) == (Status.PAID, ZERO)
    assert live(invoice) == [("note", Decimal("40.00")), ("payment", Decimal("75.00"))]
    assert credits(invoice.customer_id) == [("credited", Decimal("40.00"))]


def test_what_exceeds_the_balance_frees_the_youngest_money_first():
    invoice = make_invoice()
    first, second = pay(invoice, "30.00"), pay(invoice, "50.00")
    issue_note(invoice, amount("90.00"))  # 35 owed, 55 beyond it
    assert standing(invoice) == (Status.PAID, ZERO)
    assert live(invoice) == [("note", Decimal("90.00")), ("payment", Decimal("25.00"))]
    granted = CustomerCredit.objects.order_by("pk").values_list("payment_id", "amount")
    assert list(granted) == [(second.pk, Decimal("50.00")), (first.pk, Decimal("5.00"))]


def test_money_that_came_from_credit_returns_to_that_credit():
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    _leave_credit(customer, "200.00")
    payments.apply_credit(invoice.pk, Decimal("100.00"), actor=SYSTEM)
    issue_note(invoice, amount("50.00"))  # 15 owed, 35 beyond it
    assert live(invoice) == [("note", Decimal("50.00")), ("credit", Decimal("65.00"))]
    assert credits(customer.pk) == [("advance", Decimal("135.00"))]


def _leave_credit(customer: Customer, value: str) -> None:
    from payments.models import PaymentMethod

    entered = payments.PaymentInput(
        customer.pk, PaymentMethod.objects.get().pk, Decimal(value), allocations=(), leave_credit=True
    )
    payments.record(entered, actor=SYSTEM)


def test_voiding_a_note_puts_everything_back():
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    pay(invoice, "30.00")
    _leave_credit(customer, "60.00")
    payments.apply_credit(invoice.pk, Decimal("50.00"), actor=SYSTEM)
    note = issue_note(invoice, amount("100.00"))  # 35 owed, 50 of credit, 15 of the payment
    assert credits(customer.pk) == [("advance", Decimal("60.00")), ("credited", Decimal("15.00"))]
    notes.void(note.pk, reason="Motivo equivocado", actor=SYSTEM)
    assert standing(note) == (Status.VOIDED, ZERO)
    assert standing(invoice) == (Status.ISSUED, Decimal("35.00"))
    assert credits(customer.pk) == [("advance", Decimal("10.00"))]
    assert NumberGap.objects.get().document_id == note.pk
    assert issue_note(invoice).total == invoice.total


def test_voiding_a_note_whose_split_credit_had_more_takes_back_only_what_it_gave():
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    _leave_credit(customer, "200.00")
    payments.apply_credit(invoice.pk, Decimal("100.00"), actor=SYSTEM)
    note = issue_note(invoice, amount("50.00"))
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    assert standing(invoice) == (Status.ISSUED, Decimal("15.00"))
    assert credits(customer.pk) == [("advance", Decimal("100.00"))]


def test_what_was_spent_meanwhile_is_owed_again():
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    pay(invoice, "115.00")
    note = issue_note(invoice)
    other = make_invoice(customer_id=customer.pk)
    payments.apply_credit(other.pk, Decimal("100.00"), actor=SYSTEM)
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    assert standing(invoice) == (Status.ISSUED, Decimal("100.00"))
    assert standing(other) == (Status.ISSUED, Decimal("15.00"))
    assert credits(customer.pk) == []


def test_a_payment_whose_money_a_note_freed_can_be_voided():
    customer = make_customer()
    invoice = make_invoice(customer_id=customer.pk)
    payment = pay(invoice, "115.00")
    note = issue_note(invoice, amount("40.00"))
    other = make_invoice(customer_id=customer.pk)
    payments.apply_credit(other.pk, Decimal("30.00"), actor=SYSTEM)
    payments.void(payment.pk, reason="Cheque sin fondos", actor=SYSTEM)
    assert standing(invoice) == (Status.ISSUED, Decimal("75.00"))
    assert standing(other) == (Status.ISSUED, Decimal("115.00"))
    assert credits(customer.pk) == []
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    assert standing(invoice) == (Status.ISSUED, Decimal("115.00"))


def test_a_note_is_never_paid_and_never_counts_as_owed():
    note = issue_note(make_invoice(), amount("10.00"))
    refused(lambda: pay(note, "1.00"), "not_payable")
    assert not Document.objects.invoices().filter(pk=note.pk).exists()


def test_an_invoice_with_a_live_note_is_not_voided_until_the_note_is():
    invoice = make_invoice()
    note = issue_note(invoice, amount("10.00"))
    refused(lambda: workflow.void(invoice.pk, reason="Error", actor=SYSTEM), "has_credit_notes")
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    workflow.void(invoice.pk, reason="Error", actor=SYSTEM)
    refused(lambda: issue_note(invoice), "invoice_voided")


# What is refused


def test_more_than_remains_is_refused_by_line_by_rate_and_in_total():
    invoice = make_invoice(line("10.00", "3"))
    issue_note(invoice, some(invoice, "2"))
    refusal = refused(lambda: issue_note(invoice, some(invoice, "2")), "above_remainder")
    assert refusal.fields[0]["field"] == "lines.0.quantity"
    assert "tiene 1 por acreditar" in refusal.message
    refused(lambda: issue_note(invoice, amount("11.51")), "above_remainder")
    issue_note(invoice, amount("11.50"))
    refused(lambda: issue_note(invoice, amount("0.01")), "nothing_left")


def test_a_draft_is_checked_again_when_it_is_issued():
    invoice = make_invoice()
    first, second = (notes.draft(invoice.pk, amount("60.00"), actor=SYSTEM) for _ in range(2))
    notes.issue(first.pk, actor=SYSTEM)
    refused(lambda: notes.issue(second.pk, actor=SYSTEM), "above_remainder")
    assert Series.objects.get(document_type="04").last_number == 1
    notes.discard(second.pk, actor=SYSTEM)
    refused(lambda: notes.issue(second.pk, actor=SYSTEM), "not_a_draft")


def test_the_motive_is_required_and_short_enough():
    invoice = make_invoice()
    refusal = refused(lambda: issue_note(invoice, NoteInput(Mode.WHOLE, "  ")), "motive_required")
    assert refusal.fields[0]["field"] == "motive"
    refused(lambda: issue_note(invoice, NoteInput(Mode.WHOLE, "x" * 301)), "motive_too_long")
    notes.preview(invoice.pk, NoteInput(Mode.WHOLE), actor=SYSTEM)


def test_nothing_is_credited_to_consumidor_final():
    invoice = make_invoice(line("10.00"), customer_id=Customer.objects.get(identification_type="07").pk)
    refused(lambda: issue_note(invoice), "final_consumer_no_note")


def test_only_issued_invoices_are_credited():
    draft = make_draft()
    refused(lambda: issue_note(draft), "not_issued")
    invoice = make_invoice()
    note = issue_note(invoice, amount("10.00"))
    with pytest.raises(Document.DoesNotExist):
        issue_note(note)


def test_a_note_does_not_go_through_the_invoices_workflow():
    draft = notes.draft(make_invoice().pk, WHOLE, actor=SYSTEM)
    for act in (workflow.issue, workflow.discard, workflow.duplicate):
        with pytest.raises(Document.DoesNotExist):
            act(draft.pk, actor=SYSTEM)
    with pytest.raises(Document.DoesNotExist):
        notes.issue(draft.modifies_id, actor=SYSTEM)


def test_where_there_is_no_series_the_refusal_says_where_to_add_it():
    Series.objects.filter(document_type="04").update(active=False)
    invoice = make_invoice()
    refusal = refused(lambda: issue_note(invoice), "note_series_missing")
    assert "001-001" in refusal.message
    assert "Empresa → Series" in refusal.message


def test_an_invoice_is_not_numbered_in_the_series_of_notes():
    with pytest.raises(Series.DoesNotExist):
        make_draft(series_id=Series.objects.get(document_type="04").pk)


def test_without_the_permission_nothing_happens():
    invoice = make_invoice()
    for role in ("cashier", "frontdesk", "accountant", "auditor"):
        with pytest.raises(Forbidden):
            notes.draft(invoice.pk, WHOLE, actor=actor(role))
    notes.draft(invoice.pk, WHOLE, actor=actor("billing"))


def test_issuing_and_voiding_twice_are_refused():
    note = issue_note(make_invoice())
    refused(lambda: notes.issue(note.pk, actor=SYSTEM), "already_issued")
    refused(lambda: notes.void(note.pk, reason=" ", actor=SYSTEM), "reason_required")
    notes.void(note.pk, reason="Error", actor=SYSTEM)
    refused(lambda: notes.void(note.pk, reason="Error", actor=SYSTEM), "already_voided")


def test_after_twelve_months_a_person_is_warned_and_may_go_on():
    with clock.at(clock.now().replace(year=clock.now().year - 2, month=3, day=1)):
        invoice = make_invoice()
    assert "doce meses" in notes.preview(invoice.pk, WHOLE, actor=SYSTEM).warnings[0]
    issue_note(invoice)
    assert not notes.preview(make_invoice().pk, WHOLE, actor=SYSTEM).warnings


def test_a_line_of_another_invoice_is_not_found():
    other = make_invoice().lines.get()
    with pytest.raises(DocumentLine.DoesNotExist):
        issue_note(make_invoice(), NoteInput(Mode.LINES, "Devolución", (CreditedLine(other.pk, Decimal(1)),)))


def test_an_issued_note_is_told_and_its_invoice_too():
    invoice = make_invoice()
    note = issue_note(invoice, amount("15.00"))
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-3:] == ["credit_note.created", "invoice.credited", "credit_note.issued"]
    entry = AuditEntry.objects.get(action="credit_note.issued")
    assert entry.after["invoice"] == invoice.number
    assert entry.public["credit_note_number"] == note.number
    assert AuditEntry.objects.get(action="invoice.credited").after["credit_note"] == note.number
    assert note.authorization == Authorization.NONE
