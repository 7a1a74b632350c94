"""What people see of SRI: a document's block and its acts, the page of SRI, the notices, the lists and the zip."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import files, sri_story, workflow
from billing.models import (
    Document,
    IssuerPause,
    Series,
    SignedXml,
    SriAnswer,
    SriAuthorization,
    Transmission,
)
from companies import hooks
from companies.models import User
from companies.roles import Role
from core import clock
from core.tenancy import company_context
from sri import connection
from sri.models import Certificate
from tests.factories import SYSTEM, actor, line, make_company, make_customer, make_draft, make_invoice, make_user, pay
from tests.notes import amount, issue_note, make_note_series
from tests.pages import filled
from tests.sri_stub import approved, authorized, later, rejected, returned, send, stubbed, unreachable
from tests.tasks import outcomes, start, worked
from tests.world import BACKEND

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # in Ecuador
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.at(NOON):
        yield


@pytest.fixture
def company():
    found = make_company(e_invoicing=True)
    with company_context(found.pk):
        yield found
        database.check_constraints()


@pytest.fixture
def as_role(company):
    def enter(role: str) -> Client:
        client = Client()
        client.force_login(make_user(company, role), backend=BACKEND)
        return client

    return enter


@pytest.fixture
def owner(as_role):
    return as_role(Role.OWNER)


def page_of(client: Client, path: str, **options) -> str:
    answer = client.get(path, **options)
    assert answer.status_code == 200, path
    return answer.content.decode()


def menu_of(client: Client) -> str:
    return page_of(client, "/productos/").partition("<nav")[2].partition("</nav>")[0]


def sri(document: Document, rest: str = "") -> str:
    return f"/documentos/{document.pk}/sri/{rest}"


def state(document: Document) -> tuple[str, str]:
    fresh = Document.objects.get(pk=document.pk)
    return fresh.authorization, Transmission.objects.get(document=document).stage


class TestBlock:
    def test_a_document_in_line_says_that_it_goes_out_by_itself_and_asks_again(self, owner):
        block = page_of(owner, sri(make_invoice()), **HTMX)
        assert "sale hacia el SRI en un momento" in block
        assert "every 3s" in block

    def test_a_line_that_is_down_names_the_moment_of_the_next_attempt(self, owner):
        invoice = send(make_invoice(), reception=unreachable())
        due = Transmission.objects.get().next_attempt_at
        block = page_of(owner, sri(invoice), **HTMX)
        assert f"Se enviará de nuevo a las {clock.local(due):%H:%M:%S} (intento 2)" in block
        assert "No hay conexión con el SRI." in block

    def test_what_sri_received_says_when_it_is_asked_for_next(self, owner):
        invoice = send(make_invoice())
        block = page_of(owner, sri(invoice), **HTMX)
        assert "El SRI la recibió a las 12:00:00" in block
        assert "Se consultará de nuevo a las 12:00:01 (intento 2)" in block

    def test_an_authorized_document_shows_moment_and_number_and_nothing_to_do(self, owner):
        invoice = approved(make_invoice())
        block = page_of(owner, sri(invoice), **HTMX)
        assert "Autorizada por el SRI." in block
        assert "20/11/2026 12:00:00" in block
        assert "Clave de acceso y número de autorización" in block
        assert invoice.access_key in block
        assert "every 3s" not in block
        assert "sri-acts" not in block

    def test_a_refusal_is_told_with_sri_s_words_and_what_to_do(self, owner):
        invoice = rejected(make_invoice(), "52", "ERROR EN DIFERENCIAS", "El total <b>no</b> cuadra")
        block = page_of(owner, sri(invoice), **HTMX)
        assert "52 · ERROR EN DIFERENCIAS" in block
        assert "El total &lt;b&gt;no&lt;/b&gt; cuadra" in block
        assert "Los totales del comprobante no cuadran para el SRI." in block
        assert "Corregir y reenviar…" in block
        assert "Reemplazar" not in block

    def test_a_number_that_is_taken_is_replaced_not_corrected_away(self, owner):
        block = page_of(owner, sri(rejected(make_invoice(), "45", "SECUENCIAL REGISTRADO")), **HTMX)
        assert "Reemplazar…" in block

    def test_the_page_s_primary_button_corrects_what_was_refused(self, owner):
        invoice = rejected(make_invoice())
        shown = page_of(owner, f"/facturas/{invoice.pk}/")
        assert f'class="btn btn-primary" href="{sri(invoice, "corregir/")}"' in shown

    def test_who_may_not_issue_is_offered_nothing(self, as_role):
        block = page_of(as_role(Role.CASHIER), sri(rejected(make_invoice())), **HTMX)
        assert "sri-acts" not in block
        assert "/sri/intentos/" not in block

    def test_a_page_that_shows_an_older_state_is_told_to_load_itself_again(self, owner):
        invoice = make_invoice()
        was = sri_story.block(invoice, SYSTEM).mark
        assert "HX-Refresh" not in owner.get(f"{sri(invoice)}?was={was}", **HTMX).headers
        approved(invoice)
        assert owner.get(f"{sri(invoice)}?was={was}", **HTMX).headers["HX-Refresh"] == "true"

    def test_outside_htmx_it_is_the_document_s_page(self, owner):
        invoice = make_invoice()
        assert owner.get(sri(invoice))["Location"] == invoice.get_absolute_url()

    def test_a_document_that_never_goes_to_sri_has_none(self, owner):
        assert page_of(owner, sri(make_draft()), **HTMX).strip() == ""

    def test_a_voided_one_says_that_it_is_not_sent(self, owner):
        invoice = make_invoice()
        workflow.void(invoice.pk, reason="Error", actor=SYSTEM)
        assert "no se envía" in page_of(owner, sri(invoice), **HTMX)

    def test_what_lost_its_place_is_repaired_by_an_administrator_only(self, owner, as_role):
        invoice = make_invoice()
        Transmission.objects.all().delete()
        assert "Quedó fuera de la cola" in page_of(owner, sri(invoice), **HTMX)
        assert as_role(Role.BILLING).post(sri(invoice, "reparar/")).status_code == 403
        assert owner.post(sri(invoice, "reparar/")).status_code == 302
        assert state(invoice) == ("pending", "ask")


class TestSteps:
    def test_asking_now_records_what_sri_says(self, owner):
        invoice = send(make_invoice())
        with stubbed(answer=authorized()) as line_to_sri:
            assert owner.post(sri(invoice, "consultar/")).status_code == 302
        assert line_to_sri.asked == [invoice.access_key]
        assert state(invoice) == ("authorized", "done")
        assert SriAuthorization.objects.get().document_id == invoice.pk

    def test_asking_while_a_call_is_under_way_is_refused_with_its_reason(self, owner):
        invoice = send(make_invoice())
        Transmission.objects.update(claim="0" * 32, claimed_at=clock.now())
        answer = owner.post(sri(invoice, "consultar/"))
        assert answer.status_code == 409
        assert "en este momento" in answer.content.decode()

    def test_sending_again_puts_the_same_bytes_in_line_now(self, owner):
        invoice = send(make_invoice(), reception=unreachable())
        assert Transmission.objects.get().next_attempt_at > clock.now()
        owner.post(sri(invoice, "reenviar/"))
        assert Transmission.objects.get().next_attempt_at == clock.now()
        assert SignedXml.objects.count() == 1

    def test_correcting_signs_what_the_customer_s_card_says_now_under_the_same_number(self, owner):
        customer = make_customer(name="Mal escrito")
        invoice = rejected(make_invoice(customer_id=customer.pk))
        customer.name = "Bien escrito"
        customer.save()
        shown = page_of(owner, sri(invoice, "corregir/"))
        assert "Mal escrito" in shown
        assert "Bien escrito" in shown
        answer = owner.post(sri(invoice, "corregir/"), filled(owner, sri(invoice, "corregir/"), {}))
        assert answer.status_code == 302
        fresh = Document.objects.get(pk=invoice.pk)
        assert (fresh.number, fresh.access_key, fresh.buyer_name) == (
            invoice.number,
            invoice.access_key,
            "Bien escrito",
        )
        assert (fresh.revision, *state(invoice)) == (2, "pending", "send")
        assert SignedXml.objects.count() == 2
        block = page_of(owner, sri(invoice), **HTMX)
        assert "Revisión 1" in block
        old = owner.get(f"{sri(invoice, 'xml/')}?revision=1").content
        assert "Mal escrito" in old.decode()

    def test_an_older_page_corrects_nothing(self, owner):
        invoice = rejected(make_invoice())
        form = filled(owner, sri(invoice, "corregir/"), {})
        owner.post(sri(invoice, "corregir/"), form)
        rejected(invoice)
        assert owner.post(sri(invoice, "corregir/"), form).status_code == 412
        assert SignedXml.objects.count() == 2

    def test_lines_are_corrected_in_the_invoice_form(self, owner):
        invoice = rejected(make_invoice(line("100.00")))
        path = sri(invoice, "corregir/lineas/")
        values = {"lines-0-description": "Cancha cubierta", "lines-0-unit_price": "80,00"}
        assert "ARCHIVO NO CUMPLE" in page_of(owner, path)
        answer = owner.post(path, filled(owner, path, values))
        assert answer.status_code == 302
        fresh = Document.objects.get(pk=invoice.pk)
        assert (fresh.number, fresh.revision, str(fresh.total), str(fresh.balance)) == (
            invoice.number,
            2,
            "92.00",
            "92.00",
        )
        assert [row.description for row in fresh.lines.all()] == ["Cancha cubierta"]
        assert b"Cancha cubierta" in bytes(SignedXml.objects.get(revision=2).content)

    def test_the_totals_of_a_correction_are_worked_out_while_typing(self, owner):
        invoice = rejected(make_invoice(line("100.00")))
        typed = filled(owner, sri(invoice, "corregir/lineas/"), {"lines-0-unit_price": "80,00"})
        answer = owner.post(sri(invoice, "corregir/lineas/preview/"), typed, **HTMX)
        assert "$ 92,00" in answer.content.decode()
        assert Document.objects.get(pk=invoice.pk).total == invoice.total

    def test_a_correction_below_what_was_collected_is_refused_beside_the_form(self, owner):
        invoice = make_invoice(line("100.00"))
        pay(invoice, "100.00")
        rejected(invoice)
        path = sri(invoice, "corregir/lineas/")
        answer = owner.post(path, filled(owner, path, {"lines-0-unit_price": "10,00"}))
        assert answer.status_code == 422
        assert "ya hay $ 100,00 cobrados" in answer.content.decode()
        assert Document.objects.get(pk=invoice.pk).revision == 1

    def test_what_was_not_refused_has_nothing_to_correct(self, owner):
        invoice = make_invoice()
        for rest in ("corregir/", "corregir/lineas/", "reemplazar/"):
            assert owner.get(sri(invoice, rest))["Location"] == invoice.get_absolute_url()
        assert owner.post(sri(invoice, "corregir/")).status_code == 409
        assert SignedXml.objects.count() == 1

    def test_replacing_voids_it_and_issues_the_same_with_the_next_number(self, owner):
        invoice = rejected(make_invoice(), "45", "SECUENCIAL REGISTRADO")
        path = sri(invoice, "reemplazar/")
        assert "número que sigue" in page_of(owner, path)
        answer = owner.post(path, filled(owner, path, {}))
        new = Document.objects.get(replaces=invoice)
        assert answer["Location"] == new.get_absolute_url()
        assert (Document.objects.get(pk=invoice.pk).status, new.status, new.total) == (
            "voided",
            "issued",
            invoice.total,
        )
        assert new.sequential == invoice.sequential + 1


class TestNotes:
    def test_a_note_that_was_refused_is_signed_again_from_its_own_page_and_keeps_lines_and_buyer(self, owner):
        make_note_series()
        customer = make_customer(name="Como decía")
        note = rejected(issue_note(approved(make_invoice(customer_id=customer.pk)), amount("20.00")))
        customer.name = "Como dice"
        customer.save()
        assert sri(note, "corregir/") in page_of(owner, note.get_absolute_url())
        offered = page_of(owner, sri(note, "corregir/"))
        assert "Como dice" not in offered
        assert sri(note, "corregir/lineas/") not in offered
        assert owner.get(sri(note, "corregir/lineas/"))["Location"] == note.get_absolute_url()
        owner.post(sri(note, "corregir/"), filled(owner, sri(note, "corregir/"), {}))
        fresh = Document.objects.get(pk=note.pk)
        assert (fresh.revision, fresh.buyer_name, fresh.total) == (2, "Como decía", note.total)
        assert state(note) == ("pending", "send")


class TestXml:
    def test_the_authorized_one_is_sri_s_wrapper(self, owner):
        invoice = approved(make_invoice())
        answer = owner.get(sri(invoice, "xml/"))
        assert answer.content == bytes(SriAuthorization.objects.get().content)
        assert answer["Content-Disposition"] == f'attachment; filename="factura-{invoice.number}.xml"'

    def test_before_that_its_name_says_that_it_is_not_authorized(self, owner):
        invoice = make_invoice()
        answer = owner.get(sri(invoice, "xml/"))
        assert answer.content == bytes(SignedXml.objects.get().content)
        assert "sin-autorizar" in answer["Content-Disposition"]

    def test_a_draft_has_none(self, owner):
        assert owner.get(sri(make_draft(), "xml/")).status_code == 409

    def test_a_revision_that_is_not_there_is_not_found(self, owner):
        for asked in ("2", "x", "99999999999999999999"):
            assert owner.get(f"{sri(make_invoice(), 'xml/')}?revision={asked}").status_code == 404


class TestAttempts:
    def test_each_call_is_listed_and_its_answer_shown_indented(self, owner):
        invoice = rejected(make_invoice(), "35", "MAL", "línea 3")
        listed = page_of(owner, sri(invoice, "intentos/"))
        assert "Devuelto" in listed
        assert ">35<" in listed
        answer = SriAnswer.objects.get()
        shown = page_of(owner, f"{sri(invoice, 'intentos/')}?answer={answer.pk}")
        assert "&lt;a&gt;\n  &lt;b&gt;1&lt;/b&gt;" in shown
        assert "?revision=1" in shown

    def test_what_is_no_xml_is_shown_as_it_came(self):
        assert sri_story.pretty(b"<html>Request Rejected") == "<html>Request Rejected"
        assert sri_story.pretty(b"\xff\xfe") == "\ufffd\ufffd"

    def test_an_entity_is_not_followed(self):
        bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
        assert "root:" not in sri_story.pretty(bomb)

    def test_another_document_s_answer_is_not_found_here(self, owner):
        rejected(make_invoice())
        other = make_invoice()
        assert owner.get(f"{sri(other, 'intentos/')}?answer={SriAnswer.objects.get().pk}").status_code == 404

    def test_only_administrators_see_raw_answers(self, as_role):
        assert as_role(Role.BILLING).get(sri(make_invoice(), "intentos/")).status_code == 403


def told(company, role: str = Role.OWNER) -> list[str]:
    return [notice.text for notice in hooks.notices(company, actor(role))]


class TestNotices:
    def test_while_all_is_well_there_are_none(self, company):
        approved(make_invoice())
        assert told(company) == []

    def test_a_document_is_late_after_a_minute_and_its_count_leads_to_it(self, company, owner):
        invoice = make_invoice()
        assert told(company) == []
        with later(seconds=61):
            (notice,) = hooks.notices(company, actor())
            assert notice.text == "1 comprobante lleva más de un minuto sin autorización del SRI."
            assert notice.tone == "warn"
            assert listed(owner.get(notice.url)) == [invoice.pk]

    def test_in_the_evening_it_is_red(self, company):
        make_invoice()
        with clock.at(datetime(2026, 11, 21, 1, 0, tzinfo=UTC)):  # 20:00 in Ecuador
            assert [notice.tone for notice in hooks.notices(company, actor())] == ["bad"]

    def test_a_voided_document_waits_for_nobody(self, company):
        workflow.void(make_invoice().pk, reason="Error", actor=SYSTEM)
        with later(minutes=5):
            assert told(company) == []

    def test_a_rejected_one_waits_for_a_person(self, company, owner):
        invoice = rejected(make_invoice())
        (notice,) = hooks.notices(company, actor())
        assert notice.text == "1 comprobante rechazado por el SRI espera corrección."
        assert listed(owner.get(notice.url)) == [invoice.pk]

    def test_a_line_that_is_down_says_since_when(self, company, settings):
        settings.SRI_BREAKER_FAILURES = 1
        connection.note_failure("1", "Sin red")
        assert told(company) == [
            "La línea con el SRI está caída desde las 12:00. Los documentos se envían solos cuando vuelva."
        ]

    def test_a_pause_leads_administrators_to_resuming(self, company):
        rejected(make_invoice(), "37", "RUC SIN AUTORIZACION")
        pause = IssuerPause.objects.get()
        (boss,) = hooks.notices(company, actor())
        (clerk,) = hooks.notices(company, actor(Role.BILLING))
        assert boss.text == "El envío al SRI está detenido: RUC sin autorización de emisión (37)."
        assert boss.url == f"/empresa/sri/pausas/{pause.pk}/reanudar/"
        assert clerk.url == "/empresa/sri/estado/"

    def test_a_series_in_doubt_stops_and_says_so(self, company):
        Series.objects.update(doubt="Se restauró un respaldo.")
        assert told(company) == ["Una serie no emite hasta que se confirme su último número. Se restauró un respaldo."]

    def test_a_certificate_near_its_end_is_told_to_administrators_first_then_to_all(self, company):
        until = Certificate.objects.get().valid_until
        for days, boss, clerk in ((31, 0, 0), (30, 1, 0), (7, 1, 1)):
            with clock.at(until - timedelta(days=days)):
                assert (len(told(company)), len(told(company, Role.BILLING))) == (boss, clerk), days
        with clock.at(until + timedelta(days=1)):
            assert told(company) == ["Ningún certificado de firma está vigente: no se puede emitir."]

    def test_without_a_certificate_nothing_can_be_issued(self):
        bare = make_company(e_invoicing=True, certificate=None)
        with company_context(bare.pk):
            assert told(bare) == ["Falta el certificado de firma: sin él no se puede emitir."]

    def test_they_take_one_query_and_none_without_e_invoicing(self, company):
        rejected(make_invoice())
        with CaptureQueriesContext(database) as taken:
            told(company)
        assert len(taken) == 1
        paper = make_company()
        with company_context(paper.pk), CaptureQueriesContext(database) as taken:
            assert told(paper) == []
        assert len(taken) == 0

    def test_every_page_shows_them_and_asks_again(self, owner):
        rejected(make_invoice())
        assert "espera corrección" in page_of(owner, "/clientes/")
        assert "espera corrección" in page_of(owner, "/empresa/avisos/", **HTMX)


def listed(page) -> list[int]:
    return [row.record.pk for row in page.context["table"].rows]


class TestSriPage:
    def test_it_lists_what_is_not_authorized_the_oldest_first(self, owner):
        first, second = make_invoice(), rejected(make_invoice())
        approved(make_invoice())
        make_draft()
        assert listed(owner.get("/empresa/sri/estado/")) == [first.pk, second.pk]
        assert listed(owner.get("/empresa/sri/estado/?sri=rejected")) == [second.pk]
        assert listed(owner.get("/empresa/sri/estado/?sri=pending")) == [first.pk]

    def test_its_tabs_count_what_they_show(self, owner):
        make_invoice()
        rejected(make_invoice())
        page = owner.get("/empresa/sri/estado/totales/")
        assert {str(tab["label"]): tab["count"] for tab in page.context["tabs"]} == {
            "Sin autorizar": "2", "Pendientes": "1", "Más de un minuto": "0", "Rechazadas": "1", "Detenidas": "0"
        }  # fmt: skip

    def test_a_pause_is_resumed_there_and_what_waited_goes_out(self, owner):
        invoice = rejected(make_invoice(), "37", "RUC SIN AUTORIZACION")
        pause = IssuerPause.objects.get()
        shown = page_of(owner, "/empresa/sri/estado/")
        path = f"/empresa/sri/pausas/{pause.pk}/reanudar/"
        assert path in shown
        assert listed(owner.get("/empresa/sri/estado/?sri=blocked")) == [invoice.pk]
        assert owner.post(path).status_code == 302
        assert IssuerPause.objects.get().ended_at == clock.now()
        assert state(invoice) == ("pending", "send")
        assert owner.post(path).status_code == 409
        assert owner.get(path).status_code == 302

    def test_orphans_are_repaired_with_one_click(self, owner):
        invoice = make_invoice()
        Transmission.objects.all().delete()
        assert sri(invoice, "reparar/") in page_of(owner, "/empresa/sri/estado/")

    def test_marked_documents_are_sent_again_and_the_others_say_why_not(self, owner):
        waits, done = send(make_invoice(), reception=unreachable()), approved(make_invoice())
        start(owner, "billing:sri", "retry", {"pk": [waits.pk, done.pk]})
        assert outcomes(worked()) == {waits.pk: ""}  # what is authorized is not on that list
        assert Transmission.objects.get(document=waits).next_attempt_at == clock.now()
        start(owner, "billing:invoices", "retry", {"pk": [waits.pk, done.pk]})
        assert outcomes(worked()) == {waits.pk: "", done.pk: "already_authorized"}

    def test_all_that_the_filters_match_are_sent_again(self, owner):
        first, second = rejected(make_invoice()), rejected(make_invoice())
        make_invoice()
        start(owner, "billing:invoices", "retry", {"all": "1"}, "sri=rejected")
        worked()
        assert {state(first), state(second)} == {("pending", "send")}

    def test_asking_for_many_queues_one_job_each(self, owner, monkeypatch):
        queued = []
        monkeypatch.setattr("billing.bulk.enqueue", lambda path, *args: queued.append((path, *args)))
        invoice, draft = send(make_invoice()), make_draft()
        start(owner, "billing:invoices", "check", {"pk": [invoice.pk, draft.pk]})
        assert outcomes(worked()) == {invoice.pk: "", draft.pk: "not_electronic"}
        assert queued == [("billing.jobs.check_document", invoice.pk)]

    def test_nothing_marked_is_refused(self, owner):
        assert owner.post("/tareas/nueva/billing:sri/retry/").status_code == 422

    def test_the_menu_leads_there_only_where_documents_go_to_sri(self, owner):
        assert 'href="/empresa/sri/estado/"' in menu_of(owner)
        paper = make_company()
        client = Client()
        client.force_login(make_user(paper), backend=BACKEND)
        assert 'href="/empresa/sri/estado/"' not in menu_of(client)


class TestLists:
    def test_tabs_of_the_invoices_say_what_is_at_sri(self, owner):
        waits, refused = make_invoice(), rejected(make_invoice())
        page = owner.get("/facturas/?sri=pending")
        assert listed(page) == [waits.pk]
        assert "SRI pendiente" in page.content.decode()
        assert listed(owner.get("/facturas/?sri=rejected")) == [refused.pk]

    def test_the_zip_holds_pdf_and_authorized_xml(self, owner, monkeypatch):
        monkeypatch.setattr(files, "render", lambda ride: b"%PDF-")
        done, waits = approved(make_invoice()), make_invoice()
        start(owner, "billing:invoices", "download", {"pk": [done.pk, waits.pk]})
        path = worked().path
        with zipfile.ZipFile(io.BytesIO(default_storage.open(path).read())) as archive:
            assert sorted(archive.namelist()) == [
                f"factura-{done.number}.pdf", f"factura-{done.number}.xml", f"factura-{waits.number}.pdf"
            ]  # fmt: skip
            assert archive.read(f"factura-{done.number}.xml") == bytes(SriAuthorization.objects.get().content)

    def test_the_start_page_counts_what_waits_and_what_was_refused(self, owner):
        make_invoice()
        rejected(make_invoice())
        cards = {str(card["label"]): card for card in owner.get("/").context["figures"]}
        assert cards["SRI pendiente"]["value"] == "1"
        assert cards["Rechazadas por el SRI"]["value"] == "1"
        assert listed(owner.get(cards["Rechazadas por el SRI"]["url"])) != []
        assert "días" in cards["Certificado de firma"]["value"]


def test_a_returned_document_that_sri_already_has_is_asked_for_at_once(owner):
    invoice = send(make_invoice(), reception=returned("43", "CLAVE ACCESO REGISTRADA"), answer=authorized())
    assert "Autorizada por el SRI." in page_of(owner, sri(invoice), **HTMX)


def test_installation_administrators_read_xml_and_answers_and_a_long_one_by_its_length(company, monkeypatch):
    invoice = rejected(make_invoice())
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin@x.test", "x", name="Instaladora"), backend=BACKEND)
    signed, answer = SignedXml.objects.get(), SriAnswer.objects.get()
    assert invoice.access_key in page_of(admin, f"/admin/billing/signedxml/{signed.pk}/change/")
    assert "&lt;b&gt;1&lt;/b&gt;" in page_of(admin, f"/admin/billing/srianswer/{answer.pk}/change/")
    monkeypatch.setattr("billing.admin.MOST_SHOWN", 10)
    shown = page_of(admin, f"/admin/billing/signedxml/{signed.pk}/change/")
    assert f"{len(bytes(signed.content))} bytes" in shown
    assert "<infoTributaria" not in shown.replace("&lt;", "<")
