"""How many queries each read of the API takes of its own, whether it shows one row or many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import letters
from desk import tasks
from reservations import feeds
from sri import workflow as certificates
from tests.api_client import Api
from tests.factories import (
    SYSTEM,
    give_back,
    line,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    make_product,
    make_user,
    pay,
)
from tests.notes import amount, draft_note, issue_note, make_note_series, some
from tests.reservations.factories import make_court
from tests.sri import certs

pytestmark = pytest.mark.django_db

FEW, MANY = 1, 7

# What a caller's credential and rate limit take is not counted: a list without rows is one query beyond them.
EMPTY = "taxes/?on=1900-01-01"

BUDGETS = {
    "billables/": 1,
    "billables/summary/": 1,
    "certificates/": 1,
    "certificates/{certificate}/": 1,
    "credit-notes/": 1,
    "credit-notes/?search=cliente&status=issued": 2,
    "credit-notes/{note}/": 4,
    "customers/": 1,
    "customers/{customer}/": 2,
    "customers/{customer}/credit/": 3,
    "customers/{customer}/statement/": 4,
    "jobs/": 1,
    "jobs/queue-stats/": 2,
    "jobs/{task}/items/": 2,
    "establishments/": 1,
    "invoices/": 1,
    "invoices/?search=cliente&status=issued": 2,
    "invoices/?page=1": 2,
    "invoices/{invoice}/": 5,
    "invoices/{invoice}/credit-notes/": 2,
    "invoices/{invoice}/events/": 2,
    "invoices/{invoice}/lines/": 2,
    "invoices/{invoice}/payments/": 2,
    "letters/": 1,
    "letters/{letter}/": 1,
    "letters/?search=cliente": 2,
    "me/mails/": 1,
    "customer-kinds/": 1,
    "line-templates/": 1,
    "period-closes/": 1,
    "payment-methods/": 1,
    "payments/": 1,
    "payments/{payment}/": 2,
    "products/": 1,
    "receipts/": 2,
    "receipts/{receipt}/": 2,
    "refunds/": 1,
    "reports/aging/": 1,
    "receipt-books/": 1,
    "resources/{court}/calendar/": 1,
    "taxes/": 1,
}


def _fill(count: int) -> dict[str, int]:
    customer = make_customer()
    invoice = make_invoice(*[line() for _ in range(count)], customer_id=customer.pk)
    for number in range(count):
        p12 = certs.p12(certs.certificate(since=certs.FROM + timedelta(days=number)))
        added = certificates.add_certificate(p12, certs.PASSWORD, ruc="1790012345001", actor=SYSTEM)
        make_customer(), make_product(), make_draft(customer_id=customer.pk), make_billable(customer)
        payment = pay(invoice, "1.00")
        give_back(make_customer())
        letter = letters.send_again(invoice.pk, recipients=["pagos@x.test"], actor=SYSTEM)
    make_note_series()
    task = tasks.start("billing.mail", ((pk, str(pk)) for pk in range(1, count + 1)), actor=SYSTEM)
    note = issue_note(invoice, some(invoice, *["0.5"] * count))
    for _ in range(count):
        draft_note(invoice, amount("1.00"))
    return {
        "note": note.pk,
        "court": feeds.open_feed(make_court().pk, actor=SYSTEM).pk,
        "task": task.pk,
        "certificate": added.pk,
        "letter": letter.pk,
        "customer": customer.pk,
        "invoice": invoice.pk,
        "payment": payment.pk,
        "receipt": payment.receipt_id,
    }


def _taken(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as taken:
        api.get(path)
    assert api.status == 200, path
    return len(taken)


def _own(api: Api, ids: dict[str, int]) -> dict[str, int]:
    around = _taken(api, EMPTY) - 1
    return {path: _taken(api, path.format(**ids)) - around for path in BUDGETS}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_every_read_keeps_its_budget_with_one_row_and_with_many(company, inside, count):
    api = Api(make_user(company))
    with inside():
        ids = _fill(count)
        assert _own(api, ids) == BUDGETS
