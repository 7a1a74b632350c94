"""D20: whoever was told a price with tax pays it to the cent, whichever door the line came through."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import line_templates, sales_notes, workflow
from billing.drafts import DraftInput, DraftLine
from billing.entered import as_entered
from billing.line_input import LineInput, TaxKey
from billing.line_templates import TemplateInput
from billing.totals import NO_DISCOUNT, Discount, compute
from core import clock
from core.money import cents
from payments import quick_sale
from payments.models import PaymentMethod
from payments.quick_sale import SaleInput, SaleLine
from reservations import workflow as reservations
from tests.factories import SYSTEM, make_customer, make_product
from tests.notes import issue_note, make_note_series
from tests.reservations.factories import NOW, confirmed, make_priced_court

RATES = [TaxKey("2", "4", Decimal(15)), TaxKey("2", "5", Decimal(5)), TaxKey("2", "0", Decimal(0))]
prices = st.decimals("0.01", "999.99", places=2)
quantities = st.decimals("0.001", "99", places=3)
percents = st.decimals("0", "99", places=2)
mixed = st.lists(
    st.builds(
        LineInput, quantity=quantities, unit_price=prices, tax=st.sampled_from(RATES), price_includes_tax=st.booleans(),
        discount=st.builds(Discount.percent, percents),
    ).filter(lambda line: line.gross - line.discount.off(line.gross) > 0),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mixed, st.booleans())
def test_in_any_mix_who_was_told_a_price_with_tax_pays_it(lines, discounted):
    totals = compute(lines, Discount.percent(Decimal("3.33")) if discounted else NO_DISCOUNT)
    for line, result in zip(lines, totals.lines, strict=True):
        told = line.gross - result.total_discount
        assert (result.total if line.price_includes_tax else result.base) == told


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mixed)
def test_a_nota_de_venta_keeps_it_too_and_puts_the_tax_of_the_others_in(lines):
    totals = compute([sales_notes.with_tax_inside(line) for line in lines])
    assert totals.tax_total == 0
    for line, result in zip(lines, totals.lines, strict=True):
        told = line.gross - line.discount.off(line.gross)
        if line.price_includes_tax:
            assert result.total == told
        else:  # the price with its tax is rounded to six decimals, the discount to a cent
            assert abs(result.total - told * (1 + line.tax.factor)) <= Decimal("0.02")


ODD = ["0.05", "0.99", "3.33", "9.99", "10.00", "19.95", "33.33"]  # what 15 % inside does not divide


@pytest.fixture
def sold(company):
    """Return products whose prices include the tax."""
    return [make_product(unit_price=Decimal(price), price_includes_tax=True) for price in ODD]


def billed(*lines: DraftLine):
    return workflow.issue(
        workflow.draft(DraftInput(customer_id=make_customer().pk, lines=lines), actor=SYSTEM).pk, actor=SYSTEM
    )


def of(product, **values) -> DraftLine:
    return DraftLine(quantity=Decimal(3), product_id=product.pk, **values)


def told(*prices: str, quantity: int = 3) -> Decimal:
    return sum((cents(Decimal(price) * quantity) for price in prices), Decimal(0))


def test_a_product_s_price(sold):
    assert billed(*map(of, sold)).total == told(*ODD)


def test_a_line_s_own_price_beside_a_product_without(sold):
    plain = make_product(unit_price=Decimal("8.00"))
    own = DraftLine(Decimal(3), plain.pk, unit_price=Decimal("9.99"), price_includes_tax=True)
    assert billed(own).total == told("9.99")
    assert billed(of(plain)).total == Decimal("27.60")


def test_a_template_s(sold):
    template = line_templates.create(TemplateInput("Mes", tuple(map(of, sold))), actor=SYSTEM)
    assert billed(*line_templates.to_insert(template)).total == told(*ODD)


def test_a_draft_opened_again_and_a_duplicate(sold):
    invoice = billed(*map(of, sold))
    again = workflow.draft(as_entered(invoice, free=True), actor=SYSTEM)
    assert again.total == invoice.total == told(*ODD)


def test_a_note_on_it(sold):
    make_note_series()
    assert issue_note(billed(*map(of, sold))).total == told(*ODD)


@pytest.mark.parametrize("quantity", [1, 3])
def test_the_counter_s(sold, quantity):
    lines = tuple(SaleLine(product.pk, Decimal(quantity)) for product in sold[:5])
    cash, buyer = PaymentMethod.objects.order_by("pk")[0], make_customer()
    sale = quick_sale.sell(SaleInput(lines, cash.pk, customer_id=buyer.pk), actor=SYSTEM)
    assert sale.payment.amount == sale.document.total == told(*ODD[:5], quantity=quantity)


@pytest.mark.parametrize("price", ["9.99", "33.33"])
def test_a_rate_s(company, price):
    with clock.at(NOW):
        booked = confirmed(make_priced_court(price), "18:00", "19:00")
        assert reservations.invoice(booked.pk, actor=SYSTEM).total == Decimal(price)
