"""The pages of billables, customers, products, series, taxes, and the start page."""

from decimal import Decimal

import pytest
from django.utils.html import strip_tags

from billing import workflow
from billing.models import (
    BillableStatus,
    Customer,
    Document,
    EmissionPoint,
    Establishment,
    Product,
    Series,
)
from companies.models import Company
from companies.roles import Role
from tests.billing.forms import rows
from tests.factories import (
    SYSTEM,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    make_product,
    pay,
)


@pytest.fixture
def owner(as_role):
    return as_role(Role.OWNER)


def text_of(response) -> str:
    return response.content.decode()


def listed(page) -> list[int]:
    return [row.record.pk for row in page.context["table"].rows]


class TestBillables:
    def test_the_list_begins_with_what_waits(self, owner):
        assert owner.get("/pendientes/")["Location"] == "/pendientes/?status=waiting"

    def test_each_customer_has_a_sum_and_a_way_to_invoice_it_all(self, owner):
        customer = make_customer(name="Andrade")
        make_billable(customer), make_billable(customer, "10.00"), make_billable(make_customer(), "1.00")
        page = owner.get("/pendientes/?status=waiting")
        first = page.context["by_customer"][0]
        assert (first.customer_name, first.count, first.total) == ("Andrade", 2, Decimal("35.00"))
        assert f"/facturas/nueva/?customer={customer.pk}&amp;all=1" in text_of(page)

    def test_totals_count_and_add_up(self, owner):
        customer = make_customer()
        make_billable(customer), make_billable(customer, "10.00")
        page = owner.get("/pendientes/totales/?status=waiting", headers={"HX-Request": "true"})
        assert [total["value"] for total in page.context["totals"]] == ["2", "$ 35,00"]

    def test_marked_ones_of_a_customer_go_to_the_invoice_form(self, owner):
        customer = make_customer()
        marked = [make_billable(customer).pk, make_billable(customer).pk]
        answer = owner.post("/pendientes/facturar/", {"pk": marked})
        assert answer["Location"] == f"/facturas/nueva/?billables={marked[0]}&billables={marked[1]}"

    def test_those_of_several_customers_are_refused(self, owner):
        marked = [make_billable(make_customer()).pk, make_billable(make_customer()).pk]
        page = owner.post("/pendientes/facturar/", {"pk": marked})
        assert page.status_code == 422
        assert "Marcó pendientes de 2 clientes" in text_of(page)

    def test_none_marked_is_refused(self, owner):
        assert owner.post("/pendientes/facturar/", {}).status_code == 422

    def test_cancelling_wants_a_reason(self, owner):
        billable = make_billable(make_customer())
        assert owner.post(f"/pendientes/{billable.pk}/cancelar/", {"reason": ""}).status_code == 422
        owner.post(f"/pendientes/{billable.pk}/cancelar/", {"reason": "Cortesía"})
        billable.refresh_from_db()
        assert (billable.status, billable.cancel_reason) == (BillableStatus.CANCELLED, "Cortesía")

    def test_one_on_a_draft_is_not_cancelled(self, owner):
        customer = make_customer()
        billable = make_billable(customer)
        draft = make_draft(customer_id=customer.pk, billable_ids=(billable.pk,))
        page = owner.post(f"/pendientes/{billable.pk}/cancelar/", {"reason": "Cortesía"})
        assert page.status_code == 409
        assert f"({draft})" in text_of(page)

    def test_the_front_desk_may_bill_but_not_cancel(self, as_role):
        billable, desk = make_billable(make_customer()), as_role(Role.FRONTDESK)
        page = text_of(desk.get("/pendientes/?status=waiting"))
        assert f"/facturas/nueva/?billables={billable.pk}" in page
        assert "/cancelar/" not in page
        assert desk.get(f"/pendientes/{billable.pk}/cancelar/").status_code == 403


def customer_form(**values):
    """Return a customer form as a browser sends it."""
    return {
        "identification_type": "05",
        "identification": "1710034065",
        "name": "Ana Paz",
        "email": "ana@correo.ec",
        "fiscal_status": "person",
        "credit_limit": "1234,50",
    } | values


