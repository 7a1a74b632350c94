"""Money comes in: what a payment settles, what is refused, and what voiding one brings back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEntry
from billing import workflow as billing
from billing.models import Customer, CustomerCredit, Document, Settlement, Status
from companies.roles import Role
from core import clock
from core.errors import Forbidden, RuleRefused, WorkflowError
from core.tenancy import current_company_id
from payments import workflow
from payments.models import Payment, PaymentMethod, PaymentStatus
from tests.factories import SYSTEM, actor, make_customer, make_draft, make_method, make_user, own_company, pay
from tests.payments.factories import owing, record, standing

pytestmark = pytest.mark.usefixtures("company")


def refused(error: type[WorkflowError], code: str):
    """Expect a refusal that changes nothing."""

    class Expectation:
        def __enter__(self):
            self.before = rows()
            self.raised = pytest.raises(error)
            self.info = self.raised.__enter__()
            return self.info

        def __exit__(self, *exc):
            caught = self.raised.__exit__(*exc)
            assert self.info.value.code == code
            assert rows() == self.before
            return caught

    return Expectation()


def rows() -> tuple[int, ...]:
    live = Settlement.objects.live()
    return Payment.objects.confirmed().count(), live.count(), CustomerCredit.objects.count(), AuditEntry.objects.count()


def run_and_commit(sql: str) -> None:
    """Run a statement and what the database checks at commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        connection.check_constraints()


