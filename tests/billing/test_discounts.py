"""Discounts above the company's limit: refused to who may not give them, approved by who saves the draft."""

from decimal import Decimal

import pytest

from billing import workflow
from billing.drafts import DraftInput
from billing.models import Document
from billing.totals import Discount
from companies.models import Company
from core.errors import RuleRefused
from tests.factories import actor, line, make_customer, make_draft

BILLING, OWNER = actor("billing"), actor("owner")


@pytest.fixture(autouse=True)
def _limit(company):
    set_limit("10")


def set_limit(percent: str | None) -> None:
    Company.objects.update(discount_limit=percent and Decimal(percent))


def off(amount: str, price: str = "100.00", **values):
    return line(price, discount=Discount.amount(Decimal(amount)), **values)


def percent(value: str, price: str = "100.00"):
    return line(price, discount=Discount.percent(Decimal(value)))


def refused(*lines, code: str = "discount_above_limit", **values) -> RuleRefused:
    with pytest.raises(RuleRefused) as refusal:
        make_draft(*lines, actor=BILLING, **values)
    assert refusal.value.code == code
    return refusal.value


def test_a_line_above_the_limit_is_refused_naming_limit_and_line():
    said = refused(line(), off("10.01"))
    assert said.message == "Línea 2: el descuento de $ 10,01 pasa el máximo de 10 %, que aquí son $ 10,00."
    assert said.fields[0]["field"] == "lines.1.discount"
    assert not Document.objects.exists()


@pytest.mark.parametrize("at_the_limit", [off("10.00"), percent("10"), percent("10", "0.05"), percent("10", "33.33")])
def test_a_line_at_the_limit_is_not(at_the_limit):
    assert make_draft(at_the_limit, actor=BILLING).discount_approved_by == ""


def test_a_document_discount_above_the_limit_is_refused_on_its_field():
    said = refused(line(), line(), discount=Discount.percent(Decimal("10.01")))
    assert said.fields[0]["field"] == "document_discount"
    assert said.message == (
        "Los descuentos suman $ 20,02 y pasan el máximo de 10 %, que en este documento son $ 20,00."
    )
    make_draft(line(), line(), actor=BILLING, discount=Discount.percent(Decimal(10)))


def test_line_and_document_discounts_count_together():
    refused(percent("10"), discount=Discount.amount(Decimal("0.01")))
    make_draft(percent("10"), line(), actor=BILLING, discount=Discount.amount(Decimal("10.00")))


def test_without_a_limit_everything_goes():
    set_limit(None)
    make_draft(percent("99"), actor=BILLING)


def test_who_may_saves_it_and_then_anybody_may_issue_it():
    draft = make_draft(percent("50"), actor=OWNER)
    assert draft.discount_approved_by == "owner"
    assert workflow.issue(draft.pk, actor=BILLING).total == Decimal("57.50")


def test_saving_it_again_takes_the_permission_again():
    draft = make_draft(percent("50"), actor=OWNER)
    entered = DraftInput(customer_id=draft.customer_id, lines=(percent("50"),))
    with pytest.raises(RuleRefused, match="pasa el máximo"):
        workflow.update_draft(draft.pk, entered, actor=BILLING)
    entered = DraftInput(customer_id=draft.customer_id, lines=(percent("5"),))
    assert workflow.update_draft(draft.pk, entered, actor=BILLING).discount_approved_by == ""


def test_a_limit_that_came_after_the_draft_is_looked_at_when_it_is_issued():
    draft = make_draft(percent("10"), actor=BILLING)
    set_limit("5")
    with pytest.raises(RuleRefused) as refusal:
        workflow.issue(draft.pk, actor=BILLING)
    assert refusal.value.code == "discount_above_limit"
    assert workflow.issue(draft.pk, actor=OWNER).number


def test_the_preview_warns():
    entered = DraftInput(customer_id=make_customer().pk, lines=(percent("50"),))
    warned = {who.label: workflow.preview(entered, actor=who).warnings for who in (BILLING, OWNER)}
    assert [text.endswith("quien puede autorizarlo.") for text in warned["billing"]] == [True]
    assert [text.endswith("usted lo autoriza.") for text in warned["owner"]] == [True]


def test_the_page_puts_it_beside_the_line_and_says_who_approved(as_role):
    from tests.pages import filled

    path = "/facturas/nueva/"
    values = {"customer": make_customer().pk, "lines-0-description": "Cancha", "lines-0-unit_price": "100",
              "lines-0-discount": "50", "lines-0-discount_kind": "percent"}  # fmt: skip
    answer = as_role("billing").post(path, filled(as_role("billing"), path, values))
    assert answer.status_code == 422
    assert "discount" in answer.context["editor"].lines.forms[0].errors
    owner = as_role("owner")
    owner.post(path, filled(owner, path, values))
    shown = owner.get(Document.objects.get().get_absolute_url()).content.decode()
    assert "autorizado por" in shown
