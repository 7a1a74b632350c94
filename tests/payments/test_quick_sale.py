"""The counter's sale: drafted, issued and paid in one act, or not at all."""

from decimal import Decimal

import pytest

from billing.models import Customer, Document, Status
from billing.totals import Discount
from companies.models import Company
from core.errors import Forbidden, WorkflowError
from payments import quick_sale
from payments.models import Payment, PaymentMethod
from payments.quick_sale import Buyer, SaleInput, SaleLine
from tests.api_client import Api
from tests.factories import actor, make_customer, make_method, make_product, make_user
from tests.pages import errors_of, filled

FRONT_DESK, CASHIER = actor("frontdesk"), actor("cashier")
PATH = "/venta/"


@pytest.fixture
def water(company):
    return make_product(code="AGUA", name="Agua sin gas", unit_price=Decimal("1.00"), price_includes_tax=True)


def sold(product, quantity: str = "1", who=FRONT_DESK, **values) -> quick_sale.Sale:
    lines = (SaleLine(product.pk, Decimal(quantity), values.pop("discount", Discount(Decimal(0)))),)
    method = values.pop("method_id", None) or PaymentMethod.objects.order_by("pk")[0].pk
    return quick_sale.sell(SaleInput(lines, method, **values), actor=who)


def refused(code: str, call, *args, **options) -> WorkflowError:
    with pytest.raises(WorkflowError) as refusal:
        call(*args, **options)
    assert refusal.value.code == code
    assert not Document.objects.exists()
    assert not Payment.objects.exists()
    return refusal.value


@pytest.mark.parametrize("who", [FRONT_DESK, CASHIER], ids=lambda who: who.label)
def test_the_permission_alone_sells_to_consumidor_final_for_cash(water, who):
    sale = sold(water, "3", who, tendered=Decimal("5.00"))
    assert (sale.document.status, sale.document.total, sale.document.balance) == (Status.PAID, Decimal("3.00"), 0)
    assert (sale.document.buyer_identification_type, sale.payment.amount, sale.change) == ("07", 3, Decimal("2.00"))
    assert sale.document.payment_terms.get().sri_method == "01"
    assert sale.receipt.number == "REC-000000001"


@pytest.mark.parametrize("role", ["billing", "accountant", "auditor"])
def test_who_does_not_stand_at_the_counter_does_not_sell_there(water, role):
    with pytest.raises(Forbidden, match=r"billing\.quick_sale"):
        sold(water, who=actor(role))


def test_too_much_for_consumidor_final_is_refused_on_the_buyer(water):
    said = refused("final_consumer_limit", sold, water, "51")
    assert said.fields[0]["field"] == "identification"
    assert sold(water, "51", buyer=Buyer("1710034065", "Ana Torres")).document.buyer_name == "Ana Torres"


def test_who_is_known_is_found_by_identification_alone(water):
    ana = make_customer(identification_type="05", identification="1710034065", name="Ana")
    assert sold(water, buyer=Buyer(" 1710034065 ")).document.customer == ana
    assert Customer.objects.filter(identification="1710034065").count() == 1


def test_who_is_new_gives_a_name(water):
    assert refused("buyer_name_required", sold, water, buyer=Buyer("1710034065")).fields[0]["field"] == "name"
    doubtful = sold(water, buyer=Buyer("9999999999", "Ana"))  # its check digit is nobody's to forbid
    assert doubtful.warnings
    assert sold(water, buyer=Buyer("1790012345001", "Canchas S.A.", "a@x.test")).document.buyer_email == "a@x.test"


def test_what_the_money_refuses_leaves_no_invoice(water):
    refused("tendered_too_little", sold, water, "3", tendered=Decimal("2.99"))
    card = make_method(name="Tarjeta", sri_code="19")
    refused("tendered_not_cash", sold, water, tendered=Decimal("5.00"), method_id=card.pk)
    PaymentMethod.objects.filter(pk=card.pk).update(active=False)
    refused("method_inactive", sold, water, method_id=card.pk)