class TestRecording:
    def test_the_exact_amount_pays_the_invoice(self):
        invoice = owing()
        payment = record(invoice.customer, "100.00", (invoice, "100.00"))
        assert standing(invoice) == (Status.PAID, Decimal("0.00"))
        assert payment.status == PaymentStatus.CONFIRMED
        settlement = Settlement.objects.get()
        assert (settlement.kind, settlement.payment_id, settlement.amount) == ("payment", payment.pk, Decimal(100))
        assert settlement.settled_on == payment.paid_on == clock.today()

    def test_a_part_leaves_the_rest_open(self):
        invoice = owing()
        record(invoice.customer, "60.00", (invoice, "60.00"))
        assert standing(invoice) == (Status.ISSUED, Decimal("40.00"))
        record(invoice.customer, "40.00", (invoice, "40.00"))
        assert standing(invoice) == (Status.PAID, Decimal("0.00"))

    def test_more_than_the_balance_is_refused_with_the_exact_balance(self):
        invoice = owing()
        record(invoice.customer, "60.00", (invoice, "60.00"))
        with refused(RuleRefused, "overpayment") as info:
            record(invoice.customer, "40.01", (invoice, "40.01"))
        assert info.value.extra == {"balance": "40.00"}
        assert "$ 40,00" in info.value.message

    def test_what_is_left_over_is_refused_unless_it_is_left_as_credit(self):
        invoice = owing()
        with refused(RuleRefused, "overpayment") as info:
            record(invoice.customer, "105.50")
        assert info.value.extra == {"balance": "100.00", "excess": "5.50"}
        assert "$ 100,00" in info.value.message

    def test_the_rest_stays_as_the_customers_credit_by_one_tick(self):
        invoice = owing()
        payment = record(invoice.customer, "105.50", leave_credit=True)
        credit = CustomerCredit.objects.get()
        assert standing(invoice) == (Status.PAID, Decimal("0.00"))
        assert (credit.customer, credit.payment_id, credit.origin) == (invoice.customer, payment.pk, "overpayment")
        assert credit.amount == credit.remaining == Decimal("5.50")

    def test_an_advance_without_invoices_is_all_credit(self):
        customer = make_customer()
        with refused(RuleRefused, "overpayment") as info:
            record(customer, "20.00")
        assert info.value.extra == {"balance": "0.00", "excess": "20.00"}
        record(customer, "20.00", leave_credit=True)
        assert CustomerCredit.objects.get().remaining == Decimal("20.00")

    def test_money_left_unapplied_while_the_invoice_is_open_is_refused_as_such(self):
        invoice = owing()
        with refused(RuleRefused, "allocated_less_than_paid") as info:
            record(invoice.customer, "80.00", (invoice, "50.00"))
        assert "$ 30,00" in info.value.message

    def test_applying_more_than_was_paid_is_refused(self):
        invoice = owing()
        with refused(RuleRefused, "allocated_more_than_paid") as info:
            record(invoice.customer, "50.00", (invoice, "60.00"))
        assert "$ 10,00" in info.value.message

    def test_several_invoices_are_settled_oldest_due_first(self):
        customer = make_customer()
        late = owing("50.00", customer_id=customer.pk, payment_days=60)
        early = owing("30.00", customer_id=customer.pk, payment_days=10)
        middle = owing("40.00", customer_id=customer.pk, payment_days=30)
        record(customer, "75.00")
        assert standing(early) == (Status.PAID, Decimal(0))
        assert standing(middle) == (Status.PAID, Decimal(0))
        assert standing(late) == (Status.ISSUED, Decimal("45.00"))

    def test_a_person_may_spread_it_otherwise(self):
        customer = make_customer()
        first, second = owing("50.00", customer_id=customer.pk), owing("50.00", customer_id=customer.pk)
        record(customer, "60.00", (second, "50.00"), (first, "10.00"))
        assert standing(first) == (Status.ISSUED, Decimal("40.00"))
        assert standing(second) == (Status.PAID, Decimal(0))

    def test_another_customers_invoice_is_refused(self):
        mine, theirs = owing(), owing()
        with refused(RuleRefused, "other_customer"):
            record(mine.customer, "100.00", (theirs, "100.00"))

    def test_another_companys_invoice_is_not_there(self):
        customer = make_customer()
        with own_company():
            elsewhere = owing()
            stranger = elsewhere.customer
        with pytest.raises(Document.DoesNotExist):
            record(customer, "100.00", (elsewhere, "100.00"))
        with pytest.raises(Customer.DoesNotExist):
            record(stranger, "100.00")
        assert not Payment.objects.exists()

    def test_another_companys_method_is_not_there(self):
        with own_company():
            method = make_method()
        invoice = owing()
        with pytest.raises(PaymentMethod.DoesNotExist):
            record(invoice.customer, "100.00", (invoice, "100.00"), method=method)

    def test_the_same_invoice_twice_in_one_payment_is_refused(self):
        invoice = owing()
        with refused(RuleRefused, "repeated_invoice"):
            record(invoice.customer, "100.00", (invoice, "50.00"), (invoice, "50.00"))

    def test_a_draft_takes_no_money(self):
        draft = make_draft()
        with refused(WorkflowError, "not_payable"):
            record(draft.customer, "10.00", (draft, "10.00"))

    def test_a_voided_invoice_takes_no_money(self):
        invoice = owing()
        billing.void(invoice.pk, reason="Error", actor=SYSTEM)
        with refused(WorkflowError, "not_payable"):
            record(invoice.customer, "10.00", (invoice, "10.00"))

    def test_a_paid_invoice_takes_no_more(self):
        invoice = owing()
        pay(invoice, "100.00")
        with refused(WorkflowError, "already_paid"):
            pay(invoice, "1.00")

    def test_a_future_date_is_refused_and_a_past_one_kept(self):
        invoice = owing()
        with refused(RuleRefused, "date_in_future"):
            pay(invoice, "10.00", paid_on=clock.today() + timedelta(days=1))
        day = clock.today() - timedelta(days=3)
        assert pay(invoice, "10.00", paid_on=day).paid_on == day
        assert Settlement.objects.get().settled_on == day

    def test_today_is_the_companys_local_day(self):
        invoice = owing()
        late = clock.day_range(clock.today())[1] - timedelta(minutes=1)
        with clock.at(late):
            assert pay(invoice, "10.00", paid_on=clock.today()).paid_on == clock.local(late).date()

    def test_an_inactive_method_is_refused(self):
        invoice = owing()
        with refused(WorkflowError, "method_inactive"):
            record(invoice.customer, "10.00", (invoice, "10.00"), method=make_method(active=False))

    @pytest.mark.parametrize("reference", ["", "   "])
    def test_a_method_that_wants_a_reference_gets_one(self, reference):
        invoice, transfer = owing(), make_method(reference_rule="required")
        with refused(RuleRefused, "reference_required"):
            record(invoice.customer, "10.00", (invoice, "10.00"), method=transfer, reference=reference)
        payment = record(invoice.customer, "10.00", (invoice, "10.00"), method=transfer, reference=" 00123 ")
        assert payment.reference == "00123"

    @pytest.mark.parametrize("amount", ["0.00", "-0.01", "-100.00"])
    def test_nothing_or_less_is_refused(self, amount):
        invoice = owing()
        with refused(RuleRefused, "amount_not_positive"):
            record(invoice.customer, amount)
        with refused(RuleRefused, "amount_not_positive"):
            record(invoice.customer, "10.00", (invoice, amount))

    @pytest.mark.parametrize("amount", ["1000000000000.00", "9" * 35])
    def test_more_than_any_document_can_hold_is_refused(self, amount):
        customer = make_customer()
        with refused(RuleRefused, "amount_too_large"):
            record(customer, amount, leave_credit=True)

    def test_fractions_of_a_cent_are_refused(self):
        invoice = owing()
        with refused(RuleRefused, "amount_too_precise"):
            record(invoice.customer, "10.005")
        with refused(RuleRefused, "amount_too_precise"):
            record(invoice.customer, "10.00", (invoice, "9.995"))

    def test_consumidor_final_pays_its_invoice_but_has_no_credit(self):
        final = Customer.objects.get(identification_type="07")
        invoice = owing("20.00", customer_id=final.pk)
        with refused(RuleRefused, "final_consumer_credit"):
            record(final, "25.00", (invoice, "20.00"), leave_credit=True)
        record(final, "20.00", (invoice, "20.00"))
        assert standing(invoice) == (Status.PAID, Decimal(0))

    def test_consumidor_final_says_which_invoice(self):
        final = Customer.objects.get(identification_type="07")
        owing("20.00", customer_id=final.pk)
        with refused(RuleRefused, "invoice_required"):
            record(final, "20.00")

    @pytest.mark.parametrize("role", [Role.BILLING, Role.ACCOUNTANT, Role.AUDITOR])
    def test_who_may_not_record_is_refused(self, role):
        invoice = owing()
        with refused(Forbidden, "permission_denied"):
            pay(invoice, "10.00", actor=actor(role))

    @pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR, Role.CASHIER, Role.FRONTDESK])
    def test_who_may_record_leaves_an_entry_for_each_object(self, role):
        invoice = owing()
        last = AuditEntry.objects.order_by("-pk")[0].pk
        pay(invoice, "100.00", actor=actor(role))
        entries = AuditEntry.objects.filter(pk__gt=last).order_by("pk")
        assert [entry.action for entry in entries] == ["invoice.paid", "receipt.issued", "payment.confirmed"]
        assert (entries[1].public["receipt_number"], entries[2].public["amount"]) == ("REC-000000001", "100.00")

    def test_a_credit_left_is_an_entry_of_its_own(self):
        invoice = owing()
        last = AuditEntry.objects.order_by("-pk")[0].pk
        record(invoice.customer, "101.00", leave_credit=True)
        actions = AuditEntry.objects.filter(pk__gt=last).order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["invoice.paid", "customer_credit.granted", "receipt.issued", "payment.confirmed"]


