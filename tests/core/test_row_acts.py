"""The menu of a row offers what the person may do and the row's state allows, and each entry leads to its own row."""

import re

import pytest
from django.test import Client

from billing.models import Document, Status
from companies.roles import Role
from core import clock
from payments.models import Payment
from reservations.models import Reservation, ReservationStatus
from tests.factories import make_customer, make_draft, make_invoice, make_product, make_user, own_company, pay
from tests.notes import issue_note, make_note_series
from tests.reservations.factories import NOW, book, confirmed, make_priced_court
from tests.world import BACKEND

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    with clock.at(NOW), own_company() as found:
        yield found


def signed_in(company, role=Role.OWNER):
    client = Client()
    client.force_login(make_user(company, role), backend=BACKEND)
    return client


def menus(client, path):
    """Return the entries of each row's menu as {label: address}."""
    html = client.get(path).content.decode()
    found = re.findall(r'<details class="menu row-menu".*?</details>', html, re.S)
    return [
        {label.strip(): url for url, label in re.findall(r'(?:href|formaction)="([^"]+)".*?</svg>([^<]+)<', menu, re.S)}
        for menu in found
    ]


def test_an_invoice_offers_what_its_state_allows(company):
    draft, invoice = make_draft(), make_invoice()
    of_invoice, of_draft = menus(signed_in(company), "/facturas/")
    assert of_invoice["Cobrar"] == f"/cobros/nuevo/?invoice={invoice.pk}"
    assert of_invoice["Anular…"] == f"/facturas/{invoice.pk}/anular/"
    assert of_invoice["PDF"] == f"/facturas/{invoice.pk}/pdf/"
    assert not {"Editar", "Descartar…", "XML"} & of_invoice.keys()
    assert of_draft["Editar"] == f"/facturas/{draft.pk}/editar/"
    assert not {"Cobrar", "Anular…", "Enviar por correo…"} & of_draft.keys()


def test_nobody_is_offered_what_they_may_not_do(company):
    make_invoice()
    offered = menus(signed_in(company, Role.AUDITOR), "/facturas/")[0]
    assert offered.keys() == {"Ver", "Vista previa", "PDF"}


def test_a_paid_invoice_is_neither_charged_nor_voided(company):
    invoice = make_invoice()
    pay(invoice, str(invoice.total))
    offered = menus(signed_in(company), "/facturas/")[0]
    assert not {"Cobrar", "Anular…"} & offered.keys()
    assert Document.objects.get(pk=invoice.pk).status == Status.PAID


def test_a_row_is_duplicated_by_its_own_button_and_one_key_each_time(company):
    invoices = [make_invoice(), make_invoice()]
    client = signed_in(company)
    html = client.get("/facturas/").content.decode()
    buttons = re.findall(r'form="row-acts" formaction="([^"]+)" name="_key" value="(\w+)"', html)
    assert {url for url, _key in buttons} == {f"/facturas/{row.pk}/duplicar/" for row in invoices}
    assert len({key for _url, key in buttons}) == 2
    assert 'id="row-acts"' in html
    url, key = buttons[0]
    for _again in range(2):
        assert client.post(url, {"_key": key}).status_code == 302
    assert Document.objects.filter(status=Status.DRAFT).count() == 1


def test_a_booking_is_confirmed_then_arrives_then_is_charged_from_its_row(company):
    booking = book(make_priced_court(), "09:00", "10:00")
    client = signed_in(company)
    offered = menus(client, "/reservas/lista/")[0]
    assert {"Confirmar", "Mover", "Cancelar…"} < offered.keys()
    assert not {"Cobrar", "Llegó"} & offered.keys()
    client.post(offered["Confirmar"])
    offered = menus(client, "/reservas/lista/")[0]
    assert offered["Cobrar"] == f"/reservas/{booking.pk}/cobrar/"
    client.post(offered["Llegó"])
    offered = menus(client, "/reservas/lista/")[0]
    assert Reservation.objects.get().status == ReservationStatus.CHECKED_IN
    assert not {"Confirmar", "Llegó", "Mover", "Cancelar…"} & offered.keys()


def test_nobody_is_said_to_have_come_hours_before(company):
    confirmed(make_priced_court(), "18:00", "19:00")
    offered = menus(signed_in(company), "/reservas/lista/")[0]
    assert {"Cobrar", "Mover"} < offered.keys()
    assert "Llegó" not in offered


def test_a_payment_leads_to_its_receipt_and_is_voided_once(company):
    payment = pay(make_invoice(), "5.00")
    client = signed_in(company)
    offered = menus(client, "/cobros/")[0]
    assert offered["Recibo"] == f"/cobros/recibos/{payment.receipt_id}/pdf/"
    client.post(offered["Anular…"], {"reason": "Otro cliente"})
    assert Payment.objects.get().voided_at
    assert "Anular…" not in menus(client, "/cobros/")[0]


def test_customers_products_and_notes_have_theirs(company):
    make_note_series()
    customer, product = make_customer(), make_product()
    note = issue_note(make_invoice(customer_id=customer.pk))
    client = signed_in(company)
    rows = menus(client, "/clientes/")
    assert any(row.get("Nueva factura") == f"/facturas/nueva/?customer={customer.pk}" for row in rows)
    assert any(row.get("Estado de cuenta") == f"/cobros/estado/{customer.pk}/" for row in rows)
    assert sum("Editar" in row for row in rows) == len(rows) - 1  # consumidor final is nobody's to change
    assert menus(client, "/productos/")[0]["Editar"] == f"/productos/{product.pk}/editar/"
    assert menus(client, "/notas-de-credito/")[0]["Anular…"] == f"/notas-de-credito/{note.pk}/anular/"