def test_a_discount_above_the_limit_is_refused_here_too(water):
    Company.objects.update(discount_limit=Decimal("10"))
    half = Discount.percent(Decimal(50))
    assert refused("discount_above_limit", sold, water, "10", discount=half).fields[0]["field"] == "lines.0.discount"
    assert sold(water, "10", actor("owner"), discount=half).document.total == Decimal("5.00")


def test_a_shortcut_is_a_code_before_it_is_a_part_of_a_name(water):
    make_product(code="AGUA-2", name="Agua con gas")
    assert [row.code for row in quick_sale.find("agua")] == ["AGUA"]
    assert {row.code for row in quick_sale.find("gas")} == {"AGUA", "AGUA-2"}
    assert quick_sale.find("nada") == quick_sale.find(" ") == []


def test_what_sells_most_comes_first_and_names_fill_up(water):
    ball = make_product(name="Balón")
    assert quick_sale.favourites() == [water, ball]
    sold(ball)
    assert quick_sale.favourites() == [ball, water]


# The page


def rows(product, quantity: str) -> dict:
    count = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0"}
    return count | {"lines-0-product": product.pk, "lines-0-quantity": quantity}


def posted(client, values: dict):
    return client.post(PATH, filled(client, PATH, values))


def test_three_keystrokes_sell(water, as_role):
    client = as_role("frontdesk")
    added = posted(client, {"q": "agua", "add": "1"})
    assert added.context["total"] == Decimal("1.00")
    assert 'id="id_q" value=""' in added.content.decode()
    fields = {
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-product": water.pk,
        "lines-0-quantity": "1",
    }
    done = client.post(PATH, filled(client, PATH, {"charge": "1"}) | fields)
    assert done.status_code == 302, errors_of(done)
    shown = client.get(done["Location"]).content.decode()
    assert Document.objects.get().number in shown


def test_charging_adds_what_is_still_in_the_box(water, as_role):
    answer = posted(as_role("cashier"), {"q": "3*AGUA", "charge": "1", "tendered": "5"})
    assert answer.status_code == 302, errors_of(answer)
    assert (Document.objects.get().total, Payment.objects.get().change) == (Decimal("3.00"), Decimal("2.00"))


def test_what_the_box_does_not_know_is_not_charged(water, as_role):
    answer = posted(as_role("frontdesk"), {"q": "nada", "charge": "1"})
    assert answer.status_code == 422
    assert "Ningún producto coincide con «nada»." in answer.content.decode()
    assert not Document.objects.exists()


def test_the_same_again_counts_up_and_a_row_is_taken_away(water, as_role):
    client = as_role("frontdesk")
    two = rows(water, "2")
    again = client.post(PATH, filled(client, PATH, {"add_product": water.pk}) | two)
    assert [row["quantity"].value() for row in again.context["rows"]] == ["3"]
    assert not client.post(PATH, filled(client, PATH, {"remove": "0"}) | two).context["rows"].forms


def test_above_the_limit_the_lines_stay_and_the_buyer_is_asked_for(water, as_role):
    client = as_role("frontdesk")
    answer = posted(client, {"q": "51*AGUA", "charge": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Identifique al comprador" in page
    assert [row["quantity"].value() for row in answer.context["rows"]] == ["51"]
    assert answer.context["form"].fields["identification"].widget.attrs["autofocus"]


def test_several_that_match_are_offered(water, as_role):
    make_product(code="AGUA-2", name="Agua con gas")
    answer = posted(as_role("frontdesk"), {"q": "gas", "add": "1"})
    assert {row.code for row in answer.context["counter"].found} == {"AGUA", "AGUA-2"}


def test_the_api_sells_in_one_request(company, water):
    api = Api(make_user(company, "frontdesk"))
    body = {"lines": [{"product": water.pk, "quantity": 2}], "method": PaymentMethod.objects.get().pk, "tendered": "5"}
    answer = api.post("quick-sales/", body)
    assert (api.status, answer["total"], answer["change"], answer["status"]) == (201, "2.00", "3.00", "paid")
    refusal = api.post("quick-sales/", body | {"lines": [{"product": water.pk, "quantity": 60}], "tendered": None})
    assert (api.status, refusal["code"]) == (422, "final_consumer_limit")