class TestVoiding:
    def test_a_paid_invoice_reopens(self):
        invoice = owing()
        payment = pay(invoice, "100.00")
        workflow.void(payment.pk, reason="Cheque devuelto", actor=SYSTEM)
        assert standing(invoice) == (Status.ISSUED, Decimal("100.00"))
        payment.refresh_from_db()
        assert (payment.status, payment.void_reason) == (PaymentStatus.VOIDED, "Cheque devuelto")
        settlement = Settlement.objects.get()
        assert settlement.reversed_at is not None
        assert settlement.reversal_reason == "Cheque devuelto"

    def test_the_other_payments_of_the_invoice_stay(self):
        invoice = owing()
        first, _second = pay(invoice, "60.00"), pay(invoice, "40.00")
        workflow.void(first.pk, reason="Error", actor=SYSTEM)
        assert standing(invoice) == (Status.ISSUED, Decimal("60.00"))

    def test_all_its_invoices_reopen(self):
        customer = make_customer()
        invoices = [owing("30.00", customer_id=customer.pk) for _ in range(3)]
        payment = record(customer, "75.00")
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
        assert [standing(invoice) for invoice in invoices] == [(Status.ISSUED, Decimal("30.00"))] * 3

    def test_voiding_twice_is_refused(self):
        payment = pay(owing(), "100.00")
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
        with refused(WorkflowError, "already_voided"):
            workflow.void(payment.pk, reason="Error", actor=SYSTEM)

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_a_reason_is_asked(self, reason):
        payment = pay(owing(), "100.00")
        with refused(RuleRefused, "reason_required"):
            workflow.void(payment.pk, reason=reason, actor=SYSTEM)

    def test_another_companys_payment_is_not_there(self):
        with own_company():
            payment = pay(owing(), "100.00")
        with pytest.raises(Payment.DoesNotExist):
            workflow.void(payment.pk, reason="Error", actor=SYSTEM)

    def test_its_unused_credit_disappears(self):
        invoice = owing()
        payment = record(invoice.customer, "130.00", leave_credit=True)
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
        credit = CustomerCredit.objects.get()
        assert credit.remaining == Decimal(0)
        assert credit.voided_at is not None
        assert standing(invoice) == (Status.ISSUED, Decimal("100.00"))

    def test_what_its_credit_settled_elsewhere_reopens_too(self):
        customer = make_customer()
        first = owing("100.00", customer_id=customer.pk)
        payment = record(customer, "160.00", leave_credit=True)
        second = owing("50.00", customer_id=customer.pk)
        workflow.apply_credit(second.pk, Decimal("50.00"), actor=SYSTEM)
        assert standing(second) == (Status.PAID, Decimal(0))
        workflow.void(payment.pk, reason="Cheque devuelto", actor=SYSTEM)
        assert standing(first) == (Status.ISSUED, Decimal("100.00"))
        assert standing(second) == (Status.ISSUED, Decimal("50.00"))
        assert CustomerCredit.objects.available().total() == Decimal(0)
        assert not Settlement.objects.live().exists()

    def test_an_invoice_it_reached_directly_and_by_credit_reopens_whole(self):
        customer = make_customer()
        invoice = owing("100.00", customer_id=customer.pk)
        payment = record(customer, "90.00", (invoice, "40.00"), leave_credit=True)
        workflow.apply_credit(invoice.pk, Decimal("50.00"), actor=SYSTEM)
        assert standing(invoice) == (Status.ISSUED, Decimal("10.00"))
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
        assert standing(invoice) == (Status.ISSUED, Decimal("100.00"))

    def test_each_object_it_changes_leaves_an_entry(self):
        customer = make_customer()
        owing("100.00", customer_id=customer.pk)
        payment = record(customer, "130.00", leave_credit=True)
        other = owing("20.00", customer_id=customer.pk)
        workflow.apply_credit(other.pk, Decimal("20.00"), actor=SYSTEM)
        last = AuditEntry.objects.order_by("-pk")[0].pk
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
        entries = AuditEntry.objects.filter(pk__gt=last).order_by("pk")
        assert [entry.action for entry in entries] == [
            "invoice.reopened",
            "customer_credit.restored",
            "invoice.reopened",
            "customer_credit.withdrawn",
            "payment.voided",
            "receipt.voided",
        ]
        assert {entry.reason for entry in entries} == {"Error"}


