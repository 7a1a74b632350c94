"""The pages of the log."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import heads, jobs
from audit.log import record
from audit.models import AccessEntry, AuditEntry
from core.tenancy import company_context
from tests.companies.web import client_as
from tests.factories import SYSTEM, actor, make_company, make_customer, make_invoice

PAGES = ["audit:log", "audit:access", "audit:verify"]


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def company(db):
    company = make_company()
    with company_context(company.pk):
        make_invoice(actor=actor("billing", correlation_id="c-7", address="10.1.2.3"))
        connection.check_constraints()
    return company


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("administrator", 200), ("auditor", 200), ("billing", 403), ("cashier", 403), ("accountant", 403)],
)
def test_only_who_may_see_the_log_opens_its_pages(company, name, role, status):
    assert client_as(company, role).get(reverse(name)).status_code == status


def test_the_list_tells_each_change(company):
    html = client_as(company, "auditor").get(reverse("audit:log")).content.decode()
    assert "Factura emitida" in html
    assert "001-001-000000001" in html
    assert "Estado: Borrador → Emitida" in html


def test_the_list_takes_the_apis_filters(company):
    client = client_as(company, "auditor")
    with company_context(company.pk):
        record("customer.hidden", make_customer(name="Ana Vera"), actor=SYSTEM)
        connection.check_constraints()
    html = client.get(reverse("audit:log"), {"subject": "customer", "search": "vera"}).content.decode()
    assert "Cliente retirado de las listas" in html
    assert "001-001-000000001" not in html


def test_a_list_of_any_length_takes_the_same_queries(company):
    client = client_as(company, "auditor")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("audit:log")).status_code == 200
        return len(captured)

    few = queries()
    with company_context(company.pk):
        for _ in range(40):
            record("customer.updated", make_customer(), actor=SYSTEM, before={"name": "a"}, after={"name": "b"})
        connection.check_constraints()
    assert queries() == few <= 15


def test_an_entry_shows_before_and_after_and_what_came_with_it(company):
    with company_context(company.pk):
        entry = AuditEntry.objects.get(action="invoice.issued")
    html = client_as(company, "auditor").get(entry.get_absolute_url()).content.decode()
    assert "<td>Borrador</td><td>Emitida</td>" in html
    assert "billing" in html
    assert "10.1.2.3" in html
    assert "En la misma petición" in html
    assert "Borrador de factura creado" in html


def test_another_companys_entry_is_not_there(company):
    other = make_company()
    with company_context(other.pk):
        entry = record("customer.updated", make_customer(), actor=SYSTEM)
        connection.check_constraints()
    assert client_as(company).get(entry.get_absolute_url()).status_code == 404


def test_the_access_log_shows_refusals_and_reads(company):
    client_as(company, "cashier").get(reverse("audit:log"))  # is refused, and noted
    with company_context(company.pk):
        AccessEntry(company=company, kind="read", actor_label="Ana", door="page", path="/facturas/1/").save()
    client = client_as(company, "auditor")
    html = client.get(reverse("audit:access")).content.decode()
    assert "rechazo" in html
    assert "/facturas/1/" in html
    only = client.get(reverse("audit:access"), {"kind": "refused"}).content.decode()
    assert "/facturas/1/" not in only
    assert reverse("audit:log") in only


def test_the_verdict_of_an_intact_log(company):
    client = client_as(company, "auditor")
    html = client.get(reverse("audit:verify")).content.decode()
    assert "El registro está íntegro" in html
    assert "ninguna cabeza publicada todavía" in html
    with company_context(company.pk):
        jobs.publish_head()
        position = heads.last_published().position
    assert f"(posición {position})" in client.get(reverse("audit:verify")).content.decode()


def test_the_verdict_of_a_damaged_log_names_the_entry(company, monkeypatch):
    with company_context(company.pk):
        jobs.publish_head()
    path = next(heads.folder().iterdir())
    path.write_text(path.read_text().replace('"hash": "', '"hash": "00'))
    html = client_as(company, "auditor").get(reverse("audit:verify")).content.decode()
    assert "El registro fue manipulado" in html
    assert "no coincide con la cabeza publicada" in html


def test_the_menus_counts_come_as_a_piece_for_each_place(company):
    response = client_as(company, "frontdesk").get(reverse("audit:badges"), headers={"HX-Request": "true"})
    html = response.content.decode()
    assert response.status_code == 200
    for name in ("reservations", "billables", "invoices", "payments"):
        assert f'id="nav-count-{name}" hx-swap-oob="true"' in html
    assert "<html" not in html
