"""The log: transactions a second that write one entry and have it sealed, beside the bare insert."""

from collections.abc import Iterator
from functools import partial

from django.db import transaction

from audit.log import record
from billing.models import Customer, Document
from companies.models import Company
from core.tenancy import company_context
from tests.bench.floor import BareInvoice, twins
from tests.bench.measuring import Row, rate
from tests.factories import SYSTEM

ENTRIES = 1_000


def run(company: Company) -> Iterator[Row]:
    """Entries a second, each in a transaction of its own."""
    with company_context(company.pk), twins():
        customer = Customer.objects.first()
        bare = BareInvoice(Document.objects.filter(status="issued").latest("pk"))
        entry = partial(_record, customer)
        rate([entry] * 20)
        yield Row("audit: record, seal and commit", rate([entry] * ENTRIES), rate([bare.log] * ENTRIES), "/s")


def _record(customer: Customer | None) -> None:
    with transaction.atomic():
        record("customer.updated", customer, actor=SYSTEM, before={"name": "a"}, after={"name": "b"}, public={"n": 1})