class TestWhoVoids:
    """D24: the cashier voids what they recorded today; another day's or person's, owner and administrator."""

    def recorded_by(self, user, role=Role.CASHIER) -> Payment:
        return pay(owing(), "100.00", actor=actor(role, user_id=user.pk))

    def test_a_cashier_voids_their_own_of_today(self, company):
        user = make_user(company, Role.CASHIER)
        payment = self.recorded_by(user)
        workflow.void(payment.pk, reason="Error", actor=actor(Role.CASHIER, user_id=user.pk))
        assert Payment.objects.get().status == PaymentStatus.VOIDED

    def test_a_cashier_does_not_void_anothers(self, company):
        payment = self.recorded_by(make_user(company, Role.CASHIER))
        other = make_user(company, Role.CASHIER)
        with refused(Forbidden, "permission_denied") as info:
            workflow.void(payment.pk, reason="Error", actor=actor(Role.CASHIER, user_id=other.pk))
        assert info.value.extra == {"permission": "payments.void_any"}

    def test_a_cashier_does_not_void_yesterdays(self, company):
        user = make_user(company, Role.CASHIER)
        with clock.at(clock.now() - timedelta(days=1)):
            invoice = owing()
            payment = pay(invoice, "100.00", actor=actor(Role.CASHIER, user_id=user.pk))
        with refused(Forbidden, "permission_denied"):
            workflow.void(payment.pk, reason="Error", actor=actor(Role.CASHIER, user_id=user.pk))

    def test_a_caller_without_a_person_owns_no_payment(self):
        payment = pay(owing(), "100.00")
        key = actor(Role.CASHIER)
        with refused(Forbidden, "permission_denied"):
            workflow.void(payment.pk, reason="Error", actor=key)

    @pytest.mark.parametrize("role", [Role.FRONTDESK, Role.BILLING, Role.ACCOUNTANT, Role.AUDITOR])
    def test_who_may_not_void_does_not_void_even_their_own(self, company, role):
        user = make_user(company, role)
        payment = self.recorded_by(user)
        with refused(Forbidden, "permission_denied"):
            workflow.void(payment.pk, reason="Error", actor=actor(role, user_id=user.pk))

    @pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR])
    def test_owner_and_administrator_void_anybodys_of_any_day(self, company, role):
        with clock.at(clock.now() - timedelta(days=40)):
            payment = self.recorded_by(make_user(company, Role.CASHIER))
        workflow.void(payment.pk, reason="Error", actor=actor(role, user_id=make_user(company, role).pk))
        assert Payment.objects.get().status == PaymentStatus.VOIDED


