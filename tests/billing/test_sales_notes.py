"""Notas de venta (D29): of a RIMPE «negocio popular», IVA inside and not broken out, a series of their own, no SRI."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction

from billing import notes, printing, workflow
from billing import series as series_setup
from billing.drafts import DraftInput
from billing.models import Authorization, Customer, Document, DocumentTax, EmissionPoint, Series, SignedXml, Status
from billing.sri_state import unfinished
from billing.totals import Discount
from companies.models import Company, Rimpe
from core.errors import WorkflowError
from tests import laws
from tests.api_client import Api
from tests.factories import SYSTEM, line, make_customer, make_draft, make_invoice, make_product, make_user, pay
from tests.notes import WHOLE, make_note_series
from tests.pages import fill, form_of
from tests.sri import certs


def popular(**values) -> None:
    Company.objects.update(rimpe=Rimpe.POPULAR, **values)


def note_series() -> Series:
    point = EmissionPoint.objects.order_by("pk")[0]
    return series_setup.add_series(emission_point_id=point.pk, document_type="02", actor=SYSTEM)


@pytest.fixture
def series(company) -> Series:
    popular()
    return note_series()


def refused(code: str, call, *args, **options) -> WorkflowError:
    with pytest.raises(WorkflowError) as refusal:
        call(*args, **options)
    assert refusal.value.code == code
    return refusal.value


def test_the_total_is_what_was_told_and_no_tax_is_broken_out(series):
    inside, beside = line("11.50", price_includes_tax=True), line("10.00", "2")
    note = make_invoice(inside, beside, line("3.00", tax_category="zero"))
    assert (note.document_type, note.number) == ("02", "001-001-000000001")
    assert (note.subtotal, note.tax_total, note.total) == (Decimal("37.50"), Decimal("0.00"), Decimal("37.50"))
    (only,) = DocumentTax.objects.filter(document=note)
    assert (only.tax_code, only.rate_code, only.rate, only.base) == ("0", "", 0, Decimal("37.50"))
    told = note.lines.values_list("unit_price", "price_includes_tax", "total")
    assert list(told) == [(Decimal("11.5"), True, Decimal("11.50")), (Decimal("11.5"), True, Decimal("23.00")),
                          (Decimal("3"), True, Decimal("3.00"))]  # fmt: skip


def test_a_discount_in_money_on_a_price_without_tax_takes_its_tax_along(series):
    note = make_draft(line("10.00", discount=Discount.amount(Decimal("1.00"))))
    assert note.total == Decimal("10.35")


def test_it_never_goes_to_sri_even_where_invoices_do(company):
    popular(e_invoicing=True)
    from sri import workflow as certificates

    certificates.add_certificate(certs.cached_p12(), certs.PASSWORD, ruc=company.ruc, actor=SYSTEM)
    invoice = make_invoice(series_id=Series.objects.get().pk)
    note = make_invoice(series_id=note_series().pk)
    assert invoice.access_key
    assert (note.authorization, note.access_key) == (Authorization.NONE, "")
    assert not SignedXml.objects.filter(document=note).exists()
    assert list(unfinished()) == [invoice]


def test_without_a_certificate_it_is_issued_all_the_same(company):
    popular(e_invoicing=True)
    assert make_invoice(series_id=note_series().pk).number


def test_the_series_decides_the_type_and_changing_it_changes_the_lines(series):
    invoices = Series.objects.exclude(pk=series.pk).get()
    draft = make_draft(line("10.00"))
    assert (draft.document_type, draft.total, draft.tax_total) == ("02", Decimal("11.50"), 0)
    entered = DraftInput(customer_id=draft.customer_id, lines=(line("10.00"),), series_id=invoices.pk)
    draft = workflow.update_draft(draft.pk, entered, actor=SYSTEM)
    assert (draft.document_type, draft.total, draft.tax_total) == ("01", Decimal("11.50"), Decimal("1.50"))


def test_who_is_no_popular_business_has_no_series_of_them(company):
    said = refused("document_type_not_allowed", note_series)
    assert "Régimen general" in said.message


def test_who_left_the_regime_issues_no_more(series):
    draft = make_draft()
    Company.objects.update(rimpe=Rimpe.NONE)
    refused("document_type_not_allowed", workflow.issue, draft.pk, actor=SYSTEM)
    refused("document_type_not_allowed", make_draft, series_id=series.pk)
    assert make_draft().document_type == "01"


def test_consumidor_final_has_the_same_limit(series):
    final = Customer.objects.get(identification_type="07")
    make_invoice(line("50.00", price_includes_tax=True), customer_id=final.pk)
    draft = make_draft(line("50.01", price_includes_tax=True), customer_id=final.pk)
    refused("final_consumer_limit", workflow.issue, draft.pk, actor=SYSTEM)


def test_it_is_paid_and_voided_like_an_invoice_but_never_credited(series):
    make_note_series()
    note = make_invoice()
    said = refused("sales_note_not_credited", notes.draft, note.pk, WHOLE, actor=SYSTEM)
    assert said.message == "Una nota de venta no se corrige con nota de crédito: anúlela y emita otra."
    payment = pay(note, "115.00")
    refused("already_paid", workflow.void, note.pk, reason="Error", actor=SYSTEM)
    from payments import workflow as payments

    payments.void(payment.pk, reason="Error", actor=SYSTEM)
    assert workflow.void(note.pk, reason="Error", actor=SYSTEM).status == Status.VOIDED


def test_its_pdf_says_what_it_is(series):
    ride = printing.ride_of(make_invoice(line("11.50", price_includes_tax=True)))
    assert ride.heading.name == "Nota de venta"
    assert "CONTRIBUYENTE NEGOCIO POPULAR - RÉGIMEN RIMPE" in ride.issuer.standing()
    assert (ride.authorization, ride.amounts()) == (None, ())
    discounted = make_invoice(line("11.50", price_includes_tax=True, discount=Discount.amount(Decimal("1.50"))))
    assert [(row.label, row.value) for row in printing.ride_of(discounted).amounts()] == [
        ("Descuento", Decimal("1.50"))
    ]


def test_the_database_refuses_one_with_tax_or_before_sri(series):
    draft = make_draft()
    for values in ({"tax_total": 1, "subtotal": 114}, {"authorization": "pending"}):
        with pytest.raises(IntegrityError, match="breaks_out_no_tax"), transaction.atomic():
            Document.objects.filter(pk=draft.pk).update(**values)


def test_every_law_holds(series, django_db_blocker):
    note = make_invoice(
        line("10.00", "3"), line("11.50", price_includes_tax=True), discount=Discount.percent(Decimal(7))
    )
    pay(note, str(note.total))
    connections["default"].check_constraints()
    with connections["default"].cursor() as cursor:
        assert [row for row in laws.broken(cursor) if "seal" not in row.law and "sealed" not in row.law] == []


def test_lists_and_api_tell_the_types_apart(company, series, as_role):
    note, invoice = make_invoice(), make_invoice(series_id=Series.objects.exclude(pk=series.pk)[0].pk)
    api = Api(make_user(company))
    listed = {row["id"]: row["document_type"] for row in api.get("invoices/")["results"]}
    assert listed == {note.pk: "02", invoice.pk: "01"}
    assert [row["id"] for row in api.get("invoices/?document_type=02")["results"]] == [note.pk]
    client = as_role("owner")
    page = client.get("/facturas/?document_type=02").content.decode()
    assert note.number in page
    assert "Nota de venta" in page
    shown = client.get(note.get_absolute_url()).content.decode()
    assert "Subtotal, IVA incluido" in shown
    assert "Nota de crédito…" not in shown


def test_where_there_are_none_the_list_says_nothing_of_types(company, as_role):
    make_invoice()
    page = as_role("owner").get("/facturas/").content.decode()
    assert 'name="document_type"' not in page
    assert "Nota de venta" not in as_role("owner").get("/empresa/series/").content.decode()


def test_the_form_offers_both_series_and_its_preview_follows(series, as_role):
    client = as_role("owner")
    form = form_of(client, "/facturas/nueva/")
    assert form["series"] == [str(series.pk)]
    typed = {"customer": make_customer().pk, "lines-0-product": make_product().pk, "lines-0-quantity": "1"}
    invoices = Series.objects.exclude(pk=series.pk).get()
    for chosen, said in ((series, "Subtotal, IVA incluido"), (invoices, "Subtotal IVA 15 %")):
        panel = client.post("/facturas/preview/", fill(form, typed | {"series": chosen.pk})).content.decode()
        assert said in panel.replace("\N{NO-BREAK SPACE}", " ")
