"""The list of invoices, each one's page, its steps, its PDF, and zips of many."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest

from audit.models import AccessEntry, AuditEntry
from billing import files, workflow
from billing.models import BillableStatus, Document, Status
from companies.models import Company
from companies.roles import Role
from core import clock, pagination
from sri import workflow as certificates
from tests.factories import (
    SYSTEM,
    line,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    own_company,
    pay,
)
from tests.sri import certs
from tests.tasks import outcomes, start, worked

LIST = "/facturas/"
HTMX = {"headers": {"HX-Request": "true", "HX-Target": "results"}}


@pytest.fixture
def clerk(as_role):
    return as_role(Role.BILLING)


@pytest.fixture
def owner(as_role):
    return as_role(Role.OWNER)


@pytest.fixture
def _quick_pdf(monkeypatch):
    """Make a PDF of few bytes: what is on it is tested elsewhere."""
    monkeypatch.setattr(files, "render", lambda ride: b"%PDF-1.7 " + ride.heading.number.encode())


def text_of(response) -> str:
    return response.content.decode()


def listed(page) -> list[int]:
    return [row.record.pk for row in page.context["table"].rows]


def totals_of(page) -> dict[str, str]:
    return {str(total["label"]): total["value"] for total in page.context["totals"]}


def counts_of(page) -> dict[str, str]:
    return {str(tab["label"]): tab["count"] for tab in page.context["tabs"]}


class TestList:
    def test_it_shows_the_newest_first(self, clerk):
        first, second = make_invoice(), make_draft()
        assert listed(clerk.get(LIST)) == [second.pk, first.pk]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"status": "draft"}, "draft"),
            ({"status": "issued"}, "open late partial"),
            ({"payment_status": "unpaid"}, "open late"),
            ({"payment_status": "overdue"}, "late"),
            ({"payment_status": "partial"}, "partial"),
            ({"status": "paid"}, "paid"),
            ({"status": "voided"}, "voided"),
        ],
    )
    def test_tabs_keep_what_they_say(self, clerk, query, expected):
        made = {"draft": make_draft(), "open": make_invoice(), "partial": make_invoice(), "paid": make_invoice()}
        made["voided"] = make_invoice()
        made["late"] = make_invoice(payment_days=0)
        pay(made["partial"], "15.00")
        pay(made["paid"], "115.00")
        workflow.void(made["voided"].pk, reason="Equivocada", actor=SYSTEM)
        with clock.at(clock.now() + timedelta(days=1)):
            assert set(listed(clerk.get(LIST, query))) == {made[name].pk for name in expected.split()}

    @pytest.mark.parametrize("typed", ["munoz", "000001", "0912345675", "115,00", "$ 115,00", "115.00", "MUÑOZ PEREZ"])
    def test_search_finds_by_any_part(self, clerk, typed):
        customer = make_customer(name="José Muñoz Pérez", identification_type="05", identification="0912345675")
        wanted, _other = make_invoice(customer_id=customer.pk), make_draft(line("9.00"))
        assert listed(clerk.get(LIST, {"search": typed})) == [wanted.pk]

    def test_a_reservations_code_finds_its_invoices_also_the_voided_one(self, clerk):
        customer = make_customer()
        billable = make_billable(customer)
        voided = make_invoice(customer_id=customer.pk, billable_ids=(billable.pk,))
        workflow.void(voided.pk, reason="Equivocada", actor=SYSTEM)
        again = make_draft(customer_id=customer.pk, billable_ids=(billable.pk,))
        make_draft()
        assert listed(clerk.get(LIST, {"search": billable.source_label.lower()})) == [again.pk, voided.pk]

    def test_amounts_dates_and_customer_narrow_it(self, clerk):
        customer, today = make_customer(), clock.today().isoformat()
        wanted = make_invoice(line("200.00"), customer_id=customer.pk)
        make_invoice(customer_id=customer.pk)
        make_invoice(line("200.00"))
        query = {"min_total": "150,50", "max_total": "230", "customer": customer.pk, "from": today, "to": today}
        assert listed(clerk.get(LIST, query)) == [wanted.pk]
        assert listed(clerk.get(LIST, query | {"from": "2099-01-01"})) == []

    def test_filters_in_use_are_chips_that_can_be_removed(self, clerk):
        customer = make_customer(name="Andrade")
        page = clerk.get(LIST, {"customer": customer.pk, "customer_text": "Andrade", "min_total": "1"})
        assert "Quitar el filtro Cliente" in text_of(page)
        assert 'href="?min_total=1"' in text_of(page)
        assert "$ 1,00" in text_of(page)

    def test_pages_follow_one_another_without_repeating(self, clerk, monkeypatch):
        monkeypatch.setattr("billing.views.invoices.InvoiceList.page_size", 2)
        made = [make_draft().pk for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = clerk.get(LIST, {"cursor": cursor} if cursor else {})
            seen += listed(page)
            cursor = page.context["page"].next
            if not cursor:
                break
        assert seen == sorted(made, reverse=True)

    def test_a_column_is_sorted_by_the_database(self, clerk):
        small, large = make_draft(line("1.00")), make_draft(line("9.00"))
        assert listed(clerk.get(LIST, {"sort": "total"})) == [small.pk, large.pk]
        assert listed(clerk.get(LIST, {"sort": "-total"})) == [large.pk, small.pk]
        assert listed(clerk.get(LIST, {"sort": "nothing"})) == [large.pk, small.pk]

    def test_htmx_gets_the_rows_alone(self, clerk):
        make_draft()
        page = clerk.get(LIST, {"search": "cliente"}, **HTMX)
        assert text_of(page).strip().startswith('<section id="results"')
        assert "<html" not in text_of(page)

    def test_an_empty_list_says_the_next_step(self, clerk):
        assert "Todavía no hay facturas" in text_of(clerk.get(LIST))
        assert "Nada coincide" in text_of(clerk.get(LIST, {"search": "nada"}))

    def test_who_may_only_read_is_offered_no_new_invoice(self, as_role):
        assert "/facturas/nueva/" not in text_of(as_role(Role.ACCOUNTANT).get(LIST))

    def test_totals_are_those_of_the_filtered_set(self, clerk):
        paid, _open, _draft = make_invoice(), make_invoice(line("10.00")), make_draft(line("1.00"))
        pay(paid, "15.00")
        page = clerk.get(f"{LIST}totales/", {"status": "issued"}, **HTMX)
        assert totals_of(page) == {"Facturas": "2", "Total": "$ 126,50", "Saldo por cobrar": "$ 111,50"}
        assert counts_of(page) == {
            "Todas": "3",
            "Borradores": "1",
            "Por cobrar": "2",
            "Vencidas": "0",
            "Cobro parcial": "1",
            "Pagadas": "0",
            "Anuladas": "0",
        }
        assert f'href="{LIST}?status=paid"' in text_of(page)

    def test_totals_are_a_page_of_their_own_without_javascript(self, clerk):
        assert "<html" in text_of(clerk.get(f"{LIST}totales/"))

    def test_beyond_the_limit_counts_say_more_than(self, clerk, monkeypatch):
        monkeypatch.setattr("core.listing.COUNT_LIMIT", 2)
        monkeypatch.setattr("billing.queries.COUNT_LIMIT", 2)
        assert pagination.COUNT_LIMIT == 100_000
        for _ in range(3):
            make_draft()
        page = clerk.get(f"{LIST}totales/", **HTMX)
        assert totals_of(page)["Facturas"] == "más de 2"
        assert counts_of(page)["Todas"] == "más de 2"


class TestPage:
    def test_a_draft_offers_to_issue_it(self, clerk):
        page = text_of(clerk.get(make_draft().get_absolute_url()))
        assert "/emitir/" in page
        assert "Falta emitirla" in page

    def test_an_open_invoice_offers_to_take_its_money(self, owner):
        invoice = make_invoice()
        page = text_of(owner.get(invoice.get_absolute_url()))
        assert f"/cobros/nuevo/?invoice={invoice.pk}" in page
        assert "Falta cobrar $ 115,00" in page

    def test_a_paid_one_offers_its_pdf_and_tells_its_payments(self, owner):
        invoice = make_invoice()
        pay(invoice, "15.00")
        pay(invoice, "100.00")
        page = text_of(owner.get(invoice.get_absolute_url()))
        assert "Cobro de $ 15,00" in page
        assert "Cobro de $ 100,00: pagada" in page
        assert "/cobros/nuevo/?invoice=" not in page
        assert "/anular/" not in page

    def test_a_voided_one_says_why(self, owner):
        invoice = make_invoice()
        workflow.void(invoice.pk, reason="Cliente equivocado", actor=SYSTEM)
        page = text_of(owner.get(invoice.get_absolute_url()))
        assert "Motivo: Cliente equivocado" in page

    def test_it_links_to_the_reservation_and_to_its_copies(self, owner):
        customer = make_customer()
        billable = make_billable(customer)
        original = make_invoice(customer_id=customer.pk, billable_ids=(billable.pk,))
        copy = workflow.duplicate(original.pk, actor=SYSTEM)
        page = text_of(owner.get(original.get_absolute_url()))
        assert f"/reservas/{billable.source_id}/" in page
        assert f"Duplicada como {copy}" in page
        assert f"Duplicada de {original}" in text_of(owner.get(copy.get_absolute_url()))

    def test_duplicating_is_a_button_that_posts(self, clerk):
        invoice = make_invoice()
        assert f'<form method="post" action="/facturas/{invoice.pk}/duplicar/">' in text_of(
            clerk.get(invoice.get_absolute_url())
        )

    def test_the_access_key_can_be_copied(self, as_role, company):
        Company.objects.filter(pk=company.pk).update(e_invoicing=True)
        certificates.add_certificate(certs.cached_p12(), certs.PASSWORD, ruc=company.ruc, actor=SYSTEM)
        invoice = make_invoice()
        page = text_of(as_role(Role.OWNER).get(invoice.get_absolute_url()))
        assert f'data-copy="{invoice.access_key}"' in page

    def test_the_audit_tab_is_for_those_who_may_see_the_log(self, owner, clerk):
        url = f"{make_invoice().get_absolute_url()}?tab=auditoria"
        assert "Registro de cambios" in text_of(owner.get(url))
        assert "Registro de cambios" not in text_of(clerk.get(url))

    def test_previous_and_next_stay_in_the_list_one_came_from(self, clerk):
        first, other, third = make_invoice(), make_draft(), make_invoice()
        page = clerk.get(third.get_absolute_url(), headers={"Referer": f"http://testserver{LIST}?status=issued"})
        assert page.context["previous_url"] == ""
        assert page.context["next_url"] == f"/facturas/{first.pk}/?lista=status%3Dissued"
        assert page.context["crumbs"][0][1] == f"{LIST}?status=issued"
        onward = clerk.get(page.context["next_url"])
        assert onward.context["previous_url"] == f"/facturas/{third.pk}/?lista=status%3Dissued"
        assert clerk.get(third.get_absolute_url()).context["next_url"] == f"/facturas/{other.pk}/"

    def test_reading_it_is_written_to_the_access_log(self, clerk):
        invoice = make_invoice()
        clerk.get(invoice.get_absolute_url())
        assert AccessEntry.objects.get(kind=AccessEntry.Kind.READ).object_id == invoice.pk


class TestSteps:
    def test_issuing(self, clerk):
        draft = make_draft()
        answer = clerk.post(f"/facturas/{draft.pk}/emitir/", {"version": draft.version}, follow=True)
        assert "Factura 001-001-000000001 emitida." in text_of(answer)

    def test_issuing_twice_is_refused_on_the_invoices_page(self, clerk):
        invoice = make_invoice()
        page = clerk.post(f"/facturas/{invoice.pk}/emitir/")
        assert page.status_code == 409
        assert "La factura ya fue emitida con el número 001-001-000000001." in text_of(page)

    def test_issuing_another_version_than_the_one_looked_at_is_refused(self, clerk):
        draft = make_draft()
        assert clerk.post(f"/facturas/{draft.pk}/emitir/", {"version": 7}).status_code == 412
        assert Document.objects.get().status == Status.DRAFT

    def test_an_incomplete_profile_is_refused_with_the_way_to_complete_it(self, as_role, company):
        draft = make_draft()
        Company.objects.filter(pk=company.pk).update(address="")
        page = as_role(Role.OWNER).post(f"/facturas/{draft.pk}/emitir/")
        assert page.status_code == 422
        assert "Completar el perfil" in text_of(page)

    def test_issuing_needs_a_post_and_the_permission(self, clerk, as_role):
        draft = make_draft()
        assert clerk.get(f"/facturas/{draft.pk}/emitir/").status_code == 405
        assert as_role(Role.CASHIER).post(f"/facturas/{draft.pk}/emitir/").status_code == 403

    def test_discarding_frees_the_billables(self, clerk):
        customer = make_customer()
        billable = make_billable(customer)
        draft = make_draft(customer_id=customer.pk, billable_ids=(billable.pk,))
        assert "Sus pendientes vuelven" in text_of(clerk.get(f"/facturas/{draft.pk}/descartar/"))
        assert clerk.post(f"/facturas/{draft.pk}/descartar/")["Location"] == LIST
        billable.refresh_from_db()
        assert billable.status == BillableStatus.WAITING
        assert clerk.get(draft.get_absolute_url()).status_code == 404

    def test_an_issued_invoice_is_not_discarded(self, clerk):
        invoice = make_invoice()
        assert clerk.post(f"/facturas/{invoice.pk}/descartar/").status_code == 409

    def test_voiding_lists_its_consequences_and_wants_a_reason(self, clerk):
        invoice = make_invoice()
        page = clerk.get(f"/facturas/{invoice.pk}/anular/")
        assert "El número 001-001-000000001 no se vuelve a usar" in text_of(page)
        assert clerk.post(f"/facturas/{invoice.pk}/anular/", {"reason": ""}).status_code == 422
        clerk.post(f"/facturas/{invoice.pk}/anular/", {"reason": "Cliente equivocado"})
        invoice.refresh_from_db()
        assert (invoice.status, invoice.void_reason) == (Status.VOIDED, "Cliente equivocado")

    @pytest.mark.parametrize(("money", "credit"), [("credit", "15.00"), ("void", "0.00")])
    def test_the_owner_chooses_what_becomes_of_the_money(self, owner, money, credit):
        invoice = make_invoice()
        pay(invoice, "15.00")
        owner.post(f"/facturas/{invoice.pk}/anular/", {"reason": "Equivocada", "money": money})
        assert invoice.customer.credits.available().total() == Decimal(credit)

    def test_who_may_not_void_payments_is_not_asked_and_keeps_the_credit(self, clerk):
        invoice = make_invoice()
        pay(invoice, "15.00")
        page = clerk.get(f"/facturas/{invoice.pk}/anular/")
        assert "money" not in page.context["form"].fields
        assert "pasan a saldo a favor de" in text_of(page)
        clerk.post(f"/facturas/{invoice.pk}/anular/", {"reason": "Equivocada", "money": "void"})
        assert invoice.customer.credits.available().total() == Decimal("15.00")

    def test_a_paid_invoice_is_not_voided(self, owner):
        invoice = make_invoice()
        pay(invoice, "115.00")
        page = owner.post(f"/facturas/{invoice.pk}/anular/", {"reason": "Equivocada", "money": "credit"})
        assert page.status_code == 409
        assert "La factura está pagada por completo" in text_of(page)

    def test_the_front_desk_does_not_void(self, as_role):
        assert as_role(Role.FRONTDESK).get(f"/facturas/{make_invoice().pk}/anular/").status_code == 403


@pytest.mark.usefixtures("_quick_pdf")
class TestFiles:
    def test_the_pdf_is_shown_and_downloaded_under_its_number(self, as_role):
        invoice, reader = make_invoice(), as_role(Role.AUDITOR)
        shown, taken = reader.get(f"/facturas/{invoice.pk}/pdf/"), reader.get(f"/facturas/{invoice.pk}/pdf/descargar/")
        assert shown["Content-Type"] == "application/pdf"
        assert shown["Content-Disposition"] == 'inline; filename="factura-001-001-000000001.pdf"'
        assert taken["Content-Disposition"] == 'attachment; filename="factura-001-001-000000001.pdf"'
        assert shown.content == taken.content == b"%PDF-1.7 001-001-000000001"
        assert AccessEntry.objects.filter(kind=AccessEntry.Kind.READ, object_id=invoice.pk).count() == 2

    def test_a_draft_has_a_preview(self, clerk):
        draft = make_draft()
        answer = clerk.get(f"/facturas/{draft.pk}/pdf/")
        assert answer["Content-Disposition"] == f'inline; filename="factura-borrador-{draft.pk}.pdf"'

    def test_a_zip_of_the_filtered_list_is_made_in_the_background(self, clerk):
        invoices = [make_invoice(), make_invoice()]
        make_draft()
        asked = clerk.post("/tareas/nueva/billing:invoices/download/?status=issued", {"all": "1"})
        assert "Todas las que coinciden con los filtros: 2." in text_of(asked)
        watched = start(clerk, "billing:invoices", "download", {"all": "1"}, "status=issued")["Location"]
        assert clerk.get(f"{watched}archivo/").status_code == 404
        task = worked()
        assert (watched, list(outcomes(task))) == (f"/tareas/{task.pk}/", [row.pk for row in invoices])
        assert f"Descargar {task.file_name}" in text_of(clerk.get(watched))
        content = b"".join(clerk.get(f"{watched}archivo/").streaming_content)
        assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [
            "factura-001-001-000000001.pdf",
            "factura-001-001-000000002.pdf",
        ]

    def test_who_may_not_export_is_not_offered_it(self, as_role):
        make_invoice()
        cashier = as_role(Role.CASHIER)
        assert start(cashier, "billing:invoices", "download", {"all": "1"}).status_code == 404
        assert "billing:invoices/download/" not in text_of(cashier.get(LIST))


def test_a_refused_step_leaves_one_line_in_the_access_log_and_none_in_the_log(clerk):
    invoice = make_invoice()
    before = AuditEntry.objects.count()
    clerk.post(f"/facturas/{invoice.pk}/emitir/")
    assert AccessEntry.objects.filter(kind=AccessEntry.Kind.REFUSED, code="already_issued").count() == 1
    assert AuditEntry.objects.count() == before


def test_another_company_s_invoice_is_neither_listed_nor_there(clerk):
    with own_company():
        theirs = make_invoice()
    mine = make_invoice()
    assert listed(clerk.get(LIST)) == [mine.pk]
    assert clerk.get(f"/facturas/{theirs.pk}/").status_code == 404
    assert clerk.post(f"/facturas/{theirs.pk}/anular/", {"reason": "x"}).status_code == 404


def test_a_visitor_is_sent_to_sign_in(client, db):
    with own_company():
        pass
    assert client.get(LIST)["Location"].startswith("/cuenta/ingresar/")