class TestCredit:
    def with_credit(self, *amounts: str) -> Customer:
        customer = make_customer()
        for amount in amounts:
            record(customer, amount, leave_credit=True)
        return customer

    def test_it_settles_an_invoice_the_oldest_credit_first(self):
        customer = self.with_credit("30.00", "50.00")
        invoice = owing("100.00", customer_id=customer.pk)
        workflow.apply_credit(invoice.pk, Decimal("60.00"), actor=SYSTEM)
        assert standing(invoice) == (Status.ISSUED, Decimal("40.00"))
        assert list(CustomerCredit.objects.values_list("remaining", flat=True)) == [Decimal("0.00"), Decimal("20.00")]

    def test_each_credit_used_leaves_an_entry(self):
        customer = self.with_credit("30.00", "50.00")
        invoice = owing("60.00", customer_id=customer.pk)
        last = AuditEntry.objects.order_by("-pk")[0].pk
        workflow.apply_credit(invoice.pk, Decimal("60.00"), actor=SYSTEM)
        entries = AuditEntry.objects.filter(pk__gt=last).order_by("pk")
        assert [entry.action for entry in entries] == [
            "customer_credit.applied",
            "invoice.balance_changed",
            "customer_credit.applied",
            "invoice.paid",
        ]
        assert entries[2].before == {"remaining": "50.00"}
        assert entries[2].after == {"remaining": "20.00"}

    def test_more_than_there_is_is_refused_and_says_what_there_is(self):
        customer = self.with_credit("30.00")
        invoice = owing(customer_id=customer.pk)
        with refused(RuleRefused, "credit_insufficient") as info:
            workflow.apply_credit(invoice.pk, Decimal("30.01"), actor=SYSTEM)
        assert info.value.extra == {"available": "30.00"}

    def test_more_than_the_balance_is_refused_with_the_whole_figures(self):
        customer = self.with_credit("50.00", "60.00")
        invoice = owing("80.00", customer_id=customer.pk)
        with refused(RuleRefused, "overpayment") as info:
            workflow.apply_credit(invoice.pk, Decimal("100.00"), actor=SYSTEM)
        assert info.value.extra == {"balance": "80.00"}
        assert "$ 100,00" in info.value.message

    @pytest.mark.parametrize(("amount", "code"), [("0", "amount_not_positive"), ("-1", "amount_not_positive"),
                                                  ("0.001", "amount_too_precise")])  # fmt: skip
    def test_only_whole_positive_cents_are_applied(self, amount, code):
        customer = self.with_credit("30.00")
        invoice = owing(customer_id=customer.pk)
        with refused(RuleRefused, code):
            workflow.apply_credit(invoice.pk, Decimal(amount), actor=SYSTEM)

    def test_another_customers_credit_is_not_used(self):
        self.with_credit("30.00")
        invoice = owing()
        with refused(RuleRefused, "credit_insufficient"):
            workflow.apply_credit(invoice.pk, Decimal("10.00"), actor=SYSTEM)

    def test_a_paid_invoice_takes_none(self):
        customer = self.with_credit("30.00")
        invoice = owing("10.00", customer_id=customer.pk)
        pay(invoice, "10.00")
        with refused(WorkflowError, "already_paid"):
            workflow.apply_credit(invoice.pk, Decimal("10.00"), actor=SYSTEM)

    def test_another_companys_invoice_is_not_there(self):
        with own_company():
            invoice = owing()
        with pytest.raises(Document.DoesNotExist):
            workflow.apply_credit(invoice.pk, Decimal("10.00"), actor=SYSTEM)

    def test_who_may_not_record_payments_may_not_apply_credit(self):
        customer = self.with_credit("30.00")
        invoice = owing(customer_id=customer.pk)
        with refused(Forbidden, "permission_denied"):
            workflow.apply_credit(invoice.pk, Decimal("10.00"), actor=actor(Role.BILLING))


