"""A customer's account of a thousand lines, as data, page and paper; and everybody's ageing; beside SQL alone."""

from collections.abc import Iterator
from functools import partial

from django.db import connection

from companies.models import Company
from core import clock
from core.tenancy import company_context
from payments import papers
from payments.ageing import ageing
from payments.statement import statement
from tests.bench.measuring import Row, typical
from tests.bench.web import Person
from tests.factories import line, make_customer, make_invoice, make_user, pay

TIMES = 10
INVOICES, PAID = 520, 480
READ_BUDGET, PAGE_BUDGET, AGEING_BUDGET, PAPER_BUDGET = 60.0, 300.0, 250.0, 4_000.0


def run(company: Company) -> Iterator[Row]:
    """Milliseconds, the median; the limit is the rows as SQL gives them."""
    person = Person(make_user(company))
    with company_context(company.pk):
        customer = make_customer(name="Muchas Facturas S.A.")
        for number in range(INVOICES):
            invoice = make_invoice(line("25.00"), customer_id=customer.pk)
            if number < PAID:
                pay(invoice, str(invoice.total))
        today = clock.today()
        told = statement(customer.pk)
        lines = len(told.movements)
        address = f"/cobros/estado/{customer.pk}/?from={today.replace(month=1, day=1)}&to={today}"
        read, page, ages, limit = typical(
            TIMES,
            partial(statement, customer.pk),
            partial(person.get, address),
            partial(ageing, today),
            partial(_select, company.pk, customer.pk),
        )
        yield Row(f"account of {lines:,} lines, reading", read, limit, "ms", READ_BUDGET)
        yield Row(f"account of {lines:,} lines, page", page, limit, "ms", PAGE_BUDGET)
        yield Row("ageing of every customer", ages, limit, "ms", AGEING_BUDGET)
        (paper,) = typical(1, partial(papers.statement_pdf, customer, told, since=None, until=today))
        yield Row(f"account of {lines:,} lines, PDF", paper, paper, "ms", PAPER_BUDGET)


def _select(company_id: int, customer_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT issue_date, number, total FROM billing_document WHERE company_id = %s AND customer_id = %s"
            " AND status IN ('issued', 'paid') UNION ALL SELECT paid_on, reference, amount FROM payments_payment"
            " WHERE company_id = %s AND customer_id = %s AND status = 'confirmed' ORDER BY 1",
            [company_id, customer_id, company_id, customer_id],
        )
        cursor.fetchall()
