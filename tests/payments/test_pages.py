"""The pages of payments: what they offer, what they refuse, and that nothing is recorded unseen."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from audit.models import AccessEntry
from billing.models import Customer, CustomerCredit, Status
from companies.roles import Role
from core import clock
from payments.models import Payment, PaymentMethod, PaymentStatus
from tests.factories import make_customer, make_draft, make_method, own_company, pay
from tests.payments.factories import owing, record, standing


@pytest.fixture
def desk(as_role):
    return as_role(Role.FRONTDESK)


@pytest.fixture
def owner(as_role):
    return as_role(Role.OWNER)


def address(name: str, *args, **query) -> str:
    text = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"payments:{name}", args=args) + (f"?{text}" if text else "")


def typed(amount: str, **values) -> dict[str, object]:
    """Return what the payment form sends."""
    method = values.pop("method", None) or PaymentMethod.objects.order_by("pk")[0]
    return {"amount": amount, "method": method.pk, "paid_on": clock.today().isoformat(), "reference": ""} | values


def text_of(response) -> str:
    return response.content.decode()


class TestNewPayment:
    def test_it_offers_the_invoices_balance(self, desk):
        invoice = owing("39.80")
        page = desk.get(address("new", invoice=invoice.pk))
        assert page.status_code == 200
        assert page.context["entry"].amount == Decimal("39.80")
        assert f'name="apply-{invoice.pk}" id="id_apply-{invoice.pk}" value="39,80"' in text_of(page)

    def test_it_offers_all_a_customer_owes(self, desk):
        customer = make_customer()
        owing("10.00", customer_id=customer.pk)
        owing("20.00", customer_id=customer.pk)
        page = desk.get(address("new", customer=customer.pk))
        assert page.context["entry"].amount == Decimal("30.00")

    def test_recording_leads_back_to_the_invoice_and_says_what_became_of_it(self, desk):
        invoice = owing("100.00")
        answer = desk.post(address("new", invoice=invoice.pk), typed("60,00"), follow=True)
        assert answer.redirect_chain == [(invoice.get_absolute_url(), 302)]
        assert standing(invoice) == (Status.ISSUED, Decimal("40.00"))
        assert f"Cobro de $ 60,00 registrado. La factura {invoice.number} debe $ 40,00." in text_of(answer)

    def test_recording_for_a_customer_leads_to_the_payment(self, desk):
        customer = make_customer()
        owing("10.00", customer_id=customer.pk)
        answer = desk.post(address("new"), typed("10", customer=customer.pk))
        assert answer["Location"] == Payment.objects.get().get_absolute_url()

    def test_it_goes_back_to_the_page_that_asked(self, desk):
        invoice = owing("10.00")
        answer = desk.post(address("new", invoice=invoice.pk, next="/reservas/"), typed("10"))
        assert answer["Location"] == "/reservas/"

    @pytest.mark.parametrize("elsewhere", ["https://malo.test/", "//malo.test/", "javascript:alert(1)"])
    def test_it_never_leads_to_another_site(self, desk, elsewhere):
        invoice = owing("10.00")
        answer = desk.post(address("new", invoice=invoice.pk, next=elsewhere), typed("10"))
        assert answer["Location"] == invoice.get_absolute_url()

    def test_both_ways_of_writing_an_amount_are_read(self, desk):
        first, second = owing("12.50"), owing("12.50")
        desk.post(address("new", invoice=first.pk), typed("12,50"))
        desk.post(address("new", invoice=second.pk), typed("12.50"))
        assert [row.amount for row in Payment.objects.all()] == [Decimal("12.50")] * 2

    def test_an_ambiguous_amount_is_refused_with_both_readings(self, desk):
        invoice = owing("10.00")
        page = desk.post(address("new", invoice=invoice.pk), typed("1.234"))
        assert page.status_code == 422
        assert "«1.234» se puede leer como 1234 (con separador de miles) o como 1,234" in text_of(page)
        assert not Payment.objects.exists()

    def test_an_overpayment_is_refused_with_the_balance_and_offers_the_exact_rest(self, desk):
        invoice = owing("100.00")
        page = desk.post(address("new", invoice=invoice.pk), typed("105.50"))
        assert page.status_code == 422
        assert "El cobro supera el saldo pendiente de $ 100,00 en $ 5,50." in text_of(page)
        assert 'name="leave_credit" value="5,50">' in text_of(page)
        assert not Payment.objects.exists()
        assert AccessEntry.objects.get(kind=AccessEntry.Kind.REFUSED).code == "overpayment"

    def test_the_tick_keeps_the_rest_as_credit(self, desk):
        invoice = owing("100.00")
        desk.post(address("new", invoice=invoice.pk), typed("105.50", leave_credit="5,50"))
        assert standing(invoice) == (Status.PAID, Decimal(0))
        assert CustomerCredit.objects.get().remaining == Decimal("5.50")

    def test_a_tick_given_for_another_rest_is_none(self, desk):
        """Typed 105,50, ticked, then typed another zero: 950 more must not vanish into credit unseen."""
        invoice = owing("100.00")
        page = desk.post(address("new", invoice=invoice.pk), typed("1055.00", leave_credit="5,50"))
        assert page.status_code == 422
        assert 'value="955,00">' in text_of(page)
        assert not Payment.objects.exists()

    def test_figures_nobody_changed_follow_the_amount(self, desk):
        customer = make_customer()
        old = owing("50.00", customer_id=customer.pk, payment_days=1)
        new = owing("50.00", customer_id=customer.pk, payment_days=9)
        stale = {"proposed_for": f"{customer.pk} 100.00", f"apply-{old.pk}": "50,00", f"apply-{new.pk}": "50,00"}
        desk.post(address("new"), typed("70.00", customer=customer.pk, **stale))
        assert standing(old) == (Status.PAID, Decimal(0))
        assert standing(new) == (Status.ISSUED, Decimal("30.00"))

    def test_figures_changed_by_hand_stand(self, desk):
        customer = make_customer()
        old = owing("50.00", customer_id=customer.pk, payment_days=1)
        new = owing("50.00", customer_id=customer.pk, payment_days=9)
        by_hand = {"proposed_for": f"{customer.pk} 60.00", f"apply-{old.pk}": "10", f"apply-{new.pk}": "50,00"}
        desk.post(address("new"), typed("60.00", customer=customer.pk, **by_hand))
        assert standing(old) == (Status.ISSUED, Decimal("40.00"))
        assert standing(new) == (Status.PAID, Decimal(0))

    def test_figures_changed_by_hand_that_do_not_add_up_are_refused(self, desk):
        customer = make_customer()
        invoice = owing("50.00", customer_id=customer.pk)
        by_hand = {"proposed_for": f"{customer.pk} 50.00", f"apply-{invoice.pk}": "10"}
        page = desk.post(address("new"), typed("50.00", customer=customer.pk, **by_hand))
        assert page.status_code == 422
        assert "Quedan $ 40,00 del cobro sin aplicar." in text_of(page)
        assert not Payment.objects.exists()

    def test_more_than_an_invoice_owes_is_refused_by_the_workflow(self, desk):
        customer = make_customer()
        first, second = owing("50.00", customer_id=customer.pk), owing("50.00", customer_id=customer.pk)
        by_hand = {"proposed_for": f"{customer.pk} 100.00", f"apply-{first.pk}": "60", f"apply-{second.pk}": "40"}
        page = desk.post(address("new"), typed("100.00", customer=customer.pk, **by_hand))
        assert f"El saldo de la factura {first.number} es $ 50,00; se intentó aplicar $ 60,00." in text_of(page)
        assert AccessEntry.objects.get(kind=AccessEntry.Kind.REFUSED).code == "overpayment"

    @pytest.mark.parametrize(("values", "said"), [
        ({"amount": "-5"}, "El valor debe ser mayor que cero."),
        ({"amount": "10,0051"}, "El valor admite hasta dos decimales."),
        ({"paid_on": "2999-01-01"}, "La fecha del cobro no puede ser futura."),
        ({"method": ""}, "Este campo es"),
        ({"amount": ""}, "Este campo es"),
    ])  # fmt: skip
    def test_what_is_refused_is_shown_with_everything_typed(self, desk, values, said):
        invoice = owing("10.00")
        page = desk.post(address("new", invoice=invoice.pk), typed("10.00", notes="Anotado") | values)
        assert page.status_code == 422
        assert said in text_of(page)
        assert "Anotado" in text_of(page)
        assert not Payment.objects.exists()

    def test_a_missing_reference_is_said_at_its_field(self, desk):
        invoice, transfer = owing("10.00"), make_method(name="Transferencia", reference_rule="required")
        page = desk.post(address("new", invoice=invoice.pk), typed("10.00", method=transfer))
        assert page.context["form"].errors["reference"] == [
            "«Transferencia» pide una referencia (comprobante, cheque o transacción)."
        ]

    def test_an_inactive_method_is_not_offered_nor_taken(self, desk):
        invoice, old = owing("10.00"), make_method(name="Cheque", active=False)
        assert "Cheque" not in text_of(desk.get(address("new", invoice=invoice.pk)))
        assert desk.post(address("new", invoice=invoice.pk), typed("10", method=old)).status_code == 422

    def test_a_paid_invoice_and_a_draft_take_no_payment(self, desk):
        paid, draft = owing("10.00"), make_draft()
        pay(paid, "10.00")
        assert "ya está pagada" in text_of(desk.get(address("new", invoice=paid.pk)))
        assert desk.get(address("new", invoice=draft.pk)).status_code == 409

    @pytest.mark.parametrize("query", [{"invoice": 999999}, {"customer": 999999}, {"invoice": "x"}, {"customer": "-1"}])
    def test_what_is_not_there_answers_404(self, desk, query):
        assert desk.get(address("new", **query)).status_code == 404
        assert desk.post(address("new", **query), typed("10")).status_code == 404

    def test_another_companys_rows_are_not_there(self, desk):
        with own_company():
            theirs = owing("10.00")
            stranger, method = theirs.customer, PaymentMethod.objects.get()
        mine = owing("10.00")
        assert desk.get(address("new", invoice=theirs.pk)).status_code == 404
        assert desk.get(address("new", customer=stranger.pk)).status_code == 404
        assert desk.post(address("new"), typed("10", customer=stranger.pk)).status_code == 422
        assert desk.post(address("new", invoice=mine.pk), typed("10", method=method)).status_code == 422
        assert not Payment.objects.exists()

    def test_another_customers_box_is_not_read(self, desk):
        mine, other = owing("10.00"), owing("10.00")
        by_hand = {"proposed_for": f"{mine.customer_id} 10.00", f"apply-{mine.pk}": "10", f"apply-{other.pk}": "10"}
        desk.post(address("new", invoice=mine.pk), typed("10.00", **by_hand))
        assert standing(other) == (Status.ISSUED, Decimal("10.00"))

    def test_without_javascript_calcular_fills_the_figures_and_records_nothing(self, desk):
        customer = make_customer(name="Andrade")
        first, second = owing("50.00", customer_id=customer.pk), owing("50.00", customer_id=customer.pk)
        page = desk.post(address("new"), typed("70", customer="", customer_text="andrade", calculate="1"))
        assert page.status_code == 200
        assert [(row.document, row.text) for row in page.context["entry"].rows] == [(first, "50,00"), (second, "20,00")]
        assert not Payment.objects.exists()

    def test_repartir_de_nuevo_drops_what_was_typed(self, desk):
        invoice = owing("50.00")
        by_hand = {"proposed_for": f"{invoice.customer_id} 50.00", f"apply-{invoice.pk}": "1"}
        page = desk.post(address("new", invoice=invoice.pk), typed("50", spread="1", **by_hand))
        assert [row.text for row in page.context["entry"].rows] == ["50,00"]
        assert not Payment.objects.exists()

    def test_the_same_form_sent_twice_records_once(self, desk):
        invoice = owing("100.00")
        sent = typed("40.00", _key="abc123")
        for _ in range(2):
            answer = desk.post(address("new", invoice=invoice.pk), sent)
            assert answer.status_code == 302
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize("role", [Role.BILLING, Role.ACCOUNTANT, Role.AUDITOR])
    def test_who_may_not_record_is_turned_away(self, as_role, role):
        invoice, client = owing("10.00"), as_role(role)
        assert client.get(address("new", invoice=invoice.pk)).status_code == 403
        assert client.post(address("new", invoice=invoice.pk), typed("10")).status_code == 403
        assert client.post(address("propose"), typed("10")).status_code == 403
        assert not Payment.objects.exists()


class TestProposal:
    def proposed(self, client, amount: str, **values):
        return client.post(address("propose"), typed(amount, **values), headers={"HX-Request": "true"})

    def test_it_fills_the_oldest_due_first(self, desk):
        customer = make_customer()
        late = owing("50.00", customer_id=customer.pk, payment_days=60)
        early = owing("30.00", customer_id=customer.pk, payment_days=3)
        entry = self.proposed(desk, "40", customer=customer.pk).context["entry"]
        assert [(row.document, row.amount) for row in entry.rows] == [(early, Decimal(30)), (late, Decimal(10))]
        assert (entry.left, entry.owed_after, entry.touched) == (Decimal(0), Decimal(40), 2)

    def test_the_invoice_in_hand_comes_before_older_ones(self, desk):
        customer = make_customer()
        owing("30.00", customer_id=customer.pk, payment_days=3)
        mine = owing("50.00", customer_id=customer.pk, payment_days=60)
        answer = desk.post(address("propose", invoice=mine.pk), typed("50"))
        assert [row.amount for row in answer.context["entry"].rows] == [Decimal(50), Decimal(0)]

    def test_choosing_a_customer_fills_what_they_owe(self, desk):
        customer = make_customer()
        owing("30.00", customer_id=customer.pk)
        answer = self.proposed(desk, "", customer=customer.pk)
        assert 'name="amount" id="id_amount" value="30,00"' in text_of(answer)

    def test_consumidor_final_is_proposed_nothing_of_a_strangers(self, desk):
        final = Customer.objects.get(identification_type="07")
        mine, other = owing("20.00", customer_id=final.pk), owing("20.00", customer_id=final.pk)
        entry = self.proposed(desk, "20", customer=final.pk).context["entry"]
        assert [row.amount for row in entry.rows] == [Decimal(0), Decimal(0)]
        entry = desk.post(address("propose", invoice=other.pk), typed("25")).context["entry"]
        assert [row.document for row in entry.rows] == [other]
        assert "Consumidor final no puede tener saldo a favor" in text_of(
            desk.post(address("propose", invoice=mine.pk), typed("25"))
        )

    def test_it_warns_of_a_payment_that_is_already_there(self, desk):
        customer = make_customer()
        first, second = owing("30.00", customer_id=customer.pk), owing("30.00", customer_id=customer.pk)
        pay(first, "30.00")
        said = "Ya hay un cobro igual de este cliente en esa fecha"
        assert said in text_of(desk.post(address("propose", invoice=second.pk), typed("30")))
        assert said not in text_of(desk.post(address("propose", invoice=second.pk), typed("29")))
        parts = {"parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0", "parts-0-amount": "10"}
        by_two = desk.post(address("propose", invoice=second.pk), typed("30") | parts)
        assert said in text_of(by_two)  # the money is the same, by whichever methods it comes
        assert said in text_of(desk.get(address("new", invoice=second.pk)))
        another_day = {"paid_on": (clock.today() - timedelta(days=1)).isoformat()}
        assert said not in text_of(desk.post(address("propose", invoice=second.pk), typed("30") | another_day))

    def test_a_likely_duplicate_is_recorded_all_the_same(self, desk):
        customer = make_customer()
        first, second = owing("30.00", customer_id=customer.pk), owing("30.00", customer_id=customer.pk)
        pay(first, "30.00")
        assert desk.post(address("new", invoice=second.pk), typed("30")).status_code == 302
        assert Payment.objects.count() == 2

    def test_it_says_what_credit_the_customer_has(self, desk):
        invoice = owing("30.00")
        record(invoice.customer, "40.00", (invoice, "10.00"), leave_credit=True)
        assert "Tiene $ 30,00 de saldo a favor" in text_of(
            desk.post(address("propose", invoice=invoice.pk), typed("5"))
        )

    def test_nothing_is_recorded(self, desk):
        invoice = owing("30.00")
        self.proposed(desk, "30", customer=invoice.customer_id, _key="k")
        assert not Payment.objects.exists()

    def test_it_is_only_posted(self, desk):
        assert desk.get(address("propose")).status_code == 405


class TestList:
    def test_it_shows_what_each_payment_settles(self, owner):
        invoice = owing("100.00")
        pay(invoice, "60.00")
        page = text_of(owner.get(address("list")))
        assert invoice.number in page
        assert "$ 60,00" in page

    @pytest.mark.parametrize(("query", "found"), [
        ({}, ["30.00", "20.00", "10.00"]),
        ({"status": "voided"}, ["30.00"]),
        ({"status": "confirmed"}, ["20.00", "10.00"]),
        ({"search": "munoz"}, ["10.00"]),
        ({"search": "TRX-77"}, ["20.00"]),
        ({"min_amount": "15", "max_amount": "25"}, ["20.00"]),
        ({"sort": "amount"}, ["10.00", "20.00", "30.00"]),
    ])  # fmt: skip
    def test_it_is_filtered_and_sorted(self, owner, query, found):
        self.three_payments()
        rows = owner.get(address("list", **query)).context["page"].rows
        assert [str(row.amount) for row in rows] == found

    def three_payments(self) -> list[Payment]:
        made = [
            record(make_customer(name="Andrés Muñoz"), "10.00", leave_credit=True),
            record(make_customer(), "20.00", leave_credit=True, reference="TRX-77", paid_on=self.last_week()),
            record(make_customer(), "30.00", leave_credit=True, method=make_method(name="Tarjeta")),
        ]
        from payments import workflow
        from tests.factories import SYSTEM

        workflow.void(made[2].pk, reason="Error", actor=SYSTEM)
        return made

    def last_week(self):
        return clock.today() - timedelta(days=7)

    def test_it_is_filtered_by_customer_method_day_and_invoice(self, owner):
        first, second, _third = self.three_payments()
        invoice = owing("5.00")
        fourth = pay(invoice, "5.00")

        def found(**query) -> list[int]:
            return [row.pk for row in owner.get(address("list", **query)).context["page"].rows]

        assert found(customer=first.customer_id) == [first.pk]
        assert found(method=first.method_id) == [fourth.pk, second.pk, first.pk]
        assert found(**{"from": self.last_week(), "to": self.last_week()}) == [second.pk]
        assert found(invoice=invoice.pk) == [fourth.pk]

    def test_the_totals_are_of_the_filtered_set_by_method_without_the_voided(self, owner):
        self.three_payments()
        cash = PaymentMethod.objects.order_by("pk")[0]
        totals = {row["label"]: row["value"] for row in owner.get(address("totals")).context["totals"]}
        assert totals == {"Cobros": "3", cash.name: "$ 30,00", "Total confirmado": "$ 30,00"}
        only = {row["label"]: row["value"] for row in owner.get(address("totals", search="munoz")).context["totals"]}
        assert only == {"Cobros": "1", cash.name: "$ 10,00", "Total confirmado": "$ 10,00"}

    def test_a_page_costs_the_same_however_many_rows(self, owner, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                owner.get(address("list"))
            return len(queries)

        pay(owing(), "10.00")
        cost()
        few = cost()
        for _ in range(6):
            pay(owing(), "10.00")
        assert cost() == few

    def test_another_companys_payments_are_not_in_it(self, owner):
        with own_company():
            pay(owing(), "77.00")
        assert owner.get(address("list")).context["page"].rows == []


class TestDetailAndVoid:
    def test_the_page_tells_what_it_settled_and_left(self, owner):
        invoice = owing("100.00")
        payment = record(invoice.customer, "130.00", leave_credit=True)
        page = text_of(owner.get(payment.get_absolute_url()))
        assert invoice.number in page
        assert "Disponible: $ 30,00" in page
        assert "Cobro registrado" in page
        assert address("void", payment.pk) in page

    def test_another_companys_payment_answers_404(self, owner):
        with own_company():
            payment = pay(owing(), "10.00")
        for url in (address("payment", payment.pk), address("void", payment.pk)):
            assert owner.get(url).status_code == 404
        assert owner.post(address("void", payment.pk), {"reason": "x"}).status_code == 404

    def test_the_void_page_lists_each_consequence(self, owner):
        customer = make_customer()
        paid = owing("100.00", customer_id=customer.pk)
        payment = record(customer, "130.00", leave_credit=True)
        part = owing("50.00", customer_id=customer.pk)
        from payments import workflow
        from tests.factories import SYSTEM

        workflow.apply_credit(part.pk, Decimal("20.00"), actor=SYSTEM)
        said = [row["text"] for row in owner.get(address("void", payment.pk)).context["consequences"]]
        assert said == [
            f"La factura {paid.number} está pagada y se reabre: vuelve a deber $ 100,00.",
            f"La factura {part.number} sube su saldo de $ 30,00 a $ 50,00.",
            "Desaparece el saldo a favor de $ 30,00 que dejó, del que ya se aplicaron $ 20,00.",
            "El recibo REC-000000001 queda marcado como anulado y conserva su número.",
            "El cobro queda anulado con su motivo, a la vista de todos. No se puede reactivar.",
        ]

    def test_voiding_wants_a_reason(self, owner):
        payment = pay(owing(), "10.00")
        assert owner.post(address("void", payment.pk), {"reason": "  "}).status_code == 422
        assert Payment.objects.get().status == PaymentStatus.CONFIRMED

    def test_voiding_says_so_and_shows_why(self, owner):
        invoice = owing("10.00")
        payment = pay(invoice, "10.00")
        page = owner.post(address("void", payment.pk), {"reason": "Cheque devuelto"}, follow=True)
        assert page.redirect_chain == [(payment.get_absolute_url(), 302)]
        assert "Cobro anulado." in text_of(page)
        assert "Cheque devuelto" in text_of(page)
        assert address("void", payment.pk) not in text_of(page)
        assert standing(invoice) == (Status.ISSUED, Decimal("10.00"))

    def test_voiding_twice_is_refused(self, owner):
        payment = pay(owing(), "10.00")
        owner.post(address("void", payment.pk), {"reason": "Error"})
        again = owner.post(address("void", payment.pk), {"reason": "Error"})
        assert again.status_code == 409
        assert "El cobro ya está anulado." in text_of(again)

    def test_a_cashier_is_not_offered_anothers_payment(self, as_role):
        payment, cashier = pay(owing(), "10.00"), as_role(Role.CASHIER)
        assert address("void", payment.pk) not in text_of(cashier.get(payment.get_absolute_url()))
        assert cashier.get(address("void", payment.pk)).status_code == 403

    def test_a_cashier_voids_what_they_recorded_today(self, as_role):
        invoice, cashier = owing("10.00"), as_role(Role.CASHIER)
        cashier.post(address("new", invoice=invoice.pk), typed("10"))
        payment = Payment.objects.get()
        assert address("void", payment.pk) in text_of(cashier.get(payment.get_absolute_url()))
        assert cashier.post(address("void", payment.pk), {"reason": "Error"}).status_code == 302


class TestCreditPages:
    def test_as_much_as_fits_is_offered(self, desk):
        invoice = owing("30.00")
        record(invoice.customer, "50.00", (invoice, "10.00"), leave_credit=True)
        page = desk.get(address("apply_credit", invoice.pk))
        assert page.context["form"].initial == {"amount": "20,00"}

    def test_applying_pays_the_invoice(self, desk):
        invoice = owing("30.00")
        record(invoice.customer, "50.00", (invoice, "10.00"), leave_credit=True)
        answer = desk.post(address("apply_credit", invoice.pk), {"amount": "20,00"}, follow=True)
        assert "Se aplicaron $ 20,00 de saldo a favor. La factura quedó pagada." in text_of(answer)
        assert standing(invoice) == (Status.PAID, Decimal(0))

    def test_more_than_there_is_is_refused(self, desk):
        invoice = owing("30.00")
        record(invoice.customer, "15.00", (invoice, "10.00"), leave_credit=True)
        page = desk.post(address("apply_credit", invoice.pk), {"amount": "6"})
        assert page.status_code == 422
        assert "El saldo a favor disponible es $ 5,00." in text_of(page)

    def test_an_invoice_without_credit_says_so(self, desk):
        page = desk.get(address("apply_credit", owing().pk))
        assert "El cliente no tiene saldo a favor que aplicar." in text_of(page)

    def test_the_invoice_page_offers_it(self, desk):
        invoice = owing("30.00")
        url = address("apply_credit", invoice.pk)
        assert url not in text_of(desk.get(invoice.get_absolute_url()))
        record(invoice.customer, "15.00", (invoice, "10.00"), leave_credit=True)
        assert url in text_of(desk.get(invoice.get_absolute_url()))

    def test_another_companys_invoice_answers_404(self, desk):
        with own_company():
            invoice = owing()
        assert desk.get(address("apply_credit", invoice.pk)).status_code == 404
        assert desk.post(address("apply_credit", invoice.pk), {"amount": "1"}).status_code == 404

    def test_customers_with_credit_are_listed_with_what_they_owe(self, owner):
        invoice = owing("30.00", customer_id=make_customer(name="Zoila").pk)
        record(invoice.customer, "15.00", (invoice, "10.00"), leave_credit=True)
        record(make_customer(name="Ana"), "7.00", leave_credit=True)
        make_customer(name="Sin saldo")
        rows = owner.get(address("credits")).context["page"].rows
        assert [(row.name, row.credit, row.owed) for row in rows] == [
            ("Ana", Decimal("7.00"), Decimal("0.00")),
            ("Zoila", Decimal("5.00"), Decimal("20.00")),
        ]
        totals = {row["label"]: row["value"] for row in owner.get(address("credit_totals")).context["totals"]}
        assert totals == {"Clientes": "2", "Saldo a favor": "$ 12,00"}


class TestIncome:
    """S4 4.58: income by payment method per day, count and total."""

    def some(self) -> tuple[PaymentMethod, PaymentMethod]:
        cash, card = PaymentMethod.objects.get(), make_method(name="=Tarjeta", sri_code="19")
        today = clock.today()
        for amount, method, day in (
            ("10.00", cash, today),
            ("5.00", cash, today),
            ("20.00", card, today),
            ("40.00", cash, today - timedelta(days=1)),
            ("99.00", cash, today - timedelta(days=2)),
        ):
            record(make_customer(), amount, leave_credit=True, method=method, paid_on=day)
        from payments import workflow
        from tests.factories import SYSTEM

        wrong = record(make_customer(), "500.00", leave_credit=True)
        workflow.void(wrong.pk, reason="Error", actor=SYSTEM)
        return cash, card

    def days(self) -> dict[str, object]:
        return {"from": clock.today() - timedelta(days=1), "to": clock.today()}

    def test_it_adds_up_by_day_and_method_without_the_voided(self, owner):
        cash, card = self.some()
        income = owner.get(address("income", **self.days())).context["income"]
        assert [(row.method, row.count, row.total) for row in income.methods] == [
            (cash.name, 3, Decimal("55.00")),
            (card.name, 1, Decimal("20.00")),
        ]
        assert [(row.day, row.count, row.total) for row in income.days] == [
            (clock.today(), 3, Decimal("35.00")),
            (clock.today() - timedelta(days=1), 1, Decimal("40.00")),
        ]
        assert (income.count, income.total) == (4, Decimal("75.00"))

    def test_every_figure_leads_to_the_payments_that_prove_it(self, owner):
        cash, _card = self.some()
        day = clock.today().isoformat()
        url = f"{address('list')}?status=confirmed&from={day}&to={day}&method={cash.pk}"
        assert url.replace("&", "&amp;") in text_of(owner.get(address("income", **self.days())))
        assert sum(row.amount for row in owner.get(url).context["page"].rows) == Decimal("15.00")

    def test_without_days_it_is_this_month(self, owner):
        answer = owner.get(address("income"))
        first = clock.today().replace(day=1).isoformat()
        assert answer["Location"] == f"{address('income')}?from={first}&to={clock.today().isoformat()}"

    def test_as_csv_it_says_the_same_and_no_name_is_a_formula(self, owner):
        cash, _card = self.some()
        answer = owner.get(address("income", format="csv", **self.days()))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines[0] == "Fecha;Método;Código SRI;Forma de pago del SRI;Cobros;Total"
        today, yesterday = (f"{clock.today() - timedelta(days=n):%d/%m/%Y}" for n in (0, 1))
        assert lines[1:] == [
            f"{today};{cash.name};01;Sin utilización del sistema financiero;2;15,00",
            f"{today};'=Tarjeta;19;Tarjeta de crédito;1;20,00",
            f"{yesterday};{cash.name};01;Sin utilización del sistema financiero;1;40,00",
        ]

    def test_it_wants_the_reports_permission(self, desk):
        assert desk.get(address("income", **self.days())).status_code == 403

    def test_another_companys_income_is_not_in_it(self, owner):
        with own_company():
            pay(owing(), "77.00")
        assert owner.get(address("income", **self.days())).context["income"].count == 0


class TestSeveralMethods:
    """Rows of other methods: so much of what was received; the rest is of the first."""

    ROWS = {"parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0"}

    def test_the_first_method_has_the_rest_and_the_change_is_said(self, desk):
        invoice, card = owing("100.00"), make_method(name="Tarjeta", sri_code="19")
        row = self.ROWS | {"parts-0-method": card.pk, "parts-0-amount": "30,00", "parts-0-reference": "AUT1"}
        answer = desk.post(address("new", invoice=invoice.pk), typed("100,00", tendered="80,00", **row), follow=True)
        assert "Entregue $ 10,00 de vuelto." in text_of(answer)
        amounts = Payment.objects.order_by("pk").values_list("amount", "reference", "receipt__sequential")
        assert list(amounts) == [(Decimal("70.00"), "", 1), (Decimal("30.00"), "AUT1", 1)]

    def test_a_row_is_added_without_javascript(self, desk):
        invoice = owing("100.00")
        page = desk.post(
            address("new", invoice=invoice.pk),
            typed("100,00", add_line="parts", **{"parts-TOTAL_FORMS": "0", "parts-INITIAL_FORMS": "0"}),
        )
        assert page.status_code == 200
        assert 'name="parts-0-amount"' in text_of(page)
        assert not Payment.objects.exists()

    def test_rows_that_take_all_leave_the_first_nothing(self, desk):
        invoice = owing("100.00")
        row = self.ROWS | {"parts-0-method": make_method().pk, "parts-0-amount": "100,00"}
        page = desk.post(address("new", invoice=invoice.pk), typed("100,00", **row))
        assert page.status_code == 422
        assert "al primero no le queda nada" in text_of(page)

    def test_a_refusal_of_a_row_stands_in_the_row(self, desk):
        invoice, card = owing("100.00"), make_method(name="Tarjeta", sri_code="19", reference_rule="required")
        row = self.ROWS | {"parts-0-method": card.pk, "parts-0-amount": "30,00"}
        page = desk.post(address("new", invoice=invoice.pk), typed("100,00", **row))
        assert page.context["entry"].parts.forms[0].errors["reference"] == [
            "«Tarjeta» pide una referencia (comprobante, cheque o transacción)."
        ]

    def test_a_deposit_seen_before_is_recorded_once_a_person_says_it_is_another(self, desk):
        invoice, transfer = owing("100.00"), make_method(name="Banco", sri_code="20", reference_kind="transfer")
        record(invoice.customer, "10.00", method=transfer, reference="T-4411")
        sent = typed("20,00", method=transfer, reference="T-4411")
        page = desk.post(address("new", invoice=invoice.pk), sent)
        assert page.status_code == 422
        assert 'name="confirm_repeated"' in text_of(page)
        assert desk.post(address("new", invoice=invoice.pk), sent | {"confirm_repeated": "1"}).status_code == 302


class TestAgeingAndStatement:
    def test_each_figure_of_the_ageing_is_the_sum_of_the_invoices_it_leads_to(self, owner):
        customer = make_customer(name="Ana Vera")
        with clock.at(clock.now() - timedelta(days=40)):
            owing("70.00", customer_id=customer.pk, payment_days=1)
        owing("30.00", customer_id=customer.pk, payment_days=9)
        page = owner.get(address("ageing"))
        (row,) = page.context["rows"]
        assert row.amounts == (Decimal("30.00"), 0, Decimal("70.00"), 0, 0)
        for amount, url in row.cells:
            found = owner.get(url).context["table"].data
            assert sum(invoice.balance for invoice in found) == amount

    def test_its_file_has_every_customer_and_the_sum(self, owner):
        owing("30.00", customer_id=make_customer(name="Ana Vera").pk)
        rows = owner.get(address("ageing", format="csv")).content.decode("utf-8-sig").splitlines()
        assert rows[1].startswith("Ana Vera;")
        assert rows[-1] == "Total;;30,00;0,00;0,00;0,00;0,00;30,00"

    def test_a_statement_runs_from_the_balance_before_to_what_is_owed_less_the_credit(self, owner):
        customer = make_customer()
        with clock.at(clock.now() - timedelta(days=40)):
            owing("70.00", customer_id=customer.pk)
        record(customer, "100.00", leave_credit=True)
        since = (clock.today() - timedelta(days=5)).isoformat()
        told = owner.get(address("statement", customer.pk, **{"from": since, "to": clock.today()})).context["statement"]
        assert (told.opening, told.balance) == (Decimal("70.00"), Decimal("-30.00"))

    def test_it_is_a_paper_too(self, owner):
        customer = make_customer(name="Ana Vera")
        owing("70.00", customer_id=customer.pk)
        days = {"from": "2026-01-01", "to": clock.today().isoformat()}
        content = owner.get(address("statement", customer.pk, format="pdf", **days)).content
        said = " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())
        assert "Ana Vera" in said
        assert "Por pagar $ 70,00" in said
