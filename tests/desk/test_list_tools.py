"""What people do to any list: choose its columns, keep it under a name, take it along as a file."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from audit.models import AccessEntry, AuditEntry
from core import clock
from desk import exports
from desk.models import SavedView
from tests.desk.importing import checked, verdicts
from tests.factories import actor, make_customer, make_draft, make_invoice, make_user, pay
from tests.tasks import worked
from tests.world import site

INVOICES = "/facturas/"


@pytest.fixture
def clerk(as_role):
    return as_role("billing")


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def csv_of(response) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))


def sheet_of(content: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


# Files


def test_a_csv_holds_what_is_shown_with_decimal_commas_and_no_markup(clerk):
    first, second = make_invoice(), make_invoice()
    pay(first, "15.00")
    make_draft()
    rows = csv_of(clerk.get("/exportar/billing:invoices/?status=issued&sort=number&formato=csv"))
    today, due = f"{first.issue_date:%d/%m/%Y}", f"{first.due_date:%d/%m/%Y}"
    assert rows == [
        ["Número", "Cliente", "Emisión", "Vence", "Estado", "Total", "Saldo"],
        [first.number, first.buyer_name, today, due, "Cobro parcial", "115,00", "100,00"],
        [second.number, second.buyer_name, today, due, "Sin cobrar", "115,00", "115,00"],
    ]


def test_an_xlsx_holds_numbers_and_dates(clerk):
    make_invoice()
    answer = clerk.get("/exportar/billing:invoices/?formato=xlsx&cols=issue_date&cols=total")
    heading, row = sheet_of(b"".join(answer.streaming_content))
    assert heading == ("Número", "Emisión", "Total")
    assert row[1].date() == clock.today()
    assert Decimal(str(row[2])) == Decimal("115.00")
    assert answer["Content-Disposition"] == f'attachment; filename="invoices-{clock.today():%Y%m%d}.xlsx"'


def test_no_name_becomes_a_formula(clerk):
    make_customer(name='=HYPERLINK("http://x")')
    [row] = [row for row in csv_of(clerk.get("/exportar/billing:customers/?search=hyperlink")) if "HYPER" in row[0]]
    assert row[0] == '\'=HYPERLINK("http://x")'
    answer = clerk.get("/exportar/billing:customers/?search=hyperlink&formato=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert (book.active["A2"].value, book.active["A2"].data_type) == ('=HYPERLINK("http://x")', "s")


def test_a_file_holds_every_page(clerk, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 2)
    for number in range(5):
        make_customer(name=f"Cliente {number}")
    rows = csv_of(clerk.get("/exportar/billing:customers/?search=cliente"))
    assert [row[0] for row in rows[1:]] == [f"Cliente {number}" for number in range(5)]


def test_a_long_list_is_a_task_with_a_file(clerk, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    make_invoice(), make_invoice()
    asked = "/exportar/billing:invoices/?formato=xlsx&status=issued"
    assert "Filas que coinciden con los filtros: 2." in text_of(clerk.get(asked))
    watched = clerk.post(asked)["Location"]
    task = worked()
    assert (watched, task.state) == (f"/tareas/{task.pk}/", "done")
    assert len(sheet_of(b"".join(clerk.get(f"{watched}archivo/").streaming_content))) == 3


def test_too_long_a_list_is_refused(clerk, monkeypatch):
    monkeypatch.setattr(exports, "MOST", 1)
    make_invoice(), make_invoice()
    assert clerk.get("/exportar/billing:invoices/").status_code == 422


def test_who_took_a_list_along_stands_in_the_access_log(clerk):
    make_invoice()
    csv_of(clerk.get("/exportar/billing:invoices/?status=issued"))
    entry = AccessEntry.objects.latest("pk")
    assert (entry.kind, entry.code, entry.detail) == ("read", "export_csv", "Facturas: status=issued")


def test_who_may_not_export_or_not_see_the_list_is_refused(as_role):
    assert as_role("cashier").get("/exportar/billing:invoices/").status_code == 403
    assert as_role("billing").get("/exportar/audit:log/").status_code == 403
    assert "Exportar" not in text_of(as_role("cashier").get(INVOICES))


# Columns


def test_the_address_says_which_columns_are_shown(clerk):
    make_invoice()
    shown = [column.name for column in clerk.get(INVOICES + "?cols=total").context["table"].columns]
    assert shown == ["pk", "number", "total", "icons"]


def test_spare_columns_are_there_for_who_asks(clerk):
    invoice = make_invoice()
    assert invoice.buyer_identification not in text_of(clerk.get(INVOICES))
    assert invoice.buyer_identification in text_of(clerk.get(INVOICES + "?cols=buyer_identification"))


# Kept views


def keep(client, query="status=issued", **typed):
    return client.post(f"/vistas/nueva/billing:invoices/?{query}", {"name": "Por cobrar"} | typed)


def test_a_view_keeps_filters_order_and_columns_and_opens_by_its_address(clerk):
    invoice, _draft = make_invoice(), make_draft()
    address = keep(clerk, "status=issued&sort=-total&cols=total&cursor=abc&vista=9")["Location"]
    view = SavedView.objects.get()
    assert view.query == "status=issued&sort=-total&cols=total"
    assert address == f"{INVOICES}?{view.query}&vista={view.pk}"
    page = clerk.get(address)
    assert [row.record.pk for row in page.context["table"].rows] == [invoice.pk]
    assert AuditEntry.objects.get(action="saved_view.created").object_id == view.pk


def test_the_default_opens_with_the_list_but_not_over_what_was_asked_for(clerk, as_role):
    keep(clerk, is_default="on")
    view = SavedView.objects.get()
    assert clerk.get(INVOICES)["Location"] == f"{INVOICES}?status=issued&vista={view.pk}"
    assert clerk.get(INVOICES + "?vista=").status_code == 200
    assert clerk.get(INVOICES + "?status=draft").status_code == 200
    assert as_role("billing").get(INVOICES).status_code == 200  # somebody else's default


def test_there_is_one_default(clerk):
    keep(clerk, is_default="on")
    keep(clerk, name="Otra", is_default="on")
    assert list(SavedView.objects.order_by("pk").values_list("is_default", flat=True)) == [False, True]


def test_two_views_of_one_name_are_refused(clerk):
    keep(clerk)
    refused = keep(clerk)
    assert refused.status_code == 422
    assert "Ya tiene una vista con ese nombre." in text_of(refused)


def test_a_shared_view_is_offered_to_all_and_changed_by_its_owner_or_who_manages(clerk, as_role):
    keep(clerk, shared="on")
    view, other, boss = SavedView.objects.get(), as_role("accountant"), as_role("owner")
    assert "Por cobrar" in text_of(other.get(INVOICES))
    assert other.post(f"/vistas/{view.pk}/", {"name": "Mía", "version": 1}).status_code == 403
    assert other.post(f"/vistas/{view.pk}/borrar/").status_code == 403
    assert boss.post(f"/vistas/{view.pk}/", {"name": "De todos", "shared": "on", "version": 1}).status_code == 302
    assert clerk.post(f"/vistas/{view.pk}/", {"name": "Vieja", "version": 1}).status_code == 412
    assert SavedView.objects.get().name == "De todos"
    assert clerk.post(f"/vistas/{view.pk}/borrar/").status_code == 302
    assert not SavedView.objects.exists()


def test_a_personal_view_is_nobody_else_s(clerk, as_role):
    keep(clerk)
    view, boss = SavedView.objects.get(), as_role("owner")
    assert boss.get(f"/vistas/{view.pk}/").status_code == 404
    assert boss.post(f"/vistas/{view.pk}/borrar/").status_code == 404


def test_the_views_page_lists_them_and_leads_to_their_lists(clerk):
    keep(clerk)
    assert f"{INVOICES}?status=issued&amp;vista=" in text_of(clerk.get("/vistas/"))


def test_customers_taken_along_to_be_brought_back_change_nothing(clerk, company):
    make_customer(name="Ana Torres", email="ana@x.test", credit_limit=Decimal("1500.00"), phone="+593 99 123 4567")
    answer = clerk.get("/exportar/billing:customers/?formato=import_xlsx")
    content = b"".join(answer.streaming_content)
    boss = actor(user_id=make_user(company).pk)
    assert set(verdicts(checked(content, boss, name="clientes.xlsx")).values()) == {("same", "", "")}


LISTS = {address.path: address.callback.list_page for address in site() if hasattr(address.callback, "list_page")}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_without_rows_says_what_will_stand_in_it(path):
    said = LISTS[path].empty
    assert said.title
    assert said.text
    assert bool(said.url_name) == bool(said.label)
    assert not said.url_name or reverse(said.url_name)


@pytest.mark.parametrize(
    ("path", "said", "next_step"),
    [
        ("/auditoria/accesos/", "queda aquí durante 13 meses", "/auditoria/"),
        ("/empresa/sri/estado/", "mientras espera su respuesta", "/facturas/"),
    ],
)
def test_the_lists_of_what_happens_by_itself_lead_somewhere(as_role, path, said, next_step):
    page = as_role("owner").get(path).content.decode()
    assert said in page
    assert f'class="btn btn-primary" href="{next_step}"' in page
