"""The go-to box finds numbers, amounts, people, things and pages, for whoever may see them."""

import pytest
from django.test import Client

from companies.roles import ROLES, Role
from core import clock
from core.goto import pages_for
from core.search import normalize
from payments.models import Payment
from tests.factories import line, make_customer, make_invoice, make_product, make_user, own_company, pay
from tests.reservations.factories import NOW, book, make_priced_court
from tests.world import BACKEND

FRAGMENT = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.fixture
def client(company):
    client = Client()
    client.force_login(make_user(company), backend=BACKEND)
    return client


@pytest.fixture
def ask(client):
    def find(text: str) -> list[str]:
        groups = client.get("/buscar/", {"q": text}, **FRAGMENT).context["groups"]
        return [hit.label for group in groups for hit in group.hits]

    return find


def owing(total: str, **values):
    return make_invoice(line(total, tax_category="zero"), **values)


@pytest.mark.parametrize("text", ["2", "02", "000000002", "1-1-2", "001-001-2", "001-001-000000002", "01-01-000000002"])
def test_an_invoice_is_found_by_its_number_however_it_is_shortened(ask, text):
    make_invoice()
    invoice = make_invoice()
    if len(text) == 1:
        assert ask(text) == []  # one key is not a question yet
    else:
        assert invoice.number in ask(text)
        assert invoice.number.replace("2", "1") not in ask(text)


def test_a_piece_in_the_middle_of_a_number_is_found_too(ask):
    invoice = make_invoice()
    assert ask("001-0000000") == [invoice.number]


def test_an_invoice_is_found_by_its_buyer_forgiving_accents(ask):
    invoice = make_invoice(customer_id=make_customer(name="José Muñoz").pk)
    assert ask("munoz") == [invoice.number, "José Muñoz"]


@pytest.mark.parametrize("text", ["45,50", "45.50", "$ 45,50", "$45.50"])
def test_an_amount_finds_the_documents_and_payments_of_exactly_that_amount(ask, text):
    invoice, other = owing("45.50"), owing("145.50")
    pay(other, "45.50")
    assert ask(text) == [invoice.number, f"{Payment.objects.get().receipt} · $ 45,50"]


def test_a_receipt_is_found_by_its_number(ask):
    pay(owing("10.00"), "4.00")
    receipt = str(Payment.objects.get().receipt)
    for text in (receipt, "rec 1", "REC-1"):
        assert ask(text) == [f"{receipt} · $ 4,00"]


def test_an_access_key_is_found_exactly(company):
    from tests.sri_stub import stubbed

    with own_company(e_invoicing=True) as electronic, stubbed():
        invoice = make_invoice()
        client = Client()
        client.force_login(make_user(electronic), backend=BACKEND)
        groups = client.get("/buscar/", {"q": invoice.access_key}, **FRAGMENT).context["groups"]
    assert [hit.label for group in groups for hit in group.hits] == [invoice.number]


def test_a_customer_is_found_by_identification_and_a_product_by_code(ask):
    make_customer(name="Ana Torres", identification_type="05", identification="1710034065")
    make_product(code="CAN-77", name="Cancha")
    assert ask("1710034065") == ["Ana Torres"]
    assert ask("can-77") == ["Cancha"]


def test_a_booking_is_found_by_its_code_its_customer_and_its_price(ask):
    with clock.at(NOW):
        booking = book(make_priced_court("37.25"))
    for text in (booking.code, booking.code.lower(), booking.code.removeprefix("R-").lstrip("0").rjust(2, "0")):
        assert booking.code in ask(text)
    assert ask("37,25") == [booking.code]


def test_what_is_not_there_is_not_found(ask):
    make_product(name="Agua")
    assert ask("inexistente") == []
    assert ask("x" * 101) == []


def test_nothing_typed_shows_what_one_worked_on_last(client, ask):
    assert ask("") == []
    client.post("/productos/nuevo/", {"code": "AG-1", "name": "Agua", "unit_price": "1,00", "tax_category": "general"})
    assert ask("") == ["Agua"]
    assert Client().get("/buscar/").status_code == 302


def test_another_company_s_things_are_not_found(ask):
    with own_company():
        make_product(name="Ajena")
        owing("45.50")
    assert ask("ajena") == []
    assert ask("45,50") == []


def test_htmx_gets_the_rows_alone_and_a_browser_a_page(client):
    make_product(name="Agua")
    rows = client.get("/buscar/", {"q": "agua"}, **FRAGMENT).content.decode()
    assert rows.strip().startswith('<li class="goto-head"')
    assert "<html" in client.get("/buscar/", {"q": "agua"}).content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_each_page_of_the_box_opens_for_the_role_it_is_offered_to(company, role):
    client = Client()
    client.force_login(make_user(company, role), backend=BACKEND)
    for link in pages_for(ROLES[role]):
        assert client.get(link.url).status_code in (200, 302), link.url


def test_pages_are_found_by_name_and_other_words_and_no_two_share_a_shortcut():
    pages = pages_for(ROLES[Role.OWNER])
    assert "Nueva factura" in [page.label for page in pages if normalize("NUEVA fáctura") in page.text]
    keys = [tuple(page.keys) for page in pages if page.keys]
    assert len(keys) == len(set(keys))
    assert all(first == "g" and len(second) == 1 for first, second in keys)