class TestCustomers:
    def test_the_list_says_what_each_owes(self, owner):
        debtor = make_customer(name="Andrade")
        invoice = make_invoice(customer_id=debtor.pk)
        pay(invoice, "15.00")
        make_draft(customer_id=debtor.pk)
        page = owner.get("/clientes/", {"search": "andrade"})
        assert [row.record.owed for row in page.context["table"].rows] == [Decimal("100.00")]

    def test_creating_one_with_contacts(self, owner):
        contact = {"name": "Luis", "email": "luis@correo.ec", "receives_documents": "on"}
        answer = owner.post("/clientes/nuevo/", customer_form(**rows("contacts", contact, {"name": ""})))
        customer = Customer.objects.get(name="Ana Paz")
        assert answer["Location"] == f"/clientes/{customer.pk}/"
        assert customer.credit_limit == Decimal("1234.50")
        assert customer.contacts.get().receives_documents

    def test_a_wrong_shape_is_refused_at_its_field_and_everything_stays(self, owner):
        page = owner.post("/clientes/nuevo/", customer_form(identification="17"))
        assert page.status_code == 422
        assert "identification" in page.context["form"].errors
        assert "ana@correo.ec" in text_of(page)

    def test_a_contact_without_a_mail_cannot_receive_documents(self, owner):
        contact = {"name": "Luis", "receives_documents": "on"}
        page = owner.post("/clientes/nuevo/", customer_form(**rows("contacts", contact)))
        assert page.status_code == 422
        assert "Un contacto que recibe documentos necesita un correo." in text_of(page)
        assert not Customer.objects.filter(name="Ana Paz").exists()

    def test_a_failing_check_digit_and_a_likely_duplicate_are_said_after_saving(self, owner):
        make_customer(name="Ana Paz")
        page = owner.post("/clientes/nuevo/", customer_form(identification="1710034060"), follow=True)
        said = [str(message) for message in page.context["messages"]]
        assert any("dígito verificador" in text for text in said)
        assert any(text.startswith("Se parece a un cliente que ya existe") for text in said)

    def test_the_same_identification_twice_is_refused(self, owner):
        owner.post("/clientes/nuevo/", customer_form())
        page = owner.post("/clientes/nuevo/", customer_form(name="Otra"))
        assert page.status_code == 409
        assert "Ya existe un cliente con la identificación 1710034065: Ana Paz." in text_of(page)

    def test_from_a_combobox_it_is_chosen_where_it_was_missing(self, owner):
        page = owner.post("/clientes/nuevo/?choose=1&text=Ana", customer_form())
        customer = Customer.objects.get(name="Ana Paz")
        assert page.status_code == 200
        assert f'data-chosen="{customer.pk}" data-label="Ana Paz"' in text_of(page)

    @pytest.mark.parametrize(
        ("typed", "name", "identification", "kind"),
        [
            ("Ana", "Ana", None, "05"),
            ("0992345678001", None, "0992345678001", "04"),
            ("1710034065", None, "1710034065", "05"),
        ],
    )
    def test_what_was_typed_in_the_combobox_is_taken_over(self, owner, typed, name, identification, kind):
        form = owner.get("/clientes/nuevo/", {"choose": "1", "text": typed}).context["form"]
        assert (form.initial.get("name"), form.initial.get("identification")) == (name, identification)
        assert form.initial["identification_type"] == kind

    def test_editing_keeps_contacts_and_refuses_a_stale_form(self, owner):
        owner.post("/clientes/nuevo/", customer_form(**rows("contacts", {"name": "Luis"})))
        customer = Customer.objects.get(name="Ana Paz")
        edit = f"/clientes/{customer.pk}/editar/"
        assert 'value="Luis"' in text_of(owner.get(edit))
        assert owner.post(edit, customer_form(name="Ana Paz Vélez", version=1)).status_code == 302
        customer.refresh_from_db()
        assert (customer.name, customer.contacts.count()) == ("Ana Paz Vélez", 1)
        assert owner.post(edit, customer_form(name="Tarde", version=1)).status_code == 412

    def test_without_javascript_a_contact_row_is_added(self, owner):
        page = owner.post("/clientes/nuevo/", customer_form(add_line="contacts", **rows("contacts", {"name": "Luis"})))
        assert page.status_code == 200
        assert len(page.context["form"].contacts.forms) == 2
        assert "Hay algo que corregir" not in text_of(page)

    def test_its_page_proves_its_figures(self, owner):
        customer = make_customer(name="Andrade")
        make_invoice(customer_id=customer.pk)
        make_billable(customer)
        page = owner.get(customer.get_absolute_url())
        figures = {card["label"]: card["value"] for card in page.context["figures"]}
        assert figures == {
            "Por cobrar": "$ 115,00",
            "Vencido": "$ 0,00",
            "Por facturar": "$ 25,00",
            "Saldo a favor": "$ 0,00",
        }
        assert f"/facturas/?status=issued&amp;customer={customer.pk}" in text_of(page)

    def test_one_who_owes_is_not_hidden(self, owner):
        customer = make_customer()
        make_invoice(customer_id=customer.pk)
        page = owner.post(f"/clientes/{customer.pk}/retirar/")
        assert page.status_code == 409
        assert "tiene facturas por cobrar o en borrador" in text_of(page)

    def test_hiding_takes_it_off_the_lists(self, owner):
        customer = make_customer()
        assert owner.post(f"/clientes/{customer.pk}/retirar/")["Location"] == "/clientes/"
        assert customer.pk not in listed(owner.get("/clientes/"))
        assert owner.get(customer.get_absolute_url()).status_code == 404

    def test_consumidor_final_is_not_edited(self, owner):
        built_in = Customer.objects.get(identification_type="07")
        page = owner.post(f"/clientes/{built_in.pk}/editar/", customer_form())
        assert page.status_code == 422
        assert f"/clientes/{built_in.pk}/editar/" not in text_of(owner.get(built_in.get_absolute_url()))

    def test_an_accountant_reads_only(self, as_role):
        reader = as_role(Role.ACCOUNTANT)
        assert "/clientes/nuevo/" not in text_of(reader.get("/clientes/"))
        assert reader.get("/clientes/nuevo/").status_code == 403


