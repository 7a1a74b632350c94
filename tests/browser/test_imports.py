"""A newcomer brings the customers from a spreadsheet: errors are shown, put right, applied and taken back."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from billing.models import Customer
from companies.roles import Role
from core.tenancy import company_context
from desk import tasks
from desk.models import Import
from tests.factories import make_company, make_customer, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = """Ficha;Razón social;Correo;Clase
1710034065;Ana Játiva;ana@x.test;
1713175071;Luis Paz;luis@;
1790012345001;Andina S.A.;pagos@andina.ec;
"""


def look(page: Page, name: str) -> None:
    """Take a picture for whoever asks to see."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def work() -> None:
    """Do what the workers would."""
    tasks.advance(Import.objects.latest("pk").task_id or 0)


def bring(page: Page, file: Path) -> None:
    page.goto("/clientes/")
    page.get_by_label("Más acciones").click()
    page.get_by_role("link", name="Importar desde Excel o CSV…").click()
    look(page, "new")
    page.get_by_label("Archivo").set_input_files(file)
    page.get_by_role("button", name="Revisar el archivo").click()


def confirm(page: Page, link: str, button: str) -> None:
    page.get_by_role("link", name=link).click()
    look(page, button)
    page.get_by_role("button", name=button).click()


def test_a_file_with_errors_is_put_right_applied_and_taken_back(site, enter, tmp_path):
    company = make_company()
    with company_context(company.pk):
        page = enter(make_user(company, Role.BILLING))
        file = tmp_path / "clientes.csv"
        file.write_text(FILE, encoding="latin-1")
        bring(page, file)
        page.get_by_label("Ficha").select_option("Identificación")  # a heading nobody could have foreseen
        look(page, "columns")
        page.get_by_role("button", name="Revisar con estas columnas").click()
        look(page, "working")
        work()
        expect(page.get_by_text("Esto es lo que haría cada fila")).to_be_visible()
        expect(page.locator("main table")).to_contain_text("Introduzca una dirección de correo electrónico válida")
        look(page, "checked")
        with page.expect_download() as download:
            page.get_by_role("link", name="Descargar las filas con error").click()
        refused = download.value.path().read_text(encoding="utf-8-sig")
        assert refused.splitlines()[0] == "Ficha;Razón social;Correo;Clase;columna con error;motivo"
        confirm(page, "Aplicar…", "Aplicar")
        work()
        expect(page.get_by_text("Las filas con error no se aplicaron")).to_be_visible()
        assert Customer.objects.live().count() == 3  # with consumidor final
        look(page, "applied")
        file.write_text(refused.replace("luis@;", "luis@x.test;").replace("Ficha", "identificacion"), encoding="utf-8")
        bring(page, file)
        work()
        confirm(page, "Aplicar…", "Aplicar")
        work()
        expect(page.get_by_role("link", name="Deshacer…")).to_be_visible()
        luis = Customer.objects.get(identification="1713175071")
        assert luis.email == "luis@x.test"
        confirm(page, "Deshacer…", "Deshacer")
        work()
        expect(page.locator("h1")).to_contain_text("Deshecha")
        look(page, "undone")
        page.goto("/importaciones/")
        look(page, "list")
        page.goto(f"/importaciones/filas/?source={Import.objects.earliest('pk').pk}")
        look(page, "rows")
        luis.refresh_from_db()
        assert (luis.deleted_at is not None, Customer.objects.live().count()) == (True, 3)


def test_two_duplicates_become_one(site, enter):
    company = make_company()
    with company_context(company.pk):
        ana = make_customer(identification_type="05", identification="1710034065", name="Ana Játiva", phone="099")
        shop = make_customer(
            identification_type="04", identification="1710034065001", name="Ana Jativa", email="a@x.ec"
        )
        page = enter(make_user(company, Role.BILLING), path="/clientes/duplicados/")
        look(page, "duplicates")
        page.get_by_role("link", name="Unir Ana Jativa a Ana Játiva").first.click()
        page.get_by_label("1710034065001 (RUC)").check()
        look(page, "merge")
        page.get_by_role("button", name="Unir para siempre").click()
        expect(page.locator("h1")).to_contain_text("Ana Játiva")
        page.goto(f"/clientes/{shop.pk}/")
        expect(page).to_have_url(f"{site.url}/clientes/{ana.pk}/")
        expect(page.locator("main")).to_contain_text("1710034065001")
        page.goto(f"/clientes/{ana.pk}/unir/")
        look(page, "merge-choose")


def test_contacts_are_added_changed_and_removed_by_keyboard(site, enter):
    company = make_company()
    with company_context(company.pk):
        ana = make_customer(identification_type="05", identification="1710034065", name="Ana Játiva")
        page = enter(make_user(company, Role.BILLING), path=f"/clientes/{ana.pk}/editar/")
        page.locator("[name=contacts-0-name]").focus()
        for text in ("Bea Ruiz", "bea@x.test", "099", "Contadora"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Control+s")
        expect(page).to_have_url(re.compile(rf"/clientes/{ana.pk}/$"))  # the form says the next words too
        expect(page.get_by_text("Recibe documentos")).to_be_visible()
        assert list(ana.contacts.values_list("name", "email", "position", "receives_documents")) == [
            ("Bea Ruiz", "bea@x.test", "Contadora", True)
        ]
        page.keyboard.press("e")
        page.locator("[name=contacts-0-receives_documents]").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Control+s")
        expect(page).to_have_url(re.compile(rf"/clientes/{ana.pk}/$"))
        expect(page.get_by_text("Bea Ruiz")).to_be_visible()
        assert not ana.contacts.get().receives_documents
        page.keyboard.press("e")
        page.locator("[name=contacts-0-receives_documents]").focus()
        page.keyboard.press("Tab")  # the button that takes the row away
        page.keyboard.press("Enter")
        page.keyboard.press("Control+s")
        expect(page.get_by_text("Sin contactos")).to_be_visible()
        assert not ana.contacts.exists()