class TestVoidingAnInvoice:
    """D8: the money stays as the customer's credit, or the payments are voided too."""

    def test_its_money_stays_as_credit(self):
        invoice = owing()
        payment = pay(invoice, "60.00")
        billing.void(invoice.pk, reason="Duplicada", actor=SYSTEM)
        credit = CustomerCredit.objects.get()
        assert (credit.origin, credit.remaining, credit.payment_id) == ("released", Decimal("60.00"), payment.pk)
        assert Payment.objects.get().status == PaymentStatus.CONFIRMED
        assert standing(invoice) == (Status.VOIDED, Decimal(0))

    def test_its_payments_are_voided_by_choice(self):
        invoice = owing()
        pay(invoice, "60.00")
        billing.void(invoice.pk, reason="Duplicada", void_payments=True, actor=SYSTEM)
        assert Payment.objects.get().status == PaymentStatus.VOIDED
        assert not CustomerCredit.objects.exists()
        assert standing(invoice) == (Status.VOIDED, Decimal(0))

    def test_voiding_its_payments_reopens_the_other_invoices_they_settled(self):
        customer = make_customer()
        first, second = owing("30.00", customer_id=customer.pk), owing("30.00", customer_id=customer.pk)
        record(customer, "50.00", (first, "20.00"), (second, "30.00"))
        billing.void(first.pk, reason="Duplicada", void_payments=True, actor=SYSTEM)
        assert standing(second) == (Status.ISSUED, Decimal("30.00"))

    def test_voiding_its_payments_reopens_what_their_credit_settled(self):
        customer = make_customer()
        first = owing("30.00", customer_id=customer.pk)
        record(customer, "45.00", (first, "20.00"), leave_credit=True)
        second = owing("25.00", customer_id=customer.pk)
        workflow.apply_credit(second.pk, Decimal("25.00"), actor=SYSTEM)
        billing.void(first.pk, reason="Duplicada", void_payments=True, actor=SYSTEM)
        assert standing(second) == (Status.ISSUED, Decimal("25.00"))
        assert CustomerCredit.objects.available().total() == Decimal(0)

    def test_the_credit_that_settled_it_goes_back_to_the_customer_either_way(self):
        for void_payments in (False, True):
            customer = make_customer()
            record(customer, "40.00", leave_credit=True)
            invoice = owing(customer_id=customer.pk)
            workflow.apply_credit(invoice.pk, Decimal("40.00"), actor=SYSTEM)
            billing.void(invoice.pk, reason="Duplicada", void_payments=void_payments, actor=SYSTEM)
            assert CustomerCredit.objects.filter(customer=customer).available().total() == Decimal("40.00")

    def test_consumidor_final_keeps_no_credit_so_its_payments_must_be_voided(self):
        final = Customer.objects.get(identification_type="07")
        invoice = owing("40.00", customer_id=final.pk)
        pay(invoice, "10.00")
        with refused(RuleRefused, "final_consumer_credit"):
            billing.void(invoice.pk, reason="Duplicada", actor=SYSTEM)
        billing.void(invoice.pk, reason="Duplicada", void_payments=True, actor=SYSTEM)
        assert standing(invoice) == (Status.VOIDED, Decimal(0))

    def test_a_paid_invoice_is_not_voided(self):
        invoice = owing()
        pay(invoice, "100.00")
        with refused(WorkflowError, "already_paid"):
            billing.void(invoice.pk, reason="Duplicada", void_payments=True, actor=SYSTEM)

    def test_voiding_the_payments_too_wants_that_permission(self):
        invoice = owing()
        pay(invoice, "60.00")
        with refused(Forbidden, "permission_denied"):
            billing.void(invoice.pk, reason="Duplicada", void_payments=True, actor=actor(Role.BILLING))