class TestOptions:
    def test_customers_are_found_by_any_part_and_can_be_created(self, owner):
        customer = make_customer(name="José Muñoz", identification="AB-771")
        page = text_of(owner.get("/clientes/opciones/", {"customer_text": "munoz"}))
        assert f'data-value="{customer.pk}" data-label="José Muñoz"' in page
        assert "AB-771" in page
        assert 'data-href="/clientes/nuevo/?choose=1&amp;text=munoz"' in page

    def test_who_may_not_create_is_not_offered_it(self, as_role):
        assert "data-href" not in text_of(as_role(Role.AUDITOR).get("/clientes/opciones/", {"customer_text": "x"}))

    def test_a_product_fills_its_line(self, owner):
        make_product(code="CAN-1", name="Cancha", unit_price=Decimal("25.125"), price_includes_tax=True)
        page = text_of(owner.get("/productos/opciones/", {"lines-0-product_text": "can-1"}))
        assert "&quot;unit_price&quot;: &quot;25,1250&quot;" in page
        assert "&quot;price_includes_tax&quot;: &quot;yes&quot;" in page
        assert "$ 25,125" in page


def product_form(**values):
    """Return a product form as a browser sends it."""
    return {"code": "AGUA", "name": "Agua", "unit_price": "0,75", "tax_category": "general"} | values


class TestProducts:
    def test_creating_and_changing(self, owner):
        owner.post("/productos/nuevo/", product_form(price_includes_tax="on"))
        product = Product.objects.get(code="AGUA")
        assert (product.unit_price, product.price_includes_tax) == (Decimal("0.75"), True)
        assert "$ 0,75" in text_of(owner.get(product.get_absolute_url()))
        owner.post(f"/productos/{product.pk}/editar/", product_form(unit_price="0.80", version=1))
        product.refresh_from_db()
        assert (product.unit_price, product.price_includes_tax) == (Decimal("0.80"), False)

    def test_refusals_keep_the_form(self, owner):
        make_product(code="AGUA")
        assert owner.post("/productos/nuevo/", product_form()).status_code == 409
        page = owner.post("/productos/nuevo/", product_form(code="OTRA", unit_price="0"))
        assert page.status_code == 422
        assert "unit_price" in page.context["form"].errors
        assert 'value="OTRA"' in text_of(page)

    def test_a_stale_form_is_refused(self, owner):
        product = make_product()
        edit = f"/productos/{product.pk}/editar/"
        assert owner.post(edit, product_form(version=1)).status_code == 302
        assert owner.post(edit, product_form(version=1)).status_code == 412

    def test_hiding(self, owner):
        product = make_product()
        owner.post(f"/productos/{product.pk}/retirar/")
        assert listed(owner.get("/productos/")) == []

    def test_the_tabs_are_tax_categories(self, owner):
        zero, _general = make_product(tax_category="zero"), make_product()
        assert listed(owner.get("/productos/", {"tax_category": "zero"})) == [zero.pk]

    def test_who_may_only_read_sees_the_product(self, as_role):
        product, reader = make_product(), as_role(Role.CASHIER)
        assert "/editar/" not in text_of(reader.get(product.get_absolute_url()))
        assert reader.get(f"/productos/{product.pk}/editar/").status_code == 403


