"""Money given back: of free credit and never more, of a consumidor final's invoice, and what it holds fast."""

from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from billing.models import CreditPayout, Customer, CustomerCredit
from billing.settlement import Hold
from companies.roles import Role
from core.errors import Forbidden, RuleRefused, WorkflowError
from payments import papers, refunds, workflow
from payments.entered import PaymentInput
from payments.models import Refund
from payments.refunds import RefundInput
from payments.statement import statement
from tests.factories import SYSTEM, actor, make_customer, make_method, own_company, pay
from tests.payments.factories import owing, record, standing
from tests.payments.test_workflow import refused
from tests.sri_stub import approved, stubbed

pytestmark = pytest.mark.usefixtures("company")


def give_back(customer: Customer, amount: str, *, by=SYSTEM, **values) -> Refund:
    values = {"reason": "Pidió su dinero", "method_id": make_method().pk} | values
    return refunds.refund(RefundInput(customer.pk, amount=Decimal(amount), **values), actor=by)


@pytest.fixture
def rich() -> Customer:
    """Return a customer with 30.00 of credit from one payment and 20.00 from another."""
    customer = make_customer(name="Ana Vera")
    for amount in ("30.00", "20.00"):
        record(customer, amount, leave_credit=True)
    return customer


class TestOfCredit:
    def test_the_oldest_credit_goes_first_and_the_refund_has_its_own_number(self, rich):
        made = give_back(rich, "35.00")
        assert (made.number, made.kind) == ("DEV-000000001", "credit")
        assert [row.remaining for row in CustomerCredit.objects.all()] == [Decimal("0.00"), Decimal("15.00")]
        assert [row.amount for row in CreditPayout.objects.all()] == [Decimal("30.00"), Decimal("5.00")]

    def test_never_more_than_is_free(self, rich):
        entered = PaymentInput(rich.pk, make_method().pk, Decimal("40.00"), hold=Hold("reservation", 1, "R-1"))
        workflow.record(entered, actor=SYSTEM)
        with refused(RuleRefused, "credit_insufficient") as info:
            give_back(rich, "50.01")
        assert info.value.extra == {"available": "50.00"}
        assert not Refund.objects.exists()

    @pytest.mark.parametrize(("values", "code"), [
        ({"reason": " "}, "reason_required"), ({"amount": "0"}, "amount_not_positive"),
        ({"amount": "1.005"}, "amount_too_precise"),
    ])  # fmt: skip
    def test_it_says_how_much_and_why(self, rich, values, code):
        amount = values.pop("amount", "10.00")
        with refused(RuleRefused, code):
            give_back(rich, amount, **values)

    @pytest.mark.parametrize("role", [Role.CASHIER, Role.FRONTDESK, Role.BILLING, Role.ACCOUNTANT])
    def test_who_may_not_give_back_is_refused(self, rich, role):
        with refused(Forbidden, "permission_denied"):
            give_back(rich, "10.00", by=actor(role))

    def test_a_payment_whose_credit_was_given_back_cannot_be_voided(self, rich):
        made = give_back(rich, "10.00")
        first = CustomerCredit.objects.order_by("pk")[0].payment_id
        with refused(WorkflowError, "refunded") as info:
            workflow.void(first, reason="Error", actor=SYSTEM)
        assert made.number in info.value.message
        refunds.void(made.pk, reason="No se entregó", actor=SYSTEM)
        workflow.void(first, reason="Error", actor=SYSTEM)

    def test_voided_its_credit_is_there_again_and_its_number_stays(self, rich):
        made = give_back(rich, "35.00")
        refunds.void(made.pk, reason="No se entregó", actor=SYSTEM)
        assert [row.remaining for row in CustomerCredit.objects.all()] == [Decimal("30.00"), Decimal("20.00")]
        with refused(WorkflowError, "already_voided"):
            refunds.void(made.pk, reason="Otra vez", actor=SYSTEM)
        assert give_back(rich, "50.00").number == "DEV-000000002"

    def test_the_account_ends_at_what_is_owed_less_the_credit(self, rich):
        owing("100.00", customer_id=rich.pk)
        give_back(rich, "35.00")
        told = statement(rich.pk)
        assert told.balance == Decimal("100.00") - CustomerCredit.objects.available().total()
        assert [(row.kind, row.number) for row in told.movements][-1] == ("refund", "DEV-000000001")

    def test_its_paper_is_to_be_signed(self, rich):
        made = give_back(rich, "35.00", reference="CH-9")
        said = " ".join(PdfReader(BytesIO(papers.refund_pdf(made))).pages[0].extract_text().split())
        assert "DEV-000000001" in said
        for words in ("Pidió su dinero", "CH-9 35,00", "Le queda a favor 15,00", "Recibí conforme Ana Vera"):
            assert words in said


class TestInternal:
    @pytest.fixture
    def sold(self):
        """Return an invoice to consumidor final of 40.00, authorized and paid."""
        with own_company(e_invoicing=True), stubbed():
            final = Customer.objects.get(identification_type="07")
            invoice = approved(owing("40.00", customer_id=final.pk))
            pay(invoice, "40.00")
            invoice.refresh_from_db()
            yield invoice

    def test_it_gives_back_what_was_collected_and_the_invoice_stays(self, sold):
        before = standing(sold)
        made = give_back(sold.customer, "15.00", document_id=sold.pk)
        assert (made.kind, made.document_id, standing(sold)) == ("internal", sold.pk, before)
        with refused(RuleRefused, "collected_insufficient") as info:
            give_back(sold.customer, "25.01", document_id=sold.pk)
        assert info.value.extra == {"available": "25.00"}

    def test_its_payment_cannot_be_voided_then(self, sold):
        give_back(sold.customer, "15.00", document_id=sold.pk)
        payment = sold.settlements.get().payment_id
        with refused(WorkflowError, "refunded"):
            workflow.void(payment, reason="Error", actor=SYSTEM)

    def test_an_identified_buyer_gets_a_note_or_an_annulment_instead(self):
        invoice = owing("40.00")
        with refused(WorkflowError, "not_refundable"):
            give_back(invoice.customer, "10.00", document_id=invoice.pk)

    def test_nor_of_one_that_sri_has_not_authorized(self):
        invoice = owing("40.00", customer_id=Customer.objects.get(identification_type="07").pk)
        pay(invoice, "40.00")
        with refused(WorkflowError, "not_refundable"):
            give_back(invoice.customer, "10.00", document_id=invoice.pk)
