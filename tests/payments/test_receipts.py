"""Receipts: several methods in one act, numbers without a gap, what the paper says, and what voiding leaves."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import DatabaseError
from pypdf import PdfReader

from billing.models import CustomerCredit, Settlement, Status
from billing.settlement import Hold
from companies.models import Company
from core.errors import RuleRefused, WorkflowError
from core.tenancy import current_company_id
from payments import papers, workflow
from payments.allocation import Allocation, deal
from payments.entered import PartInput, PaymentInput, ReceiptInput
from payments.models import Payment, Receipt
from tests.factories import SYSTEM, make_customer, make_method
from tests.payments.factories import owing, record, standing
from tests.payments.test_workflow import refused, run_and_commit

pytestmark = pytest.mark.usefixtures("company")


def part(amount: str, method=None, **values) -> PartInput:
    return PartInput((method or make_method()).pk, Decimal(amount), **values)


def receive(customer, *parts: PartInput, **values) -> Receipt:
    return workflow.receive(ReceiptInput(customer.pk, parts, **values), actor=SYSTEM)


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_allocations_are_dealt_over_the_parts_in_order():
    dealt = deal([Decimal(30), Decimal(50), Decimal(20)], [Allocation(1, Decimal(40)), Allocation(2, Decimal(45))])
    assert [[(row.document_id, row.amount) for row in share.allocations] for share in dealt] == [
        [(1, Decimal(30))],
        [(1, Decimal(10)), (2, Decimal(40))],
        [(2, Decimal(5))],
    ]
    assert [share.left for share in dealt] == [0, 0, Decimal(15)]


class TestSeveralMethods:
    def test_each_payment_settles_its_share_and_the_last_keeps_the_rest(self):
        customer = make_customer()
        first, second = owing("40.00", customer_id=customer.pk), owing("45.00", customer_id=customer.pk)
        receipt = receive(customer, part("30.00"), part("60.00"), leave_credit=True)
        assert (receipt.number, receipt.total) == ("REC-000000001", Decimal("90.00"))
        assert standing(first)[0] == standing(second)[0] == Status.PAID
        cash, card = receipt.payments.order_by("pk")
        assert [(row.payment_id, row.amount) for row in Settlement.objects.order_by("pk")] == [
            (cash.pk, Decimal("30.00")),
            (card.pk, Decimal("10.00")),
            (card.pk, Decimal("45.00")),
        ]
        credit = CustomerCredit.objects.get()
        assert (credit.payment_id, credit.amount, credit.origin) == (card.pk, Decimal("5.00"), "overpayment")

    def test_a_refusal_names_the_part_at_fault_and_records_nothing(self):
        invoice, card = owing(), make_method(reference_rule="required", reference_kind="card")
        with refused(RuleRefused, "reference_invalid") as info:
            receive(invoice.customer, part("60.00"), part("40.00", card, reference="12"))
        assert info.value.fields[0]["field"] == "parts.1.reference"
        assert not Receipt.objects.exists()

    @pytest.mark.parametrize(("code", "parts"), [
        ("parts_required", 0), ("too_many_parts", 21),
    ])  # fmt: skip
    def test_as_many_parts_as_a_receipt_has_room_for(self, code, parts):
        customer, method = owing().customer, make_method()
        with refused(RuleRefused, code):
            receive(customer, *[part("1.00", method)] * parts)


class TestCash:
    def test_change_is_what_was_handed_over_less_the_amount(self):
        invoice = owing("37.50")
        receipt = receive(invoice.customer, part("37.50", tendered=Decimal("50.00")))
        assert receipt.payments.get().change == Decimal("12.50")

    @pytest.mark.parametrize(("sri_code", "tendered", "code"), [
        ("01", "37.49", "tendered_too_little"),
        ("20", "40.00", "tendered_not_cash"),
        ("01", "0", "amount_not_positive"),
    ])  # fmt: skip
    def test_what_was_handed_over_covers_the_amount_and_is_cash(self, sri_code, tendered, code):
        invoice, method = owing("37.50"), make_method(sri_code=sri_code)
        with refused(RuleRefused, code):
            receive(invoice.customer, part("37.50", method, tendered=Decimal(tendered)))


class TestReferences:
    @pytest.mark.parametrize(("kind", "good", "bad"), [
        ("cheque", "000123", "12A"),
        ("transfer", "TRX-99812", "sin numero"),
        ("card", "a1b2c3", "12345"),
        ("free", "lo que sea", None),
    ])  # fmt: skip
    def test_a_reference_looks_like_its_kind(self, kind, good, bad):
        invoice, method = owing(), make_method(sri_code="20", reference_kind=kind)
        record(invoice.customer, "10.00", method=method, reference=good)
        if bad:
            with refused(RuleRefused, "reference_invalid"):
                record(invoice.customer, "10.00", method=method, reference=bad)

    def test_a_method_without_references_takes_none(self):
        customer, method = owing().customer, make_method(reference_rule="none")
        with refused(RuleRefused, "reference_not_wanted"):
            record(customer, "10.00", method=method, reference="1")

    @pytest.mark.parametrize("kind", ["transfer", "cheque"])
    def test_the_same_deposit_twice_is_refused_naming_the_earlier_receipt(self, kind):
        invoice, method = owing(), make_method(sri_code="20", reference_kind=kind)
        earlier = record(invoice.customer, "10.00", method=method, reference="45678")
        with refused(RuleRefused, "reference_repeated") as info:
            record(invoice.customer, "10.00", method=method, reference=" 45678 ")
        assert "REC-000000001" in info.value.message
        assert info.value.extra == {"payment": str(earlier.pk)}
        record(invoice.customer, "10.00", method=method, reference="45678", confirm_repeated=True)

    def test_a_voided_payment_frees_its_reference_and_card_vouchers_begin_again(self):
        invoice = owing()
        cheque, card = (make_method(sri_code="20", reference_kind=kind) for kind in ("cheque", "card"))
        wrong = record(invoice.customer, "10.00", method=cheque, reference="45678")
        workflow.void(wrong.pk, reason="Otro cliente", actor=SYSTEM)
        record(invoice.customer, "10.00", method=cheque, reference="45678")
        record(invoice.customer, "10.00", method=card, reference="000001")
        record(invoice.customer, "10.00", method=card, reference="000001")

    def test_twice_on_one_receipt_is_refused_too(self):
        invoice, method = owing(), make_method(sri_code="20", reference_kind="transfer")
        twice = part("10.00", method, reference="T-4567")
        with refused(RuleRefused, "reference_repeated") as info:
            receive(invoice.customer, twice, twice)
        assert info.value.fields[0]["field"] == "parts.1.reference"


class TestAdvancesAndDeposits:
    def test_money_for_no_invoice_is_an_advance(self):
        customer = make_customer()
        owing("10.00", customer_id=customer.pk)
        entered = PaymentInput(customer.pk, make_method().pk, Decimal("25.00"), allocations=(), leave_credit=True)
        workflow.record(entered, actor=SYSTEM)
        credit = CustomerCredit.objects.get()
        assert (credit.origin, credit.free) == ("advance", Decimal("25.00"))

    def test_money_with_a_hold_waits_for_its_source(self):
        customer = make_customer()
        entered = PaymentInput(customer.pk, make_method().pk, Decimal("25.00"), hold=Hold("reservation", 7, "R-000007"))
        payment = workflow.record(entered, actor=SYSTEM)
        credit = CustomerCredit.objects.get()
        assert (credit.origin, credit.held, credit.free) == ("deposit", Decimal("25.00"), Decimal("0.00"))
        assert "Queda retenido para R-000007" in text_of(papers.receipt_pdf(payment.receipt))


class TestVoiding:
    def test_a_receipt_stands_until_its_last_payment_is_voided_and_keeps_its_number(self):
        invoice = owing()
        receipt = receive(invoice.customer, part("60.00"), part("40.00"))
        cash, card = receipt.payments.order_by("pk")
        workflow.void(cash.pk, reason="Billete falso", actor=SYSTEM)
        receipt.refresh_from_db()
        assert (receipt.voided_at, standing(invoice)) == (None, (Status.ISSUED, Decimal("60.00")))
        workflow.void(card.pk, reason="Contracargo", actor=SYSTEM)
        receipt.refresh_from_db()
        assert (receipt.number, receipt.void_reason) == ("REC-000000001", "Contracargo")

    def test_a_receipt_is_voided_as_a_whole(self):
        invoice = owing()
        receipt = receive(invoice.customer, part("60.00"), part("40.00"))
        workflow.void_receipt(receipt.pk, reason="Otra empresa", actor=SYSTEM)
        assert not Payment.objects.confirmed().exists()
        assert standing(invoice) == (Status.ISSUED, Decimal("100.00"))
        with refused(WorkflowError, "already_voided"):
            workflow.void_receipt(receipt.pk, reason="Otra vez", actor=SYSTEM)
        assert record(invoice.customer, "10.00").receipt.number == "REC-000000002"


class TestPaper:
    def test_it_says_each_method_what_it_settled_the_change_the_credit_and_the_balance(self):
        customer = make_customer(name="Ana Vera")
        first, second = owing("40.00", customer_id=customer.pk), owing("45.00", customer_id=customer.pk)
        cash, card = make_method(name="Efectivo"), make_method(name="Tarjeta", sri_code="19")
        receipt = receive(
            customer,
            part("30.00", cash, tendered=Decimal("50.00")),
            part("20.00", card, reference="AUT123"),
            allocations=(Allocation(first.pk, Decimal("40.00")), Allocation(second.pk, Decimal("5.00"))),
            leave_credit=True,
        )
        said = text_of(papers.receipt_pdf(receipt))
        for words in (
            "REC-000000001", "Ana Vera", "Entregó $ 50,00 · Vuelto $ 20,00", "Tarjeta AUT123 20,00",
            f"{first.number} 0,00 40,00", f"{second.number} 40,00 5,00", "Queda a su favor 5,00",
            "Saldo por pagar del cliente 40,00", "Total recibido $ 50,00",
        ):  # fmt: skip
            assert words in said

    def test_it_is_the_same_for_ever_whatever_becomes_of_customer_and_invoice(self):
        invoice = owing()
        receipt = record(invoice.customer, "60.00").receipt
        before = papers.receipt_pdf(receipt)
        record(invoice.customer, "40.00")
        invoice.customer.name = "Otro nombre"
        invoice.customer.save()
        assert papers.receipt_pdf(Receipt.objects.get(pk=receipt.pk)) == before

    def test_a_voided_one_and_one_of_a_test_company_say_so_across_the_page(self):
        payment = record(owing().customer, "60.00")
        assert "ANULADO" not in text_of(papers.receipt_pdf(payment.receipt))
        workflow.void(payment.pk, reason="Cheque sin fondos", actor=SYSTEM)
        said = text_of(papers.receipt_pdf(Receipt.objects.get()))
        assert "ANULADO" in said
        assert "Cheque sin fondos" in said
        assert ("PRUEBAS" in said) == Company.objects.get(pk=current_company_id()).is_test


class TestTheDatabaseKeepsTheLaws:
    def breaks(self, sql: str) -> str:
        with pytest.raises(DatabaseError) as info:
            run_and_commit(sql)
        return str(info.value)

    @pytest.mark.parametrize(("sql", "said"), [
        ("UPDATE payments_receipt SET sequential = 7", "keeps its number"),
        ("UPDATE payments_receipt SET facts = '{}'", "keeps its number"),
        ("UPDATE payments_receipt SET total = 1", "Cannot update"),
        ("UPDATE payments_receipt SET voided_at = now(), void_reason = 'x'", "is not its payments"),
        ("UPDATE payments_counter SET last_number = last_number + 2", "numbers are consecutive"),
        ("UPDATE payments_counter SET last_number = last_number + 1", "was taken by nothing"),
        ("DELETE FROM payments_receipt", "Cannot delete"),
    ])  # fmt: skip
    def test_a_receipt_is_what_it_was(self, sql, said):
        record(owing().customer, "60.00")
        assert said in self.breaks(sql)


def test_the_day_on_it_is_the_day_the_money_came(company):
    receipt = receive(owing().customer, part("10.00"), received_on=date(2026, 1, 2))
    assert (receipt.received_on, receipt.payments.get().paid_on) == (date(2026, 1, 2),) * 2
