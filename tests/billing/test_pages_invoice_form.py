"""The invoice form: what it takes, works out, refuses, and never loses."""

from decimal import Decimal

import pytest
from django.urls import reverse

from audit.models import AccessEntry
from billing import workflow
from billing.models import BillableStatus, Document, Status
from companies.models import Company
from companies.roles import Role
from tests.billing.forms import invoice, line, rows
from tests.factories import SYSTEM, make_billable, make_customer, make_draft, make_invoice, make_product

NEW = "/facturas/nueva/"


@pytest.fixture
def clerk(as_role):
    return as_role(Role.BILLING)


@pytest.fixture
def customer(company):
    return make_customer(name="Comercial Andrade")


def text_of(response) -> str:
    return response.content.decode()


class TestNew:
    def test_typed_lines_become_a_draft(self, clerk, customer):
        answer = clerk.post(NEW, invoice(customer, line(price="12,50", quantity="2"), line("Luces", "3.50")))
        draft = Document.objects.get()
        assert answer["Location"] == f"/facturas/{draft.pk}/"
        assert (draft.status, draft.subtotal, draft.total) == (Status.DRAFT, Decimal("28.50"), Decimal("32.78"))

    def test_blank_rows_do_not_count(self, clerk, customer):
        clerk.post(NEW, invoice(customer, line("", ""), line(), line("", "")))
        assert Document.objects.get().lines.count() == 1

    def test_an_empty_price_takes_price_and_tax_of_the_product(self, clerk, customer):
        product = make_product(unit_price=Decimal("10.00"), price_includes_tax=True, tax_category="general")
        clerk.post(NEW, invoice(customer, line("", "", product=product.pk, product_text=product.name)))
        draft = Document.objects.get()
        assert (draft.subtotal, draft.tax_total, draft.total) == (Decimal("8.70"), Decimal("1.30"), Decimal("10.00"))
        assert draft.lines.get().description == product.name

    def test_without_javascript_the_typed_name_finds_the_customer(self, clerk, customer):
        clerk.post(NEW, invoice(customer, line()) | {"customer": "", "customer_text": "andrade"})
        assert Document.objects.get().customer == customer

    def test_issuing_from_the_form_gives_a_number(self, clerk, customer):
        answer = clerk.post(NEW, invoice(customer, line(), issue="1"), follow=True)
        assert Document.objects.get().number == "001-001-000000001"
        assert "Factura 001-001-000000001 emitida." in text_of(answer)

    def test_save_and_see_the_pdf_leads_to_it(self, clerk, customer):
        answer = clerk.post(NEW, invoice(customer, line(), show_pdf="1"))
        assert answer["Location"] == f"/facturas/{Document.objects.get().pk}/?tab=pdf"

    def test_everything_else_is_stored(self, clerk, customer):
        typed = invoice(
            customer,
            line("Luces", "10,00", quantity="1,5", discount="10", discount_kind="percent", tax_category="zero"),
            terms=[{"sri_method": "01", "amount": "10,00", "term_days": "0"}, {"sri_method": "19", "amount": "1.50"}],
            info=[{"name": "Pedido", "value": "P-88"}],
            payment_days="15",
            discount="2,00",
            notes="Llamar antes",
        )
        assert clerk.post(NEW, typed).status_code == 302
        draft = Document.objects.get()
        assert (draft.total, draft.payment_days, draft.notes) == (Decimal("11.50"), 15, "Llamar antes")
        assert draft.additional_info == [{"name": "Pedido", "value": "P-88"}]
        assert [(row.sri_method, row.amount, row.term_days) for row in draft.payment_terms.all()] == [
            ("01", Decimal("10.00"), 0),
            ("19", Decimal("1.50"), 15),
        ]

    def test_a_second_submit_with_the_same_key_makes_one_draft(self, clerk, customer):
        typed = invoice(customer, line(), _key="a1b2")
        first, second = clerk.post(NEW, typed), clerk.post(NEW, typed)
        assert first["Location"] == second["Location"]
        assert Document.objects.count() == 1


