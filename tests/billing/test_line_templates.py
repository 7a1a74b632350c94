"""Templates of lines: kept under a name, put on a draft in one act; the draft has its own copies."""

from decimal import Decimal

import pytest

from billing import line_templates, products, workflow
from billing.drafts import DraftInput, DraftLine
from billing.line_templates import TemplateInput
from billing.models import Document, LineTemplate
from billing.totals import Discount
from core.errors import Forbidden, StaleVersion, WorkflowError
from tests.factories import SYSTEM, actor, line, make_customer, make_draft, make_product
from tests.pages import fill, filled, form_of

pytestmark = pytest.mark.usefixtures("company")

TEN_OFF = Discount.percent(Decimal(10))


@pytest.fixture
def product(company):
    return make_product(name="Clase", unit_price=Decimal("11.50"), price_includes_tax=True)


def make(*lines: DraftLine, name: str = "Mensualidad", **values) -> LineTemplate:
    return line_templates.create(TemplateInput(name, lines or (line(),), **values), actor=SYSTEM)


def of_product(product, **values) -> DraftLine:
    return DraftLine(quantity=Decimal(2), product_id=product.pk, **values)


def refused(code: str, call, *args, **options) -> WorkflowError:
    with pytest.raises(WorkflowError) as refusal:
        call(*args, **options)
    assert refusal.value.code == code
    return refusal.value


def test_it_keeps_what_was_entered_and_asks_the_product_for_the_rest(product):
    template = make(of_product(product, discount=TEN_OFF), line("5.00"))
    products.update(product.pk, {"unit_price": Decimal("20.00")}, actor=SYSTEM)
    first, second = line_templates.to_insert(template)
    assert (first.unit_price, first.price_includes_tax, first.description) == (Decimal("20"), True, "Clase")
    assert (first.discount, second.unit_price) == (TEN_OFF, Decimal("5"))
    assert line_templates.lines_of(template)[0].unit_price is None


def test_a_price_of_its_own_keeps_its_side_of_the_tax(product):
    template = make(of_product(product, unit_price=Decimal("9.99"), price_includes_tax=True))
    entered = DraftInput(customer_id=make_customer().pk, lines=line_templates.to_insert(template))
    assert workflow.draft(entered, actor=SYSTEM).total == Decimal("19.98")


def test_what_is_no_longer_sold_stays_only_if_it_says_itself(product):
    template = make(of_product(product), of_product(product, description="Clase", unit_price=Decimal("3.00")))
    products.hide(product.pk, actor=SYSTEM)
    (kept,) = line_templates.to_insert(template)
    assert (kept.product_id, kept.description, kept.unit_price) == (None, "Clase", Decimal("3"))


def test_a_name_is_taken_once():
    make()
    said = refused("template_exists", make)
    assert said.fields[0]["field"] == "name"
    refused("name_required", make, name="  ")


def test_lines_that_could_not_be_billed_are_refused_in_their_place():
    said = refused("quantity_not_positive", make, line(), line(quantity="0"))
    assert said.fields[0]["field"] == "lines.1.quantity"
    assert not LineTemplate.objects.exists()


def test_an_older_version_changes_nothing():
    template = make()
    line_templates.update(template.pk, TemplateInput("Otra", (line(),)), actor=SYSTEM, expected_version=1)
    with pytest.raises(StaleVersion):
        line_templates.update(template.pk, TemplateInput("Tercera", (line(),)), actor=SYSTEM, expected_version=1)


def test_the_front_desk_keeps_none():
    with pytest.raises(Forbidden):
        line_templates.create(TemplateInput("x", (line(),)), actor=actor("frontdesk"))


def test_the_lines_of_a_document_are_kept_at_their_prices(product):
    draft = make_draft(of_product(product, discount=TEN_OFF), line("5.00"))
    template = line_templates.keep(draft.pk, "Como esta", actor=SYSTEM)
    products.update(product.pk, {"unit_price": Decimal("99.00")}, actor=SYSTEM)
    again = DraftInput(customer_id=draft.customer_id, lines=line_templates.to_insert(template))
    assert workflow.draft(again, actor=SYSTEM).total == draft.total


def test_the_form_inserts_them_below_what_is_typed(product, as_role):
    template, client, path = make(of_product(product), line("5.00")), as_role("billing"), "/facturas/nueva/"
    away = make(line("1.00"), name="Guardada", active=False)
    shown = client.get(path).content.decode()
    assert "Insertar plantilla" in shown
    assert "Guardada" not in shown
    typed = {"lines-0-description": "Cancha", "lines-0-unit_price": "7,00", "insert_template": "1"}
    page = client.post(path, filled(client, path, typed | {"template": template.pk}))
    assert page.status_code == 200
    rows = page.context["editor"].lines.forms
    assert [row["description"].value() for row in rows] == ["Cancha", "Clase", "Alquiler de cancha"]
    assert page.context["figures"].total == Decimal("7.00") * Decimal("1.15") + Decimal("23.00") + Decimal("5.75")
    unknown = client.post(path, filled(client, path, typed | {"template": away.pk}))
    assert len(unknown.context["editor"].lines.forms) == 1
    sent = {name: values for name, values in form_of_response(page).items() if name != "insert_template"}
    client.post(path, sent | {"customer": make_customer().pk})
    assert Document.objects.get().lines.count() == 3


def form_of_response(page) -> dict:
    """Return what the page's form would send."""
    from tests.pages import _Forms

    parser = _Forms()
    parser.feed(page.content.decode())
    fields = max((fields for found, fields in parser.forms if found.get("method") == "post"), key=len)
    return {name: values for name, values in fields.items() if "__prefix__" not in name and name != "_key"}


def test_the_editor_puts_a_refusal_on_its_line(as_role):
    client, path = as_role("billing"), "/empresa/plantillas/nueva/"
    typed = {"name": "Mensualidad", "lines-0-description": "Cancha", "lines-0-unit_price": "0"}
    answer = client.post(path, filled(client, path, typed))
    assert answer.status_code == 422
    assert "unit_price" in answer.context["formset"].forms[0].errors
    more = client.post(path, fill(form_of(client, path), typed | {"add_line": "lines"}))
    assert len(more.context["formset"].forms) == 2
    client.post(path, filled(client, path, typed | {"lines-0-unit_price": "4,00"}))
    template = LineTemplate.objects.get()
    changed = f"/empresa/plantillas/{template.pk}/"
    client.post(changed, filled(client, changed, {"lines-0-quantity": "3", "active": ""}))
    template.refresh_from_db()
    assert (template.lines.get().quantity, template.active) == (3, False)