class TestSeries:
    def test_a_new_place_gets_its_point_and_its_series(self, owner):
        owner.post("/empresa/series/establecimientos/nuevo/", {"code": "002", "name": "Norte", "address": "Quito"})
        place = Establishment.objects.get(code="002")
        owner.post("/empresa/series/puntos/nuevo/", {"establishment": place.pk, "code": "001", "name": "Caja"})
        point = EmissionPoint.objects.get(establishment=place)
        started = {"emission_point": point.pk, "document_type": "01", "start_number": "501", "limit_number": "900"}
        owner.post("/empresa/series/nueva/", started)
        series = Series.objects.get(emission_point=point)
        assert (series.start_number, series.last_number, series.limit_number) == (501, 500, 900)
        assert "000000501" in text_of(owner.get("/empresa/series/"))

    def test_a_code_of_two_digits_is_refused(self, owner):
        page = owner.post("/empresa/series/establecimientos/nuevo/", {"code": "2", "name": "Norte", "address": "Quito"})
        assert page.status_code == 422
        assert "Escriba tres dígitos" in text_of(page)

    def test_a_code_that_is_there_is_refused(self, owner):
        page = owner.post("/empresa/series/establecimientos/nuevo/", {"code": "001", "name": "X", "address": "Y"})
        assert page.status_code == 409

    def test_the_start_of_a_used_series_does_not_change(self, owner):
        make_invoice()
        series = Series.objects.get()
        typed = {"start_number": "50", "limit_number": "", "active": "on", "version": series.version}
        page = owner.post(f"/empresa/series/{series.pk}/", typed)
        assert page.status_code == 409
        assert "su inicio no cambia" in text_of(page)

    def test_a_limit_warns_and_may_be_raised(self, owner):
        make_invoice()
        series = Series.objects.get()
        typed = {"start_number": "1", "limit_number": "20", "active": "on", "version": series.version}
        owner.post(f"/empresa/series/{series.pk}/", typed)
        assert "Quedan 19 números" in text_of(owner.get("/empresa/series/"))

    def test_a_closed_place_says_so(self, owner):
        place = Establishment.objects.get()
        typed = {"name": "Matriz", "address": "Quito", "version": place.version}
        owner.post(f"/empresa/series/establecimientos/{place.pk}/", typed)
        place.refresh_from_db()
        assert not place.active

    def test_numbers_of_voided_invoices_are_in_the_register(self, owner):
        invoice = make_invoice()
        workflow.void(invoice.pk, reason="Cliente equivocado", actor=SYSTEM)
        page = text_of(owner.get("/empresa/series/"))
        assert f'<a href="/facturas/{invoice.pk}/">001-001-000000001</a>' in page
        assert "Cliente equivocado" in page

    def test_the_others_look_only(self, as_role):
        clerk = as_role(Role.BILLING)
        assert "establecimientos/nuevo" not in text_of(clerk.get("/empresa/series/"))
        assert clerk.get("/empresa/series/nueva/").status_code == 403


def test_the_tax_table_is_dated_and_names_its_source(as_role):
    page = text_of(as_role(Role.AUDITOR).get("/empresa/impuestos/"))
    assert "15 %" in page
    assert "01/04/2024" in page
    assert "$ 50,00" in page


class TestHome:
    def test_each_figure_links_to_the_list_that_proves_it(self, owner):
        customer = make_customer()
        make_invoice(customer_id=customer.pk), make_draft(), make_billable(customer)
        figures = {card["label"]: (card["value"], card["url"]) for card in owner.get("/").context["figures"]}
        expected = {
            "Por facturar": ("$ 25,00", "/pendientes/?status=waiting"),
            "En borrador": ("$ 115,00", "/facturas/?status=draft"),
            "Por cobrar": ("$ 115,00", "/facturas/?status=issued"),
            "Vencido": ("$ 0,00", "/facturas/?payment_status=overdue"),
        }
        assert expected.items() <= figures.items()

    def test_a_new_company_is_told_what_is_missing(self, owner, company):
        Company.objects.filter(pk=company.pk).update(address="")
        assert "Para empezar a facturar" in text_of(owner.get("/"))

    def test_once_it_works_only_what_is_left_of_the_checklist_is_named(self, owner):
        make_invoice()
        assert Document.objects.count() == 1
        page = strip_tags(text_of(owner.get("/")))
        assert "Para empezar a facturar" not in page
        assert (
            "Falta: Serie de notas de crédito, Logotipo" in page or "Falta: Logotipo, Serie de notas de crédito" in page
        )