class TestRefusals:
    def test_an_ambiguous_amount_is_refused_with_both_readings_and_kept(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line("Luces", "1.234")))
        assert page.status_code == 422
        assert 'value="1.234"' in text_of(page)
        assert "se puede leer como 1234 (con separador de miles) o como 1,234 (con decimales)" in text_of(page)
        assert not Document.objects.exists()

    def test_a_rule_on_a_line_is_said_at_its_field_and_nothing_typed_is_lost(self, clerk, customer):
        typed = invoice(customer, line("", ""), line("Luces", "5,00", quantity="0"), notes="No perder")
        page = clerk.post(NEW, typed)
        assert page.status_code == 422
        assert "quantity" in page.context["editor"].lines.forms[1].errors
        assert all(typed in text_of(page) for typed in ("Luces", "No perder"))
        assert AccessEntry.objects.filter(kind=AccessEntry.Kind.REFUSED, code="quantity_not_positive").exists()

    def test_a_line_without_a_price_is_refused_at_its_price(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line("Luces", "")))
        assert page.status_code == 422
        assert "unit_price" in page.context["editor"].lines.forms[0].errors

    def test_an_invoice_without_lines_is_refused(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer))
        assert page.status_code == 422
        assert "agregue al menos una" in text_of(page)

    def test_payment_terms_that_do_not_add_up_are_refused(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line(), terms=[{"sri_method": "01", "amount": "1,00"}]))
        assert page.status_code == 422
        assert "Las formas de pago suman $ 1,00 y el total es $ 115,00." in text_of(page)

    def test_a_customer_is_required(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line()) | {"customer": "", "customer_text": ""})
        assert page.status_code == 422
        assert "customer" in page.context["form"].errors

    def test_an_unknown_product_text_says_to_use_the_description(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line("", "1,00", product_text="inexistente")))
        assert page.status_code == 422
        assert "Ningún producto coincide con «inexistente»" in text_of(page)

    def test_a_product_that_has_gone_is_said_on_its_line(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line(product="999999", product_text="Agua")))
        assert page.status_code == 422
        assert "product" in page.context["editor"].lines.forms[0].errors

    def test_what_cannot_be_issued_is_not_left_behind_as_a_draft(self, clerk, customer, company):
        Company.objects.filter(pk=company.pk).update(address="")
        page = clerk.post(NEW, invoice(customer, line(), issue="1"))
        assert page.status_code == 422
        assert "La dirección matriz." in text_of(page)
        assert not Document.objects.exists()

    def test_the_form_of_another_role_is_refused(self, as_role):
        assert as_role(Role.CASHIER).get(NEW).status_code == 403

    def test_the_front_desk_sees_no_free_lines_and_may_not_send_them(self, as_role, customer):
        desk = as_role(Role.FRONTDESK)
        assert 'data-lines="lines"' not in text_of(desk.get(NEW))
        assert desk.post(NEW, invoice(customer, line())).status_code == 403
        assert not Document.objects.exists()

    def test_the_front_desk_bills_a_reservation(self, as_role, customer):
        billable = make_billable(customer, source_type="reservation")
        desk = as_role(Role.FRONTDESK)
        desk.post(NEW, invoice(customer, billables=[billable.pk], issue="1"))
        assert Document.objects.get().status == Status.ISSUED


class TestBillables:
    def test_marked_billables_are_chosen_with_their_customer(self, clerk, customer):
        first, second = make_billable(customer), make_billable(customer)
        page = clerk.get(NEW, {"billables": [first.pk]})
        assert page.context["editor"].picked() == [first.pk]
        assert [row.pk for row in page.context["rows"]] == [first.pk, second.pk]
        assert page.context["figures"].total == first.amount

    def test_all_of_a_customer_can_be_chosen_at_once(self, clerk, customer):
        mine = [make_billable(customer).pk, make_billable(customer).pk]
        make_billable(make_customer())
        assert clerk.get(NEW, {"customer": customer.pk, "all": "1"}).context["editor"].picked() == mine

    def test_they_are_drafted_together_with_typed_lines(self, clerk, customer):
        billable = make_billable(customer)
        clerk.post(NEW, invoice(customer, line("Luces", "10,00"), billables=[billable.pk]))
        billable.refresh_from_db()
        assert (billable.status, Document.objects.get().lines.count()) == (BillableStatus.DRAFTED, 2)

    def test_one_that_was_taken_meanwhile_is_refused_and_the_form_stays(self, clerk, customer):
        billable = make_billable(customer)
        taken = make_draft(customer_id=customer.pk, billable_ids=(billable.pk,))
        page = clerk.post(NEW, invoice(customer, line("Luces"), billables=[billable.pk]))
        assert page.status_code == 409
        assert f"({taken})" in text_of(page)
        assert "Luces" in text_of(page)

    def test_an_error_of_a_typed_line_is_placed_past_the_billables_lines(self, clerk, customer):
        billable = make_billable(customer)
        page = clerk.post(NEW, invoice(customer, line("Luces", "5,00", quantity="0"), billables=[billable.pk]))
        assert "quantity" in page.context["editor"].lines.forms[0].errors

    def test_the_customers_pending_work_is_answered_alone(self, clerk, customer):
        mine, other = make_billable(customer), make_billable(make_customer())
        page = clerk.get("/facturas/pendientes/", {"customer": customer.pk})
        assert [row.pk for row in page.context["rows"]] == [mine.pk]
        assert [row.pk for row in clerk.get("/facturas/pendientes/", {"billables": other.pk}).context["rows"]] == [
            other.pk
        ]