class TestTheDatabaseKeepsTheLaws:
    """Law 4, whoever writes."""

    def breaks(self, sql: str) -> str:
        """Return what the database says to this, at once or at commit."""
        with pytest.raises(DatabaseError) as info:
            run_and_commit(sql)
        return str(info.value)

    def test_a_payment_that_went_nowhere_is_refused(self):
        customer = make_customer()
        receipt = pay(owing(customer_id=customer.pk), "60.00").receipt_id
        payer = f"{current_company_id()}, {receipt}, {customer.pk}, {make_method().pk}"
        said = self.breaks(
            f"""INSERT INTO payments_payment (company_id, receipt_id, customer_id, method_id, amount, paid_on, status,
            reference, notes, void_reason, search_text, search_grams, created_at)
            VALUES ({payer}, 5, '2026-01-01', 'confirmed', '', '', '', '', '{{}}', now())"""
        )
        assert "is not its payments" in said

    def test_a_settlement_reversed_alone_is_refused(self):
        pay(owing(), "60.00")
        sql = "UPDATE billing_settlement SET reversed_at = now(), reversal_reason = 'x'"
        assert "is not its total less its settlements" in self.breaks(sql)

    def test_a_payment_voided_alone_is_refused(self):
        pay(owing(), "60.00")
        sql = "UPDATE payments_payment SET status = 'voided', voided_at = now(), void_reason = 'x'"
        assert "is not its payments" in self.breaks(sql)

    def test_a_credit_that_vanishes_is_refused(self):
        record(make_customer(), "60.00", leave_credit=True)
        assert "is not what it settles" in self.breaks(
            "UPDATE billing_customercredit SET remaining = 0, voided_at = now()"
        )

    @pytest.mark.parametrize("change", ["amount = 1", "paid_on = '2020-01-01'", "reference = 'x'"])
    def test_a_payment_never_changes(self, change):
        pay(owing(), "60.00")
        assert "Cannot update" in self.breaks(f"UPDATE payments_payment SET {change}")

    def test_a_payment_is_never_deleted(self):
        pay(owing(), "60.00")
        assert "Cannot delete" in self.breaks("DELETE FROM payments_payment")

    def test_a_voided_payment_never_comes_back(self):
        payment = pay(owing(), "60.00")
        workflow.void(payment.pk, reason="Error", actor=SYSTEM)
        sql = "UPDATE payments_payment SET status = 'confirmed', voided_at = NULL, void_reason = ''"
        assert "Invalid transition" in self.breaks(sql)
