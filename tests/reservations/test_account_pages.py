"""Dividing an account and taking each part's money, on the pages and over the API, as the front desk does it."""

from decimal import Decimal

import pytest

from billing.models import Document
from companies.roles import Role
from payments.models import Payment, PaymentMethod
from reservations import splitting
from reservations.models import Reservation, Share
from reservations.splitting import ShareInput
from tests.factories import SYSTEM, make_customer, make_user
from tests.pages import errors_of, filled
from tests.reservations.factories import confirmed, make_priced_court

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, company):
    client.force_login(make_user(company, Role.FRONTDESK))
    return client


@pytest.fixture
def booked(company) -> Reservation:
    return confirmed(make_priced_court("20.03"), customer_id=make_customer(name="Ana").pk)


def lines(*rows: tuple[int, str]) -> dict[str, str]:
    data = {"lines-TOTAL_FORMS": str(len(rows)), "lines-INITIAL_FORMS": "0"}
    for number, (customer, amount) in enumerate(rows):
        data |= {f"lines-{number}-customer": str(customer), f"lines-{number}-amount": amount}
    return data


def send(client, page: str, typed: dict[str, str]):
    return client.post(page, filled(client, page, typed))


def split_page(booked: Reservation) -> str:
    return f"/reservas/{booked.pk}/dividir/"


def cash() -> dict[str, str]:
    return {"method": str(PaymentMethod.objects.get().pk)}


def test_the_page_of_a_booking_asks_among_how_many(desk, booked):
    page = desk.get(booked.get_absolute_url()).text
    assert "¿Entre cuántos?" in page
    form = desk.get(split_page(booked), {"parts": "4"})
    assert form.text.count("data-line>") == 5  # four, and the template of one more
    assert 'value="Ana"' in form.text
    assert "$ 5,03" in form.text


def test_four_divide_it_and_each_pays(desk, booked):
    people = [make_customer() for _ in range(4)]
    made = send(desk, split_page(booked), lines(*[(row.pk, "") for row in people]))
    assert made.status_code == 302
    shares = list(Share.objects.present())
    assert [row.amount for row in shares] == [Decimal("5.03"), *[Decimal("5.00")] * 3]
    for share in shares:
        page = f"/reservas/partes/{share.pk}/cobrar/"
        assert send(desk, page, cash()).status_code == 302
    page = desk.get(booked.get_absolute_url()).text
    assert page.count("Pagada") >= 5
    assert "Pagado: $ 20,03" in page
    assert "Facturar y cobrar" not in page
    assert Payment.objects.count() == 4


def test_amounts_that_do_not_sum_are_refused_with_what_is_missing(desk, booked):
    people = [make_customer() for _ in range(2)]
    typed = lines((people[0].pk, "12,50"), (people[1].pk, "7,50"))
    preview = desk.post(f"{split_page(booked)}preview/", typed).text
    assert "faltan $ 0,03" in preview
    refused = send(desk, split_page(booked), typed)
    assert (refused.status_code, Share.objects.count()) == (422, 0)
    assert "faltan $ 0,03" in errors_of(refused)[0]


def test_another_line_is_added_without_a_script(desk, booked):
    typed = lines((make_customer().pk, ""), (0, "")) | {"add_line": "lines"}
    again = desk.post(split_page(booked), typed)
    assert again.status_code == 200
    assert 'name="lines-2-amount"' in again.text


def test_the_account_is_put_back_to_one_until_something_is_on_a_document(desk, booked):
    shares = splitting.split(booked.pk, [ShareInput(make_customer().pk) for _ in range(2)], actor=SYSTEM)
    assert "Una sola cuenta" in desk.get(booked.get_absolute_url()).text
    assert desk.post(f"/reservas/partes/{shares[0].pk}/facturar/").status_code == 302
    page = desk.get(booked.get_absolute_url()).text
    assert "Una sola cuenta" not in page
    assert "Dividir el resto" in page
    assert desk.post(f"/reservas/{booked.pk}/juntar/").status_code == 409


def test_over_the_api_an_account_is_divided_paid_and_read(desk, booked):
    base = f"/api/v1/reservations/{booked.pk}/"
    people = [make_customer() for _ in range(2)]

    def post(path, body=None):
        return desk.post(base + path, body or {}, content_type="application/json")

    def post_to_share(share, act, body):
        return desk.post(f"/api/v1/reservation-shares/{share}/{act}/", body, content_type="application/json")

    short = post("split/", {"shares": [{"customer": row.pk, "amount": "1.00"} for row in people]})
    assert (short.status_code, short.json()["code"], short.json()["missing"]) == (422, "shares_do_not_add_up", "18.03")
    made = post("split/", {"shares": [{"customer": row.pk} for row in people]}).json()
    assert [(row["amount"], row["state"], row["invoice"]) for row in made["shares"]] == [
        ("10.02", "waiting", None), ("10.01", "waiting", None),
    ]  # fmt: skip
    first, second = (row["id"] for row in made["shares"])
    paid = post_to_share(first, "charge", {"method": PaymentMethod.objects.get().pk}).json()
    assert (paid["status"], paid["total"]) == ("paid", "10.02")
    drafted = post_to_share(second, "invoice", {"issue": True}).json()
    assert drafted["status"] == "issued"
    told = desk.get(base).json()
    assert [row["state"] for row in told["shares"]] == ["paid", "invoiced"]
    assert (told["billing_state"], told["invoice"]) == ("invoiced", None)
    assert post("charge/", {"method": PaymentMethod.objects.get().pk}).json()["code"] == "reservation_split"
    assert post("join/").json()["code"] == "share_on_document"


def test_a_month_goes_on_one_invoice_over_the_api_and_from_the_list(desk, company):
    team, court = make_customer(), make_priced_court("20.00")
    rows = [confirmed(court, f"{hour}:00", f"{hour + 1}:00", customer_id=team.pk) for hour in (18, 19, 20, 21)]
    body = {"reservations": [row.pk for row in rows[:2]], "issue": True}
    made = desk.post("/api/v1/reservations/group-invoice/", body, content_type="application/json")
    assert (made.status_code, made.json()["total"]) == (200, "40.00")
    assert "Facturar juntas" in desk.get("/reservas/lista/").text
    answer = desk.post("/reservas/lista/facturar/", {"pk": [row.pk for row in rows[2:]]})
    assert (answer.status_code, Document.objects.get(status="draft").total) == (302, Decimal("40.00"))
    again = desk.post("/reservas/lista/facturar/", {"pk": [row.pk for row in rows]})
    assert again.status_code == 409