class TestEdit:
    def test_a_draft_is_shown_as_it_was_typed(self, clerk, customer):
        draft = make_draft(customer_id=customer.pk, notes="Llamar")
        page = clerk.get(f"/facturas/{draft.pk}/editar/")
        assert all(typed in text_of(page) for typed in ('value="100"', "Alquiler de cancha", "Llamar"))
        assert page.context["figures"].total == Decimal("115.00")

    def test_saving_replaces_the_content(self, clerk, customer):
        draft = make_draft(customer_id=customer.pk)
        clerk.post(f"/facturas/{draft.pk}/editar/", invoice(customer, line("Luces", "10,00"), version=draft.version))
        draft.refresh_from_db()
        assert (draft.total, draft.version) == (Decimal("11.50"), 2)

    def test_a_stale_form_is_refused_and_keeps_what_was_typed(self, clerk, customer):
        draft = make_draft(customer_id=customer.pk)
        form = invoice(customer, line("Mi cambio", "10,00"), version=draft.version)
        clerk.post(f"/facturas/{draft.pk}/editar/", invoice(customer, line("Otro"), version=draft.version))
        page = clerk.post(f"/facturas/{draft.pk}/editar/", form)
        assert page.status_code == 412
        assert "Otra persona guardó cambios mientras tanto" in text_of(page)
        assert "Mi cambio" in text_of(page)
        assert Document.objects.get().lines.get().description == "Otro"

    def test_an_issued_invoice_leads_to_its_page_and_is_not_changed(self, clerk, customer):
        issued = make_invoice(customer_id=customer.pk)
        assert clerk.get(f"/facturas/{issued.pk}/editar/")["Location"] == issued.get_absolute_url()
        page = clerk.post(f"/facturas/{issued.pk}/editar/", invoice(customer, line("Luces", "1,00")))
        assert page.status_code == 409
        issued.refresh_from_db()
        assert issued.total == Decimal("115.00")

    def test_a_single_payment_term_follows_the_total(self, clerk, customer):
        draft = make_draft(customer_id=customer.pk)
        page = clerk.get(f"/facturas/{draft.pk}/editar/")
        assert page.context["editor"].terms.initial == [{"sri_method": "20", "amount": None, "term_days": 30}]


