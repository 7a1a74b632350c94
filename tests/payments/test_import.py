"""Payments from a file: a verdict for each row, nothing twice, and taken back by voiding."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from billing.models import CustomerCredit, Status
from core import clock
from core.actor import Actor
from desk import imports
from desk.models import Import
from payments import workflow
from payments.models import Payment, PaymentStatus
from tests.desk.importing import csv_of, said, undone, verdicts, worked
from tests.factories import SYSTEM, actor, make_customer, make_method, make_user, own_company
from tests.payments.factories import owing, standing

HEADINGS = ("Cédula", "Fecha", "Valor", "Método", "Comprobante", "Factura")

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Iterator[Actor]:
    with own_company() as company:
        make_method(name="Transferencia", sri_code="20", reference_rule="required", reference_kind="transfer")
        yield actor(user_id=make_user(company).pk)


def checked(boss: Actor, *rows: tuple[str, ...]) -> Import:
    return worked(imports.start("payments", "cobros.csv", csv_of(rows, HEADINGS), actor=boss))


def row(customer, amount: str, reference: str, invoice: str = "", day: str = "") -> tuple[str, ...]:
    day = day or f"{clock.today():%d/%m/%Y}"
    return (customer.identification, day, amount, "transferencia", reference, invoice)


def test_each_row_settles_its_invoice_or_the_oldest_and_the_rest_is_credit(boss):
    customer = make_customer()
    first, second = owing("40.00", customer_id=customer.pk), owing("60.00", customer_id=customer.pk)
    brought = checked(boss, row(customer, "60,00", "T-1001", second.number), row(customer, "45", "T-1002"))
    assert verdicts(brought) == {2: ("create", "", ""), 3: ("create", "", "")}
    assert "$ 5,00" in said(brought, 3)
    assert not Payment.objects.exists()
    worked(imports.apply(brought.pk, actor=boss))
    assert standing(first)[0] == standing(second)[0] == Status.PAID
    assert CustomerCredit.objects.get().free == Decimal("5.00")


def test_what_cannot_be_taken_is_said_at_its_cell(boss):
    customer = make_customer()
    brought = checked(
        boss,
        row(customer, "10", ""),
        row(customer, "diez", "T-1003"),
        row(customer, "10", "T-1004", "001-001-000000999"),
        row(customer, "10", "T-1005", day="2999-01-01"),
        ("9999", *row(customer, "10", "T-1006")[1:]),
        (*row(customer, "10", "T-1007")[:3], "Bitcoin", "T-1007", ""),
    )
    assert [(verdict, code) for verdict, code, _field in verdicts(brought).values()] == [
        ("error", "reference_required"),
        ("error", "invalid_amount"),
        ("error", "invoice_unknown"),
        ("error", "date_in_future"),
        ("error", "customer_unknown"),
        ("error", "method_unknown"),
    ]


def test_the_same_file_again_brings_nothing(boss):
    customer = make_customer()
    rows = [row(customer, "10,00", "T-1001"), row(customer, "20,00", "T-1002")]
    worked(imports.apply(checked(boss, *rows).pk, actor=boss))
    again = checked(boss, *rows)
    assert [verdict for verdict, _code, _field in verdicts(again).values()] == ["same", "same"]
    assert "REC-000000001" in said(again, 2)
    assert Payment.objects.count() == 2


def test_undone_its_payments_are_voided_but_for_those_somebody_voided_before(boss):
    customer = make_customer()
    invoice = owing("30.00", customer_id=customer.pk)
    rows = [row(customer, "10,00", "T-1001"), row(customer, "20,00", "T-1002")]
    brought = worked(imports.apply(checked(boss, *rows).pk, actor=boss))
    assert standing(invoice)[0] == Status.PAID
    workflow.void(Payment.objects.order_by("pk")[0].pk, reason="Otro cliente", actor=SYSTEM)
    undone(brought, boss)
    assert {payment.status for payment in Payment.objects.all()} == {PaymentStatus.VOIDED}
    assert standing(invoice) == (Status.ISSUED, Decimal("30.00"))
    assert brought.rows.exclude(kept="").get().kept == "El cobro ya está anulado."