class TestPreview:
    def test_totals_are_those_of_the_saved_draft(self, clerk, customer):
        court = line("Cancha", "25,00", quantity="2,5", price_includes_tax="yes")
        typed = invoice(customer, court, line("Luces", "3,50"))
        page = clerk.post("/facturas/preview/", typed)
        clerk.post(NEW, typed)
        assert page.context["figures"].total == Document.objects.get().total
        assert "$ 62,50" in text_of(page)  # what the first line comes to
        assert Document.objects.count() == 1

    def test_it_works_while_the_form_is_half_typed(self, clerk, customer):
        typed = invoice(customer, line("", "10,00"), line("Luces", "")) | {"customer": "", "customer_text": ""}
        page = clerk.post("/facturas/preview/", typed)
        assert (page.status_code, page.context["figures"].total) == (200, Decimal("11.50"))

    def test_an_unreadable_amount_is_said_and_the_rest_is_added_up(self, clerk, customer):
        page = clerk.post("/facturas/preview/", invoice(customer, line("Cancha", "10,00"), line("Luces", "1.234")))
        assert page.context["figures"].total == Decimal("11.50")
        assert page.context["figures"].warnings[0].startswith("Línea 2, Precio: «1.234»")

    def test_wrong_payment_terms_do_not_hide_the_totals(self, clerk, customer):
        page = clerk.post("/facturas/preview/", invoice(customer, line(), terms=[{"sri_method": "01", "amount": "1"}]))
        assert page.context["figures"].total == Decimal("115.00")
        assert page.context["figures"].warnings == ["Las formas de pago suman $ 1,00 y el total es $ 115,00."]

    def test_it_warns_of_the_credit_limit_and_of_a_likely_duplicate(self, clerk):
        customer = make_customer(credit_limit=Decimal("200.00"))
        first = make_invoice(customer_id=customer.pk)
        warnings = clerk.post("/facturas/preview/", invoice(customer, line())).context["figures"].warnings
        assert "pasa su límite de crédito de $ 200,00" in warnings[0]
        assert warnings[1].endswith(f"el mismo valor: {first}.")

    def test_a_draft_is_no_duplicate_of_itself(self, clerk, customer):
        draft = make_draft(customer_id=customer.pk)
        page = clerk.post(f"/facturas/{draft.pk}/preview/", invoice(customer, line()))
        assert page.context["figures"].warnings == []


class TestWithoutJavaScript:
    def test_calculate_shows_the_totals_and_judges_nothing(self, clerk, customer):
        page = clerk.post(NEW, invoice(customer, line("", "10,00"), line("Luces", ""), calculate="1"))
        assert (page.status_code, page.context["figures"].total) == (200, Decimal("11.50"))
        assert "Hay algo que corregir" not in text_of(page)

    @pytest.mark.parametrize("prefix", ["lines", "terms", "info"])
    def test_adding_a_row_keeps_what_was_typed(self, clerk, customer, prefix):
        page = clerk.post(NEW, invoice(customer, line("Luces", ""), notes="No perder", add_line=prefix))
        assert page.status_code == 200
        assert len(getattr(page.context["editor"], prefix).forms) == (2 if prefix == "lines" else 1)
        assert "Luces" in text_of(page)
        assert "No perder" in text_of(page)
        assert "Hay algo que corregir" not in text_of(page)


def test_a_company_without_e_invoicing_may_choose_the_date(clerk, customer):
    assert "date_asked" in clerk.get(NEW).context["form"].fields


def test_an_electronic_company_issues_today(as_role, company):
    Company.objects.filter(pk=company.pk).update(e_invoicing=True)
    assert "date_asked" not in as_role(Role.BILLING).get(NEW).context["form"].fields


def test_a_draft_of_five_hundred_lines_can_be_sent(clerk, customer):
    clerk.post(NEW, invoice(customer, *[line(price="1,00")] * 500))
    assert Document.objects.get().lines.count() == 500


def test_products_of_many_lines_are_looked_up_at_once(clerk, customer, django_assert_max_num_queries):
    product = make_product()
    typed = invoice(customer, *[line(product=product.pk, product_text=product.name)] * 30)
    with django_assert_max_num_queries(30):
        clerk.post("/facturas/preview/", typed)


def test_duplicating_copies_the_content_into_a_new_draft(clerk, customer):
    original = make_invoice(customer_id=customer.pk)
    answer = clerk.post(reverse("billing:invoice_duplicate", args=[original.pk]))
    copy = Document.objects.get(duplicate_of=original)
    assert answer["Location"] == f"/facturas/{copy.pk}/editar/"
    assert (copy.status, copy.total) == (Status.DRAFT, original.total)


def test_rows_of_a_formset_may_be_removed(clerk, customer):
    removed = line("Quitar", "1,00") | {"DELETE": "on"}
    clerk.post(NEW, invoice(customer, line(), removed))
    assert Document.objects.get().lines.count() == 1


def test_an_issued_draft_cannot_be_issued_again_from_an_old_form(clerk, customer):
    draft = make_draft(customer_id=customer.pk)
    workflow.issue(draft.pk, actor=SYSTEM)
    page = clerk.post(f"/facturas/{draft.pk}/editar/", invoice(customer, line(), issue="1", **rows("lines", line())))
    assert page.status_code == 409
